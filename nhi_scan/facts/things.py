"""Facts about what a workload, a policy, a resource or a scope is, and whether anything makes use of it."""

from nhi_scan.facts.assignments import is_deleted
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.members import project_in
from nhi_scan.facts.registry import fact
from nhi_scan.model.arns import account_named
from nhi_scan.model.identity import Resource
from nhi_scan.model.service_accounts import home_in


@fact("workload", "text")
def workload_project(estate: Estate) -> list[str]:
    """The id of the Google Cloud project that it is in, as commands take it; empty elsewhere."""
    return [project_in(workload.scope_id) for workload in estate.workloads]


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
        # One that is `unknown` is only named: nobody could look whether it exists.
        absent = [
            name
            for name in workload.runs_as
            if name not in identities or identities[name].status in ("deleted", "unknown")
        ]
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
    """Whether it stands by itself and can be attached; not inline, nor the trust or resource policy of something.

    Google Cloud's roles and boundaries are bound and not attached: nobody counts how often.
    """
    return [
        policy.kind in ("identity", "boundary") and "#" not in policy.id and policy.provider != "gcp"
        for policy in estate.policies
    ]


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


@fact("resource", "text")
def resource_provider(estate: Estate) -> list[str]:
    """The cloud that it belongs to: `aws`, `azure`, `gcp`."""
    return [resource.provider for resource in estate.resources]


@fact("resource", "text")
def resource_handle(estate: Estate) -> list[str]:
    """What a command of Google Cloud names it by: the last part of its id."""
    return [resource.id.rpartition("/")[2] for resource in estate.resources]


@fact("resource", "text")
def resource_pool(estate: Estate) -> list[str]:
    """What a command names the pool by that a provider belongs to; empty for anything else."""
    return [dict(resource.attributes).get("pool", "").rpartition("/")[2] for resource in estate.resources]


@fact("resource", "text")
def resource_project(estate: Estate) -> list[str]:
    """The id of the Google Cloud project that it is in, as commands take it; empty elsewhere."""
    return [project_in(resource.scope_id) for resource in estate.resources]


@fact("resource", "boolean", unknown="it is no storage account, or its properties were not collected")
def resource_shared_key(estate: Estate) -> list[bool | None]:
    """Whether a storage account of Azure lets in whoever has one of its two keys.

    https://learn.microsoft.com/azure/storage/common/shared-key-authorization-prevent
    """
    words = [dict(row.attributes).get("shared_key") for row in estate.resources]
    return [None if word is None else word == "true" for word in words]


@fact("resource", "text", values=("rbac", "access_policy"), unknown="it is no key vault, or it was not collected")
def resource_vault_authorization(estate: Estate) -> list[str | None]:
    """By what a key vault of Azure decides who gets at its content: roles, or an access policy of its own."""
    words = [dict(row.attributes).get("authorization") for row in estate.resources]
    return [word if word in ("rbac", "access_policy") else None for word in words]


@fact("resource", "text", unknown="it is no encryption key")
def resource_purpose(estate: Estate) -> list[str | None]:
    """What an encryption key is for, in the provider's word: `ENCRYPT_DECRYPT`."""
    return [dict(row.attributes).get("purpose") for row in estate.resources]


@fact("resource", "boolean", unknown="what is granted to groups was not collected completely")
def resource_granted(estate: Estate) -> list[bool | None]:
    """Whether a group has anything granted to it by name. False only where all was collected that grants any."""
    inventory = estate.inventory
    column: list[bool | None] = []
    for row in estate.resources:
        granted = row.id in inventory.bindings_of or row.id in inventory.group_bindings
        unseen = row.kind in _MEMBERS_LISTED and estate.listed(row.provider, "bindings", row.scope_id) is not True
        column.append(True if granted else None if unseen else False)
    return column


@fact("resource", "boolean", unknown="nobody could look up what group it is")
def resource_deleted(estate: Estate) -> list[bool | None]:
    """Whether it is a group that is known to be gone, though assignments still name it."""
    return [is_deleted(row.attributes) or (None if _is_nameless(row) else False) for row in estate.resources]


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
    return [
        len(resource.used_by) if resource.used_by or _users_known(estate, resource) else None
        for resource in estate.resources
    ]


@fact("scope", "text")
def scope_id(estate: Estate) -> list[str]:
    """The native id of the scope."""
    return [scope.id for scope in estate.scopes]


@fact("scope", "text")
def scope_project(estate: Estate) -> list[str]:
    """The id of the Google Cloud project that it is, as commands take it; its whole id where it is none."""
    return [project_in(scope.id) or scope.id for scope in estate.scopes]


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


def _is_nameless(row: Resource) -> bool:
    """Whether only its id is known of a group of Entra."""
    return row.kind == "entra_group" and row.name == row.id


_MEMBERS_LISTED = ("google_group", "entra_group")


def _users_known(estate: Estate, resource: Resource) -> bool:
    """Whether everything that could use a resource was collected."""
    group = estate.inventory.groups.get(resource.id)
    if group is not None and group.kind in _MEMBERS_LISTED:
        return group.complete and any(
            estate.listed(group.provider, "members", scope.id) is True
            for scope in estate.scopes
            if scope.provider == group.provider
        )
    kinds = USER_KINDS.get(resource.kind)
    return kinds is not None and all(estate.covered(resource.scope_id, kind) is True for kind in kinds)


def _missing(estate: Estate, runs_as: tuple[str, ...]) -> list[str]:
    """Those of the ids that no identity has, though the account in the ARN was listed completely."""
    identities = estate.inventory.identities
    return [
        name
        for name in runs_as
        if (name in identities and identities[name].status == "deleted")
        or (name not in identities and _identities_listed(estate, name))
    ]


def _identities_listed(estate: Estate, name: str) -> bool:
    """Whether all identities were collected of the account or project that a name says it is of."""
    kind, _, email = name.partition(":")
    if kind == "serviceAccount":
        return estate.listed("gcp", "service_account", estate.project_of(home_in(email))) is True
    return estate.covered(account_named(name), "iam-roles") is True
