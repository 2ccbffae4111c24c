"""What a fact is: a named column of one subject's table, with its meaning and what leaves it unknown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from nhi_scan.facts.estate import Estate
from nhi_scan.model.finding import SubjectKind

Kind = Literal["boolean", "integer", "text", "moment"]
Cell = bool | int | str | datetime | None
Column = Sequence[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One column. `column(estate)` yields a cell for every subject, in the order of the subject's table."""

    subject: SubjectKind
    name: str  # without the subject: `idle_days`
    kind: Kind
    meaning: str  # the first paragraph of the function's docstring
    values: tuple[str, ...] = ()  # where not empty: the only texts it can have
    unknown: str = ""  # what a reader lacks where the cell is null; empty where it never is
    exported: bool = False  # for the CSV and Parquet exports and messages; no rule has to use it
    column: Callable[[Estate], Column]

    @property
    def full_name(self) -> str:
        """How rules name it: `credential.idle_days`."""
        return f"{self.subject}.{self.name}"


def fact(
    subject: SubjectKind,
    kind: Kind,
    *,
    values: tuple[str, ...] = (),
    unknown: str = "",
    exported: bool = False,
) -> Callable[[Callable[[Estate], Column]], Fact]:
    """Turn a pure function named `<subject>_<fact>` into a `Fact`; its docstring is the fact's documentation.

    Raises:
        ValueError: the function has no docstring or its name does not start with the subject. A programming error.
    """

    def register(column: Callable[[Estate], Column]) -> Fact:
        prefix = f"{subject}_"
        if not column.__name__.startswith(prefix) or not column.__doc__:
            raise ValueError(f"fact `{column.__name__}` needs the prefix `{prefix}` and a docstring")
        return Fact(
            subject=subject,
            name=column.__name__.removeprefix(prefix),
            kind=kind,
            meaning=" ".join(column.__doc__.split("\n\n")[0].split()),
            values=values,
            unknown=unknown,
            exported=exported,
            column=column,
        )

    return register
