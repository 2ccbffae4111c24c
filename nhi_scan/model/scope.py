"""Where things live: the tree of organizations, folders and accounts that policies are inherited along."""

from typing import Literal

from nhi_scan.model.record import record

ScopeKind = Literal[
    "organization",
    "root",
    "folder",
    "organizational_unit",
    "account",
    "tenant",
    "management_group",
    "subscription",
    "resource_group",
    "project",
    "cluster",
    "namespace",
    "repository",
    "mount",
]


@record
class Scope:
    """One node of a provider's resource hierarchy."""

    id: str  # native id: an AWS account number, `ou-...`, `r-...`, `o-...`
    provider: str  # key of the provider table: `aws`, `gcp`, ...
    kind: ScopeKind
    name: str  # display name; equals `id` where the provider gives none
    parent_id: str | None = None  # empty where it is known to have none; None where nothing can tell
    status: str = "active"  # the provider's own word, lower case: `active`, `suspended`, ...
    collected: bool = False  # True where this scope's identities were asked for in this snapshot
    management: bool = False  # True for the account that owns the organization (AWS: SCPs and RCPs do not apply)
    tags: tuple[tuple[str, str], ...] = ()
    guardrail_kinds: tuple[str, ...] | None = None  # of a root: kinds in force; None where not collected completely
    number: str = ""  # a second native id by which records name it (Google Cloud: the project number)
    # Tags that policies can ask for, bound right here, by namespaced key (Google Cloud: `123/env` -> `prod`); what is
    # bound above is inherited. None where nobody could look.
    policy_tags: tuple[tuple[str, str], ...] | None = None
    # Organization policy constraints set right here -> `enforced`, `not_enforced` or `custom` (Google Cloud); None
    # where nobody could look.
    constraints: tuple[tuple[str, str], ...] | None = None
    attributes: tuple[tuple[str, str], ...] = ()  # the few native facts that rules read, documented at the normaliser
    delegated_services: tuple[str, ...] = ()  # services that the account administers for its organization, sorted
