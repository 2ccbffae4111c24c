"""Facts about agent identities of Microsoft Entra: who answers for one, and what it was made from.

https://learn.microsoft.com/entra/agent-id/agent-identities
"""

from nhi_scan.facts.bindings import few
from nhi_scan.facts.entra import able_count, described
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.naming import principal
from nhi_scan.facts.registry import fact
from nhi_scan.model.identity import Identity

_KIND = "agent_identity"
_USER = "agent_user"
_NO_AGENT = "it is no agent identity, or its sponsors were not collected"


@fact("identity", "integer", unknown="its sponsors, or whether they can sign in, were not collected")
def identity_able_sponsor_count(estate: Estate) -> list[int | None]:
    """How many sponsors of an agent identity can be asked: not disabled, not deleted, no guests."""
    sponsors = [_sponsors(identity) for identity in estate.identities]
    return [None if ids is None else able_count(estate, ids) for ids in sponsors]


@fact("identity", "text", unknown=_NO_AGENT)
def identity_sponsors(estate: Estate) -> list[str | None]:
    """The sponsors of an agent identity by name, with what keeps one from answering; `nobody` where it has none."""
    sponsors = [_sponsors(identity) for identity in estate.identities]
    return [None if ids is None else few(sorted(described(estate, id_) for id_ in ids)) or "nobody" for ids in sponsors]


@fact("identity", "boolean", unknown="the blueprints, or the agents, of its tenant were not collected completely")
def identity_blueprint_gone(estate: Estate) -> list[bool | None]:
    """Whether what an agent identity or an agent's user was made from is not there any more, or is switched off.

    That is a blueprint, or an agent identity: deleting either leaves what was made from it. "Yes" is said only where
    all of them were collected; false for anything else.
    """
    blueprints = estate.once(_blueprints)
    return [_origin_gone(estate, identity, blueprints) for identity in estate.identities]


@fact("identity", "text")
def identity_blueprint(estate: Estate) -> list[str]:
    """What an agent identity or an agent's user was made from: a blueprint's application id, an agent; else empty."""
    return [_origin(estate, identity) for identity in estate.identities]


def _sponsors(identity: Identity) -> tuple[str, ...] | None:
    if identity.kind != _KIND:
        return None
    written = dict(identity.attributes).get("sponsors")
    return None if written is None else tuple(written.split())


def _blueprints(estate: Estate) -> frozenset[str]:
    """Application ids of what works in the tenants here."""
    return frozenset(
        one.unique_id for one in estate.identities if one.provider == "azure" and one.unique_id and _works(one)
    )


def _works(identity: Identity) -> bool:
    return identity.kind in ("service_principal", "app") and identity.status not in ("disabled", "deleted")


def _origin(estate: Estate, identity: Identity) -> str:
    said = dict(identity.attributes)
    if identity.kind == _KIND:
        return f"blueprint {said.get('blueprint_id', '')}".rstrip()
    agent = said.get("agent_identity_id", "") if identity.kind == _USER else ""
    return f"agent identity {principal(estate, agent)}" if agent else ""


def _origin_gone(estate: Estate, identity: Identity, blueprints: frozenset[str]) -> bool | None:
    if identity.kind == _USER:
        return _agent_gone(estate, identity)
    if identity.kind != _KIND:
        return False
    name = dict(identity.attributes).get("blueprint_id")
    if not name:
        return None
    if name in blueprints:
        return False
    return True if estate.listed("azure", "blueprints", identity.scope_id) is True else None


def _agent_gone(estate: Estate, user: Identity) -> bool | None:
    agent = dict(user.attributes).get("agent_identity_id")
    if not agent:
        return None
    known = estate.inventory.identities.get(agent)
    if known is not None and known.status in ("active", "unknown"):
        return False
    return True if known is not None or estate.listed("azure", _KIND, user.scope_id) is True else None
