"""What is known of a request before it is made, and what its caller can arrange."""

from collections.abc import Iterable

from nhi_scan.access.combine import Truth
from nhi_scan.access.conditions.compile import compile_condition, operator_name
from nhi_scan.access.conditions.variables import Look
from nhi_scan.access.match import may_match
from nhi_scan.model.policy import Condition


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
        return compiled.holds(self.look) if compiled else None
