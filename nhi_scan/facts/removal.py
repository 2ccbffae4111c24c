"""Whole commands that take roles away again, as a fix shows them; those of Azure are written in `unassign`.

Where a role is bound decides which command takes it away, so a fix cannot spell it out beforehand. Every name in one is
quoted for a POSIX shell. `--all` stands where a binding has a condition: without it gcloud looks for the binding that
has none (https://cloud.google.com/sdk/gcloud/reference/projects/remove-iam-policy-binding).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from shlex import quote

from nhi_scan.facts import assignments, unassign
from nhi_scan.facts.bindings import (
    BASIC_ROLES,
    IMPERSONATING,
    direct_groups,
    held_on_scopes,
    impersonating_bindings,
    is_admin_role,
    public_bindings,
    role_bindings,
)
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.registry import fact
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Binding, Policy

_COMMANDED = ("azure", "gcp")
_CUSTOM_ROLE = re.compile(r"(project|organization)s/([^/]+)/roles/([^/]+)")
# Full resource name -> the command's words, with what it names besides the member and the role.
_COMMANDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), command)
    for pattern, command in (
        (r"projects/([^/]+)", "projects remove-iam-policy-binding {0}"),
        (r"folders/([^/]+)", "resource-manager folders remove-iam-policy-binding {0}"),
        (r"organizations/([^/]+)", "organizations remove-iam-policy-binding {0}"),
        (r"serviceAccount:([^/]+@[^/]+)", "iam service-accounts remove-iam-policy-binding {0}"),
        (r"//storage\.googleapis\.com/([^/]+)", "storage buckets remove-iam-policy-binding gs://{0}"),
        (
            r"//secretmanager\.googleapis\.com/projects/([^/]+)/secrets/([^/]+)",
            "secrets remove-iam-policy-binding {1} --project={0}",
        ),
        (
            r"//pubsub\.googleapis\.com/projects/([^/]+)/topics/([^/]+)",
            "pubsub topics remove-iam-policy-binding {1} --project={0}",
        ),
        (
            r"//cloudkms\.googleapis\.com/projects/([^/]+)/locations/([^/]+)/keyRings/([^/]+)",
            "kms keyrings remove-iam-policy-binding {2} --location={1} --project={0}",
        ),
        (
            r"//cloudkms\.googleapis\.com/projects/([^/]+)/locations/([^/]+)/keyRings/([^/]+)/cryptoKeys/([^/]+)",
            "kms keys remove-iam-policy-binding {3} --keyring={2} --location={1} --project={0}",
        ),
        (
            r"//run\.googleapis\.com/projects/([^/]+)/locations/([^/]+)/services/([^/]+)",
            "run services remove-iam-policy-binding {2} --region={1} --project={0}",
        ),
    )
)


@fact("identity", "text")
def identity_roles_fix(estate: Estate) -> list[str]:
    """What takes away all roles that are bound by name to one who is gone, off, a stranger or outside; else empty."""
    return [_roles_fix(estate, identity) for identity in estate.identities]


@fact("identity", "text")
def identity_basic_role_fix(estate: Estate) -> list[str]:
    """What takes its basic roles away, or it out of the groups that give them to it."""
    return _taking(estate, frozenset(BASIC_ROLES).__contains__)


@fact("identity", "text")
def identity_admin_role_fix(estate: Estate) -> list[str]:
    """What takes its administrator's roles away, or it out of the groups that give them to it."""
    return _taking(estate, is_admin_role)


@fact("identity", "text")
def identity_impersonation_fix(estate: Estate) -> list[str]:
    """What takes the roles away that make it every service account of a place, or it out of the groups with them."""
    return _taking(estate, frozenset(IMPERSONATING).__contains__)


@fact("identity", "text")
def identity_privilege_fix(estate: Estate) -> list[str]:
    """What takes the roles away that make it an administrator, or the first step of its way to becoming one."""
    return [_privilege_fix(estate, identity) for identity in estate.identities]


@fact("identity", "text")
def identity_recommender_fix(estate: Estate) -> list[str]:
    """What shows the smaller roles that Google recommends for an administrator and who has more than it uses.

    Recommendations are kept where a role is bound.
    https://cloud.google.com/policy-intelligence/docs/review-apply-role-recommendations
    """
    return [
        unassign.first(sorted({_recommended(place) for place in _places(estate, one)})) for one in estate.identities
    ]


@fact("scope", "text")
def scope_public_fix(estate: Estate) -> list[str]:
    """What takes away the roles that everybody has on it."""
    return [removals(public_bindings(estate, scope.id)) for scope in estate.scopes]


@fact("scope", "text")
def scope_impersonator_fix(estate: Estate) -> list[str]:
    """What takes the roles away that make people every service account in it."""
    return [removals(impersonating_bindings(estate, scope.id)) for scope in estate.scopes]


