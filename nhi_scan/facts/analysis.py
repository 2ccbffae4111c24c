"""Facts about what the provider's own analysis found granted and not used."""

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.registry import fact
from nhi_scan.model.identity import Identity, UnusedAccess

_NOT_ANALYSED = (
    "no analysis of unused access covers its account or project, or what it found was not collected (`--usage`)"
)
# AWS record kinds without which an analyzer's silence says nothing.
_PROOF = ("accessanalyzer-analyzers", "accessanalyzer-unused-findings", "accessanalyzer-unused-details")
_NAMED = 5  # services in a message


@fact("identity", "integer", unknown=_NOT_ANALYSED)
def identity_unused_access_count(estate: Estate) -> list[int | None]:
    """Of how many services the provider's analysis found permissions that it does not use."""
    covered = estate.once(_analysed)
    return [
        len(_permissions(estate, identity.id)) or (0 if _covers(estate, identity, covered) else None)
        for identity in estate.identities
    ]


@fact("identity", "text", unknown=_NOT_ANALYSED)
def identity_unused_access(estate: Estate) -> list[str | None]:
    """What the provider's analysis found that it does not use: services, with the number of their actions."""
    covered = estate.once(_analysed)
    column: list[str | None] = []
    for identity in estate.identities:
        found = _permissions(estate, identity.id)
        column.append(_told(found) if found or _covers(estate, identity, covered) else None)
    return column


@fact("identity", "text", unknown=_NOT_ANALYSED)
def identity_unused_access_window(estate: Estate) -> list[str | None]:
    """How long something must be unused to be found by that analysis: `90 days`."""
    return [_window(_permissions(estate, identity.id)) for identity in estate.identities]


def _covers(estate: Estate, identity: Identity, analysed: frozenset[str]) -> bool:
    """Whether silence about an identity means that all it has is used."""
    if identity.scope_id in analysed:
        return True
    return estate.listed(identity.provider, "recommendations", identity.scope_id) is True


def _permissions(estate: Estate, identity_id: str) -> list[UnusedAccess]:
    return [one for one in estate.inventory.unused_of.get(identity_id, ()) if one.kind == "permission"]


def _told(found: list[UnusedAccess]) -> str:
    words = [_word(one) for one in found[:_NAMED]]
    more = len(found) - len(words)
    return ", ".join([*words, f"{more} more"] if more else words)


def _word(one: UnusedAccess) -> str:
    if one.policy_id:
        return f"{one.policy_id} on {one.place_id}" if one.place_id else one.policy_id
    service = one.service or "some of its permissions"
    if not one.actions:
        return service
    return f"{service} ({len(one.actions)} action{'' if len(one.actions) == 1 else 's'})"


def _window(found: list[UnusedAccess]) -> str | None:
    days = [one.window_days for one in found if one.window_days is not None]
    return f"{max(days)} days" if days else None


def _analysed(estate: Estate) -> frozenset[str]:
    """Scopes of which an analyzer without exceptions sees everything: where it is silent, all is used."""
    found: set[str] = set()
    for resource in estate.inventory.resources.values():
        said = dict(resource.attributes) if resource.kind == "unused_access_analyzer" else {}
        whole = all(estate.covered(resource.scope_id, kind) is True for kind in _PROOF) if said else False
        if not whole or said.get("status") != "active" or said.get("excludes") == "true":
            continue
        top = estate.scope_chain(resource.scope_id)[:1] if said.get("covers") == "organization" else ()
        found.add(resource.scope_id)
        found.update(id_ for id_ in estate.inventory.scopes if top and estate.scope_chain(id_)[:1] == top)
    return frozenset(found)
