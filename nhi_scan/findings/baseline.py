"""Findings held against an earlier snapshot: what is new, what is still open, what is gone, what nobody could check."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nhi_scan.findings.assessment import Assessment
from nhi_scan.findings.grounds import Grounds
from nhi_scan.findings.listing import bestowing, listing_kinds, looked_at
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.finding import Finding, FindingState, SubjectKind

_SUBSCRIPTION = "/subscriptions/"
# What lists by itself what is in the subscriptions that it may see.
_OF_SUBSCRIPTIONS = ("arg-", "arm-")
_GRANTS = ("binding", "path", "statement")  # kinds of evidence that tell who may do what
_PRESENT = (FindingState.NEW, FindingState.OPEN, FindingState.WAIVED, FindingState.UNVERIFIED)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is kept of the assessment that another one is held against."""

    findings: Sequence[Finding]
    grounds: Grounds = field(default_factory=Grounds)

    @classmethod
    def of(cls, assessment: Assessment) -> "Baseline":
        """Keep what a comparison needs of an assessment, and let the rest go: it may be large."""
        return cls(assessment.findings, Grounds.of(assessment.findings, assessment.inventory))


def compare(
    current: Iterable[Finding],
    earlier: Iterable[Finding],
    inventory: Inventory,
    unanswered: Mapping[str, frozenset[str]],
    active_rules: frozenset[str],
    grounds: Grounds | None = None,
) -> tuple[Finding, ...]:
    """Give every finding its state against a baseline, and keep those of the baseline that are missing now.

    Args:
        current: what the rules found now.
        earlier: what an assessment of the baseline holds.
        inventory: the current one: whether a subject is still there, and what was collected completely.
        unanswered: rule id -> subjects that the rule could not judge now.
        active_rules: ids of the rules that ran now.
        grounds: what the findings of the baseline rested on; None: nothing is known of that.

    Returns:
        Current findings as `new` or `open`; missing ones as `resolved` where that is certain, else `unverified` with
        a note that says why.
    """
    known = {finding.fingerprint: finding for finding in earlier if finding.state in _PRESENT}
    grounds = grounds or Grounds()
    hidden = _hidden(grounds.scopes, inventory)
    judged: list[Finding] = []
    for finding in current:
        before = known.pop(finding.fingerprint, None)
        judged.append(replace(finding, state=FindingState.NEW if before is None else FindingState.OPEN))
    for finding in known.values():
        doubt = _doubt(finding, inventory, unanswered, active_rules, hidden)
        if not doubt and is_present(finding.subject_kind, finding.subject_id, inventory):
            doubt = grounds.doubt(finding, inventory)
        state = FindingState.UNVERIFIED if doubt else FindingState.RESOLVED
        judged.append(replace(finding, state=state, note=doubt))
    return tuple(judged)


def _hidden(places: frozenset[str], inventory: Inventory) -> str:
    """Name a subscription of the baseline that is not known now; empty where there is none.

    Azure lists those in which one may read something and none besides, and does not say whether there are more: one
    that was deleted looks as one that is hidden. https://learn.microsoft.com/rest/api/resources/subscriptions/list
    """
    gone = (
        place for place in places if place.startswith(_SUBSCRIPTION) and place.count("/") == _SUBSCRIPTION.count("/")
    )
    return min((place for place in gone if place not in inventory.scopes), default="")


def _doubt(
    finding: Finding,
    inventory: Inventory,
    unanswered: Mapping[str, frozenset[str]],
    active_rules: frozenset[str],
    hidden: str,
) -> str:
    """Say why a finding that is missing may still be true; empty where it is surely gone."""
    if finding.rule_id not in active_rules:
        return f"rule `{finding.rule_id}` was not run"
    if finding.subject_id in unanswered.get(finding.rule_id, ()):
        return "the rule could not be answered: a fact that it needs is unknown now"
    if is_present(finding.subject_kind, finding.subject_id, inventory) and not _is_only_named(finding, inventory):
        return _less_is_known(finding, inventory, hidden)
    kinds = listing_kinds(finding.subject_kind, finding.subject_id, inventory, finding.scope_id)
    where = looked_at(finding.scope_id, inventory)
    for kind in kinds:
        if inventory.covered(where, kind) is not True:
            return f"`{kind}` of {where or 'all organizations'} was not collected completely"
    may_be_there = not finding.scope_id.startswith(_SUBSCRIPTION) and any(
        kind.startswith(_OF_SUBSCRIPTIONS) for kind in kinds
    )
    return f"{hidden} was not collected" if hidden and may_be_there else ""


def _less_is_known(finding: Finding, inventory: Inventory, hidden: str) -> str:
    """Say why what is there may still be as it was, and only less of it be seen."""
    if finding.provider == "azure":  # it has two halves: each knows of what the other one hides
        if finding.scope_id not in inventory.scopes:
            return f"{finding.scope_id} was not collected"
        if hidden and _reaches_far(finding):
            return f"{hidden} was not collected"
    if finding.question != "privilege" and not any(piece.kind in _GRANTS for piece in finding.evidence):
        return ""
    kinds = bestowing(finding.provider, finding.identity_id or finding.subject_id)
    missing = (kind for kind in kinds if inventory.covered(finding.scope_id, kind) is False)
    return next((f"`{kind}` of {finding.scope_id} was not collected completely" for kind in missing), "")


def _reaches_far(finding: Finding) -> bool:
    """Whether a finding may rest on what is in other subscriptions: principals have their roles anywhere."""
    of_principal = finding.subject_kind in ("identity", "trust") or finding.question == "privilege"
    return of_principal or not finding.scope_id.startswith(_SUBSCRIPTION)


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
