"""Reads an Azure estate from its folder of YAML.

`organization.yaml` holds the tenant; `apis.yaml`, `roles.yaml`, `directory_roles.yaml` and `operations.yaml` what
Microsoft brings; `services.yaml` families of clean identities, a line each. `plain.yaml` holds single things that are
in order, `wrongs.yaml` single things that are not, each with the findings that it must lead to: rule id -> subjects, or
nothing where the subject is the thing itself. `Draft` says which words stand for ids.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from nhi_scan.demo.azure import agents, applications, families, guards, people, things
from nhi_scan.demo.azure.draft import Draft, guid
from nhi_scan.demo.azure.estate import Estate, Record
from nhi_scan.demo.estate import Expected
from nhi_scan.demo.wording import read_part

_SINGLE = ("authorizationPolicy", "defaultAppManagementPolicy", "adminConsentRequestPolicy")
_SCANNER = "nhi-scan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An estate, and what a scan of it must say."""

    estate: Estate
    people: frozenset[str]  # names of everyone who is here
    expected: tuple[Expected, ...]


def load(name: str, parts: Sequence[Mapping[str, Any]] | None = None) -> Loaded:
    """Read one of the estates that come with the program.

    Args:
        name: of its folder.
        parts: decoded parts like `plain.yaml`, in place of its services and of all that is right or wrong in it.
    """
    organization = read_part(name, "organization")
    roles, directory = read_part(name, "roles"), read_part(name, "directory_roles")
    draft = Draft(
        subscriptions={key: one["subscriptionId"] for key, one in organization["subscriptions"].items()},
        roles={title: one["id"] for title, one in roles["built_in"].items()},
        directory_roles={title: one["id"] for title, one in directory.items()},
    )
    tenant = organization["tenant"]
    draft.resources["tenant"] = tenant
    _add_roles(draft, roles["built_in"], directory)
    apis = read_part(name, "apis")["apis"]
    for api in apis:
        applications.add_api(draft, api, organization["microsoft"])
    known = {api["name"]: api for api in apis}
    own = [read_part(name, "plain"), read_part(name, "wrongs")] if parts is None else parts
    everything = [organization, *own]
    for part in everything:
        _add_custom_roles(draft, part.get("custom_roles", ()))
    if parts is None:
        families.add_services(draft, read_part(name, "services"), tenant, known)
    for part in everything:
        _add_single(draft, part, organization, known)
    draft.rows["provider_operations"] = [_operations(*one) for one in read_part(name, "operations").items()]
    return Loaded(
        estate=_estate(draft, organization),
        people=frozenset(organization["people"]),
        expected=draft.findings(),
    )


def _estate(draft: Draft, organization: Mapping[str, Any]) -> Estate:
    tenant = organization["tenant"]
    parts: dict[str, Any] = {attribute: draft.fill(rows) for attribute, rows in draft.rows.items()}
    parts |= {attribute: _distinct(draft.fill(known)) for attribute, known in draft.related.items()}
    own = {"id": tenant, "displayName": organization["name"], "tenantType": "AAD", "createdDateTime": "ago(2000)"}
    domains = [{"name": one, "isDefault": True, "type": "Managed"} for one in organization["domains"]]
    return Estate(
        tenant=tenant,
        client_id=guid(f"appid {_SCANNER}"),
        caller=guid(f"sp {_SCANNER}"),
        organization={**own, "verifiedDomains": domains, "onPremisesSyncEnabled": None},
        policies={key: draft.fill(organization["policies"][key]) for key in _SINGLE},
        app_management_policies=draft.fill(organization["policies"].get("app_management", [])),
        permission_grant_policies=draft.fill(organization["policies"].get("permission_grant", [])),
        management_groups=organization["management_groups"],
        subscriptions=list(organization["subscriptions"].values()),
        **parts,
    )


