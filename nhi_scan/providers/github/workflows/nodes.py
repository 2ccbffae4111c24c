"""YAML as GitHub's own parser reads it, with the line and the column of everything.

GitHub reads the core schema of YAML 1.2: `on` is a word and no truth value. Anchors and aliases are followed (since
2025: https://docs.github.com/actions/reference/workflows-and-actions/reusing-workflow-configurations#yaml-anchors-and-aliases),
merge keys and tags of one's own are not, a key that comes twice is an error whatever its case, and how much aliases may
unfold is bounded. The rules are those of https://github.com/actions/runner (`src/Sdk/WorkflowParser`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's parser where it was built in: ten times faster
_MAX_DEPTH = 50
_MAX_NODES = 50_000
_MAX_LETTERS = 5_000_000  # of all texts, once aliases are written out
_CORE = "tag:yaml.org,2002:"
_TAGS = frozenset(
    _CORE + name for name in ("str", "null", "bool", "int", "float", "timestamp", "merge", "value", "seq", "map")
)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class MalformedError(Exception):
    """A text that GitHub would refuse.

    Attributes:
        line: where, from 1.
        column: where, from 1.
        problem: one sentence, lower case.
    """

    def __init__(self, line: int, column: int, problem: str) -> None:
        super().__init__(f"{line}:{column}: {problem}")
        self.line = line
        self.column = column
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, also where it looks like a number."""

    line: int
    column: int
    value: str
    null: bool = False
    block: bool = False  # written below a `|` or `>`, so that its first line is the one after


@dataclass(frozen=True, slots=True)
class Listing:
    """A sequence."""

    line: int
    column: int
    items: "tuple[Node, ...]" = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping; `lines` tells where each key stands."""

    line: int
    column: int
    items: "dict[str, Node]" = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def get(self, key: str) -> "Node | None":
        """Return what stands under a key; None where it is missing."""
        return self.items.get(key)

    def table(self, key: str) -> "Table":
        """Return the mapping under a key; an empty one where there is none."""
        found = self.items.get(key)
        return found if isinstance(found, Table) else Table(self.line, self.column)

    def text(self, key: str) -> str:
        """Return the text under a key; empty where there is none."""
        found = self.items.get(key)
        return found.value if isinstance(found, Scalar) and not found.null else ""

    def line_of(self, key: str) -> int:
        """Return the line of a key; that of the mapping where it is missing."""
        return self.lines.get(key, self.line)


Node = Scalar | Listing | Table


def load(text: str) -> Node:
    """Read one YAML document.

    Raises:
        MalformedError: it is none, or GitHub would not take it.
    """
    return _Reader().node(compose(text), 0)


def compose(text: str) -> Any:
    """Read one YAML document into PyYAML's nodes, in which an alias is the node that it names.

    Raises:
        MalformedError: it is none.
    """
    try:
        _inspect(text)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise MalformedError(line, column, error.problem or error.context or "no YAML") from error
    except yaml.reader.ReaderError as error:
        position = error.position if isinstance(error.position, int) else 0
        line, column = _place(text, position)
        raise MalformedError(line, column, f"a character that YAML does not allow: {error.reason}") from error
    except UnicodeEncodeError as error:  # half a surrogate pair
        line, column = _place(text, error.start)
        raise MalformedError(line, column, "a character that is no character") from error
    except yaml.YAMLError as error:
        raise MalformedError(1, 1, str(error).partition("\n")[0] or "no YAML") from error
    if root is None:
        raise MalformedError(1, 1, "the file is empty")
    return root


def scalars(node: Node | None) -> Iterator[Scalar]:
    """Go through all texts below a node, in the order of the file; keys are left out."""
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Listing):
        for item in node.items:
            yield from scalars(item)
    elif isinstance(node, Table):
        for item in node.items.values():
            yield from scalars(item)


def texts(node: Node | None) -> tuple[str, ...]:
    """Return a text, or the texts of a sequence; nothing for anything else."""
    items = node.items if isinstance(node, Listing) else (node,)
    return tuple(item.value for item in items if isinstance(item, Scalar) and not item.null)


def _place(text: str, position: int) -> tuple[int, int]:
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def _inspect(text: str) -> None:
    """Refuse depth and more than one document, before anything is built."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _at(event, "more than one document")
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                raise _at(event, f"nested deeper than {_MAX_DEPTH}")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _at(marked: Any, problem: str) -> MalformedError:
    return MalformedError(marked.start_mark.line + 1, marked.start_mark.column + 1, problem)


class _Reader:
    """Turns PyYAML's nodes into ours; an alias is written out, as often as it is used, until that is too much."""

    def __init__(self) -> None:
        self._left = _MAX_NODES
        self._letters = _MAX_LETTERS

    def node(self, found: Any, depth: int) -> Node:
        self._left -= 1
        if self._left < 0:
            raise _at(found, f"more than {_MAX_NODES} values once its aliases are written out")
        if depth > _MAX_DEPTH:
            raise _at(found, f"nested deeper than {_MAX_DEPTH}")
        if found.tag not in _TAGS:
            raise _at(found, f"tag `{found.tag.removeprefix(_CORE)[:60]}` is not allowed")
        mark = found.start_mark
        line, column = mark.line + 1, mark.column + 1
        if isinstance(found, yaml.ScalarNode):
            self._letters -= len(found.value)
            if self._letters < 0:
                raise _at(found, f"more than {_MAX_LETTERS} letters once its aliases are written out")
            null = not found.style and found.value in _NULLS
            return Scalar(line, column, found.value, null, found.style in ("|", ">"))
        if isinstance(found, yaml.SequenceNode):
            return Listing(line, column, tuple(self.node(item, depth + 1) for item in found.value))
        return self._table(found, line, column, depth)

    def _table(self, found: Any, line: int, column: int, depth: int) -> Table:
        table = Table(line, column)
        seen: set[str] = set()
        for key, value in found.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _at(key, "a key has to be a word")
            if key.value == "<<" and not key.style:
                raise _at(key, "merge keys are not supported in workflow files")
            folded = key.value.upper()
            if folded in seen:
                raise _at(key, f"`{key.value[:60]}` is already defined")
            seen.add(folded)
            table.items[key.value] = self.node(value, depth + 1)
            table.lines[key.value] = key.start_mark.line + 1
        return table
