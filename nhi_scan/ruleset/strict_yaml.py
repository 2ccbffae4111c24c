"""YAML for people, read so that nothing is guessed: no duplicate keys, no aliases, no tags, no depth, no bulk."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from nhi_scan.model.errors import UserError

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's parser where it was built in: ten times faster
_MAX_BYTES = 1_000_000
_MAX_DEPTH = 32


class _StrictLoader(_LOADER):  # type: ignore[misc]  # the base is chosen at run time
    """The safe loader, less its leniency: a key that comes twice is an error."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | float | bool):
                raise _at(key_node, "a key has to be a word")
            if key in seen:
                raise _at(key_node, f"duplicate key `{key}`")
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def load_mapping(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping with textual keys; an empty file is an empty mapping.

    Raises:
        UserError: it cannot be read, is no such YAML, or is too large; the sentence names the file and the line.
    """
    return parse_mapping(read_text(path), str(path))


def read_text(path: Path) -> str:
    """Read a small UTF-8 file.

    Raises:
        UserError: it cannot be read, is too large, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UserError(f"cannot read `{path}`: {(error.strerror or str(error)).lower()}") from error
    if len(content) > _MAX_BYTES:
        raise UserError(f"{path}: larger than {_MAX_BYTES} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 at byte {error.start}") from error


def parse_mapping(text: str, source: str) -> dict[str, Any]:
    """Parse YAML text that holds a mapping with textual keys; empty text is an empty mapping.

    Args:
        text: the document.
        source: how errors name it.

    Raises:
        UserError: as `load_mapping`.
    """
    value = parse(text, source)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UserError(f"{source}: expected a mapping, not {name_of(value)}")
    return value


def parse(text: str, source: str) -> Any:
    """Parse one YAML document into dicts with textual keys, lists, and scalars.

    Raises:
        UserError: as `load_mapping`.
    """
    try:
        _inspect(text)
        value = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - the strict loader is a safe loader
    except yaml.YAMLError as error:
        raise UserError(f"{source}: {_sentence(error)}") from error
    except (ValueError, OverflowError) as error:  # a date that is none, a number too long
        raise UserError(f"{source}: a value cannot be read: {str(error).splitlines()[0].lower()}") from error
    return _with_text_keys(value, source, "")


def name_of(value: object) -> str:
    """Say what a value is, for an error sentence."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else f"`{str(value)[:60]}`"


def _inspect(text: str) -> None:
    """Refuse what makes YAML dangerous or surprising, before anything is built from it."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _at(event, "anchors and aliases are not allowed: write it out")
        if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) not in (None, "!"):
            raise _at(event, f"tag `{event.tag}` is not allowed")  # type: ignore[attr-defined]
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _at(event, "more than one document")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                raise _at(event, f"nested deeper than {_MAX_DEPTH}")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _at(marked: Any, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=marked.start_mark)


def _sentence(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "no YAML"
        return f"line {mark.line + 1}: {problem}" if mark else problem
    return str(error).splitlines()[0] if str(error) else "no YAML"


def _with_text_keys(value: Any, source: str, path: str) -> Any:
    """Give every key its text: YAML reads a bare `on` or `1` as something else, and no key here is one."""
    if isinstance(value, list):
        return [_with_text_keys(entry, source, f"{path}[{i}]") for i, entry in enumerate(value)]
    if not isinstance(value, dict):
        return value
    for key in value:
        if not isinstance(key, str):
            raise UserError(f"{source}: key `{key}`{' in ' + path if path else ''} is no text: put it in quotes")
    return {key: _with_text_keys(entry, source, f"{path}.{key}".lstrip(".")) for key, entry in value.items()}
