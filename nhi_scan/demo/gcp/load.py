"""Reads a Google Cloud estate from its folder of YAML.

`organization.yaml` and `roles.yaml` hold what every estate has, `services.yaml` families of clean service accounts, a
line each. `plain.yaml` holds single things that are in order, `wrongs.yaml` single things that are not, each with the
findings that it must lead to: rule id -> subjects, or nothing where the subject is the thing itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import yaml

from nhi_scan.demo.estate import Expected
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
    Thing,
)
from nhi_scan.demo.gcp.workloads import Asked, location_of, thing
from nhi_scan.demo.wording import between, fill, frozen

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


@dataclass(slots=True)
class _Draft:
    """An estate while it is being read."""

    projects: dict[str, Project]
    words: dict[str, str]
    parts: dict[str, list[Any]] = field(default_factory=dict)
    expected: list[Expected] = field(default_factory=list)

    def add(self, section: str, thing_: Any) -> None:
        self.parts.setdefault(section, []).append(thing_)

    def grant(self, place: str, role: str, *members: str, condition: str = "") -> None:
        self.add("bindings", Binding(place=place, role=role, members=members, condition=condition))

    def hold(self, kind: str, name: str, project: Project, account: str = "", **more: Any) -> Thing:
        location = more.pop("location", location_of(kind))
        made = thing(Asked(kind=kind, name=name, project=project, location=location, account=account, **more))
        self.add("things", made)
        return made


def load(name: str) -> Loaded:
    """Read one of the estates that come with the program."""
    organization = _read(name, "organization")
    projects = {key: Project(**values) for key, values in organization.pop("projects").items()}
    words = {key: one.id.partition("/")[2] for key, one in projects.items()}
    words |= {f"{key}#": one.number for key, one in projects.items()}
    draft = _Draft(projects, words)
    for id_, permissions in _read(name, "roles").items():
        draft.add("roles", Role(id=id_, permissions=tuple(permissions)))
    _add_services(draft, _read(name, "services"))
    for content in (organization, _read(name, "plain"), _read(name, "wrongs")):
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


def _read(name: str, file: str) -> dict[str, Any]:
    text = files("nhi_scan.demo").joinpath("estates", name, f"{file}.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


# -- families ---------------------------------------------------------------------------------------------------------


def _add_services(draft: _Draft, content: Mapping[str, Any]) -> None:
    for environment in content["environments"]:
        for domain, services in content["domains"].items():
            project = draft.projects[f"{domain}-{environment}"]
            emails = [
                email for service in services for email in _add_service(draft, project, service, content["deploy"])
            ]
            members = [f"serviceAccount:{email}" for email in emails]
            for role in content["everywhere"]:
                draft.grant(project.id, role, *members)
    for project in draft.projects.values():
        for agent in fill(content["agents"], {"number": project.number}):
            draft.grant(project.id, agent["role"], agent["member"])


def _add_service(draft: _Draft, project: Project, service: Mapping[str, Any], deploy: Mapping[str, Any]) -> list[str]:
    """Add a service of one environment; the emails of the accounts that its components run as."""
    name, short = service["name"], project.id.partition("/")[2]
    labels = {"service": name, **{key: project.labels[key] for key in ("owner",)}}
    bucket = draft.hold("bucket", f"{short}-{name}", project, labels=labels)
    secret = draft.hold("secret", name, project, labels=labels)
    emails = []
    for component, kind in service["components"].items():
        email = _add_account(draft, project, f"{name}-{component}", f"Runs {component} of {name}")
        draft.grant(bucket.name, "roles/storage.objectUser", f"serviceAccount:{email}")
        draft.grant(secret.name, "roles/secretmanager.secretAccessor", f"serviceAccount:{email}")
        draft.hold(kind, f"{name}-{component}", project, email, labels=labels)
        emails.append(email)
    pipeline = _add_account(draft, project, f"{name}-deploy", f"Pipeline of {name}")
    draft.grant(
        f"serviceAccount:{pipeline}", "roles/iam.workloadIdentityUser", fill(deploy["members"], {"service": name})
    )
    for role in deploy["project"]:
        draft.grant(project.id, role, f"serviceAccount:{pipeline}")
    for email in emails:
        draft.grant(f"serviceAccount:{email}", deploy["components"], f"serviceAccount:{pipeline}")
    return emails


def _add_account(draft: _Draft, project: Project, name: str, title: str) -> str:
    email = f"{name}@{project.id.partition('/')[2]}.iam.gserviceaccount.com"
    draft.add(
        "accounts",
        Account(
            project=project.id,
            email=email,
            unique_id=unique_id(email),
            title=title,
            used=between(f"{email} used", 1, 20),
            keys=(_system_key(email),),
        ),
    )
    return email


def unique_id(email: str) -> str:
    """Return a number of 21 digits that looks like one of Google's and is the same in every run."""
    return f"1{between(email, 10**9, 4 * 10**9):010d}{between(email[::-1], 10**9, 4 * 10**9):010d}"


def _system_key(email: str) -> Key:
    return Key(id=key_id(f"{email} system"), created=6, expires=10, managed_by="system")


def key_id(seed: str) -> str:
    """Return the 40 hexadecimal digits of a key's id."""
    return "".join(f"{between(f'{seed}{part}', 0, 2**32 - 1):08x}" for part in range(5))


# -- single things ----------------------------------------------------------------------------------------------------


def _add_single(draft: _Draft, content: Mapping[str, Any]) -> None:
    """Add what is described one by one, and note what it must lead to."""
    for raw in content.get("accounts", ()):
        _add_single_account(draft, dict(raw))
    for raw in content.get("things", ()):
        entry = fill(dict(raw), draft.words)
        expected, access = entry.pop("expect", {}), entry.pop("access", ())
        made = draft.hold(project=draft.projects[entry.pop("project")], **frozen(entry))
        for one in access:
            draft.grant(made.name, one["role"], *one["members"], condition=one.get("condition", ""))
        _expect(draft, expected, made.name, {})
    for section, type_ in _SIMPLE.items():
        for raw in content.get(section, ()):
            entry = fill(dict(raw), draft.words)
            expected = entry.pop("expect", {})
            draft.add(section, type_(**frozen(entry)))
            _expect(draft, expected, entry.get("id", ""), {})


def _add_single_account(draft: _Draft, raw: dict[str, Any]) -> None:
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
            project=project.id, email=email, unique_id=unique_id(email), keys=(*keys, _system_key(email)), **entry
        )
        draft.add("accounts", account)
    _expect(draft, expected, member, words)


def _key(email: str, number: int, raw: Mapping[str, Any]) -> Key:
    return Key(id=key_id(f"{email} {number}"), **raw)


def _expect(draft: _Draft, expected: Mapping[str, Any], subject: str, words: Mapping[str, str]) -> None:
    for rule, subjects in expected.items():
        given = [subject] if subjects is None else fill(subjects, {**draft.words, **words, "self": subject})
        draft.expected += [Expected(rule=rule, subject=each) for each in given]
