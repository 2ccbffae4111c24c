"""What a Google Cloud estate is: an organization and what lies in it, as data, before any server knows of it.

Ages are whole days before the moment at which the estate plays. A place is a scope id (`organizations/1`,
`folders/2`, `projects/shop`), a service account as a member (`serviceAccount:a@b`) or a full resource name
(`//storage.googleapis.com/bucket`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder."""

    id: str  # `folders/2`
    name: str
    parent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project."""

    id: str  # `projects/shop`
    number: str
    parent: str
    name: str = ""
    created: int = 700
    labels: Mapping[str, str] = field(default_factory=dict)
    disabled_services: tuple[str, ...] = ()  # hosts of the APIs that are not enabled here
    state: str = "ACTIVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of a service account."""

    id: str
    created: int
    expires: int | None = None  # days ahead; None: never
    used: int | None = None  # days ago; None: never
    managed_by: str = "user"  # or `system`
    origin: str = "GOOGLE_PROVIDED"
    algorithm: str = "KEY_ALG_RSA_2048"
    disabled: bool = False
    disable_reason: str = ""  # EXPOSED, COMPROMISE_DETECTED, USER_INITIATED
    exposed: str = ""  # the value of an extended status SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_KEY_EXPOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A service account."""

    project: str  # `projects/shop`
    email: str
    unique_id: str
    title: str = ""
    description: str = ""
    disabled: bool = False
    keys: tuple[Key, ...] = ()
    used: int | None = None  # days ago; None: never


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A predefined role (`roles/editor`) or a custom one (`projects/shop/roles/x`)."""

    id: str
    title: str = ""
    permissions: tuple[str, ...] = ()
    stage: str = "GA"
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A role given to members at a place."""

    place: str
    role: str
    members: tuple[str, ...]
    condition: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A resource: what Cloud Asset Inventory shows as `resource.data`, and what the service's own API lists."""

    type: str  # `compute.googleapis.com/Instance`
    name: str  # `//compute.googleapis.com/projects/shop/zones/europe-west1-b/instances/web`
    project: str
    location: str = "global"
    schema: str = ""  # of the service's discovery document; empty: as the type
    data: Json = field(default_factory=dict)
    api: Json | None = None  # what the service's own API shows, where that is another shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A Google group."""

    id: str  # `groups/abc`
    email: str
    name: str = ""
    members: tuple[str, ...] = ()  # as members of policies: `user:a@b`, `group:c@d`, `serviceAccount:e@f`
    hidden: bool = False  # whether its members may not be listed


@dataclass(frozen=True, slots=True, kw_only=True)
class DenyPolicy:
    """A deny policy."""

    place: str  # a scope id
    id: str
    name: str = ""
    rules: tuple[Json, ...] = ()  # PolicyRule of IAM v2


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """A principal access boundary policy of the organization, and the bindings that put it into force."""

    id: str
    name: str = ""
    version: str = "1"
    rules: tuple[Json, ...] = ()  # PrincipalAccessBoundaryPolicyRule of IAM v3
    bindings: tuple[Json, ...] = ()  # each with `place`, `id`, `principalSet` and perhaps `condition`


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pool of workload identities (in a project) or of a workforce (of the organization)."""

    place: str
    id: str
    name: str = ""
    disabled: bool = False
    providers: Mapping[str, Json] = field(default_factory=dict)  # id -> WorkloadIdentityPoolProvider of IAM v1


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key."""

    project: str
    id: str
    name: str = ""
    created: int = 200
    restrictions: Json = field(default_factory=dict)
    account: str = ""  # email of the service account it is bound to


@dataclass(frozen=True, slots=True, kw_only=True)
class HmacKey:
    """An HMAC key of Cloud Storage."""

    project: str
    account: str
    id: str
    created: int = 200
    state: str = "ACTIVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """A recommendation (google.iam.policy.Recommender) or an insight (google.iam.serviceAccount.Insight)."""

    place: str  # a scope id
    source: str  # the recommender or the type of insight
    id: str
    data: Json
    days: int = 1  # since it was refreshed


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """An organization policy."""

    place: str
    name: str  # `iam.disableServiceAccountKeyCreation`
    rules: tuple[Json, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag value bound to a place."""

    place: str
    key: str  # short name
    value: str  # short name
    number: str  # of the value; its key has the same but for `00` at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """Everything, in a fixed order."""

    organization: str  # `organizations/1`
    name: str = "example.com"  # of the organization
    customer: str = "C0demo"  # of the directory
    folders: Sequence[Folder] = ()
    projects: Sequence[Project] = ()
    accounts: Sequence[Account] = ()
    roles: Sequence[Role] = ()
    bindings: Sequence[Binding] = ()
    things: Sequence[Thing] = ()
    groups: Sequence[Group] = ()
    deny_policies: Sequence[DenyPolicy] = ()
    boundaries: Sequence[Boundary] = ()
    pools: Sequence[Pool] = ()
    api_keys: Sequence[ApiKey] = ()
    hmac_keys: Sequence[HmacKey] = ()
    recommendations: Sequence[Recommendation] = ()
    constraints: Sequence[Constraint] = ()
    tags: Sequence[Tag] = ()
