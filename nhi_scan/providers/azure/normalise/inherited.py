"""What agents have because the principal of their blueprint has it.

A blueprint says, of each API, which of the permissions that its principal in a tenant was given its agents have, too:
https://learn.microsoft.com/entra/agent-id/concept-inheritable-permissions and
https://learn.microsoft.com/graph/api/resources/inheritablepermission.
"""

from dataclasses import dataclass, replace

from nhi_scan.model.policy import Binding
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.shapes import Record, guid
from nhi_scan.providers.azure.normalise.source import Source
from nhi_scan.snapshot.values import text, texts, within

_PLANES = {"approles": ("inheritableRoles", "roles"), "delegated": ("inheritableScopes", "scopes")}
_ALL, _LISTED, _NONE = "allallowed", "enumerated", "none"

Names = frozenset[str]
Rules = dict[str, dict[tuple[str, str], Names | None]]  # blueprint -> plane, API -> permissions; None: all


@dataclass(frozen=True, slots=True)
class _Held:
    """A permission that the principal of a blueprint has."""

    binding: Binding
    key: tuple[str, str]  # plane and the API's application id
    names: Names


def write_inherited(source: Source) -> None:
    """Give agents what they inherit. To be called when all else was read: identities, permissions, who has them."""
    rules = _rules(source)
    if not rules:
        return
    attributes = {one.id: dict(one.attributes) for one in source.records.identities}
    blueprints = {
        (one.scope_id, attributes[one.id].get("app_id", "")): one.id
        for one in source.records.identities
        if attributes[one.id].get("agent_blueprint") == "true"
    }
    held = _held(source, frozenset(blueprints.values()))
    for agent in [one for one in source.records.identities if one.kind == "agent_identity"]:
        blueprint = attributes[agent.id].get("blueprint_id", "")
        principal, allowed = blueprints.get((agent.scope_id, blueprint), ""), rules.get(blueprint, {})
        for one in held.get(principal, ()):
            named = allowed.get(one.key, frozenset())
            if named is None or named & one.names:
                id_ = f"{one.binding.id}#inherited/{agent.id}"
                source.records.bindings.append(
                    replace(one.binding, id=id_, principal_id=agent.id, source="inherited", via=principal)
                )


def _held(source: Source, principals: frozenset[str]) -> dict[str, list[_Held]]:
    names = {one.id: one.name for one in source.records.policies}
    found: dict[str, list[_Held]] = {}
    for binding in source.records.bindings:
        plane, _, rest = binding.policy_id.partition("/")
        if binding.principal_id in principals and plane in _PLANES:
            api, _, permission = rest.partition("/")
            known = frozenset({permission.lower(), names.get(binding.policy_id, "").lower()} - {""})
            found.setdefault(binding.principal_id, []).append(_Held(binding, (plane, api), known))
    return found


def _rules(source: Source) -> Rules:
    kind, found = kinds.AGENT_INHERITABLE_PERMISSIONS, Rules()
    for scope_id, of, record in source.plain(kind):
        blueprint, api = guid(of, "appId"), guid(record, "resourceAppId")
        if not blueprint or not api:
            source.note(kind, scope_id, "permissions of no blueprint, or of no API")
            continue
        for plane, (name, listed) in _PLANES.items():
            pattern = within(record, name)
            said = text(pattern, "kind").lower()
            if said in (_ALL, _LISTED):
                found.setdefault(blueprint, {})[plane, api] = None if said == _ALL else _names(pattern, listed)
            elif record.get(name) is not None and said != _NONE:
                source.note(kind, scope_id, "patterns of inheritance that are not known")
    return found


def _names(pattern: Record, listed: str) -> Names:
    return frozenset(one.lower() for one in texts(pattern.get(listed)))
