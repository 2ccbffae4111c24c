"""What findings rest on besides the place that they are of: identities, policies and trusts in other places.

A way from a workflow to an administrator of an account is there no longer, or the account was not collected this time:
only who looks at the account again can tell.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nhi_scan.findings.listing import BESTOWING, looked_at
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.finding import Finding

# What tells, besides who may do what, whom a place lets in from another cloud.
_LETTING_IN: Mapping[str, tuple[str, ...]] = {
    "aws": ("iam-oidc-providers", "eks-pod-identity-associations", "eks-access-entries", "rolesanywhere-trust-anchors"),
    "azure": ("graph-federated-credentials", "arm-federated-credentials"),
    "gcp": ("iam-workload-identity-pools", "iam-workload-identity-pool-providers"),
}


@dataclass(frozen=True, slots=True)
class Grounds:
    """Places that findings rest on, and what of each was known completely.

    Attributes:
        places: fingerprint -> ids of scopes, sorted; only of findings that rest on others than their own.
        known: scope id -> record kinds that were collected completely and tell who may do what there.
        scopes: ids of all scopes that were known.
    """

    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, findings: Iterable[Finding], inventory: Inventory) -> "Grounds":
        """Find what the evidence of findings points at in an inventory."""
        places: dict[str, tuple[str, ...]] = {}
        for finding in findings:
            homes = {_home(piece.ref, inventory) for piece in finding.evidence if piece.ref}
            if others := homes - {"", finding.scope_id}:
                places[finding.fingerprint] = tuple(sorted(others))
        known = {place: _known(place, inventory) for others in places.values() for place in others}
        return cls(places, known, frozenset(inventory.scopes))

    def doubt(self, finding: Finding, inventory: Inventory) -> str:
        """Say what of the places that a finding rested on is not known any more; empty where all of it is."""
        for place in self.places.get(finding.fingerprint, ()):
            where = looked_at(place, inventory)
            if where not in inventory.scopes:
                return f"{place} was not collected"
            for kind in self.known[place]:
                if inventory.covered(where, kind) is not True:
                    return f"`{kind}` of {where} was not collected completely"
        return ""


def _home(ref: str, inventory: Inventory) -> str:
    """Return the scope that a thing lies in; empty for what is in none that is known."""
    trust = inventory.trusts.get(ref)
    held = trust.identity_id if trust is not None else ref
    for table in (inventory.identities, inventory.policies, inventory.workloads, inventory.resources):
        thing = table.get(held)
        if thing is not None:
            return thing.scope_id if thing.scope_id in inventory.scopes else ""
    return held if held in inventory.scopes else ""


def _known(place: str, inventory: Inventory) -> tuple[str, ...]:
    provider = inventory.scopes[place].provider
    kinds = (*BESTOWING.get(provider, ()), *_LETTING_IN.get(provider, ()))
    return tuple(kind for kind in kinds if inventory.covered(place, kind) is True)
