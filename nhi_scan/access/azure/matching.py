"""Expressions over a token's claims, of flexible federated credentials, three-valued.

`claims['sub'] matches 'repo:acme/*:ref:refs/heads/main' and claims['job_workflow_ref'] eq '...'`: `eq` compares letter
by letter, `matches` knows `*` and `?`, `and` joins
(https://learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials).
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from nhi_scan.access.combine import Truth, both
from nhi_scan.access.match import matcher
from nhi_scan.access.witnesses import Pattern
from nhi_scan.model.record import value

_ONE = re.compile(r"\s*claims\[\s*'([^'\\]{1,100})'\s*\]\s+(eq|matches)\s+'([^'\\]{0,1000})'\s*")
_AND = re.compile(r"and\s(?=\s*claims\[)")
_LONGEST = 4000  # characters of an expression that is read


@value
class Comparison:
    """One claim compared with a text or a pattern."""

    claim: str
    pattern: Pattern

    def holds(self, claims: Mapping[str, tuple[str, ...]], *, complete: bool) -> Truth:
        """Say whether a token meets it; None where nobody knows the claim."""
        values = claims.get(self.claim)
        if values is None:
            return False if complete else None
        test = matcher(self.pattern.text) if self.pattern.wildcards else self.pattern.text.__eq__
        return len(values) == 1 and bool(test(values[0]))


@lru_cache(maxsize=1 << 12)
def comparisons(expression: str) -> tuple[Comparison, ...] | None:
    """Read an expression; None where it is another than comparisons joined by `and`."""
    if len(expression) > _LONGEST:
        return None
    found: list[Comparison] = []
    at = 0
    while True:
        one = _ONE.match(expression, at)
        if one is None:
            return None
        found.append(Comparison(one[1], Pattern(one[3], "*?" if one[2] == "matches" else "")))
        at = one.end()
        if at == len(expression):
            return tuple(found)
        joined = _AND.match(expression, at)
        if joined is None:
            return None
        at = joined.end()


def holds(compared: tuple[Comparison, ...], claims: Mapping[str, tuple[str, ...]], *, complete: bool) -> Truth:
    """Say whether a token meets all of them."""
    return both(*[one.holds(claims, complete=complete) for one in compared])
