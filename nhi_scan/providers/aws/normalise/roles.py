"""Finding a role by whatever a record calls it: its ARN, its name, or an instance profile that holds it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nhi_scan.model.arns import name_of
from nhi_scan.providers.aws.normalise.shapes import InstanceProfile
from nhi_scan.providers.aws.normalise.source import Source
from nhi_scan.providers.aws.normalise.values import distinct

_ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/[\w+=,.@/-]+")


@dataclass(slots=True)
class Profile:
    """An instance profile, and what makes use of it."""

    arn: str
    name: str
    role_ids: tuple[str, ...]
    record: InstanceProfile
    used_by: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Roles:
    """The roles of an account and its instance profiles, by name."""

    account: str
    partition: str
    by_name: Mapping[str, str]
    profiles: dict[str, Profile]  # by ARN
    _profile_names: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._profile_names = {profile.name: arn for arn, profile in sorted(self.profiles.items())}

    def role_id(self, word: str) -> str:
        """The ARN of a role that is given by ARN, by name, or inside a text; empty for an empty word.

        Redshift Serverless prints `IamRole(applyStatus=in-sync, iamRoleArn=arn:aws:iam::...:role/name)`.
        """
        if not word or word.startswith("arn:"):
            return word
        inside = _ROLE_ARN.search(word)
        if inside:
            return inside[0]
        name = name_of(word)
        return self.by_name.get(name) or f"arn:{self.partition}:iam::{self.account}:role/{word.lstrip('/')}"

    def role_ids(self, words: Iterable[str]) -> tuple[str, ...]:
        """The ARNs of several roles, sorted, each once."""
        return distinct(self.role_id(word) for word in words)

    def behind(self, words: Iterable[str], user_id: str) -> tuple[str, ...]:
        """The roles in instance profiles, given by ARN or name; notes who uses the profiles."""
        found: list[str] = []
        for word in words:
            profile = self.profiles.get(word) or self.profiles.get(self._profile_names.get(name_of(word), ""))
            if profile is not None:
                profile.used_by.add(user_id)
                found += profile.role_ids
        return distinct(found)


def read_roles(source: Source, in_roles: Iterable[InstanceProfile]) -> Roles:
    """The roles of an account.

    Args:
        source: the account, whose identities were read.
        in_roles: the instance profiles that roles named; those without a role are only in their own list.
    """
    by_name = {identity.name: identity.id for identity in source.identities_of("iam_role")}
    profiles: dict[str, Profile] = {}
    for record in (*in_roles, *source.typed("iam-instance-profiles", InstanceProfile)):
        known = profiles.get(record.Arn)
        roles = [role.Arn for role in record.Roles or ()]
        role_ids = distinct((*roles, *(known.role_ids if known else ())))
        name = record.InstanceProfileName or name_of(record.Arn)
        profiles[record.Arn] = Profile(record.Arn, name, role_ids, record)
    return Roles(source.scope_id, source.partition(), by_name, profiles)
