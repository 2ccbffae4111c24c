"""References that lead nowhere: to what was deleted, was never there, or was not collected."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from nhi_scan.inventory.coverage import CoverageIndex
from nhi_scan.inventory.link import session_role
from nhi_scan.model.identity import Group, Identity, Workload
from nhi_scan.model.policy import Binding, Policy, Trust
from nhi_scan.model.scope import Scope

DanglingKind = Literal[
    "binding_policy",
    "binding_boundary",
    "binding_group",
    "group_member",
    "trust_deleted",
    "trust_identity",
    "trust_account",
    "runs_as",
]

# The record kinds that must have been collected completely before a missing thing may be called gone.
_PROOF: dict[tuple[str, str], tuple[str, ...]] = {
    ("aws", "policy"): ("iam-policies",),
    ("aws", "boundary"): ("iam-policies", "iam-boundary-policies"),
    ("aws", "group"): ("iam-groups",),
    ("aws", "identity"): ("iam-users", "iam-roles"),
    ("aws", "role"): ("iam-roles",),
    ("aws", "account"): ("organizations-accounts",),
    ("gcp", "policy"): ("asset-iam-role",),
    ("gcp", "role"): ("asset-iam-service-account",),
}


_ACCOUNT_PART = 4
_SERVICE_ACCOUNT = "serviceAccount:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dangling:
    """A reference to something that the inventory does not hold."""

    kind: DanglingKind
    subject_id: str  # the record that refers: a binding, trust, workload or group
    missing_id: str  # what it refers to
    scope_id: str  # the scope of the record that refers
    certain: bool  # True: the place where it would be was collected completely, so it is gone and not just unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What there is, by id."""

    scopes: Mapping[str, Scope]  # an account that is not among them is unknown
    identities: Mapping[str, Identity]
    groups: Mapping[str, Group]
    workloads: Mapping[str, Workload]
    bindings: Mapping[str, Binding]
    trusts: Mapping[str, Trust]
    policies: Mapping[str, Policy]  # without the stubs that stand for missing ones
    sessions: Mapping[str, str]  # role ids by `<account>:<role name>`

    def identity(self, principal: str) -> bool:
        """Whether a principal of a policy is an identity that is known, or a session of one."""
        return principal in self.identities or session_role(principal) in self.sessions


def find_dangling(known: Known, coverage: CoverageIndex) -> tuple[Dangling, ...]:
    """All references that lead nowhere, sorted by kind and id.

    Args:
        known: what the references may lead to.
        coverage: tells whether something missing is gone or was only not seen.
    """
    proof = _Proof(coverage, known.scopes)
    found = [
        *_of_bindings(known, proof),
        *_of_groups(known, proof),
        *_of_trusts(known, proof),
        *_of_workloads(known, proof),
    ]
    return tuple(sorted(found, key=lambda d: (d.kind, d.subject_id, d.missing_id)))


class _Proof:
    """Says whether the absence of a thing from a scope is proven."""

    def __init__(self, coverage: CoverageIndex, scopes: Mapping[str, Scope]) -> None:
        self._coverage = coverage
        self._scopes = scopes
        self._organizations = sorted({row.id for row in scopes.values() if row.kind == "organization"})

    def gone(self, scope_id: str, what: str) -> bool:
        """Whether everything of this sort in the scope was collected."""
        scope = self._scopes.get(scope_id)
        kinds = _PROOF.get((scope.provider if scope else "aws", what), ())
        return bool(kinds) and all(self._coverage.covered(scope_id, kind) for kind in kinds)

    def stranger(self) -> bool:
        """Whether all accounts of the organization are known, so that another one is a stranger."""
        return any(self.gone(organization, "account") for organization in self._organizations)


def _of_bindings(known: Known, proof: _Proof) -> Iterator[Dangling]:
    for binding in known.bindings.values():
        if binding.policy_id not in known.policies:
            bounds = binding.purpose == "bounds"
            yield Dangling(
                kind="binding_boundary" if bounds else "binding_policy",
                subject_id=binding.id,
                missing_id=binding.policy_id,
                scope_id=binding.scope_id,
                certain=proof.gone(_home_of(binding), "boundary" if bounds else "policy"),
            )
        if binding.source == "group" and binding.via is not None and binding.via not in known.groups:
            yield Dangling(
                kind="binding_group",
                subject_id=binding.id,
                missing_id=binding.via,
                scope_id=binding.scope_id,
                certain=proof.gone(binding.scope_id, "group"),
            )


def _of_groups(known: Known, proof: _Proof) -> Iterator[Dangling]:
    for group in known.groups.values():
        for member in group.member_ids:
            if member not in known.identities and member not in known.groups:
                yield Dangling(
                    kind="group_member",
                    subject_id=group.id,
                    missing_id=member,
                    scope_id=group.scope_id,
                    certain=proof.gone(group.scope_id, "identity"),
                )


def _of_trusts(known: Known, proof: _Proof) -> Iterator[Dangling]:
    for trust in known.trusts.values():
        missing = _missing_subject(trust, known, proof)
        if missing is not None:
            role = known.identities.get(trust.identity_id)
            yield Dangling(
                kind=missing[0],
                subject_id=trust.id,
                missing_id=trust.subject,
                scope_id=role.scope_id if role else "",
                certain=missing[1],
            )


def _missing_subject(trust: Trust, known: Known, proof: _Proof) -> tuple[DanglingKind, bool] | None:
    if trust.subject_kind == "deleted":
        return "trust_deleted", True  # AWS writes the id of a principal only once the principal is gone
    if trust.subject_kind not in ("account", "identity"):
        return None
    account = trust.subject if trust.subject_kind == "account" else _account_of(trust.subject)
    if account and account not in known.scopes:
        return "trust_account", proof.stranger()
    if trust.subject_kind == "account" or known.identity(trust.subject):
        return None
    is_principal = ":role/" in trust.subject or ":user/" in trust.subject or bool(session_role(trust.subject))
    return ("trust_identity", proof.gone(account, "identity")) if is_principal else None


def _of_workloads(known: Known, proof: _Proof) -> Iterator[Dangling]:
    for workload in known.workloads.values():
        for identity_id in workload.runs_as:
            if identity_id not in known.identities:
                yield Dangling(
                    kind="runs_as",
                    subject_id=workload.id,
                    missing_id=identity_id,
                    scope_id=workload.scope_id,
                    certain=proof.gone(_account_of(identity_id) or workload.scope_id, "role"),
                )


def _home_of(binding: Binding) -> str:
    """Where the policy would have been found: a role that a Google Cloud customer made names its own scope."""
    scope, custom, _ = binding.policy_id.partition("/roles/")
    return scope if custom and not scope.startswith("arn:") else binding.scope_id


def _account_of(arn: str) -> str:
    if arn.startswith(_SERVICE_ACCOUNT):  # `serviceAccount:name@project.iam.gserviceaccount.com`
        return f"projects/{arn.partition('@')[2].removesuffix('.iam.gserviceaccount.com')}"
    parts = arn.split(":")
    return parts[4] if len(parts) > _ACCOUNT_PART and parts[0] == "arn" else ""
