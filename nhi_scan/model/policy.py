"""Policies as the evaluator reads them, after the provider's own syntax has been taken off."""

from datetime import datetime
from enum import Enum
from typing import Literal

from nhi_scan.model.record import record, value

PolicyKind = Literal["identity", "resource", "role", "trust", "boundary", "session", "guardrail", "endpoint"]


class Effect(Enum):
    """What a matching statement does."""

    ALLOW = "allow"
    DENY = "deny"


@value
class PrincipalPattern:
    """One entry of a Principal or NotPrincipal element."""

    kind: Literal["aws", "service", "federated", "canonical_user", "any", "member"]
    value: str  # as written: an ARN, an account number, `lambda.amazonaws.com`, `*`; for `member` its cloud's name


@value
class Condition:
    """One operator applied to one key. A statement's conditions must all hold.

    For a language with expressions of its own (CEL, Azure ABAC) `operator` names the language, `values` holds the one
    expression, and `key` is empty or says in which version of the language it is.
    """

    operator: str  # as written, set qualifier and IfExists included: `ForAnyValue:StringLikeIfExists`
    key: str  # as written
    values: tuple[str, ...]


@record
class Statement:
    """One statement of a policy. Patterns are as written: case is folded where they are compiled."""

    sid: str = ""
    effect: Effect
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    principals: tuple[PrincipalPattern, ...] = ()
    not_principals: tuple[PrincipalPattern, ...] = ()
    conditions: tuple[Condition, ...] = ()
    index: int = 0  # position in its document, from 0: names a statement without a sid
    # Which of its provider's planes the actions are of, where the same pattern means other things in each (Azure:
    # `control`, `data`, `directory`, `app_role`, `delegated`).
    plane: str = ""
    malformed: str = ""  # why the provider's element could not be read; such a statement decides `unknown`


@record
class Policy:
    """A list of statements with a name and a place. Equal documents share one `statements` tuple."""

    id: str  # ARN; `<owner id>#inline/<name>`, `<owner id>#trust`, `<resource id>#policy` where there is none
    provider: str
    kind: PolicyKind
    name: str
    scope_id: str
    managed_by_provider: bool = False
    statements: tuple[Statement, ...] = ()
    version: str = "2008-10-17"  # language version; AWS's default where a document does not say
    attachable: bool = True
    attachment_count: int | None = None  # as the provider counts; None where it does not
    boundary_count: int | None = None  # how many identities it bounds
    created_at: datetime | None = None
    updated_at: datetime | None = None
    complete: bool = True  # False where its document could not be fetched or read: what it says is unknown
    other_versions: "tuple[Policy, ...]" = ()  # kept and not in force; each `<id>#version/<name>`


@record
class Binding:
    """A policy given to an identity, at a scope. Ternary on purpose."""

    id: str
    principal_id: str  # the identity that gets it, also where it comes through a group
    policy_id: str
    scope_id: (
        str  # where it counts: a scope; on Google Cloud also a resource's or an identity's id, below which it holds
    )
    purpose: Literal["grants", "bounds"] = "grants"  # `bounds`: a permissions boundary, which only limits
    condition: Condition | None = None
    expires_at: datetime | None = None
    source: Literal["direct", "group", "inherited"] = "direct"
    via: str | None = None  # the group or scope it comes through
    inline: bool = False
    eligible: bool = False  # True where it counts only once it was activated (Azure: Privileged Identity Management)


@record
class Guardrail:
    """A policy attached to a scope, limiting everything below it (an AWS SCP or RCP, a Google Cloud deny policy).

    A principal access boundary limits the *principals* of the scope or set that it is bound to, wherever they act.
    """

    policy_id: str
    scope_id: str  # what it is attached to: root, organizational unit, account, folder, project; or a principal set
    kind: Literal[
        "service_control_policy",
        "resource_control_policy",
        "deny_policy",
        "principal_access_boundary",
        "deny_assignment",
    ]
    condition: Condition | None = None  # of the attachment itself, where it has one
    inherited: bool = True  # False where it limits what it is attached to and nothing below (Azure)


@record
class Trust:
    """Who can become an identity: one principal of one statement of its trust policy."""

    id: str
    identity_id: str  # who can be become
    subject: str  # a principal id, an account number, a service, an issuer; `*` for anyone
    subject_kind: Literal["identity", "account", "service", "federated", "anyone", "deleted", "canonical_user"]
    claim_patterns: tuple[tuple[str, tuple[str, ...]], ...] = ()  # federated: claim name -> accepted patterns
    mechanism: Literal["assume", "impersonate", "federate", "run_as"] = "assume"
    conditions: tuple[Condition, ...] = ()
    policy_id: str = ""
    statement_index: int = 0


@record
class KeyGrant:
    """A permission on one key that no policy shows (an AWS KMS grant)."""

    id: str  # `<key id>#grant/<native id>`
    key_id: str  # the key's resource id
    grantee: str  # who may use it: a principal's ARN or a service, as the provider shows it
    retiring: str = ""  # who may retire it, besides the grantee
    operations: tuple[str, ...] = ()  # the provider's names, sorted: `Decrypt`, `CreateGrant`
    constraints: tuple[tuple[str, str, str], ...] = ()  # (`EncryptionContextSubset`, key, value): all must be met
    issuer: str = ""  # the account that issued it
    name: str = ""
    created_at: datetime | None = None
