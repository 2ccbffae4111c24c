"""Facts about who a thing is and who answers for it: what is orphaned."""

from collections.abc import Mapping

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.kubernetes.accounts import comes_with_cluster
from nhi_scan.facts.members import project_in
from nhi_scan.facts.registry import fact
from nhi_scan.facts.workloads import kinds_that_run_as, trusts_a_service
from nhi_scan.model.identity import Identity, Nature

_IDENTITY_KINDS = (
    "iam_user",
    "iam_role",
    "root_user",
    "service_account",
    "service_principal",
    "managed_identity",
    "agent_identity",
    "agent_user",
    "app",
    "deploy_key",
    "workflow_job",
    "repository",
    "access_token",
    "node",
    "user",
    "federated_principal",
)
# Kinds of which one that is gone, or in nobody's list, is only a name in policies.
_LISTED_KINDS = ("service_account", "service_principal", "managed_identity", "agent_identity", "agent_user", "app")
_OWNED_IN_DIRECTORY = ("service_principal", "app")
# https://learn.microsoft.com/azure/cost-management-billing/manage/subscription-states
_OFF = ("deleted", "disabled")
_NOT_WHOLE = "the identities of its account, project or tenant, or its owners there, were not collected completely"


@fact("identity", "text")
def identity_id(estate: Estate) -> list[str]:
    """The native id of the identity: for AWS its ARN."""
    return [identity.id for identity in estate.identities]


@fact("identity", "text")
def identity_name(estate: Estate) -> list[str]:
    """The name of the identity, as commands take it."""
    return [identity.name for identity in estate.identities]


@fact("identity", "text", values=_IDENTITY_KINDS)
def identity_kind(estate: Estate) -> list[str]:
    """What sort of identity it is."""
    return [identity.kind for identity in estate.identities]


@fact("identity", "text")
def identity_provider(estate: Estate) -> list[str]:
    """The cloud that it belongs to: `aws`, `azure`, `gcp`."""
    return [identity.provider for identity in estate.identities]


@fact("identity", "text")
def identity_project(estate: Estate) -> list[str]:
    """The id of the Google Cloud project that it is in, as commands take it; empty elsewhere."""
    return [project_in(identity.scope_id) for identity in estate.identities]


@fact("identity", "text", exported=True)
def identity_scope(estate: Estate) -> list[str]:
    """The account or project that it is in."""
    return [identity.scope_id for identity in estate.identities]


@fact("identity", "boolean")
def identity_named_only(estate: Estate) -> list[bool]:
    """Whether nothing but policies and groups that name it tell of it: people, outside identities, what is gone."""
    return [
        identity.kind in ("user", "federated_principal")
        or (identity.kind in _LISTED_KINDS and identity.status in ("deleted", "unknown"))
        for identity in estate.identities
    ]


@fact("identity", "boolean", unknown="the projects of the organization were not listed completely")
def identity_foreign(estate: Estate) -> list[bool | None]:
    """Whether it is a service account of a Google Cloud project that is not one's own, and not Google's either.

    "Yes" is said only where an organization's projects were all listed.
    """
    return [_foreign(estate, identity) for identity in estate.identities]


@fact("identity", "text")
def identity_label(estate: Estate) -> list[str]:
    """What it is and what it is called, as a sentence begins with it: `Role deployer`."""
    return [f"{_word(identity)} {identity.name}" for identity in estate.identities]


@fact("identity", "text", unknown="the provider's commands have no such word for it")
def identity_command_word(estate: Estate) -> list[str | None]:
    """The word for its kind in the provider's commands: `user` or `role`, as in `aws iam tag-role`."""
    words = {"iam_user": "user", "iam_role": "role"}
    return [words.get(identity.kind) for identity in estate.identities]


@fact("identity", "text", values=("human", "non_human", "unknown"))
def identity_nature(estate: Estate) -> list[str]:
    """Whether a person is behind it; the value `unknown` where the signs do not tell."""
    return [identity.nature.value for identity in estate.identities]


@fact("identity", "text", exported=True)
def identity_nature_reason(estate: Estate) -> list[str]:
    """Why it is taken for human, non-human or unknown."""
    return [identity.nature_reason for identity in estate.identities]


@fact("identity", "boolean")
def identity_managed_by_provider(estate: Estate) -> list[bool]:
    """Whether the provider made it and keeps it (service-linked roles): its customer cannot change it."""
    return [identity.managed_by_provider for identity in estate.identities]


@fact("identity", "text", exported=True, unknown="no owner is recorded")
def identity_owner(estate: Estate) -> list[str | None]:
    """The name of who answers for it, as written at the source."""
    return [identity.owner.name if identity.owner else None for identity in estate.identities]