@fact("policy", "text")
def policy_role_fix(estate: Estate) -> list[str]:
    """What deletes a custom role of Google Cloud or Azure; empty for anything else."""
    return [_deletion(policy) if policy.kind == "role" else "" for policy in estate.policies]


@fact("resource", "text")
def resource_public_fix(estate: Estate) -> list[str]:
    """What takes away the roles that everybody has on it (Google Cloud)."""
    return [removals(public_bindings(estate, resource.id)) for resource in estate.resources]


def removals(rows: Iterable[Binding]) -> str:
    """Write the commands that take bindings away, one a line, the first few and how many more there are."""
    return unassign.first(sorted({removal(row) for row in rows}))


def removal(row: Binding) -> str:
    """Write the command that takes one binding away; a sentence where gcloud has none for what it is on."""
    member, role, words = quote(row.principal_id), quote(row.policy_id), _command(row.scope_id)
    if words:
        return f"gcloud {words} --member={member} --role={role}{' --all' if row.condition else ''}"
    return f"Take {role} from {member} in the policy of {quote(row.scope_id)}."


@lru_cache(maxsize=4096)
def _command(place: str) -> str:
    """The words of the command that changes the policy of a place, which many bindings share; empty for none."""
    for pattern, command in _COMMANDS:
        match = pattern.fullmatch(place)
        if match:
            return command.format(*map(quote, match.groups()))
    return ""


def _deletion(role: Policy) -> str:
    match = _CUSTOM_ROLE.fullmatch(role.id)
    if match is None:
        return unassign.deletion(role)
    return f"gcloud iam roles delete {quote(match[3])} --{match[1]}={quote(match[2])}"


def _taking(estate: Estate, wanted: Callable[[str], bool]) -> list[str]:
    column: list[str] = []
    for identity in estate.identities:
        rows = [row for row in held_on_scopes(estate, identity) if wanted(row.policy_id)]
        column.append(unassign.first(sorted(_leaving(estate, identity, rows))) if rows else "")
    return column


def _leaving(estate: Estate, identity: Identity, rows: Iterable[Binding]) -> set[str]:
    """Commands that take from an identity what it has by name, and it out of the groups that give it the rest."""
    found: set[str] = set()
    for row in rows:
        if row.principal_id == identity.id:
            found.add(removal(row))
            continue
        for group in direct_groups(estate, identity.id, row.principal_id):
            email = quote(group.removeprefix("group:"))
            found.add(
                f"gcloud identity groups memberships delete --group-email={email} --member-email={quote(identity.name)}"
            )
    return found


def _privilege_fix(estate: Estate, identity: Identity) -> str:
    privilege = estate.privileges.get(identity.id)
    if privilege is None or identity.provider not in _COMMANDED:
        return ""
    refs = privilege.path[0].statements if privilege.path else privilege.statements
    bindings: Mapping[str, Binding] = estate.inventory.bindings
    rows = [bindings[ref.binding_id] for ref in refs if ref.layer == "allow" and ref.binding_id in bindings]
    if identity.provider == assignments.PROVIDER:
        return unassign.unassigned(estate, identity, rows)
    return unassign.first(sorted(_leaving(estate, identity, rows) or {removal(row) for row in rows}))


def _places(estate: Estate, identity: Identity) -> set[str]:
    if identity.provider != "gcp":
        return set()
    unused = {one.place_id for one in estate.inventory.unused_of.get(identity.id, ()) if one.kind == "permission"}
    privilege = estate.privileges.get(identity.id)
    great = privilege is not None and privilege.level == "administrator"
    held = held_on_scopes(estate, identity)
    known = unused & estate.inventory.scopes.keys() if unused else unused
    return known | {row.scope_id for row in held if great or row.policy_id in BASIC_ROLES}


def _recommended(place: str) -> str:
    kind, _, name = place.partition("/")
    where = f"--{kind.removesuffix('s')}={quote(name)}"
    return (
        f"gcloud recommender recommendations list {where} --location=global --recommender=google.iam.policy.Recommender"
    )


def _is_none_of_ours(estate: Estate, identity: Identity) -> bool:
    if identity.provider != "gcp" or identity.managed_by_provider:
        return False
    if identity.kind == "federated_principal":
        return True
    gone = identity.status in ("deleted", "disabled")
    return gone or (identity.kind == "service_account" and identity.scope_id not in estate.inventory.scopes)


def _roles_fix(estate: Estate, identity: Identity) -> str:
    if identity.provider == assignments.PROVIDER:
        gone = identity.status in ("deleted", "disabled") and not identity.managed_by_provider
        return unassign.unassigned(estate, identity, assignments.assigned(estate, identity.id)) if gone else ""
    return removals(role_bindings(estate, identity.id)) if _is_none_of_ours(estate, identity) else ""
