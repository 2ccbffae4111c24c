"""Key vaults, and the access policies of those that do not leave access to roles.

https://learn.microsoft.com/azure/key-vault/general/rbac-access-policy: a vault has either; the other counts for nothing
on its data plane. An access policy with an application counts only in a token that this application got for the
principal: its id ends in the application's.

Attributes: `authorization` (`rbac`, `access_policy`; absent where nothing tells), `public_network` (`true`: any network
may reach it), `purge_protection`, `soft_delete` (`true`, `false`).
"""

from nhi_scan.model import arm_ids
from nhi_scan.model.policy import Binding, Effect, Policy, Statement
from nhi_scan.providers.azure.normalise.key_vault_permissions import data_actions
from nhi_scan.providers.azure.normalise.principals import Principals
from nhi_scan.providers.azure.normalise.shapes import Pairs, Record, flag, guid, pairs
from nhi_scan.providers.azure.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import text, within

TYPE = "microsoft.keyvault/vaults"


class VaultReader:
    """Reads what a vault's record says of who may use it."""

    def __init__(self, source: Source, principals: Principals) -> None:
        self._source = source
        self._principals = principals
        self._statements: dict[tuple[str, ...], tuple[Statement, ...]] = {}

    def read(self, kind: str, scope_id: str, id_: str, own: Record) -> Pairs:
        """Add its access policies where they count.

        Args:
            kind: record kind, for what cannot be understood.
            scope_id: the scope that it was collected for.
            id_: its canonical id.
            own: its properties.

        Returns:
            Its attributes.
        """
        rbac = flag(own.get("enableRbacAuthorization"))
        policies = own.get("accessPolicies")
        known = bool(rbac) or isinstance(policies, list) or "vaultUri" in own
        if rbac != "true" and isinstance(policies, list):
            for one in policies:
                if not isinstance(one, dict) or not self._policy(id_, one):
                    self._source.note(kind, scope_id, "access policies of key vaults that cannot be read")
        elif rbac != "true" and known:
            self._source.note(kind, scope_id, "key vaults without their access policies")
        return pairs(
            ("authorization", ("rbac" if rbac == "true" else "access_policy") if known else ""),
            ("public_network", public_network(own)),
            ("purge_protection", flag(own.get("enablePurgeProtection")) or ("false" if known else "")),
            ("soft_delete", flag(own.get("enableSoftDelete"))),
        )

    def _policy(self, vault: str, one: Record) -> bool:
        principal, application = guid(one, "objectId"), guid(one, "applicationId")
        if not principal or not isinstance(one.get("permissions"), dict):
            return False
        actions, unknown = data_actions(within(one, "permissions"))
        id_ = f"{vault}#accesspolicy/{principal}" + (f"#{application}" if application else "")
        self._principals.see(principal, "", vault)
        self._source.records.policies.append(
            Policy(
                id=id_,
                provider=PROVIDER,
                kind="role",
                name=f"Access policy of {arm_ids.name_of(vault)}",
                scope_id=vault,
                statements=self._statement(actions),
                version="",
                complete=not unknown,
            )
        )
        self._source.records.bindings.append(
            Binding(
                id=id_,
                principal_id=principal,
                policy_id=id_,
                scope_id=vault,
            )
        )
        return not unknown

    def _statement(self, actions: tuple[str, ...]) -> tuple[Statement, ...]:
        if not actions:
            return ()
        known = self._statements.get(actions)
        if known is None:
            known = self._statements[actions] = (Statement(effect=Effect.ALLOW, actions=actions, plane="data"),)
        return known


def public_network(own: Record) -> str:
    """Whether any network may reach a resource; empty where nothing tells.

    https://learn.microsoft.com/azure/key-vault/general/network-security
    """
    access = (text(own, "publicNetworkAccess") or text(within(own, "network"), "publicNetworkAccess")).lower()
    default = (
        text(within(own, "networkAcls"), "defaultAction") or text(within(own, "networkRuleSet"), "defaultAction")
    ).lower()
    if access in ("disabled", "securedbyperimeter") or default == "deny":
        return "false"
    return "true" if access == "enabled" or default == "allow" else ""
