"""Non-human identities, what they authenticate with, and what runs as them."""

from datetime import datetime
from enum import Enum
from typing import Literal

from nhi_scan.model.record import record, value

IdentityKind = Literal[
    "iam_user",
    "iam_role",
    "root_user",
    "service_account",
    "service_principal",
    "managed_identity",
    "agent_identity",
    "agent_user",  # the account of an agent that must have one like a person's (Entra)
    "app",
    "deploy_key",
    "workflow_job",  # what a job of a CI workflow runs as (GitHub: its own token)
    "repository",  # whatever somebody who may push to a repository can make its CI run
    "access_token",  # a token with permissions of its own, which acts for a person (GitHub: a fine-grained one)
    "node",  # a node of a Kubernetes cluster, by the name that its certificate says
    "user",  # a person's account that is not the provider's own (Google Cloud: a Google account)
    "federated_principal",  # somebody whom an outside issuer vouches for, named by a policy: never listed anywhere
]
UnusedKind = Literal["identity", "access_key", "console_password", "permission"]
CredentialKind = Literal[
    "access_key",
    "console_password",
    "service_specific_credential",
    "service_account_key",
    "client_secret",
    "certificate",
    "server_certificate",
    "signing_certificate",
    "ssh_public_key",
    "api_token",
    "mfa_device",
    "api_key",
    "hmac_key",
    "service_account_token",  # Kubernetes: one kept in a Secret, which does not expire
]


class Nature(Enum):
    """Whether somebody can be asked about this identity."""

    HUMAN = "human"
    NON_HUMAN = "non_human"
    UNKNOWN = "unknown"


class UseState(Enum):
    """The three answers to "when was it last used?"."""

    AT = "at"
    NEVER = "never"
    UNKNOWN = "unknown"


@value
class LastUsed:
    """When something was last used. Build it with `LastUsed.on(t)`, `NEVER_USED` or `USE_UNKNOWN`, never with None.

    `tracking_since` bounds what `NEVER` can mean: providers keep use for a limited time (AWS keeps a role's last use
    for 400 days), so "never" is "not since then".
    """

    state: UseState
    at: datetime | None = None  # aware, UTC; set exactly where state is AT
    service: str | None = None  # the provider's name of the service that was called, where known
    region: str | None = None

    @staticmethod
    def on(at: datetime, service: str | None = None, region: str | None = None) -> "LastUsed":
        """Was used at this moment (aware datetime, UTC)."""
        return LastUsed(UseState.AT, at, service, region)


NEVER_USED = LastUsed(UseState.NEVER)
USE_UNKNOWN = LastUsed(UseState.UNKNOWN)


@record
class Owner:
    """Who answers for a thing, and how we know."""

    name: str  # an e-mail address, a team, a person: as written at the source; attacker-controlled
    source: str  # where it was read: `tag:owner`, `scope:team`
    gone: bool | None = None  # True where the owner is known to have left; None where nothing can tell


@record
class Identity:
    """Something that can authenticate and be given permissions."""

    id: str  # native id; an ARN for AWS
    provider: str
    kind: IdentityKind
    nature: Nature
    nature_reason: str  # one sentence: why it is taken for human, non-human or unknown
    name: str
    scope_id: str  # the account that owns it
    unique_id: str | None = None  # the provider's immutable id (`AROA...`), which survives a rename and dies with it
    path: str = "/"
    status: Literal["active", "disabled", "deleted", "unknown"] = "active"
    managed_by_provider: bool = False  # service-linked roles and other plumbing that a customer cannot edit
    created_at: datetime | None = None
    last_authenticated: LastUsed = USE_UNKNOWN
    owner: Owner | None = None
    trust_policy_id: str | None = None  # the policy that says who can become it, where it has one
    has_console_password: bool | None = None  # None: not applicable or not known
    mfa_enabled: bool | None = None
    # Scopes for which it may act as anybody of a Google Workspace (domain-wide delegation); None: nobody could look.
    workspace_scopes: tuple[str, ...] | None = None
    # Ids of who may change it because they own it in the directory (Entra: owners of its application and of its service
    # principal), sorted; None: not all of them could be listed. Who answers for it is `owner`.
    owner_ids: tuple[str, ...] | None = None
    attributes: tuple[tuple[str, str], ...] = ()  # the few native facts that rules read, documented at the normaliser
    description: str = ""
    tags: tuple[tuple[str, str], ...] = ()


