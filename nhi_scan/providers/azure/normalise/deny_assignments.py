"""Deny assignments: what nobody may do somewhere, whatever roles they have, except who is excluded.

https://learn.microsoft.com/azure/role-based-access-control/deny-assignments. Azure makes most of them by itself, for
managed applications and deployment stacks. What is in `notActions` is not denied by that set.
"""

from nhi_scan.model import arm_ids
from nhi_scan.model.policy import Effect, Guardrail, Policy, PrincipalPattern
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.arm_roles import permission_sets
from nhi_scan.providers.azure.normalise.scopes import Scopes
from nhi_scan.providers.azure.normalise.shapes import Record, abac, flag, guid, properties
from nhi_scan.providers.azure.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import moment, text


def read_deny_assignments(source: Source, scopes: Scopes) -> None:
    """All of them, each once: a scope lists those from above again."""
    kind, seen = kinds.ARM_DENY_ASSIGNMENTS, set[str]()
    for scope_id, of, record in source.plain(kind):
        id_, own = arm_ids.canonical(text(record, "id")), properties(record)
        written = text(own, "scope") or text(of, "scope") or id_.partition("/providers/microsoft.authorization/")[0]
        if not arm_ids.name_of(id_) or not (text(own, "scope") or "/providers/" in id_):
            source.note(kind, scope_id, "deny assignments without an id or a scope")
            continue
        if id_ in seen:
            continue
        seen.add(id_)
        place = scopes.place(written or "/", scope_id)
        policy = _policy(id_, own, place)
        if not policy.complete:
            source.note(kind, scope_id, "deny assignments that cannot be read whole")
        source.records.policies.append(policy)
        below = flag(own.get("doNotApplyToChildScopes")) != "true"
        source.records.guardrails.append(
            Guardrail(policy_id=id_, scope_id=place, kind="deny_assignment", condition=abac(own), inherited=below)
        )


def _policy(id_: str, own: Record, place: str) -> Policy:
    principals, lost = _patterns(own, "principals")
    excluded, unclear = _patterns(own, "excludePrincipals")
    statements, fault = permission_sets(own.get("permissions"), Effect.DENY, principals, excluded)
    return Policy(
        id=id_,
        provider=PROVIDER,
        kind="guardrail",
        name=text(own, "denyAssignmentName") or arm_ids.name_of(id_),
        scope_id=place,
        managed_by_provider=flag(own.get("isSystemProtected")) == "true",
        statements=statements,
        version="",
        created_at=moment(own.get("createdOn")),
        updated_at=moment(own.get("updatedOn")),
        complete=not (fault or lost or unclear or not principals),
    )


def _patterns(own: Record, name: str) -> tuple[tuple[PrincipalPattern, ...], bool]:
    """Those whom a list names, and whether one of them could not be read."""
    written = own.get(name)
    if written is None:
        return (), False
    if not isinstance(written, list):
        return (), True
    ids = [guid(one, "id") if isinstance(one, dict) else "" for one in written]
    return tuple(PrincipalPattern("member", one) for one in sorted(set(ids) - {""})), not all(ids)
