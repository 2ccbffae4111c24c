"""Facts that are whole commands of Azure and Entra: what takes away what one has, as a fix shows it."""

from shlex import quote

from nhi_scan.facts import assignments, unassign
from nhi_scan.facts.actions import IAM_WRITES
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.privilege import identity_writes_iam
from nhi_scan.facts.registry import fact
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Binding


@fact("identity", "text")
def identity_standing_fix(estate: Estate) -> list[str]:
    """What takes its broad roles on subscriptions of Azure away, or it out of the groups that give them to it."""
    return [unassign.unassigned(estate, one, assignments.standing(estate, one)) for one in estate.identities]


@fact("identity", "text")
def identity_permissions_fix(estate: Estate) -> list[str]:
    """What takes its application permissions away that open the directory, or what everybody writes and keeps."""
    return [unassign.unassigned(estate, one, _permissions(estate, one)) for one in estate.identities]


@fact("identity", "text")
def identity_strong_fix(estate: Estate) -> list[str]:
    """What takes its broad roles on Azure and these permissions away, or all that it has where none stands out."""
    return [
        unassign.unassigned(estate, one, rows or assignments.assigned(estate, one.id))
        for one in estate.identities
        for rows in [assignments.standing(estate, one) + _permissions(estate, one)]
    ]


@fact("identity", "text")
def identity_iam_write_fix(estate: Estate) -> list[str]:
    """What takes the roles of Azure and Entra away by which it may change permissions or credentials; else empty."""
    writers = zip(estate.identities, identity_writes_iam.column(estate), strict=True)
    return [_iam_write_fix(estate, identity) if writes else "" for identity, writes in writers]


@fact("identity", "text")
def identity_old_owner_fix(estate: Estate) -> list[str]:
    """What takes from an owner of an application who left what that one may have kept; elsewhere empty.

    A managed identity has no credentials that anybody could keep: there it is what takes its roles away.
    https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/overview
    """
    return [_old_owner_fix(estate, identity) for identity in estate.identities]


@fact("identity", "text")
def identity_retirement_fix(estate: Estate) -> list[str]:
    """What switches an agent, or the account of one, off and later deletes it; empty for anything else."""
    return [_retirement_fix(identity) for identity in estate.identities]


@fact("policy", "text")
def policy_assignments_fix(estate: Estate) -> list[str]:
    """What takes a customer's role, or an entry of a vault's access policy, of Azure from all, or deletes it."""
    bound = estate.inventory.bindings_to
    return [
        unassign.first(sorted({unassign.unassignment(estate, row) for row in bound.get(policy.id, ())}))
        or unassign.deletion(policy)
        if policy.provider == assignments.PROVIDER and not policy.managed_by_provider
        else ""
        for policy in estate.policies
    ]


@fact("resource", "text")
def resource_roles_fix(estate: Estate) -> list[str]:
    """What takes all roles away that are assigned to a group of Azure; empty for anything else."""
    return [
        unassign.first(sorted({unassign.unassignment(estate, one) for one in assignments.assigned(estate, row.id)}))
        if row.id in estate.inventory.groups
        else ""
        for row in estate.resources
    ]


def _iam_write_fix(estate: Estate, identity: Identity) -> str:
    if identity.provider != assignments.PROVIDER:
        return ""
    summary, bindings = estate.access.summary(identity.id), estate.inventory.bindings
    writes = [action for action in IAM_WRITES[identity.provider] if summary.allows(action)]
    ids = {ref.binding_id for action in writes for ref in summary.statements(action)}
    return unassign.unassigned(estate, identity, [bindings[id_] for id_ in ids if id_ in bindings])


def _old_owner_fix(estate: Estate, identity: Identity) -> str:
    if identity.provider != assignments.PROVIDER:
        return ""
    if identity.kind == "managed_identity":
        roles = unassign.unassigned(estate, identity, assignments.assigned(estate, identity.id))
        said = "It has no credentials that the old one could have kept."
        return f"{said} If nobody needs it, take away what it has:\n{roles}" if roles else said
    registered = identity.kind == "app" or "application_id" in dict(identity.attributes)
    noun, id_ = ("app", identity.unique_id or identity.id) if registered else ("sp", identity.id)
    return (
        "Rotate what the old one may have kept:\n"
        f"az ad {noun} credential list --id {quote(id_)}\n"
        f"az ad {noun} credential reset --id {quote(id_)} --append"
    )


def _retirement_fix(identity: Identity) -> str:
    id_ = quote(identity.id)
    if identity.kind == "agent_user":
        off, delete = f"az ad user update --id {id_} --account-enabled false", f"az ad user delete --id {id_}"
    elif identity.kind == "agent_identity":
        off, delete = f"az ad sp update --id {id_} --set accountEnabled=false", f"az ad sp delete --id {id_}"
    else:
        return ""
    return f"{off}\nAfter some quiet weeks: {delete}"


def _permissions(estate: Estate, identity: Identity) -> list[Binding]:
    return assignments.permissions(estate, identity, assignments.STRONG_PERMISSIONS.__contains__)
