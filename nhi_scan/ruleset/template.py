"""Messages and commands with facts filled in: `{identity.name}`, `{$max_idle_days}`, `{identity.name!sh}`.

`!sh` quotes a value for a shell; `!words` writes an identifier as a person would: `lambda_function` as "Lambda
function" where a sentence begins with it.

A doubled brace is a brace. Not `str.format`: a template can name facts and parameters and nothing else, so that neither
a rule nor a value that an attacker chose can reach into an object.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nhi_scan.facts.spelling import words
from nhi_scan.ruleset.rule import Value

_FIELD = re.compile(r"\{(\$?)([a-z]+(?:_[a-z]+)*(?:\.[a-z]+(?:_[a-z]+)*)?)(!sh|!words)?\}|(\{\{|\}\})")


@dataclass(frozen=True, slots=True)
class Field:
    """A hole in a template."""

    name: str  # full fact name, or parameter name
    parameter: bool
    shell: bool  # quoted for a POSIX shell
    words: bool = False  # an identifier, written as words
    first: bool = False  # the text begins with it


Template = tuple[str | Field, ...]


def parse(text: str) -> Template:
    """Split a template into literal texts and fields.

    Raises:
        ValueError: a brace that belongs to no field; the sentence quotes what follows it.
    """
    parts: list[str | Field] = []
    position = 0
    for match in _FIELD.finditer(text):
        parts.append(text[position : match.start()])
        _refuse_braces(text[position : match.start()])
        parts.append(match[4][0] if match[4] else _field(match))
        position = match.end()
    _refuse_braces(text[position:])
    parts.append(text[position:])
    return tuple(part for part in parts if part != "")


def fields(template: Template) -> tuple[Field, ...]:
    """The holes of a template, in order."""
    return tuple(part for part in template if isinstance(part, Field))


def render(
    template: Template, texts: Mapping[str, Sequence[str]], params: Mapping[str, Value], count: int
) -> list[str]:
    """Fill a template in for many subjects at once.

    Values go in raw (reports escape), except where the field asks for shell quotes.

    Args:
        template: a parsed template.
        texts: for each fact that the template names, its text for every subject (`text_of`).
        params: the rule's parameters.
        count: how many subjects there are.
    """
    columns = [_column(part, texts, params, count) for part in template]
    return ["".join(parts) for parts in zip(*columns, strict=True)] if columns else [""] * count


def text_of(value: object) -> str:
    """Write a fact's value for a person."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(text_of(one) for one in value)
    return str(value)


def _field(match: re.Match[str]) -> Field:
    return Field(match[2], bool(match[1]), match[3] == "!sh", match[3] == "!words", match.start() == 0)


def _column(
    part: str | Field, texts: Mapping[str, Sequence[str]], params: Mapping[str, Value], count: int
) -> Sequence[str]:
    if isinstance(part, str):
        return [part] * count
    values = [text_of(params[part.name])] * count if part.parameter else texts[part.name]
    if part.words:
        written = map(words, values)
        return [text[:1].upper() + text[1:] for text in written] if part.first else list(written)
    return [shlex.quote(value) for value in values] if part.shell else values


def _refuse_braces(text: str) -> None:
    at = min((at for at in (text.find("{"), text.find("}")) if at >= 0), default=-1)
    if at >= 0:
        raise ValueError(
            f"`{text[at : at + 20]}` is no field: write {{subject.fact}}, {{$parameter}} or, for a brace, {{{{"
        )
