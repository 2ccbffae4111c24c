"""Facts about who a thing is and who answers for it: what is orphaned."""

from nhi_scan.facts.arn import account_of
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.registry import fact
from nhi_scan.facts.workloads import kinds_that_run_as, trusts_a_service

_IDENTITY_KINDS = (
    "iam_user",
    "iam_role",
    "root_user",
    "service_account",
    "service_principal",
    "managed_identity",
    "agent_identity",
    "app",
    "deploy_key",
)
_NOT_WHOLE = "the identities of its account were not collected completely"


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
def identity_label(estate: Estate) -> list[str]:
    """What it is and what it is called, as a sentence begins with it: `Role deployer`."""
    words = {"iam_user": "User", "iam_role": "Role", "root_user": "Root user"}
    return [
        f"{words.get(identity.kind) or identity.kind.replace('_', ' ').capitalize()} {identity.name}"
        for identity in estate.identities
    ]


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
    """Whether somebody is named as answering for it. "No" is said only where its account's listing is complete."""
    return [
        True if identity.owner is not None else (False if estate.listed_whole(identity) else None)
        for identity in estate.identities
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
    unknown="the uses that the services it trusts make of roles are not collected, or were not completely",
)
def identity_workload_count(estate: Estate) -> list[int | None]:
    """How many workloads run as it. 0 only where every kind of workload that could was collected completely."""
    inventory = estate.inventory
    column: list[int | None] = []
    for identity in estate.identities:
        count = len(inventory.workloads_of.get(identity.id, ()))
        if count == 0:
            kinds = kinds_that_run_as(inventory.trusts_of.get(identity.id, ()))
            if not kinds or any(estate.covered(identity.scope_id, kind) is not True for kind in kinds):
                column.append(None)
                continue
        column.append(count)
    return column


@fact("workload", "text", exported=True)
def workload_id(estate: Estate) -> list[str]:
    """The native id of the workload: for AWS its ARN where it has one."""
    return [workload.id for workload in estate.workloads]


@fact("workload", "text")
def workload_name(estate: Estate) -> list[str]:
    """The name of the workload."""
    return [workload.name for workload in estate.workloads]


@fact("workload", "text")
def workload_kind(estate: Estate) -> list[str]:
    """What sort of workload it is: `lambda_function`, `ec2_instance`, ..."""
    return [workload.kind for workload in estate.workloads]


@fact("workload", "text", exported=True)
def workload_region(estate: Estate) -> list[str]:
    """Where it runs; empty for what is not regional."""
    return [workload.region for workload in estate.workloads]


@fact("workload", "text", unknown="it runs as nothing, or all it runs as exists or could not be looked for")
def workload_missing_identities(estate: Estate) -> list[str | None]:
    """The identities it runs as that do not exist, named, in an account whose identities were all collected."""
    return [", ".join(gone) if (gone := _missing(estate, workload.runs_as)) else None for workload in estate.workloads]


@fact("workload", "boolean", unknown="the identities of the account that it runs in were not collected completely")
def workload_runs_as_missing(estate: Estate) -> list[bool | None]:
    """Whether it is set to run as an identity that does not exist."""
    identities = estate.inventory.identities
    column: list[bool | None] = []
    for workload in estate.workloads:
        absent = [name for name in workload.runs_as if name not in identities]
        gone = _missing(estate, workload.runs_as)
        column.append(True if gone else (None if absent else False))
    return column


@fact("policy", "text")
def policy_id(estate: Estate) -> list[str]:
    """The native id of the policy: an ARN where it has one."""
    return [policy.id for policy in estate.policies]


@fact("policy", "text")
def policy_name(estate: Estate) -> list[str]:
    """The name of the policy."""
    return [policy.name for policy in estate.policies]


