"""Reads a Google Cloud estate from its folder of YAML.

`organization.yaml` and `roles.yaml` hold what every estate has, `services.yaml` families of clean service accounts, a
line each. `plain.yaml` holds single things that are in order, `wrongs.yaml` single things that are not, each with the
findings that it must lead to: rule id -> subjects, or nothing where the subject is the thing itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nhi_scan.demo.estate import Expected
from nhi_scan.demo.gcp.draft import Draft, key_id, system_key, unique_id
from nhi_scan.demo.gcp.estate import (
    Account,
    ApiKey,
    Binding,
    Boundary,
    Constraint,
    DenyPolicy,
    Estate,
    Folder,
    Group,
    HmacKey,
    Key,
    Pool,
    Project,
    Recommendation,
    Role,
    Tag,
)
from nhi_scan.demo.gcp.families import add_services
from nhi_scan.demo.wording import fill, frozen, read_part

_SIMPLE: Mapping[str, type[Any]] = {
    "bindings": Binding,
    "groups": Group,
    "deny_policies": DenyPolicy,
    "boundaries": Boundary,
    "pools": Pool,
    "api_keys": ApiKey,
    "hmac_keys": HmacKey,
    "recommendations": Recommendation,
    "constraints": Constraint,
    "tags": Tag,
    "roles": Role,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An estate, and what a scan of it must say."""

    estate: Estate
    people: frozenset[str]  # names of everyone who is here
    expected: tuple[Expected, ...]


def load(name: str) -> Loaded:
    """Read one of the estates that come with the program."""
    organization = read_part(name, "organization")
    projects = {key: Project(**values) for key, values in organization.pop("projects").items()}
    words = {key: one.id.partition("/")[2] for key, one in projects.items()}
    words |= {f"{key}#": one.number for key, one in projects.items()}
    draft = Draft(projects, words)
    for id_, permissions in read_part(name, "roles").items():
        draft.add("roles", Role(id=id_, permissions=tuple(permissions)))
    add_services(draft, read_part(name, "services"))
    for content in (organization, read_part(name, "plain"), read_part(name, "wrongs")):
        _add_single(draft, content)
    estate = Estate(
        organization=organization["organization"],
        name=organization["name"],
        customer=organization["customer"],
        folders=[Folder(**folder) for folder in organization["folders"]],
        projects=list(projects.values()),
        **draft.parts,
    )
    return Loaded(estate=estate, people=frozenset(organization["people"]), expected=tuple(draft.expected))


def _add_single(draft: Draft, content: Mapping[str, Any]) -> None:
    """Add what is described one by one, and note what it must lead to."""
    for raw in content.get("accounts", ()):
        _add_single_account(draft, dict(raw))
    for raw in content.get("things", ()):
        entry = fill(dict(raw), draft.words)
        expected, access = entry.pop("expect", {}), entry.pop("access", ())
        made = draft.hold(project=draft.projects[entry.pop("project")], **frozen(entry))
        for one in access:
            draft.grant(made.name, one["role"], *one["members"], condition=one.get("condition", ""))
        draft.expect(expected, made.name, {})
    for section, type_ in _SIMPLE.items():
        for raw in content.get(section, ()):
            entry = fill(dict(raw), draft.words)
            expected = entry.pop("expect", {})
            draft.add(section, type_(**frozen(entry)))
            draft.expect(expected, entry.get("id", ""), {})


def _add_single_account(draft: Draft, raw: dict[str, Any]) -> None:
    """Add a service account with its keys, what it is given, who may use it and what runs as it."""
    project = draft.projects[raw.pop("project")]
    name = fill(raw.pop("name"), {"number": project.number})
    email = name if "@" in name else f"{name}@{project.id.partition('/')[2]}.iam.gserviceaccount.com"
    member = f"serviceAccount:{email}"
    keys = [_key(email, number, each) for number, each in enumerate(raw.pop("keys", ()))]
    words = {**draft.words, "self": member, "email": email, "project": project.id}
    words |= {f"key{number}": f"{project.id}/serviceAccounts/{email}/keys/{key.id}" for number, key in enumerate(keys)}
    entry = fill(raw, words)
    for grant in entry.pop("grants", ()):
        draft.grant(grant.get("place", project.id), grant["role"], member, condition=grant.get("condition", ""))
    for user in entry.pop("users", ()):
        draft.grant(member, user["role"], *user["members"], condition=user.get("condition", ""))
    for work in entry.pop("workloads", ()):
        held = draft.projects[work.pop("project")] if "project" in work else project
        words[work["name"]] = draft.hold(project=held, account=email, **frozen(work)).name
    expected = entry.pop("expect", {})
    if entry.pop("exists", True):
        account = Account(
            project=project.id, email=email, unique_id=unique_id(email), keys=(*keys, system_key(email)), **entry
        )
        draft.add("accounts", account)
    draft.expect(expected, member, words)


def _key(email: str, number: int, raw: Mapping[str, Any]) -> Key:
    return Key(id=key_id(f"{email} {number}"), **raw)
