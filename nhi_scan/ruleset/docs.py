"""The rules as a Markdown page, from the YAML alone, so that it cannot fall behind."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from nhi_scan.facts.catalogue import FACTS
from nhi_scan.ruleset.expr import comparisons_of
from nhi_scan.ruleset.frameworks import URL
from nhi_scan.ruleset.rule import All, Any, Case, Expression, Not, Parameter, Rule
from nhi_scan.ruleset.template import text_of


def docs(rules: Sequence[Rule]) -> str:
    """Render the documentation of rules: by question, then id."""
    ordered = sorted(rules, key=lambda rule: (rule.question, rule.id))
    parts = ["# Rules\n"]
    for question, group in groupby(ordered, key=lambda rule: rule.question):
        parts.append(f"## {question.capitalize()}\n")
        parts += [describe(rule) for rule in group]
    return "\n".join(parts)


def describe(rule: Rule) -> str:
    """Render one rule: what it asks, why, parameters, references, fix and cases."""
    sections = [
        f"### {rule.id}\n",
        f"{rule.title}.\n",
        f"{_header(rule)}.\n",
        f"{rule.why}\n",
        "**Finding when**\n\n" + "\n".join(_condition(rule.when)) + "\n",
        _listed("Facts", _facts(rule)),
        _listed("Parameters", (f"`{name}`: {text_of(value)}" for name, value in rule.params.items())),
        _listed("References", (_reference(r.framework, r.id, r.title) for r in rule.references)),
        f"**Fix**\n\n```text\n{rule.remediation}\n```\n",
        _listed("Cases", (_case(case) for case in rule.cases)),
    ]
    return "\n".join(section for section in sections if section)


def _listed(title: str, entries: Iterable[str]) -> str:
    lines = [f"- {entry}" for entry in entries]
    return f"**{title}**\n\n" + "\n".join(lines) + "\n" if lines else ""


def _facts(rule: Rule) -> list[str]:
    names = sorted({test.fact for test in comparisons_of(rule.when)})
    return [f"`{name}`: {FACTS[name].meaning}" for name in names]


def _header(rule: Rule) -> str:
    sure = f"{rule.severity.value.capitalize()} severity, {rule.confidence.value} confidence"
    return f"{sure}, asked of every {rule.subject}{_aliases(rule)}"


def _aliases(rule: Rule) -> str:
    return f"; formerly {', '.join(f'`{name}`' for name in rule.aliases)}" if rule.aliases else ""


def _reference(framework: str, name: str, title: str) -> str:
    return f"<{name}>" if framework == URL else f"{framework} {name}: {title}"


def _case(case: Case) -> str:
    return f"{case.expect}: {case.name}"


def _condition(expression: Expression, depth: int = 0) -> list[str]:
    indent = "  " * depth
    match expression:
        case All(parts=parts):
            return [f"{indent}- all of", *(line for part in parts for line in _condition(part, depth + 1))]
        case Any(parts=parts):
            return [f"{indent}- any of", *(line for part in parts for line in _condition(part, depth + 1))]
        case Not(part=part):
            return [f"{indent}- not", *_condition(part, depth + 1)]
    value = f"${expression.value.name}" if isinstance(expression.value, Parameter) else text_of(expression.value)
    return [f"{indent}- `{expression.fact}` {expression.operator.replace('_', ' ')} {value}"]
