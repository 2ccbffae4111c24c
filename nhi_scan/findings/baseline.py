"""Findings held against an earlier snapshot: what is new, what is still open, what is gone, what nobody could check."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from nhi_scan.findings.listing import listing_kinds
from nhi_scan.findings.listing_azure import BESTOWING
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
    if is_present(finding.subject_kind, finding.subject_id, inventory) and not _is_only_named(finding, inventory):
        return _less_is_known(finding, inventory)
    for kind in listing_kinds(finding.subject_kind, finding.subject_id, inventory, finding.scope_id):
        if inventory.covered(finding.scope_id, kind) is not True:
            return f"`{kind}` of {finding.scope_id} was not collected completely"
    return ""


def _less_is_known(finding: Finding, inventory: Inventory) -> str:
    """Say why what is there may still be as it was, and only less of it be seen: Azure has two halves."""
    if finding.provider != "azure":
        return ""
    if (
        finding.scope_id not in inventory.scopes
    ):  # the directory knows managed identities of subscriptions that it hides
        return f"{finding.scope_id} was not collected"
    if finding.question != "privilege":
        return ""
    missing = (kind for kind in BESTOWING if inventory.covered(finding.scope_id, kind) is False)
    return next((f"`{kind}` of {finding.scope_id} was not collected completely" for kind in missing), "")


def _is_only_named(finding: Finding, inventory: Inventory) -> bool:
    """Whether something still names an identity and nothing tells what it is: rules then judge a name alone."""
    identity = inventory.identities.get(finding.subject_id) if finding.subject_kind == "identity" else None
    return identity is not None and identity.status == "unknown"


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
