"""Policy documents, each distinct one compiled once, and what they become for a particular principal.

Most documents say the same to everyone. Those that name the principal (`${aws:username}`, a condition on
`aws:PrincipalTag/...`) are resolved per principal, and equal outcomes are shared again: what follows depends on the
number of distinct documents and outcomes, not on the number of identities.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

from nhi_scan.access.aws.conditions.compile import compile_condition
from nhi_scan.access.aws.conditions.variables import Look, Piece, Variable, template
from nhi_scan.access.aws.context import PRINCIPAL_KEYS, Open
from nhi_scan.access.aws.terms import Rule, Term, View, make_view
from nhi_scan.access.catalogue import Catalogue
from nhi_scan.access.match import has_wildcard
from nhi_scan.model.policy import Condition, Effect, Policy, Statement

_OF_RESOURCES = frozenset({"resource", "trust", "endpoint"})


@dataclass(slots=True, eq=False)
class Document:
    """A compiled document and the views that were taken of it."""

    rules: tuple[Rule, ...]
    variables: bool
    complete: bool
    varying: tuple[tuple[int, Rule], ...]  # the statements that say different things to different principals
    views: dict[tuple[object, ...], View] = field(default_factory=dict)
    only: View | None = None  # what it says to everyone, where it does not vary
    fixed: "tuple[Term | None, ...]" = ()  # what the statements that do not vary come to, once they were read


class Documents:
    """The documents that give identities permissions or limit them; trust and resource policies are not among them."""

    def __init__(self, policies: Iterable[Policy], catalogue: Catalogue) -> None:
        """Find the distinct documents. Actions that the catalogue lacks are added to it."""
        self._key_of: dict[str, tuple[int, str, bool]] = {}
        self._distinct: dict[tuple[int, str, bool], Policy] = {}  # keeps the statements: the keys are their addresses
        self._compiled: dict[tuple[int, str, bool], Document] = {}
        self._of: dict[str, Document] = {}  # what was asked for
        self._masks: dict[tuple[str, ...], tuple[int, int]] = {}  # actions -> their bits, and those in focus
        for policy in chain.from_iterable((each, *each.other_versions) for each in policies):
            if policy.kind not in _OF_RESOURCES:
                key = (id(policy.statements), policy.version, policy.complete)
                self._distinct.setdefault(key, policy)
                self._key_of[policy.id] = key
        patterns = dict.fromkeys(
            pattern
            for policy in self._distinct.values()
            for statement in policy.statements
            for pattern in (*statement.actions, *statement.not_actions)
        )
        self.catalogue = catalogue.extended(patterns)
        self._actions: Catalogue | None = None

    def of(self, policy_id: str) -> Document | None:
        """Return a policy's document, compiled; None where the snapshot has no such policy."""
        document = self._of.get(policy_id)
        if document is None:
            key = self._key_of.get(policy_id)
            if key is None:
                return None
            document = self._compiled.get(key)
            if document is None:
                document = self._compiled[key] = self._compile(self._distinct[key])
            self._of[policy_id] = document
        return document

    def _compile(self, policy: Policy) -> Document:
        rules = tuple([self._rule(statement) for statement in policy.statements if not statement.malformed])
        complete = policy.complete and len(rules) == len(policy.statements)
        varying = tuple([(i, rule) for i, rule in enumerate(rules) if rule.varies])
        return Document(rules, policy.version != "2008-10-17", complete, varying)

    def focus(self, actions: Catalogue) -> None:
        """Note for every rule which of a few actions it speaks of, so that questions about these are cheap."""
        self._actions = actions
        self._masks.clear()
        for document in self._compiled.values():
            for rule in document.rules:
                rule.mask, rule.focus = self._bits(rule.statement)

    def _rule(self, statement: Statement) -> Rule:
        patterns = statement.resources
        if statement.not_resources:
            patterns = (*patterns, *statement.not_resources)
        varies = "${" in "".join(patterns) or (
            bool(statement.conditions) and any(map(_names_principal, statement.conditions))
        )
        mask, focus = self._bits(statement)
        everywhere = not patterns or "*" in statement.resources
        return Rule(statement, statement.effect is Effect.DENY, mask, everywhere, varies, focus)

    def _bits(self, statement: Statement) -> tuple[int, int]:
        """Return the actions of which a statement speaks, and those of them in focus. Equal lists share one set."""
        key = ("", *statement.not_actions) if statement.not_actions else statement.actions
        found = self._masks.get(key)
        if found is None:
            found = self._masks[key] = (_spoken(statement, self.catalogue), _spoken(statement, self._actions))
        return found


