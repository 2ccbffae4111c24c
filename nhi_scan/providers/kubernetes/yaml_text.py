"""YAML that somebody else wrote, read without running into what YAML can do: aliases, tags, depth.

Aliases are refused, or a few lines could stand for billions of values
(https://en.wikipedia.org/wiki/Billion_laughs_attack): kubectl and the API server write none. Dates stay text, as in
JSON.
"""

from collections.abc import Iterator
from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's parser where it was built in: ten times faster
_DEEPEST = 100


class YamlError(ValueError):
    """A text is no YAML that is read; the message says what, and in which line of it."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(f"{what} (line {line})")
        self.what = what
        self.line = line


class _Loader(_LOADER):  # type: ignore[misc]  # the base is chosen at run time
    """The safe loader, less dates and keys that come twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _at(key, "a key has to be a word")
            if key.value in seen:
                raise _at(key, f"duplicate key `{key.value[:100]}`")
            seen.add(key.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return {str(key): value for key, value in mapping.items()}


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:timestamp"]
    for letter, known in _LOADER.yaml_implicit_resolvers.items()
}


def documents(text: str) -> Iterator[tuple[int, Any]]:
    """Read the documents of a text.

    Yields:
        The line that a document begins in, and what it holds.

    Raises:
        YamlError: it is no YAML, holds an alias or an odd tag, a key twice, or is nested too deeply.
    """
    try:
        _inspect(text)
        loader = _Loader(text)
        try:
            while loader.check_node():
                node = loader.get_node()
                yield node.start_mark.line + 1, loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise _told(error) from error
    except RecursionError as error:
        raise YamlError("nested too deeply", 1) from error
    except (ValueError, OverflowError) as error:  # a number or a time that Python has no room for
        if isinstance(error, YamlError):
            raise
        raise YamlError("a value cannot be read", 1) from error


def _inspect(text: str) -> None:
    """Refuse what makes YAML dangerous, before anything is built from it."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise _at(event, "aliases are not read")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise _at(event, "nested too deeply")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _at(thing: Any, what: str) -> YamlError:
    return YamlError(what, thing.start_mark.line + 1)


def _told(error: yaml.YAMLError) -> YamlError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it is no YAML"
    return YamlError(" ".join(str(what).split()), mark.line + 1 if mark else 1)