@fact(
    "policy",
    "text",
    values=("identity", "resource", "role", "trust", "boundary", "session", "guardrail", "endpoint"),
    exported=True,
)
def policy_kind(estate: Estate) -> list[str]:
    """What sort of policy it is."""
    return [policy.kind for policy in estate.policies]


@fact("policy", "boolean")
def policy_managed(estate: Estate) -> list[bool]:
    """Whether it stands by itself and can be attached; not inline, nor the trust or resource policy of something."""
    return [policy.kind in ("identity", "boundary") and "#" not in policy.id for policy in estate.policies]


@fact("policy", "boolean")
def policy_managed_by_provider(estate: Estate) -> list[bool]:
    """Whether the provider wrote it and keeps it."""
    return [policy.managed_by_provider for policy in estate.policies]


@fact("policy", "integer", unknown="the provider's count of its attachments was not collected")
def policy_attachments(estate: Estate) -> list[int | None]:
    """How many identities and groups it is attached to or bounds, as the provider counts."""
    return [
        None if policy.attachment_count is None else policy.attachment_count + (policy.boundary_count or 0)
        for policy in estate.policies
    ]


@fact("resource", "text", exported=True)
def resource_id(estate: Estate) -> list[str]:
    """The native id of the resource or group."""
    return [resource.id for resource in estate.resources]


@fact("resource", "text")
def resource_name(estate: Estate) -> list[str]:
    """The name of the resource or group."""
    return [resource.name for resource in estate.resources]


@fact("resource", "text")
def resource_kind(estate: Estate) -> list[str]:
    """What sort of resource it is: `instance_profile`, `s3_bucket`, `secret`, `iam_group`, ..."""
    return [resource.kind for resource in estate.resources]


@fact("resource", "boolean")
def resource_managed_by_provider(estate: Estate) -> list[bool]:
    """Whether a service of the provider made it and keeps it."""
    return [any(key == "owning_service" for key, _ in resource.attributes) for resource in estate.resources]


@fact("resource", "integer", unknown="what could use it was not collected completely")
def resource_used_by(estate: Estate) -> list[int | None]:
    """How many things use it: instances of a profile, members of a group, roles that trust a provider.

    0 is said only where everything that could use it was collected completely.
    """
    column: list[int | None] = []
    for resource in estate.resources:
        kinds = USER_KINDS.get(resource.kind)
        whole = kinds is not None and all(estate.covered(resource.scope_id, kind) is True for kind in kinds)
        column.append(len(resource.used_by) if resource.used_by or whole else None)
    return column


@fact("scope", "text", exported=True)
def scope_name(estate: Estate) -> list[str]:
    """The name of the account, organizational unit or other scope."""
    return [scope.name for scope in estate.scopes]


@fact("scope", "text", exported=True)
def scope_kind(estate: Estate) -> list[str]:
    """What sort of scope it is."""
    return [scope.kind for scope in estate.scopes]


@fact("scope", "boolean", exported=True)
def scope_collected(estate: Estate) -> list[bool]:
    """Whether its identities were asked for in this snapshot."""
    return [scope.collected for scope in estate.scopes]


# resource kind -> record kinds that hold everything which can use it
USER_KINDS: dict[str, tuple[str, ...]] = {
    "instance_profile": (
        "autoscaling-launch-configurations",
        "ec2-instances",
        "ec2-launch-template-versions",
        "ec2-spot-fleet-requests",
    ),
    "oidc_provider": ("cognito-identity-pools", "eks-clusters", "iam-roles"),
    "saml_provider": ("cognito-identity-pools", "ec2-client-vpn-endpoints", "iam-roles"),
    "iam_group": ("iam-users", "iam-groups"),
}


def _missing(estate: Estate, runs_as: tuple[str, ...]) -> list[str]:
    """Those of the ids that no identity has, though the account in the ARN was listed completely."""
    identities = estate.inventory.identities
    return [
        name for name in runs_as if name not in identities and estate.covered(account_of(name), "iam-roles") is True
    ]
