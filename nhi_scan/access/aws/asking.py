"""What is known of a request before it is made, and what its caller can arrange."""

from collections.abc import Iterable

from nhi_scan.access.aws.conditions.compile import CompiledCondition, compile_condition, operator_name
from nhi_scan.access.aws.conditions.variables import Look
from nhi_scan.access.combine import Truth
from nhi_scan.access.match import may_match
from nhi_scan.model.policy import Condition

_ISSUED, _CURRENT = "aws:tokenissuetime", "aws:currenttime"


class Chosen:
    """Condition keys whose values a caller picks."""

    __slots__ = ("_exact", "_kinds")

    def __init__(self, keys: Iterable[str]) -> None:
        """Take names in lower case; one that ends in `/` stands for all keys of its kind."""
        names = tuple(keys)
        self._exact = frozenset(names)
        self._kinds = tuple(name for name in names if name.endswith("/"))

    def __contains__(self, key: str) -> bool:
        """Say whether a key is one of them, in whatever case."""
        name = key.lower()
        return name in self._exact or name.startswith(self._kinds)


class Asking:
    """What is known of a request, and which conditions its caller can meet at will."""

    __slots__ = ("associated", "chosen", "look")

    def __init__(self, look: Look, chosen: "Chosen | None" = None, associated: str = "") -> None:
        """Take what is known.

        Args:
            look: finds condition keys.
            chosen: keys whose values the caller picks.
            associated: what the resource will look like that a passed role is associated with.
        """
        self.look = look
        self.chosen = chosen
        self.associated = associated

    def picks(self, key: str) -> bool:
        """Say whether the caller picks the value of a key."""
        return self.chosen is not None and key in self.chosen

    def met(self, condition: Condition, *, variables: bool) -> Truth:
        """Say whether a condition is met."""
        if self.associated and condition.key.lower() == "iam:associatedresourcearn":
            hit = any(may_match(value, self.associated) for value in condition.values)
            name = operator_name(condition.operator)
            return hit if name is None or not name.negated else None
        compiled = compile_condition(condition, variables=variables)
        if compiled is None:
            return None
        met = compiled.holds(self.look)
        if met is None and compiled.key == _ISSUED:
            return self._for_both_kinds(compiled)
        return met

    def _for_both_kinds(self, compiled: CompiledCondition) -> Truth:
        """Judge a condition on the age of credentials: long-term ones have none, a session can be had now.

        Where both answers are the same, whoever asks need not be known
        (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-tokenissuetime).
        """
        current = self.look(_CURRENT)
        lasting = compiled.holds(lambda key: None if key == _ISSUED else self.look(key))
        fresh = compiled.holds(lambda key: current if key == _ISSUED else self.look(key))
        return lasting if lasting is fresh else None
