"""Takes keys out of the text of a workflow file before it is kept: what is written out there is no secret of GitHub's.

What stands under `env`, `with` and `secrets` at a name that says that it holds a secret, what a script assigns to a
variable of such a name, private keys, and tokens that are known by their shape become `***`. Lines stay where they are.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from nhi_scan.providers.github.workflows.nodes import MalformedError, compose
from nhi_scan.providers.github.workflows.static_keys import is_key_variable

_BLANK = "***"
_TELLING = r"secret|passw(?:or)?d|token|private_?-?key|access_?-?key|api_?-?key|credential|creds"
_NAME = re.compile(_TELLING, re.IGNORECASE)
_ASSIGNED = re.compile(
    rf"""((?:{_TELLING})[A-Za-z0-9_-]{{0,60}}\s{{0,5}}[=:]\s{{0,5}})("[^"\n$]+"|'[^'\n$]+'|[^\s"'$]+)""", re.IGNORECASE
)
_SHAPES = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]{0,20000}-----END [A-Z ]{0,40}PRIVATE KEY-----"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,255}|\bgithub_pat_[A-Za-z0-9_]{20,255}|\bxox[abeoprs]-[A-Za-z0-9-]{10,255}"
    r"|\b(?:glpat|npm|dckr_pat|pypi|hvs|sk_live)[-_.][A-Za-z0-9_-]{20,255}"
)
_WORD = re.compile(r"[A-Za-z0-9+/=_.-]{8,}+(?!\s{0,5}:)")
_PARENTS = frozenset({"env", "with", "secrets"})
_HARMLESS = frozenset({"", "true", "false", "null", "~", "inherit"})
_DEEPEST = 60
_MOST_NODES = 100_000


def blanked(text: str) -> str:
    """Return the text of a workflow file, or of an action, without keys that are written out in it.

    Of a file that is no YAML, which GitHub does not run, no long word stays but at keys.
    """
    try:
        root = compose(text)
    except MalformedError:
        kept = _WORD.sub(lambda found: "x" * len(found.group()), _ASSIGNED.sub(_assigned, text))
    else:
        kept = _without(text, sorted(set(_found(root))))
    return _SHAPES.sub(_lines, kept)


def _without(text: str, spans: list[tuple[int, int, bool]]) -> str:
    parts, at = [], 0
    for start, end, script in spans:
        if start < at:
            continue  # an alias of what was taken out
        parts.append(text[at:start])
        parts.append(_ASSIGNED.sub(_assigned, text[start:end]) if script else _value(text[start:end]))
        at = end
    return "".join([*parts, text[at:]])


def _found(root: Any) -> Iterator[tuple[int, int, bool]]:
    """Where values stand that go, and scripts that may hold some."""
    todo: list[tuple[Any, str, int]] = [(root, "", 0)]
    left = _MOST_NODES
    while todo and left > 0:
        node, parent, depth = todo.pop()
        left -= 1
        if depth > _DEEPEST:
            continue
        if isinstance(node, yaml.SequenceNode):
            todo += [(item, parent, depth + 1) for item in node.value]
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = key.value if isinstance(key, yaml.ScalarNode) else ""
                if isinstance(value, yaml.ScalarNode):
                    yield from _scalar(name, parent, value)
                else:
                    todo.append((value, name, depth + 1))


def _scalar(name: str, parent: str, value: Any) -> Iterator[tuple[int, int, bool]]:
    span = value.start_mark.index, value.end_mark.index
    if name in ("run", "script"):
        yield (*span, True)
    elif parent in _PARENTS and (_NAME.search(name) or is_key_variable(name)) and _literal(value.value):
        yield (*span, False)


def _literal(value: str) -> bool:
    return "${{" not in value and value.strip().lower() not in _HARMLESS


def _value(written: str) -> str:
    """The lines that it takes stay; so does an anchor, which may be used below."""
    anchor = re.match(r"[&!]\S+\s+", written)
    return f"{anchor.group() if anchor else ''}'{_BLANK}'" + "\n" * written.count("\n")


def _assigned(found: "re.Match[str]") -> str:
    return f"{found[1]}{_BLANK}" if found[2].lower() not in _HARMLESS else found[0]


def _lines(found: "re.Match[str]") -> str:
    return _BLANK + "\n" * found.group().count("\n")