@fact("identity", "boolean", unknown=_NOT_WHOLE)
def identity_has_owner(estate: Estate) -> list[bool | None]:
    """Whether somebody is named as answering for it: by a tag or, in Entra, as an owner of it.

    "No" is said only where its account's listing is complete.
    """
    return [_has_owner(estate, identity) for identity in estate.identities]


@fact("scope", "integer", unknown="its service accounts were not collected completely")
def scope_ownerless_count(estate: Estate) -> list[int | None]:
    """How many service accounts of a project of Google Cloud or a namespace of Kubernetes nobody answers for.

    On Google Cloud they have no labels, their project has:
    https://cloud.google.com/resource-manager/docs/creating-managing-labels. What comes with a cluster does not count.
    """
    found = estate.once(ownerless_accounts)
    return [
        len(found.get(scope.id, ()))
        if scope.provider not in ("gcp", "kubernetes")
        or estate.listed(scope.provider, "service_account", scope.id) is True
        else None
        for scope in estate.scopes
    ]


@fact("identity", "boolean", unknown="no directory of people was collected that could tell")
def identity_owner_gone(estate: Estate) -> list[bool | None]:
    """Whether its owner has left. False where it has no owner: `has_owner` says so."""
    return [identity.owner.gone if identity.owner else False for identity in estate.identities]


@fact("identity", "boolean")
def identity_expects_workload(estate: Estate) -> list[bool]:
    """Whether it trusts a service, so that something there should run as it or be served by it."""
    trusts = estate.inventory.trusts_of
    return [trusts_a_service(trusts.get(identity.id, ())) for identity in estate.identities]


@fact(
    "identity",
    "integer",
    unknown="not all that could run as it or makes use of it is collected, or it was not collected completely",
)
def identity_workload_count(estate: Estate) -> list[int | None]:
    """How many workloads run as it. 0 only where every kind of workload that could was collected completely."""
    inventory = estate.inventory
    column: list[int | None] = []
    for identity in estate.identities:
        count = len(inventory.workloads_of.get(identity.id, ()))
        seen = count > 0 or _all_workloads_seen(estate, identity)
        column.append(count if seen else None)
    return column


@fact("identity", "integer")
def identity_trust_count(estate: Estate) -> list[int]:
    """How many principals its own policy lets become it."""
    trusts = estate.inventory.trusts_of
    return [len(trusts.get(identity.id, ())) for identity in estate.identities]


def running_subscriptions(estate: Estate) -> list[str]:
    """Ids of the subscriptions of Azure in which something can run: not those that are switched off."""
    return [scope.id for scope in estate.scopes if scope.kind == "subscription" and scope.status not in _OFF]


def ownerless_accounts(estate: Estate) -> Mapping[str, tuple[Identity, ...]]:
    """Service accounts without an owner, by project or namespace; no provider's own, deleted or unlisted ones."""
    found: dict[str, list[Identity]] = {}
    for identity in estate.identities:
        orphan = identity.kind == "service_account" and identity.owner is None and not identity.managed_by_provider
        if orphan and _is_listed(identity) and identity.status in ("active", "disabled"):
            found.setdefault(identity.scope_id, []).append(identity)
    return {scope_id: tuple(rows) for scope_id, rows in found.items()}


def _is_listed(identity: Identity) -> bool:
    return not comes_with_cluster(identity) if identity.provider == "kubernetes" else bool(identity.unique_id)


def _word(identity: Identity) -> str:
    # Who is only named, and not by what it is, may be a group or a person.
    if identity.provider == "azure" and identity.nature is Nature.UNKNOWN:
        return "Principal"
    words = {"app": "Application", "iam_user": "User", "iam_role": "Role", "root_user": "Root user"}
    return words.get(identity.kind) or identity.kind.replace("_", " ").capitalize()


def _has_owner(estate: Estate, identity: Identity) -> bool | None:
    if identity.owner is not None or identity.owner_ids:
        return True
    if identity.owner_ids is None and identity.kind in _OWNED_IN_DIRECTORY:
        return None
    return False if estate.listed_whole(identity) else None


def _all_workloads_seen(estate: Estate, identity: Identity) -> bool:
    """Whether all that could run as it was collected. What runs as a managed identity may be in any subscription.

    https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identities-faq
    """
    if identity.kind == "managed_identity":
        places = running_subscriptions(estate)
        return bool(places) and all(estate.listed(identity.provider, "workloads", place) is True for place in places)
    kinds = kinds_that_run_as(identity, estate.inventory.trusts_of.get(identity.id, ()))
    return bool(kinds) and all(estate.covered(identity.scope_id, kind) is True for kind in kinds)


def _foreign(estate: Estate, identity: Identity) -> bool | None:
    if identity.kind != "service_account" or identity.managed_by_provider or identity.status == "deleted":
        return False
    if identity.scope_id in estate.inventory.scopes:
        return False
    return True if estate.projects_listed and identity.scope_id else None
