"""Questions about an inventory, put to the definition: layers and context are found, `decide` answers."""

from dataclasses import replace
from functools import cached_property

from nhi_scan.access.aws.context import Context
from nhi_scan.access.aws.evaluate import decide
from nhi_scan.access.aws.kms_grants import grants_policy
from nhi_scan.access.aws.layers import Layers, PublicAccessBlock
from nhi_scan.access.aws.principal import Principal
from nhi_scan.access.aws.principals import Principals
from nhi_scan.access.aws.request import Request, owner
from nhi_scan.access.aws.tagging import PREFIXES, tags_of
from nhi_scan.access.engine import Keys
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Decision
from nhi_scan.model.identity import Identity, Resource
from nhi_scan.model.policy import Policy
from nhi_scan.model.record import value

SCP = "service_control_policy"
RCP = "resource_control_policy"


@value
class Asker:
    """What of a question the asker alone decides."""

    principal: Principal
    context: Context
    layers: Layers


class Questions:
    """Finds the layers of requests in an inventory."""

    def __init__(self, inventory: Inventory, principals: Principals) -> None:
        """Begin with nothing remembered."""
        self._inventory = inventory
        self._principals = principals
        self._askers: dict[str, Asker] = {}
        self._rcps: dict[str, tuple[tuple[Policy, ...], ...]] = {}
        self._grants: dict[str, Policy | None] = {}
        self._resources: dict[str, tuple[Policy | None, Resource | None]] = {}

    def ask(
        self,
        identity_id: str,
        action: str,
        resource: str = "*",
        keys: Keys | None = None,
        *,
        strict: bool = False,
    ) -> Decision:
        """Decide whether an identity may do an action on a resource.

        Raises:
            KeyError: the inventory has no such identity.
            UserError: the identity is none that can make requests.
        """
        asker = self._asker(identity_id)
        context = asker.context
        if self._reads_tags:
            context = self._tagged(context, resource)
        if keys:
            context = context.closed(keys)
        known = self.resource(resource)
        account = known[1].scope_id if known[1] is not None else None
        asked = Request(
            principal=asker.principal, action=action, resource=resource, resource_account=account, context=context
        )
        layers = asker.layers
        rcps = self._rcps_of(owner(asked) or asker.principal.account or "")
        if rcps or known[0] is not None:
            block = PublicAccessBlock(
                restrict_public_buckets=known[1] is not None and known[1].public_access_blocked is True
            )
            grants = self._grants_of(resource, account or "")
            layers = replace(layers, rcps=rcps, resource=known[0], public_access=block, grants=grants)
        return decide(asked, layers, strict=strict)

    @cached_property
    def _reads_tags(self) -> bool:
        """Whether any statement of the inventory reads the tags of what is asked about."""
        conditions = {
            condition
            for policy in self._inventory.policies.values()
            for statement in policy.statements
            for condition in statement.conditions
        }
        texts = (text.lower() for condition in conditions for text in (condition.key, *condition.values))
        return any("resourcetag/" in text for text in texts)

    def _tagged(self, context: Context, resource: str) -> Context:
        """Add what the tags of an identity or a workload fix about requests that are about it."""
        tags = tags_of(self._inventory, resource)
        if tags is None:
            return context
        values = {f"{prefix}{name.lower()}": (value,) for prefix in PREFIXES for name, value in tags}
        return replace(context, values={**context.values, **values}, absent=context.absent.union(PREFIXES))

    def resource(self, arn: str) -> tuple[Policy | None, Resource | None]:
        """Return the policy of a resource, which is a role's trust policy, and its record, where they are known."""
        found = self._resources.get(arn)
        if found is None:
            found = self._resources[arn] = self._find(arn)
        return found

    def _find(self, arn: str) -> tuple[Policy | None, Resource | None]:
        identity = self._inventory.identities.get(arn)
        if identity is not None:
            return self._policy(identity.trust_policy_id), None
        record = self._inventory.resources.get(arn)
        if record is None and arn.startswith("arn:") and ":s3:::" in arn:
            record = self._inventory.resources.get(arn.partition("/")[0])
        return (None, None) if record is None else (self._policy(record.policy_id), record)

    def _policy(self, policy_id: str | None) -> Policy | None:
        return None if policy_id is None else self._inventory.policies.get(policy_id)

    def _grants_of(self, key_arn: str, account: str) -> Policy | None:
        if key_arn not in self._grants:
            rows = self._inventory.key_grants_of.get(key_arn, ())
            self._grants[key_arn] = grants_policy(key_arn, account, rows) if rows else None
        return self._grants[key_arn]

    def _rcps_of(self, scope_id: str) -> tuple[tuple[Policy, ...], ...]:
        if scope_id not in self._rcps:
            self._rcps[scope_id] = self._inventory.guardrails_for(scope_id, RCP) or ()
        return self._rcps[scope_id]

    def _asker(self, identity_id: str) -> Asker:
        asker = self._askers.get(identity_id)
        if asker is None:
            identity = self._inventory.identities[identity_id]
            asker = self._askers[identity_id] = Asker(
                self._principals.principal(identity), self._principals.context(identity), self._layers(identity)
            )
        return asker

    def _layers(self, identity: Identity) -> Layers:
        bindings = self._inventory.bindings_of.get(identity.id, ())
        policies = self._inventory.policies
        now = self._principals.now
        grants = {
            row.policy_id: policies[row.policy_id]
            for row in bindings
            if row.purpose == "grants" and (row.expires_at is None or row.expires_at > now)
        }
        bounds = tuple(policies[row.policy_id] for row in bindings if row.purpose == "bounds")
        return Layers(
            identity=tuple(grants.values()),
            boundary=bounds or None,
            scps=self._inventory.guardrails_for(identity.scope_id, SCP) or (),
        )
