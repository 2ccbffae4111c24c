"""Reads rules and their cases from folders, strictly: what is not understood is an error, never ignored."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from nhi_scan.facts.catalogue import SUBJECTS, usable
from nhi_scan.facts.evidence import BUILDERS
from nhi_scan.facts.registry import Fact
from nhi_scan.model.errors import UserError
from nhi_scan.model.finding import Confidence, Severity, SubjectKind
from nhi_scan.ruleset import template
from nhi_scan.ruleset.case_file import read_cases
from nhi_scan.ruleset.conditions import read_expression
from nhi_scan.ruleset.expr import comparisons_of
from nhi_scan.ruleset.frameworks import PROVIDERS
from nhi_scan.ruleset.reader import Reader, suggestion
from nhi_scan.ruleset.references import read_references
from nhi_scan.ruleset.rule import ConfidenceDrop, Expression, Parameter, Rule, Value
from nhi_scan.ruleset.strict_yaml import parse_mapping, read_text

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PARAMETER = re.compile(r"[a-z]+(_[a-z]+)*")
_CASES = ".cases.yaml"


def load(folders: Sequence[Path], *, with_cases: bool = False) -> tuple[Rule, ...]:
    """Read every rule of the folders.

    A rule is `<id>.yaml`; the folder it lies in is its question (`custom` for one at the top).

    Args:
        folders: roots to search, in order; the same id twice is an error.
        with_cases: also read `<id>.cases.yaml` beside each rule.

    Returns:
        Rules, sorted by id.

    Raises:
        UserError: a folder that is none, a file that is no rule, an id that comes twice.
    """
    rules: dict[str, Rule] = {}
    for folder in folders:
        if not folder.is_dir():
            raise UserError(f"`{folder}` is no folder of rules")
        for path in sorted(folder.rglob("*.yaml")):
            source = (Path(folder.name) / path.relative_to(folder)).as_posix()
            if path.name.endswith(_CASES):
                _refuse_stray_cases(path, source)
                continue
            rule = read_rule(_read_mapping(path, source), source, question=_question(path, folder))
            if rule.id != path.stem:
                raise UserError(f"{source}: id: `{rule.id}` differs from the name of its file")
            _refuse_second(rule, rules)
            if with_cases:
                rule = _with_cases(rule, path)
            rules[rule.id] = rule
    return tuple(rules[rule_id] for rule_id in sorted(rules))


def read_rule(content: object, source: str, question: str) -> Rule:
    """Check a decoded rule.

    Raises:
        UserError: the first thing that is wrong, with its path.
    """
    reader = Reader(source, content)
    rule_id = _identifier(reader)
    subject: SubjectKind = reader.choice("subject", SUBJECTS)  # type: ignore[assignment]  # just checked
    facts = _usable(subject)
    params = _params(reader)
    when = read_expression(source, reader.take("when"), "when", facts, params)
    drops = _confidence_drops(reader, facts, params)
    messages, remedies = _by_provider(reader, "message"), _by_provider(reader, "remediation")
    references, references_by = read_references(reader)
    used = {name for expression in (when, *(drop.when for drop in drops)) for name in _parameters_of(expression)}
    for key, texts in (("message", messages), ("remediation", remedies)):
        for text in texts.values():
            used |= _check_template(reader, key, text, facts, params)
    for name in params:
        if name not in used:
            reader.fail(f"parameter `{name}` is used nowhere", "params")
    rule = Rule(
        id=rule_id,
        title=reader.text("title"),
        question=question,
        subject=subject,
        severity=reader.member("severity", Severity),
        confidence=reader.member("confidence", Confidence, Confidence.HIGH),
        confidence_drops=drops,
        why=reader.text("why"),
        references=references,
        references_by=references_by,
        params=params,
        when=when,
        identity_of_finding=_known(reader, "identity_of_finding", facts),
        message=next(iter(messages.values())),
        messages={provider: text for provider, text in messages.items() if provider},
        remediation=_together(remedies),
        remedies={provider: text for provider, text in remedies.items() if provider},
        evidence=_known(reader, "evidence", BUILDERS),
        aliases=reader.texts("aliases"),
        source=source,
    )
    reader.finish()
    return rule


@cache
def _usable(subject: SubjectKind) -> Mapping[str, Fact]:
    return usable(subject)


def _identifier(reader: Reader) -> str:
    rule_id = reader.text("id")
    if not _ID.fullmatch(rule_id):
        reader.fail(f"`{rule_id}` is no id: lower-case words joined by `-`", "id")
    return rule_id


def _params(reader: Reader) -> dict[str, Value]:
    params: dict[str, Value] = {}
    for name, raw in sorted(reader.mapping("params").items()):
        if not _PARAMETER.fullmatch(name):
            reader.fail(f"`{name}` is no parameter name: lower-case words joined by `_`", "params")
        params[name] = reader.value(raw, f"params.{name}")
    return params


def _confidence_drops(
    reader: Reader, facts: Mapping[str, Fact], params: Mapping[str, Value]
) -> tuple[ConfidenceDrop, ...]:
    drops: list[ConfidenceDrop] = []
    for place, raw in enumerate(reader.items("confidence_drops")):
        path = f"confidence_drops[{place}]"
        drop = Reader(reader.source, raw, path)
        when: Expression = read_expression(reader.source, drop.take("when"), f"{path}.when", facts, params)
        drops.append(ConfidenceDrop(drop.member("to", Confidence), when))
        drop.finish()
    return tuple(drops)


def _parameters_of(expression: Expression) -> set[str]:
    return {test.value.name for test in comparisons_of(expression) if isinstance(test.value, Parameter)}


def _by_provider(reader: Reader, key: str) -> dict[str, str]:
    """Templates by provider; under the empty name one that serves every provider."""
    if not reader.is_mapping(key):
        return {"": reader.text(key)}
    return {provider: raw.text(provider) for raw, provider in reader.by_word(key, PROVIDERS)}


def _together(remedies: Mapping[str, str]) -> str:
    """All fixes as one text, each under the name of its provider."""
    return "\n".join(
        f"On {PROVIDERS[provider]}:\n{text}" if provider and len(remedies) > 1 else text
        for provider, text in remedies.items()
    )


def _known(reader: Reader, key: str, known: Mapping[str, object]) -> tuple[str, ...]:
    names = reader.texts(key)
    for place, name in enumerate(names):
        if name not in known:
            reader.fail(f"unknown entry `{name}`{suggestion(name, known)}", f"{key}[{place}]")
    return names


def _check_template(
    reader: Reader, key: str, text: str, facts: Mapping[str, Fact], params: Mapping[str, Value]
) -> set[str]:
    """Check a template's fields; return the parameters that it shows."""
    try:
        fields = template.fields(template.parse(text))
    except ValueError as error:
        reader.fail(str(error), key)
    for field in fields:
        known: Mapping[str, object] = params if field.parameter else facts
        if field.name not in known:
            what = "parameter" if field.parameter else "fact"
            reader.fail(f"unknown {what} `{field.name}`{suggestion(field.name, known)}", key)
    return {field.name for field in fields if field.parameter}


def _read_mapping(path: Path, source: str) -> dict[str, object]:
    """Read a YAML mapping, naming the file in errors as `source`."""
    return parse_mapping(read_text(path), source)


def _question(path: Path, folder: Path) -> str:
    return "custom" if path.parent == folder else path.parent.name


def _with_cases(rule: Rule, path: Path) -> Rule:
    cases = path.with_name(path.stem + _CASES)
    if not cases.is_file():
        return rule
    source = rule.source.removesuffix(".yaml") + _CASES
    return read_cases(rule, _read_mapping(cases, source), source)


def _refuse_stray_cases(path: Path, source: str) -> None:
    rule = path.with_name(path.name.removesuffix(_CASES) + ".yaml")
    if not rule.is_file():
        raise UserError(f"{source}: there is no rule `{rule.name}` beside it")


def _refuse_second(rule: Rule, rules: Mapping[str, Rule]) -> None:
    for other in rules.values():
        taken = {other.id, *other.aliases} & {rule.id, *rule.aliases}
        if taken:
            raise UserError(f"{rule.source}: id: `{min(taken)}` is already the name of a rule in {other.source}")
