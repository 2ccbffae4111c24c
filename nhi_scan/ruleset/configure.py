"""The user's say about rules: parameters, severity, off."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nhi_scan.model.errors import UserError
from nhi_scan.model.finding import Severity
from nhi_scan.ruleset.case_file import set_params
from nhi_scan.ruleset.reader import Reader, suggestion
from nhi_scan.ruleset.rule import Rule


def configure(
    rules: Sequence[Rule], chosen: Mapping[str, Mapping[str, Any] | bool], source: str = "nhi-scan.yaml"
) -> tuple[Rule, ...]:
    """Apply the `rules` section of the configuration.

    Args:
        rules: rules as loaded.
        chosen: rule id (or a former id) -> parameters, and `severity` where wanted; false: off; true: as it is.
        source: the configuration file, for errors.

    Returns:
        The rules to run, in the given order.

    Raises:
        UserError: a rule that there is none of, a parameter it does not have, a value that does not fit.
    """
    ids = {name: rule.id for rule in rules for name in (rule.id, *rule.aliases)}
    for name in chosen:
        if name not in ids:
            raise UserError(f"{source}: rules: unknown rule `{name}`{suggestion(name, ids)}")
    by_id = {ids[name]: setting for name, setting in chosen.items()}
    return tuple(
        _set(rule, by_id.get(rule.id, True), source) for rule in rules if by_id.get(rule.id, True) is not False
    )


def _set(rule: Rule, setting: Mapping[str, Any] | bool, source: str) -> Rule:  # noqa: FBT001 - `true` is YAML's
    if isinstance(setting, bool):
        return rule
    path = f"rules.{rule.id}"
    params = dict(setting)
    severity = rule.severity
    if "severity" in params:
        reader = Reader(source, {"severity": params.pop("severity")}, path)
        severity = reader.member("severity", Severity)
    return replace(rule, severity=severity, params=set_params(rule, params, source, path))
