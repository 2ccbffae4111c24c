"""Reads a GitHub estate from its folder of YAML.

`organization.yaml` holds the organization, the apps and tokens in it and its machines. `plain.yaml` holds repositories
that are in order, `wrongs.yaml` those that are not, each with the findings that it must lead to: rule id -> subjects,
or nothing where the subject is the repository itself. The files in `workflows/<repository>` are those of its
`.github/workflows`.
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


def load(name: str) -> Loaded:
    """Read one of the estates that come with the program."""
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
    estate = Estate(**frozen(organization), repositories=tuple(repositories))
    return Loaded(estate=estate, people=people, expected=tuple(expected))


def _expected(told: Mapping[str, Any], id_: str) -> list[Expected]:
    """Note what something must lead to; `{self}` is its id."""
    return [
        Expected(rule=rule, subject=subject)
        for rule, subjects in told.items()
        for subject in ([id_] if subjects is None else fill(subjects, {"self": id_}))
    ]


def _workflows(estate: str, repository: str) -> dict[str, str]:
    """Read the workflow files of a repository; none where it has no folder."""
    folder = files("nhi_scan.demo").joinpath("estates", estate, "workflows", repository)
    if not folder.is_dir():
        return {}
    found = sorted(folder.iterdir(), key=lambda one: one.name)
    return {f"{_FOLDER}/{one.name}": one.read_text("utf-8") for one in found}