def _distinct(related: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Return relations with each related id once."""
    return {
        id_: list(dict.fromkeys(rows)) if rows and isinstance(rows[0], str) else rows for id_, rows in related.items()
    }


def _add_roles(draft: Draft, built_in: Mapping[str, Any], directory: Mapping[str, Any]) -> None:
    for title, role in built_in.items():
        id_ = f"/providers/Microsoft.Authorization/roleDefinitions/{role['id']}"
        draft.add("role_definitions", _role(id_, title, role, ["/"], "BuiltInRole"))
    for title, role in directory.items():
        row = {
            "id": role["id"],
            "templateId": role["id"],
            "displayName": title,
            "description": f"Can do what its name says: {title}.",
            "isBuiltIn": True,
            "isEnabled": True,
            "resourceScopes": ["/"],
            "rolePermissions": [{"allowedResourceActions": role["actions"], "condition": None}],
            "version": "1",
        }
        draft.add("directory_role_definitions", row)


def _add_custom_roles(draft: Draft, roles: Any) -> None:
    for role in roles:
        id_ = guid(f"role {role['name']}")
        draft.roles[role["name"]] = id_
        scope = role["scope"]
        row = _role(
            f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{id_}",
            role["name"],
            role,
            [scope],
            "CustomRole",
        )
        draft.add("role_definitions", row)
        draft.expect(role.get("expect", {}), f"/providers/microsoft.authorization/roledefinitions/{id_}")


def _role(id_: str, title: str, role: Mapping[str, Any], scopes: list[str], kind: str) -> Record:
    names = ("actions", "notActions", "dataActions", "notDataActions")
    permission: Record = {key: role.get(key, []) for key in names}
    if "condition" in role:
        permission |= {"condition": role["condition"], "conditionVersion": "2.0"}
    properties = {
        "roleName": title,
        "description": role.get("description", ""),
        "type": kind,
        "assignableScopes": scopes,
        "permissions": [permission],
        "createdOn": "ago(1000)",
        "updatedOn": "ago(300)",
    }
    return {
        "id": id_,
        "name": id_.rpartition("/")[2],
        "type": "Microsoft.Authorization/roleDefinitions",
        "properties": properties,
    }


def _add_single(
    draft: Draft, part: Mapping[str, Any], organization: Mapping[str, Any], apis: Mapping[str, Any]
) -> None:
    tenant, domain = organization["tenant"], organization["domains"][0]
    adders: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
        "first_party": lambda one: applications.add_api(draft, one, organization["microsoft"]),
        "applications": lambda one: applications.add_application(draft, one, tenant, apis),
        "identities": lambda one: things.add_identity(draft, one, apis),
        "resources": lambda one: things.add_resource(draft, one, apis),
        "groups": lambda one: people.add_group(draft, one, apis),
        "units": partial(people.add_unit, draft),
        "blueprints": lambda one: agents.add_blueprint(draft, one, tenant),
        "agents": lambda one: agents.add_agent(draft, one, tenant, apis),
        "assignments": partial(_add_assignment, draft),
        "deny": partial(guards.add_deny, draft),
        "pim": partial(guards.add_pim, draft),
    }
    for name, told in part.get("users", {}).items():
        people.add_user(draft, name, told, domain)
    for section, add in adders.items():
        for entry in part.get(section, ()):
            add(entry)
    draft.expect(part.get("expect", {}), f"/tenants/{tenant}")


def _add_assignment(draft: Draft, entry: Mapping[str, Any]) -> None:
    draft.assign(entry["to"], entry, entry.get("type", "ServicePrincipal"))
    draft.expect(entry.get("expect", {}), entry["to"])


def _operations(namespace: str, told: Mapping[str, Any]) -> Record:
    """Return the operations of a resource provider, as `GET .../providerOperations` has them."""
    types = []
    for kind, verbs in told.items():
        names = [(verb.removeprefix("data:"), verb.startswith("data:")) for verb in verbs]
        operations = [{"name": f"{namespace}/{kind}/{verb}", "isDataAction": data} for verb, data in names]
        types.append({"name": kind, "displayName": kind, "operations": operations})
    type_ = "Microsoft.Authorization/providerOperations"
    return {
        "id": f"/providers/{type_}/{namespace}",
        "name": namespace,
        "type": type_,
        "displayName": namespace,
        "resourceTypes": types,
        "operations": [],
    }
