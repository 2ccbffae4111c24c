"""What counts as full control, and who has it in one step."""

from collections.abc import Iterable

from nhi_scan.access.aws.documents import Document
from nhi_scan.access.aws.escalation.subject import Subject
from nhi_scan.access.aws.stacks import Level
from nhi_scan.access.aws.summarise import Access
from nhi_scan.access.catalogue import Catalogue
from nhi_scan.access.combine import Truth
from nhi_scan.model.arns import partition_of

_GRANTING = (
    "iam:putuserpolicy",
    "iam:putrolepolicy",
    "iam:attachuserpolicy",
    "iam:attachrolepolicy",
    "iam:createpolicyversion",
    "iam:updateassumerolepolicy",
)
_WAYS_OUT = (
    ("iam:createuser", "iam:putuserpolicy", "iam:createaccesskey"),
    ("iam:createuser", "iam:attachuserpolicy", "iam:createaccesskey"),
    ("iam:createrole", "iam:putrolepolicy"),
    ("iam:createrole", "iam:attachrolepolicy"),
)
_AT_MOST = 12  # policies tried where a condition names those that may be attached
_MOST = 0.5  # of all actions: what a boundary leaves must be most of the account to be called control of it


class Control:
    """Judges ceilings: would someone who may write their own permissions control the account?"""

    def __init__(self, catalogue: Catalogue) -> None:
        """Take the actions that exist."""
        self._most = len(catalogue.names) * _MOST
        self._granting = catalogue.union(_GRANTING)
        self._ways_out = tuple(catalogue.union(way) for way in _WAYS_OUT)
        self._everything = catalogue.everything
        self._answers: dict[tuple[Level, ...], Truth] = {}

    def lets_through(self, subject: Subject) -> Truth:
        """Say whether a subject's ceiling leaves full control to whoever may write the rest."""
        return self.of(subject.limits)

    def above(self, subject: Subject) -> Truth:
        """Say so for something new in the same account, which has no boundary."""
        return self.of(subject.guardrails)

    def of(self, levels: tuple[Level, ...]) -> Truth:
        """Say whether these limits leave full control; None where an open condition decides."""
        if levels not in self._answers:
            self._answers[levels] = self._judge(levels)
        return self._answers[levels]

    def grants(self, document: Document) -> bool:
        """Say whether a document by itself allows full control on everything, with no condition."""
        allowed = denied = 0
        for rule in document.rules:
            if rule.deny:
                denied |= rule.mask
            elif rule.everywhere and not rule.statement.conditions:
                allowed |= rule.mask
        return self._is_control(allowed & ~denied)

    def _judge(self, levels: Iterable[Level]) -> Truth:
        sure = possible = self._everything
        for level in levels:
            surely, perhaps = _left(level)
            sure &= surely
            possible &= perhaps
        if self._is_control(sure):
            return True
        return None if self._is_control(possible) else False

    def _is_control(self, actions: int) -> bool:
        """Say whether a set of actions is control: most of everything, or the way to a principal without a limit."""
        if any(actions & way == way for way in self._ways_out):
            return True
        return bool(actions & self._granting) and actions.bit_count() >= self._most


def _left(level: Level) -> tuple[int, int]:
    """Return what a level lets through on most things: surely, and if open conditions allow."""
    surely = perhaps = banned = doubtful = 0
    for view in level.views:
        for term in view.allows:
            perhaps |= term.rule.mask
            if term.rule.everywhere and not term.open:
                surely |= term.rule.mask
        for term in view.denies:
            if not term.rule.everywhere:
                continue
            if term.open:
                doubtful |= term.rule.mask
            else:
                banned |= term.rule.mask
    return surely & ~banned & ~doubtful, perhaps & ~banned


def administrative_policies(access: Access, control: Control) -> tuple[str, ...]:
    """Name the managed policies that hold full control: AWS's own, and those of the inventory."""
    partitions = sorted({partition_of(row.id) for row in access.inventory.identities.values() if row.id[:4] == "arn:"})
    found = [f"arn:{each}:iam::aws:policy/AdministratorAccess" for each in partitions]
    found += [f"arn:{each}:iam::aws:policy/IAMFullAccess" for each in partitions]
    for policy in access.inventory.policies.values():
        if policy.kind != "identity" or "#" in policy.id or policy.managed_by_provider:
            continue
        if any("*" in row.resources and not row.conditions for row in policy.statements):
            document = access.documents.of(policy.id)
            if document is not None and control.grants(document):
                found.append(policy.id)
    return tuple(dict.fromkeys(found))[:_AT_MOST]
