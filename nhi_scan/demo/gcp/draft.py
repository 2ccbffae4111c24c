"""A Google Cloud estate while it is being read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nhi_scan.demo.estate import Expected
from nhi_scan.demo.gcp.estate import Account, Binding, Key, Project, Thing
from nhi_scan.demo.gcp.workloads import Asked, location_of, thing
from nhi_scan.demo.wording import between, fill


@dataclass(slots=True)
class Draft:
    """What was read so far."""

    projects: dict[str, Project]
    words: dict[str, str]  # what `{word}` stands for everywhere
    parts: dict[str, list[Any]] = field(default_factory=dict)  # by field of the estate
    expected: list[Expected] = field(default_factory=list)

    def add(self, section: str, part: Any) -> None:
        """Add a part of the estate."""
        self.parts.setdefault(section, []).append(part)

    def grant(self, place: str, role: str, *members: str, condition: str = "") -> None:
        """Give members a role at a place."""
        self.add("bindings", Binding(place=place, role=role, members=members, condition=condition))

    def hold(self, kind: str, name: str, project: Project, account: str = "", **more: Any) -> Thing:
        """Put a resource into a project; a workload runs as the account."""
        location = more.pop("location", location_of(kind))
        made = thing(Asked(kind=kind, name=name, project=project, location=location, account=account, **more))
        self.add("things", made)
        return made

    def account(self, project: Project, name: str, title: str) -> str:
        """Add a service account that is in order; its email."""
        email = f"{name}@{project.id.partition('/')[2]}.iam.gserviceaccount.com"
        self.add(
            "accounts",
            Account(
                project=project.id,
                email=email,
                unique_id=unique_id(email),
                title=title,
                used=between(f"{email} used", 1, 20),
                keys=(system_key(email),),
            ),
        )
        return email

    def expect(self, expected: Mapping[str, Any], subject: str, words: Mapping[str, str]) -> None:
        """Note the findings that a thing must lead to: rule id -> subjects, or nothing for the thing itself."""
        for rule, subjects in expected.items():
            given = [subject] if subjects is None else fill(subjects, {**self.words, **words, "self": subject})
            self.expected += [Expected(rule=rule, subject=each) for each in given]


def unique_id(email: str) -> str:
    """Return a number of 21 digits that looks like one of Google's and is the same in every run."""
    return f"1{between(email, 10**9, 4 * 10**9):010d}{between(email[::-1], 10**9, 4 * 10**9):010d}"


def system_key(email: str) -> Key:
    """Return the key that Google keeps and rotates for every account."""
    return Key(id=key_id(f"{email} system"), created=6, expires=10, managed_by="system")


def key_id(seed: str) -> str:
    """Return the 40 hexadecimal digits of a key's id."""
    return "".join(f"{between(f'{seed}{part}', 0, 2**32 - 1):08x}" for part in range(5))
