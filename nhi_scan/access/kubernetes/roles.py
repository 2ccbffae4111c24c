"""Roles as sets of actions, each distinct list of rules once, and which of them give an action, and of what names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nhi_scan.access.kubernetes.catalogue import Bits
from nhi_scan.access.kubernetes.evaluate import pattern
from nhi_scan.model.kube_actions import Action
from nhi_scan.model.policy import Policy, Statement


@dataclass(slots=True, eq=False)
class Document:
    """The rules of one or more roles that say the same."""

    number: int
    statements: tuple[Statement, ...]
    unknown: bool  # True: what it gives cannot be told in full
    whole: int = 0  # actions given on whatever there is
    named: int = 0  # actions given on some names


@dataclass(slots=True, frozen=True)
class Given:
    """What a document gives of one action."""

    whole: bool = False
    names: frozenset[str] = frozenset()


class Roles:
    """The roles of an inventory.

    Attributes:
        bits: what the sets are of.
        unknown: documents of which nobody can tell what they give.
    """

    def __init__(self, policies: Iterable[Policy]) -> None:
        """Take the roles of Kubernetes, and what was bound and not found."""
        roles = list(policies)
        self._of: dict[str, Document] = {}
        self._documents: dict[tuple[tuple[Statement, ...], bool], Document] = {}
        for role in roles:
            lost = not role.complete or any(one.malformed for one in role.statements)
            statements = tuple(one for one in role.statements if not one.malformed) if role.complete else ()
            made = Document(len(self._documents), statements, lost)
            self._of[role.id] = self._documents.setdefault((statements, lost), made)
        documents = list(self._documents.values())
        self.bits = Bits({text for one in documents for rule in one.statements for text in rule.actions})
        for one in documents:
            for rule in one.statements:
                clear, named = _apart(rule)
                one.whole |= self._union(clear)
                one.named |= self._union(named) & self.bits.by_name
        self.unknown = tuple(one for one in documents if one.unknown)
        self._given: dict[str, dict[int, Given]] = {}

    def of(self, role_id: str) -> Document | None:
        """Return the rules of a role; None for one that nobody knows."""
        return self._of.get(role_id)

    def giving(self, action: Action) -> dict[int, Given]:
        """Return what documents give of an action, by their numbers; those that give nothing are left out."""
        found = self._given.get(action.text)
        if found is None:
            bit = self.bits.catalogue.bit(action.text)
            found = {}
            for one in self._documents.values():
                if not bit or (one.whole | one.named) & bit:
                    given = _given(one.statements, action)
                    if given.whole or given.names:
                        found[one.number] = given
            self._given[action.text] = found
        return found

    def _union(self, patterns: Sequence[str]) -> int:
        mask = 0
        for text in patterns:
            mask |= self.bits.mask(text)
        return mask


def _apart(rule: Statement) -> tuple[Sequence[str], Sequence[str]]:
    """Part a rule's patterns into those that count for every name, and those for some."""
    if not rule.resources:
        return rule.actions, ()
    read = [(text, pattern(text)) for text in rule.actions]
    urls = [text for text, one in read if one is not None and one.url]
    return urls, [text for text, one in read if one is not None and not one.url]


def _given(statements: Iterable[Statement], action: Action) -> Given:
    names: set[str] = set()
    for rule in statements:
        covers = any(one is not None and one.covers(action) for one in map(pattern, rule.actions))
        if covers and (action.url or not rule.resources):
            return Given(whole=True)
        if covers:
            names.update(rule.resources)
    return Given(names=frozenset(names))
