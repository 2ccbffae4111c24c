"""Which roles the provider's services may act as."""

from collections import defaultdict
from collections.abc import Mapping

from nhi_scan.access.aws.escalation.candidates import Hits
from nhi_scan.access.aws.escalation.targets import Targets
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.policy import Condition


class Serving:
    """The roles of each account that trust a service."""

    def __init__(self, inventory: Inventory, targets: Targets) -> None:
        """Index the trusts in services.

        Args:
            inventory: whose trusts.
            targets: the roles of each account.
        """
        self._targets = targets
        self._services = _roles_by_service(inventory)
        self._trusting: dict[tuple[str, tuple[str, ...]], Hits] = {}

    def trusting(self, account: str, services: tuple[str, ...]) -> Hits:
        """Return the roles of an account that trust one of some services, and whether under an open condition."""
        found = self._trusting.get((account, services))
        if found is None:
            roles: dict[str, bool] = {}
            for service in services:
                for role_id, conditional in self._services.get((account, service), {}).items():
                    roles[role_id] = roles.get(role_id, True) and conditional
            found = self._trusting[account, services] = self._targets.roles(account).hits_among(roles)
        return found


def _roles_by_service(inventory: Inventory) -> Mapping[tuple[str, str], dict[str, bool]]:
    found: dict[tuple[str, str], dict[str, bool]] = defaultdict(dict)
    for role_id, trusts in inventory.trusts_of.items():
        role = inventory.identities.get(role_id)
        if role is None or ":role/aws-service-role/" in role_id:
            continue
        for trust in trusts:
            if trust.subject_kind == "service":
                roles = found[role.scope_id, trust.subject]
                conditional = not all(_is_of_account(row, role.scope_id) for row in trust.conditions)
                roles[role_id] = roles.get(role_id, True) and conditional
    return found


def _is_of_account(condition: Condition, account: str) -> bool:
    """Say whether a condition of a service's trust just names the account: whoever is in it meets it."""
    if condition.key.lower() == "aws:sourceaccount":
        return account in condition.values
    if condition.key.lower() == "aws:sourcearn":
        return any(value == "*" or value.endswith((f":{account}:*", f"{account}:*")) for value in condition.values)
    return False