def _spoken(statement: Statement, actions: Catalogue | None) -> int:
    if actions is None:
        return 0
    if statement.not_actions:
        return actions.everything & ~actions.union(statement.not_actions)
    return actions.union(statement.actions)


def _names_principal(condition: Condition) -> bool:
    return condition.key.lower().startswith(PRINCIPAL_KEYS) or any("${" in value for value in condition.values)


def view(document: Document, look: Look) -> View:
    """Read a document for one principal, whose fixed keys `look` finds."""
    if document.only is not None:
        return document.only
    variables = document.variables
    if not document.fixed:
        document.fixed = tuple(
            [None if rule.varies else _term(rule, look, variables=variables) for rule in document.rules]
        )
    varying = {i: _term(rule, look, variables=variables) for i, rule in document.varying}
    key = tuple(
        [term and (term.open, term.resources, term.not_resources, term.who) for term in varying.values()],
    )
    known = document.views.get(key)
    if known is None:
        terms = [varying.get(i, term) for i, term in enumerate(document.fixed)]
        held = [term for term in terms if term is not None]
        known = document.views[key] = make_view(held, complete=document.complete)
        if not varying:
            document.only = known
    return known


def _term(rule: Rule, look: Look, *, variables: bool) -> Term | None:
    """Return what a statement comes to; None where its conditions are known not to be met."""
    statement = rule.statement
    state = _met(rule, look, variables=variables) if statement.conditions else True
    if state is False or any(pattern and not pattern.strip("*") for pattern in statement.not_resources):
        return None
    if not rule.varies or not variables:
        return Term(rule, state is None, statement.resources, statement.not_resources, variables)
    resources, some_open = _filled(statement.resources, look)
    not_resources, more_open = _filled(statement.not_resources, look, unknown="")
    if statement.resources and not resources:
        return None  # every pattern has a variable without a value, so nothing matches
    loose = some_open or more_open
    who = look("aws:principalarn") if state is None else ()
    return Term(
        rule, state is None or loose, resources, not_resources, variables, loose, who if isinstance(who, tuple) else ()
    )


def _met(rule: Rule, look: Look, *, variables: bool) -> bool | None:
    """Judge the conditions of a statement, compiled once."""
    if not rule.tests:
        conditions = rule.statement.conditions
        rule.tests = tuple([compile_condition(condition, variables=variables) for condition in conditions])
    result: bool | None = True
    for test in rule.tests:
        met = None if test is None else test.holds(look)
        if met is False:
            return False
        if met is None:
            result = None
    return result


def holds(conditions: Iterable[Condition], look: Look, *, variables: bool) -> bool | None:
    """Judge the conditions of a statement, which must all be met; None where one is open and none fails."""
    result: bool | None = True
    for condition in conditions:
        compiled = compile_condition(condition, variables=variables)
        met = compiled.holds(look) if compiled else None
        if met is False:
            return False
        if met is None:
            result = None
    return result


def _filled(patterns: tuple[str, ...], look: Look, unknown: str = "*") -> tuple[tuple[str, ...], bool]:
    """Fill in the variables of resource patterns; also say whether a value was not known.

    Args:
        patterns: as written.
        look: finds the variables' values.
        unknown: what an unknown value becomes. Empty: the pattern is left out.
    """
    filled: list[str] = []
    is_open = False
    for pattern in patterns:
        parts = template(pattern, variables=True)
        whole = ""
        for part in parts:
            text, known = _piece(part, look)
            is_open = is_open or not known
            whole += (text or "") if known else unknown
            if text is None or not (known or unknown):
                break
        else:
            filled.append(whole)
    return tuple(filled), is_open


def _piece(part: Piece | Variable, look: Look) -> tuple[str | None, bool]:
    """Return a part's text and whether it is known; text None where a variable has no value and nothing matches."""
    if isinstance(part, tuple):
        text, live = part
        # A literal star cannot be written as a pattern: any one character is the nearest, and not certain.
        return (text, True) if live or not has_wildcard(text) else ("", False)
    found = look(part.key)
    if isinstance(found, Open):
        return "", False
    if found is None:
        return part.default, True
    if len(found) != 1:
        return None, True
    return ("", False) if has_wildcard(found[0]) else (found[0], True)