@record
class Group:
    """A set of identities that bindings can name."""

    id: str
    provider: str
    kind: str  # `iam_group`
    name: str
    scope_id: str
    member_ids: tuple[str, ...] = ()  # identities and, where the provider nests them, groups
    created_at: datetime | None = None
    complete: bool = True  # False where its members could not all be listed: who is in it is unknown
    # Who may make itself a member for a time (Entra: Privileged Identity Management for groups).
    eligible_member_ids: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()  # the few native facts that rules read, documented at the normaliser


@record
class Credential:
    """What an identity proves itself with. Never holds the secret."""

    id: str  # native where the provider has one, else `<identity id>#access-key-1`
    provider: str
    identity_id: str  # empty where it belongs to an account (a server certificate)
    scope_id: str
    kind: CredentialKind
    name: str = ""
    status: Literal["active", "inactive", "expired", "unknown"] = "unknown"
    created_at: datetime | None = None
    expires_at: datetime | None = None
    rotated_at: datetime | None = None
    last_used: LastUsed = USE_UNKNOWN
    attributes: tuple[tuple[str, str], ...] = ()  # the few native facts that rules read, documented at the normaliser


@record
class Workload:
    """Software that runs as an identity."""

    id: str
    provider: str
    kind: str  # `lambda_function`, `ec2_instance`, `ecs_task_definition`, ...
    name: str
    scope_id: str
    region: str = ""
    runs_as: tuple[str, ...] = ()  # ids of identities whose permissions its code gets
    served_by: tuple[str, ...] = ()  # ids of identities the platform uses for it; its code does not get them
    exposed: bool | None = None  # reachable by anyone; None where nothing can tell
    environment_names: tuple[str, ...] = ()  # names of environment variables, never their values
    owner: Owner | None = None
    tags: tuple[tuple[str, str], ...] = ()
    active: bool | None = None  # running or invocable now; None where nothing can tell
    attributes: tuple[tuple[str, str], ...] = ()  # the few native facts that rules read, documented at the normaliser


@record
class Resource:
    """Something that can be acted on and that is worth naming."""

    id: str
    provider: str
    kind: str  # `s3_bucket`, `kms_key`, `secret`, `instance_profile`, `oidc_provider`, ...
    name: str
    scope_id: str
    region: str = ""
    sensitivity: Literal["none", "data", "secret", "key", "control"] | None = None
    policy_id: str | None = None  # its resource policy, where it has one
    public_access_blocked: bool | None = None
    used_by: tuple[str, ...] = ()  # ids of the things that make use of it, where a join is known
    created_at: datetime | None = None
    attributes: tuple[tuple[str, str], ...] = ()  # the few native facts that rules read, documented at the normaliser
    tags: tuple[tuple[str, str], ...] = ()
    policy_tags: tuple[tuple[str, str], ...] | None = None  # as `Scope.policy_tags`


@record
class Usage:
    """When an identity last used a service, or one action of it, as the provider recorded it."""

    identity_id: str
    service: str  # the provider's namespace: `s3`
    action: str | None = None  # `s3:GetObject`; None for the service as a whole
    last_used: LastUsed = USE_UNKNOWN
    tracked_since: datetime | None = None


@record
class UnusedAccess:
    """Something granted and not used, as the provider's own analysis found it (AWS: IAM Access Analyzer)."""

    id: str  # the provider's id of the finding; `<id>#<service>` where one finding names several services
    identity_id: str
    kind: UnusedKind
    analyzer_id: str  # what found it, by its native id
    window_days: int | None = None  # how long a thing must be unused to be found; None where nothing tells
    credential: str = ""  # the key's native id, for an access key
    service: str = ""  # the provider's namespace, for a permission; empty where its details were not collected
    actions: tuple[str, ...] = ()  # `s3:GetObject`, sorted; empty: the whole service
    last_used: LastUsed = USE_UNKNOWN
    found_at: datetime | None = None
    policy_id: str = ""  # the role whose grant is wider than what was used (Google Cloud)
    place_id: str = ""  # where it is granted
    suggested: tuple[str, ...] = ()  # roles that would do instead, sorted; none: nothing is needed
