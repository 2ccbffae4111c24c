"""What a role of a world says, as statements."""

from collections.abc import Iterator
from typing import Any

from nhi_scan.model.entra import GRAPH, app_role_action, delegated_action
from nhi_scan.model.policy import Condition, Effect, Statement


def role_id(guid: str, spec: dict[str, Any]) -> str:
    """The id of a role, which tells what kind of one it is."""
    if "directory" in spec:
        return f"directory/roledefinitions/{guid}"
    if "owner" in spec:
        return f"directory/owners/{spec['owner']}"
    if "api" in spec:
        return f"approles/{GRAPH}/{guid}"
    if "delegated" in spec:
        return f"delegated/{GRAPH}/{spec['delegated']}"
    return f"/providers/microsoft.authorization/roledefinitions/{guid}"


def permissions(number: int, spec: Any, effect: Effect, **people: Any) -> Iterator[Statement]:
    """The statements of one set of permissions: one for each plane that it says something of."""
    spec = spec if isinstance(spec, dict) else {"actions": spec}
    for plane, key, without in (
        ("control", "actions", "but"),
        ("data", "data", "data_but"),
        ("directory", "directory", "but"),
    ):
        if key in spec:
            language = "Entra" if plane == "directory" else "ABAC"
            version = "" if plane == "directory" else spec.get("version", "2.0")
            conditions = (Condition(language, version, (spec["when"],)),) if "when" in spec else ()
            yield Statement(
                sid=f"permissions[{number}].{key}",
                index=2 * number + (plane == "data"),
                effect=effect,
                actions=listed(spec[key]),
                not_actions=listed(spec.get(without, ())),
                plane=plane,
                conditions=conditions,
                **people,
            )
    owner = {"application": "applications", "serviceprincipal": "servicePrincipals", "group": "groups"}
    if "owner" in spec:
        what = "members" if spec["owner"] == "group" else "credentials"
        actions = (f"microsoft.directory/{owner[spec['owner']]}/{what}/update",)
        yield Statement(effect=effect, actions=actions, plane="directory")
    if "api" in spec:
        yield Statement(effect=effect, actions=(app_role_action(GRAPH, spec["api"]),), plane="app_role")
    if "delegated" in spec:
        yield Statement(effect=effect, actions=(delegated_action(GRAPH, spec["delegated"]),), plane="delegated")


def listed(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
