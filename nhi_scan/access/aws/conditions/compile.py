"""From a condition as written to a test of a request's context, three-valued.

How many values a key may have and what a missing key means:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from nhi_scan.access.aws.conditions import arn, binary, boolean, date, ip, numeric, string
from nhi_scan.access.aws.conditions.variables import Look, Piece, Template, constant, resolve, template
from nhi_scan.access.aws.context import UNKNOWN, Open, Values
from nhi_scan.access.combine import Truth
from nhi_scan.model.policy import Condition

Check = Callable[[str], object]
Prepare = Callable[[Sequence[Piece]], Check]
Qualifier = Literal["", "forallvalues", "foranyvalue"]


@dataclass(frozen=True, slots=True)
class Operator:
    """How one operator compares a value of the request with a value of the policy."""

    prepare: Prepare
    negated: bool = False
    variables: bool = False  # whether policy variables are filled in


_OPERATORS: Mapping[str, Operator] = {
    "stringequals": Operator(string.equals, variables=True),
    "stringnotequals": Operator(string.equals, negated=True, variables=True),
    "stringequalsignorecase": Operator(string.equals_ignoring_case, variables=True),
    "stringnotequalsignorecase": Operator(string.equals_ignoring_case, negated=True, variables=True),
    "stringlike": Operator(string.like, variables=True),
    "stringnotlike": Operator(string.like, negated=True, variables=True),
    "numericequals": Operator(numeric.comparing(operator.eq)),
    "numericnotequals": Operator(numeric.comparing(operator.eq), negated=True),
    "numericlessthan": Operator(numeric.comparing(operator.lt)),
    "numericlessthanequals": Operator(numeric.comparing(operator.le)),
    "numericgreaterthan": Operator(numeric.comparing(operator.gt)),
    "numericgreaterthanequals": Operator(numeric.comparing(operator.ge)),
    "dateequals": Operator(date.comparing(operator.eq)),
    "datenotequals": Operator(date.comparing(operator.eq), negated=True),
    "datelessthan": Operator(date.comparing(operator.lt)),
    "datelessthanequals": Operator(date.comparing(operator.le)),
    "dategreaterthan": Operator(date.comparing(operator.gt)),
    "dategreaterthanequals": Operator(date.comparing(operator.ge)),
    "bool": Operator(boolean.is_same, variables=True),
    "binaryequals": Operator(binary.equals),
    "ipaddress": Operator(ip.within),
    "notipaddress": Operator(ip.within, negated=True),
    "arnequals": Operator(arn.matches, variables=True),
    "arnlike": Operator(arn.matches, variables=True),
    "arnnotequals": Operator(arn.matches, negated=True, variables=True),
    "arnnotlike": Operator(arn.matches, negated=True, variables=True),
}
_QUALIFIERS: tuple[Qualifier, ...] = ("forallvalues", "foranyvalue")


@dataclass(frozen=True, slots=True)
class OperatorName:
    """An operator's name taken apart."""

    base: str  # in lower case: `stringlike`, `null`
    qualifier: Qualifier = ""
    if_exists: bool = False
    negated: bool = False


@lru_cache(maxsize=1 << 10)
def operator_name(written: str) -> OperatorName | None:
    """Read an operator; None where AWS has no such operator. Case does not count."""
    name = written.lower()
    qualifier: Qualifier = ""
    for word in _QUALIFIERS:
        if name.startswith(f"{word}:"):
            qualifier, name = word, name[len(word) + 1 :]
    if name == "null":
        return OperatorName(name, qualifier)
    if_exists = name.endswith("ifexists")
    if if_exists:
        name = name[: -len("ifexists")]
    found = _OPERATORS.get(name)
    return OperatorName(name, qualifier, if_exists, found.negated) if found else None


class CompiledCondition:
    """One operator on one key, ready to be asked."""

    __slots__ = ("_checks", "_name", "_prepare", "_templates", "condition", "key")

    def __init__(self, condition: Condition, name: OperatorName, *, variables: bool) -> None:
        self.condition = condition
        self.key = condition.key.lower()
        self._name = name
        self._checks: tuple[Check, ...] = ()
        self._templates: tuple[Template, ...] = ()
        if name.base == "null":
            return
        chosen = _OPERATORS[name.base]
        self._prepare = chosen.prepare
        parts = [template(value, variables=variables and chosen.variables) for value in condition.values]
        fixed = [(each, constant(each)) for each in parts]
        self._checks = tuple(chosen.prepare(pieces) for _, pieces in fixed if pieces is not None)
        self._templates = tuple(each for each, pieces in fixed if pieces is None)

    def holds(self, look: Look) -> Truth:
        """Whether the request meets it; None where that depends on something unknown."""
        found = look(self.key)
        name = self._name
        if name.base == "null" and found is not UNKNOWN:
            # `true`: the key is absent; `false`: it is there. (#Conditions_Null)
            word = "true" if found is None else "false"
            return any(value.lower() == word for value in self.condition.values)
        if isinstance(found, Open):
            return False if self._is_never(look) else None
        if found is None:
            return self._holds_without()
        checks, unknown = self._filled(look)
        if not name.qualifier:
            # A key with several values needs a qualifier to be compared at all.
            return self._compare(found[0], checks, unknown=unknown) if len(found) == 1 else False
        return self._holds_for_set(found, checks, unknown=unknown)

    def _is_never(self, look: Look) -> bool:
        """Say whether no value of the key can meet it, because every value of the policy is null, nor its absence."""
        name = self._name
        if self._checks or not self._templates or name.negated or name.if_exists or name.qualifier:
            return False
        return self._filled(look) == ((), False)

    def _holds_without(self) -> bool:
        """The key is absent: `IfExists` and negations hold, and so does `ForAllValues`, which has no value to fail."""
        if self._name.if_exists or self._name.qualifier == "forallvalues":
            return True
        return self._name.negated and not self._name.qualifier

    def _filled(self, look: Look) -> tuple[tuple[Check, ...], bool]:
        """Fill variables in: the checks, and whether one is unknown.

        A value whose variable has no value is null. Nothing equals it or is like it, so it makes no check:
        `StringEquals` does not match it and `StringNotEquals` does.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value
        """
        if not self._templates:
            return self._checks, False
        checks = list(self._checks)
        unknown = False
        for each in self._templates:
            pieces = resolve(each, look)
            if isinstance(pieces, Open):
                unknown = True
            elif pieces is not None:
                checks.append(self._prepare(pieces))
        return tuple(checks), unknown

    def _holds_for_set(self, found: Values, checks: tuple[Check, ...], *, unknown: bool) -> Truth:
        """ForAllValues and ForAnyValue. A key that resolves to nothing, as an empty string does, is the empty set.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
        """
        results = [self._compare(value, checks, unknown=unknown) for value in found if value]
        decisive = self._name.qualifier == "foranyvalue"
        if decisive in results:
            return decisive
        return None if None in results else not decisive

    def _compare(self, value: str, checks: tuple[Check, ...], *, unknown: bool) -> Truth:
        """One value of the request against all of the policy's: OR between them, NOR under a negation."""
        for check in checks:
            if check(value):
                return not self._name.negated
        return None if unknown else self._name.negated


@lru_cache(maxsize=1 << 14)
def compile_condition(condition: Condition, *, variables: bool) -> CompiledCondition | None:
    """Compile a condition; None where its operator is not one of AWS's, so that nobody can say whether it holds."""
    name = operator_name(condition.operator)
    return CompiledCondition(condition, name, variables=variables) if name else None
