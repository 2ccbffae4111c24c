"""Reads a GitHub estate from its folder of YAML.

`organization.yaml` holds the organization, the apps and tokens in it and its machines. `plain.yaml` holds repositories
that are in order, `wrongs.yaml` those that are not, each with the findings that it must lead to: rule id -> subjects,
or nothing where the subject is the repository itself. The files in `workflows/<repository>` are those of its
`.github/workflows`. `services.yaml` holds families of clean repositories, a name each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from nhi_scan.demo.estate import Expected
from nhi_scan.demo.github.estate import Estate, Repository
from nhi_scan.demo.wording import fill, frozen, read_part
from nhi_scan.model import github_ids

_FOLDER = ".github/workflows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An estate, and what a scan of it must say."""

    estate: Estate
    people: frozenset[str]  # logins of everyone who is here
    expected: tuple[Expected, ...]


def load(name: str, *, families: bool = False) -> Loaded:
    """Read one of the estates that come with the program.

    Args:
        name: of its folder.
        families: with the repositories of `services.yaml`, which only make it larger.
    """
    organization = read_part(name, "organization")
    people = frozenset(organization.pop("people"))
    expected = _expected(
        organization.pop("expect", {}), github_ids.organization(github_ids.HOST, organization["login"])
    )
    repositories: list[Repository] = []
    for part in ("plain", "wrongs"):
        for raw in read_part(name, part)["repositories"]:
            entry = dict(raw)
            id_ = github_ids.repository(github_ids.HOST, organization["login"], entry["name"])
            expected += _expected(entry.pop("expect", {}), id_)
            repositories.append(Repository(**frozen(entry), files=_workflows(name, entry["name"])))
    if families:
        services = read_part(name, "services")
        repositories += _services(services)
        expected += _expected(services["expect"], "")
    estate = Estate(**frozen(organization), repositories=tuple(repositories))
    return Loaded(estate=estate, people=people, expected=tuple(expected))


def _expected(told: Mapping[str, Any], id_: str) -> list[Expected]:
    """Note what something must lead to; `{self}` is its id."""
    return [
        Expected(rule=rule, subject=subject)
        for rule, subjects in told.items()
        for subject in ([id_] if subjects is None else fill(subjects, {"self": id_}))
    ]


def _services(part: Mapping[str, Any]) -> list[Repository]:
    """Return the repositories of services, numbered from 1000."""
    named = [(name, team, kind) for kind in ("aws", "others") for team, names in part[kind].items() for name in names]
    return [
        Repository(
            name=name,
            id=number,
            properties={"owner": part["teams"][team]},
            protection=part["protection"],
            environments=tuple(part["environments"]) if name in part["azure"] else (),
            files={f"{_FOLDER}/deploy.yml": fill(part["workflow"], {"service": name})} if kind == "aws" else {},
        )
        for number, (name, team, kind) in enumerate(named, start=1000)
    ]


def _workflows(estate: str, repository: str) -> dict[str, str]:
    """Read the workflow files of a repository; none where it has no folder."""
    folder = files("nhi_scan.demo").joinpath("estates", estate, "workflows", repository)
    if not folder.is_dir():
        return {}
    found = sorted(folder.iterdir(), key=lambda one: one.name)
    return {f"{_FOLDER}/{one.name}": one.read_text("utf-8") for one in found}
