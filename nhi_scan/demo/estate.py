"""What an estate is: accounts and what lies in them, as data, before any server knows of it.

Ages are whole days before the moment at which the estate plays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Statement = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of the organization."""

    key: str  # its name within the estate: `production`
    id: str
    name: str
    email: str
    unit: str  # path of its organizational unit; empty for the root


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrail:
    """A service control policy and the units it is attached to."""

    name: str
    targets: tuple[str, ...]
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """An IAM role."""

    account: str
    name: str
    trust: tuple[Statement, ...]
    path: str = "/"
    description: str = ""
    created: int = 200
    used: int | None = None  # None: never
    inline: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    managed: tuple[str, ...] = ()  # names of the account's own policies, else of AWS's
    boundary: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    instance_profile: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An access key of a user."""

    created: int
    used: int | None = None
    active: bool = True
    service: str = "s3"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An IAM user."""

    account: str
    name: str
    path: str = "/"
    created: int = 200
    groups: tuple[str, ...] = ()
    inline: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    managed: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    password: bool = False
    password_used: int | None = None
    mfa: bool = False
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """An IAM group."""

    account: str
    name: str
    created: int = 400
    inline: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    managed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A customer-managed policy."""

    account: str
    name: str
    statements: tuple[Statement, ...]
    created: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An OpenID Connect provider: an issuer whose tokens an account takes."""

    account: str
    issuer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """An instance profile without an instance, or without a role."""

    account: str
    name: str
    role: str = ""
    created: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A server certificate that was uploaded to IAM. moto gives every one the same dates: it expired in 2012."""

    account: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Something that runs as a role."""

    account: str
    region: str
    kind: str  # function, task, instance, project, job, state_machine
    name: str
    role: str
    tags: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    public: bool = False  # a function that anyone may invoke


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """An S3 bucket with its policy."""

    account: str
    name: str
    policy: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A secret of Secrets Manager. Its value is a canary: it may not reach a snapshot."""

    account: str
    region: str
    name: str
    changed: int
    rotates: bool = False
    suffix: str = "a1B2c3"  # AWS draws one for the end of the ARN


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A finding that the estate must lead to."""

    rule: str
    subject: str


@dataclass(slots=True, kw_only=True)
class Estate:
    """Everything, in a fixed order."""

    regions: tuple[str, ...]
    units: tuple[str, ...]
    people: frozenset[str]  # addresses of everyone who is here
    accounts: dict[str, Account] = field(default_factory=dict)
    guardrails: list[Guardrail] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)
    providers: list[Provider] = field(default_factory=list)
    profiles: list[Profile] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    workloads: list[Workload] = field(default_factory=list)
    buckets: list[Bucket] = field(default_factory=list)
    secrets: list[Secret] = field(default_factory=list)
    service_linked: tuple[str, ...] = ()
    expected: list[Expected] = field(default_factory=list)
