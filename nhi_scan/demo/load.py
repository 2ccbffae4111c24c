"""Reads an estate from its folder of YAML.

`organization.yaml`, `services.yaml` and `people.yaml` hold what is in order; a family of clean identities is a line.
`plain.yaml` holds single things that are in order, `wrongs.yaml` single things that are not, each with the findings
that it must lead to: rule id -> subjects, or nothing where the subject is the thing itself.
"""

from collections.abc import Mapping
from typing import Any

from nhi_scan.demo.estate import (
    Account,
    Bucket,
    Certificate,
    Estate,
    Expected,
    Group,
    Guardrail,
    Key,
    Policy,
    Profile,
    Provider,
    Role,
    Secret,
    User,
    Workload,
)
from nhi_scan.demo.families import add_people, add_services
from nhi_scan.demo.wording import fill, frozen, read_part

_SINGLE: Mapping[str, type[Any]] = {
    "roles": Role,
    "users": User,
    "groups": Group,
    "policies": Policy,
    "providers": Provider,
    "profiles": Profile,
    "certificates": Certificate,
    "workloads": Workload,
    "buckets": Bucket,
    "secrets": Secret,
}


def load(name: str) -> Estate:
    """Read one of the estates that come with the program."""
    organization = read_part(name, "organization")
    estate = Estate(
        regions=tuple(organization["regions"]),
        units=tuple(organization["units"]),
        people=frozenset(organization["people"]),
        accounts={key: Account(key=key, **values) for key, values in organization["accounts"].items()},
    )
    estate.guardrails += [Guardrail(**frozen(entry)) for entry in organization["guardrails"]]
    add_services(estate, read_part(name, "services"))
    add_people(estate, read_part(name, "people"))
    for file in ("plain", "wrongs"):
        _add_single(estate, read_part(name, file))
    return estate


def _add_single(estate: Estate, content: Mapping[str, Any]) -> None:
    """Add what is described one by one, and note what it must lead to."""
    for section, type_ in _SINGLE.items():
        for raw in content.get(section, ()):
            entry = dict(raw)
            expected = entry.pop("expect", {})
            account = estate.accounts[entry["account"]]
            words = {"account": account.id, **{key: other.id for key, other in estate.accounts.items()}}
            entry = fill(entry, words)
            if section == "users":
                entry["keys"] = tuple(Key(**key) for key in entry.get("keys", ()))
            thing = type_(**frozen(entry))
            getattr(estate, section).append(thing)
            subject = default_subject(account.id, section, entry)
            for rule, subjects in expected.items():
                given = [subject] if subjects is None else fill(subjects, {**words, "self": subject})
                estate.expected += [Expected(rule=rule, subject=each) for each in given]


def default_subject(account_id: str, section: str, entry: Mapping[str, Any]) -> str:
    """The id under which a report speaks of a thing, where it follows from the thing alone."""
    path, name = entry.get("path", "/"), entry.get("name", "")
    region = entry.get("region", "")
    if section == "workloads":
        return {
            "function": f"arn:aws:lambda:{region}:{account_id}:function:{name}",
            "project": f"arn:aws:codebuild:{region}:{account_id}:project/{name}",
            "state_machine": f"arn:aws:states:{region}:{account_id}:stateMachine:{name}",
            "job": f"arn:aws:glue:{region}:{account_id}:job/{name}",
        }.get(entry["kind"], "")
    if section == "secrets":
        suffix = entry.get("suffix", Secret.__dataclass_fields__["suffix"].default)
        return f"arn:aws:secretsmanager:{region}:{account_id}:secret:{name}-{suffix}"
    if section == "buckets":
        return f"arn:aws:s3:::{name}"
    kind = {
        "roles": "role",
        "users": "user",
        "groups": "group",
        "policies": "policy",
        "profiles": "instance-profile",
        "certificates": "server-certificate",
    }.get(section, "")
    return f"arn:aws:iam::{account_id}:{kind}{path}{name}" if kind else ""
