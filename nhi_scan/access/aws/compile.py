"""Policies compiled for asking: each distinct tuple of statements once, whoever it is attached to."""

from collections.abc import Callable

from nhi_scan.access.aws.conditions.compile import CompiledCondition, compile_condition, operator_name
from nhi_scan.access.aws.conditions.string import like
from nhi_scan.access.aws.conditions.variables import Look, Template, constant, resolve, template
from nhi_scan.access.aws.context import Open
from nhi_scan.access.combine import Truth
from nhi_scan.access.match import Matcher, action_matcher
from nhi_scan.model.policy import Effect, Policy, Statement

_VARIABLES_SINCE = "2012-10-17"
_MEMO = 1 << 12  # distinct actions remembered for each policy
_POLICIES = 1 << 17  # distinct policies kept compiled

ResourceTest = Callable[[str, Look], Truth]


class CompiledStatement:
    """A statement ready to be asked about one action, one resource and one context.

    Most statements are never asked beyond their actions, so the rest is compiled by `prepare`.
    """

    __slots__ = ("allow", "broken", "conditions", "plain", "statement", "touches", "variables")

    def __init__(self, statement: Statement, *, variables: bool) -> None:
        self.statement = statement
        self.allow = statement.effect is Effect.ALLOW
        self.variables = variables
        self.touches: ResourceTest = _always  # whether a resource is among its resources
        self.conditions: tuple[CompiledCondition, ...] = ()  # all must hold
        self.plain = False  # about every resource in every context
        # A statement that cannot be read, or with an operator that AWS does not have, may mean anything.
        self.broken = bool(statement.malformed)
        for condition in statement.conditions:
            self.broken |= operator_name(condition.operator) is None

    def prepare(self) -> "CompiledStatement":
        """Compile resources and conditions; a second time it costs nothing."""
        if self.plain or self.conditions or self.touches is not _always:
            return self
        self.touches = _resource_test(self.statement, variables=self.variables)
        found = [compile_condition(each, variables=self.variables) for each in self.statement.conditions]
        self.conditions = tuple([each for each in found if each is not None])
        self.plain = self.touches is _always and not self.conditions
        return self

    def about(self, action: str) -> bool:
        """Whether an action, in lower case, is among its actions (or not among its NotActions)."""
        if self.statement.not_actions:
            return not any(action_matcher(pattern)(action) for pattern in self.statement.not_actions)
        return any(action_matcher(pattern)(action) for pattern in self.statement.actions)


class CompiledPolicy:
    """Statements, and for each action that was asked those which are about it."""

    __slots__ = ("_about", "statements")

    def __init__(self, statements: tuple[Statement, ...], version: str) -> None:
        variables = version == _VARIABLES_SINCE
        self.statements = tuple([CompiledStatement(each, variables=variables) for each in statements])
        self._about: dict[str, tuple[CompiledStatement, ...]] = {}

    def about(self, action: str) -> tuple[CompiledStatement, ...]:
        """The statements about an action (in lower case), and those that may be about anything."""
        found = self._about.get(action)
        if found is None:
            if len(self._about) >= _MEMO:
                self._about.clear()
            found = tuple([each.prepare() for each in self.statements if each.broken or each.about(action)])
            self._about[action] = found
        return found


_compiled: dict[tuple[int, str], tuple[tuple[Statement, ...], CompiledPolicy]] = {}


def compiled(policy: Policy) -> CompiledPolicy:
    """Compile a policy, or find what was compiled from the same tuple of statements (the same object)."""
    key = (id(policy.statements), policy.version)
    found = _compiled.get(key)
    if found is None:
        if len(_compiled) >= _POLICIES:
            _compiled.clear()
        # The tuple is kept beside its result: as long as it lives, no other can have its id.
        found = (policy.statements, CompiledPolicy(policy.statements, policy.version))
        _compiled[key] = found
    return found[1]


def _resource_test(statement: Statement, *, variables: bool) -> ResourceTest:
    """A test of Resource or NotResource; a statement with neither (a trust policy) is about what it is attached to.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notresource.html
    """
    negated = bool(statement.not_resources)
    patterns = statement.not_resources or statement.resources
    if not patterns or "*" in patterns:
        return _never if negated and patterns else _always
    parts = [template(pattern, variables=variables) for pattern in patterns]
    fixed = [constant(each) for each in parts]
    matchers = tuple([like(pieces) for pieces in fixed if pieces is not None])
    templates = tuple([each for each, pieces in zip(parts, fixed, strict=True) if pieces is None])
    if not templates:
        return _outside(matchers) if negated else _inside(matchers)
    return _with_variables(matchers, templates, negated=negated)


def _inside(matchers: tuple[Matcher, ...]) -> ResourceTest:
    if len(matchers) == 1:
        only = matchers[0]
        return lambda resource, _look: bool(only(resource))

    def test(resource: str, _look: Look) -> Truth:
        for match in matchers:  # noqa: SIM110 - `any` with a generator costs more than the matching
            if match(resource):
                return True
        return False

    return test


def _outside(matchers: tuple[Matcher, ...]) -> ResourceTest:
    inside = _inside(matchers)
    return lambda resource, look: not inside(resource, look)


def _with_variables(matchers: tuple[Matcher, ...], templates: tuple[Template, ...], *, negated: bool) -> ResourceTest:
    """A pattern whose variable has no value matches nothing, in NotResource too: there it excepts nothing.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value
    """
    outlines = [like([part if isinstance(part, tuple) else ("*", True) for part in each]) for each in templates]

    def test(resource: str, look: Look) -> Truth:
        unknown = False
        for match in matchers:
            if match(resource):
                return not negated
        for each, outline in zip(templates, outlines, strict=True):
            if not outline(resource):  # whatever the variables are
                continue
            pieces = resolve(each, look)
            if isinstance(pieces, Open):
                unknown = True
            elif pieces is not None and like(pieces)(resource):
                return not negated
        return None if unknown else negated

    return test


def _always(_resource: str, _look: Look) -> Truth:
    return True


def _never(_resource: str, _look: Look) -> Truth:
    return False
