"""Findings held against an earlier snapshot: what is new, what is still open, what is gone, what nobody could check."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from nhi_scan.inventory.build import Inventory
from nhi_scan.model.finding import Finding, FindingState, SubjectKind

_PRESENT = (FindingState.NEW, FindingState.OPEN, FindingState.WAIVED, FindingState.UNVERIFIED)


def compare(
    current: Iterable[Finding],
    earlier: Iterable[Finding],
    inventory: Inventory,
    unanswered: Mapping[str, frozenset[str]],
    active_rules: frozenset[str],
) -> tuple[Finding, ...]:
    """Give every finding its state against a baseline, and keep those of the baseline that are missing now.

    Args:
        current: what the rules found now.
        earlier: what an assessment of the baseline holds.
        inventory: the current one: whether a subject is still there, and what was collected completely.
        unanswered: rule id -> subjects that the rule could not judge now.
        active_rules: ids of the rules that ran now.

    Returns:
        Current findings as `new` or `open`; missing ones as `resolved` where that is certain, else `unverified` with
        a note that says why.
    """
    known = {finding.fingerprint: finding for finding in earlier if finding.state in _PRESENT}
    judged: list[Finding] = []
    for finding in current:
        before = known.pop(finding.fingerprint, None)
        judged.append(replace(finding, state=FindingState.NEW if before is None else FindingState.OPEN))
    for finding in known.values():
        doubt = _doubt(finding, inventory, unanswered, active_rules)
        state = FindingState.UNVERIFIED if doubt else FindingState.RESOLVED
        judged.append(replace(finding, state=state, note=doubt))
    return tuple(judged)


def _doubt(
    finding: Finding, inventory: Inventory, unanswered: Mapping[str, frozenset[str]], active_rules: frozenset[str]
) -> str:
    """Say why a finding that is missing may still be true; empty where it is surely gone."""
    if finding.rule_id not in active_rules:
        return f"rule `{finding.rule_id}` was not run"
    if finding.subject_id in unanswered.get(finding.rule_id, ()):
        return "the rule could not be answered: a fact that it needs is unknown now"
    if is_present(finding.subject_kind, finding.subject_id, inventory):
        return ""
    for kind in listing_kinds(finding.subject_kind, finding.subject_id, inventory, finding.scope_id):
        if inventory.covered(finding.scope_id, kind) is not True:
            return f"`{kind}` of {finding.scope_id} was not collected completely"
    return ""


def is_present(subject: SubjectKind, subject_id: str, inventory: Inventory) -> bool:
    """Whether an inventory has the subject of a finding."""
    if subject == "resource":
        return subject_id in inventory.resources or subject_id in inventory.groups
    tables: dict[str, Mapping[str, object]] = {
        "identity": inventory.identities,
        "credential": inventory.credentials,
        "workload": inventory.workloads,
        "trust": inventory.trusts,
        "policy": inventory.policies,
        "scope": inventory.scopes,
    }
    return subject_id in tables[subject]


def listing_kinds(subject: SubjectKind, subject_id: str, inventory: Inventory, scope_id: str) -> tuple[str, ...]:
    """Name the record kinds that must be complete before a subject that is missing can be called gone.

    For IAM they are few and fixed. For any other service: all that was asked of that service in the scope; a service
    that nobody asked yields its own name, which is never covered.
    """
    service = _service(subject_id)
    if service == "iam":
        return tuple(_iam_kinds(subject, subject_id))
    asked = {
        row.record_kind
        for row in inventory.coverage
        if row.scope_id == scope_id and row.record_kind.startswith(f"{service}-")
    }
    return tuple(sorted(asked)) or (service or "anything",)


def _iam_kinds(subject: SubjectKind, subject_id: str) -> Iterator[str]:
    resource, _, part = subject_id.split(":", 5)[-1].partition("#")
    kind = resource.partition("/")[0]
    if kind in ("user", "root", "group", "role", "policy", "instance-profile"):
        yield {
            "user": "iam-users",
            "root": "iam-credential-report",
            "group": "iam-groups",
            "role": "iam-roles",
            "policy": "iam-policies",
            "instance-profile": "iam-instance-profiles",
        }[kind]
    if subject == "credential":
        if part.startswith(("access-key", "console-password")) or not part:
            yield "iam-credential-report"
        if not part.startswith(("access-key", "console-password")):
            yield from (
                "iam-server-certificates",
                "iam-service-specific-credentials",
                "iam-signing-certificates",
                "iam-ssh-public-keys",
            )


def _service(subject_id: str) -> str:
    parts = subject_id.split(":", 5)
    return parts[2] if len(parts) == 6 and parts[0] == "arn" else ""
