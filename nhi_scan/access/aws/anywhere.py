"""IAM Roles Anywhere: who has a certificate of an authority that a trust anchor trusts, and a profile's role.

https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html. Such an assertion's issuer is the trust
anchor's ARN; its claims are what the certificate says: `x509Subject.CN`, `x509Issuer.CN`, `x509SAN.URI`, ..., which a
role's trust policy reads as `aws:PrincipalTag/x509Subject/CN`. A profile and an anchor that are disabled let nobody in.
"""

from collections.abc import Iterator
from datetime import datetime

from nhi_scan.access.aws.context import Context
from nhi_scan.access.aws.serving_trust import Serving, serve
from nhi_scan.access.federation import Entry
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.assertion import Assertion, issuer_key
from nhi_scan.model.identity import Resource, Workload

SERVICE = "rolesanywhere.amazonaws.com"
_ACTIONS = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
_TAG = "aws:principaltag/"


class Anywhere:
    """Trust anchors and profiles."""

    def __init__(self, inventory: Inventory, now: datetime) -> None:
        """Index them."""
        self._inventory = inventory
        self._now = now
        self._anchors: dict[str, Resource] = {}
        for one in inventory.resources.values():
            if one.kind == "rolesanywhere_trust_anchor" and dict(one.attributes).get("enabled") != "false":
                self._anchors[issuer_key(one.id)] = one
        self._profiles: dict[tuple[str, str], list[Workload]] = {}
        for work in inventory.workloads.values():
            if work.kind == "rolesanywhere_profile" and work.active is not False:
                self._profiles.setdefault((work.scope_id, work.region), []).append(work)

    @property
    def issuers(self) -> frozenset[str]:
        """Keys of the trust anchors."""
        return frozenset(self._anchors)

    def entries(self, assertion: Assertion) -> Iterator[Entry]:
        """Yield the roles that who has a certificate becomes, by each profile that is beside the trust anchor."""
        anchor = self._anchors.get(issuer_key(assertion.issuer)) if assertion.issuer else None
        if anchor is None:
            return
        values = {
            f"{_TAG}{one.name.replace('.', '/').lower()}": one.values
            for one in assertion.claims
            if one.form == "exact" and one.name.startswith("x509")
        }
        values |= {"aws:sourcearn": (anchor.id,), "aws:sourceaccount": (anchor.scope_id,)}
        serving = Serving(service=SERVICE, actions=_ACTIONS, context=Context(values=values, now=self._now))
        for profile in self._profiles.get((anchor.scope_id, anchor.region), ()):
            for role_id in profile.runs_as:
                yield from serve(
                    self._inventory, role_id, serving, profile.id, f"by IAM Roles Anywhere (profile {profile.name})"
                )
