"""Findings that somebody has accepted for a time, read from a strict YAML file."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from nhi_scan.model.errors import UserError
from nhi_scan.model.finding import Finding, FindingState
from nhi_scan.ruleset.reader import Reader, suggestion
from nhi_scan.ruleset.rule import Rule
from nhi_scan.ruleset.strict_yaml import name_of, parse, read_text

_FINGERPRINT_LENGTH = 32
_OPEN = (FindingState.NEW, FindingState.OPEN)
# Ids are the same in any case: portal, tools and APIs each write them in their own.
# https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
_ANY_CASE = frozenset({"azure"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """One accepted finding, or all findings of a rule on resources that match a pattern."""

    fingerprint: str = ""  # either this
    rule: str = ""  # or a rule id
    resource: str = ""  # with a shell pattern over subject ids, case-sensitive as those of its cloud are
    reason: str
    approved_by: str
    ticket: str
    expires: date  # the last day it holds, in UTC
    approved_on: date | None = None  # where the longest validity counts from; None: from the moment of the analysis
    max_days: int
    place: str  # for errors: `waivers.yaml: waivers[0]`


def load_waivers(path: Path, *, max_days: int = 365) -> tuple[Waiver, ...]:
    """Read a waiver file: a list of waivers, or a mapping with the one key `waivers`.

    Args:
        path: the file.
        max_days: the longest a waiver may hold, in days.

    Raises:
        UserError: it cannot be read, or a waiver is not complete; the sentence names file, place and word.
    """
    return read_waivers(parse(read_text(path), str(path)), str(path), max_days=max_days)


def read_waivers(content: object, source: str, *, max_days: int = 365) -> tuple[Waiver, ...]:
    """Check decoded waivers.

    Raises:
        UserError: as `load_waivers`.
    """
    rows, prefix = content, ""
    if isinstance(content, dict):
        reader = Reader(source, content)
        rows, prefix = reader.take("waivers"), "waivers"
        reader.finish()
    if rows is None:
        return ()
    if not isinstance(rows, list):
        raise UserError(f"{source}: expected a list of waivers, not {name_of(rows)}")
    return tuple(_waiver(Reader(source, row, f"{prefix}[{place}]"), max_days) for place, row in enumerate(rows))


def refuse_unknown_rules(waivers: Iterable[Waiver], rules: Iterable[Rule]) -> None:
    """Refuse a waiver for a rule that there is none of: a misspelled one would wait for its finding for ever.

    Args:
        waivers: as loaded.
        rules: all that were loaded, also those that the configuration switches off.

    Raises:
        UserError: the sentence names the waiver's place and the word.
    """
    names = {name for rule in rules for name in (rule.id, *rule.aliases)}
    for waiver in waivers:
        if waiver.rule and waiver.rule not in names:
            raise UserError(f"{waiver.place}.rule: unknown rule `{waiver.rule}`{suggestion(waiver.rule, names)}")


def apply(
    waivers: Sequence[Waiver], findings: Iterable[Finding], rules: Iterable[Rule], now: datetime
) -> tuple[Finding, ...]:
    """Mark the findings that are waived. An expired waiver leaves its findings open, with a note that says so.

    Args:
        waivers: as loaded.
        findings: with their state against the baseline.
        rules: those that ran, for the former ids that a waiver may use.
        now: the moment by which waivers expire (aware, UTC).

    Raises:
        UserError: a waiver without `approved_on` that holds for longer from now than the maximum.
    """
    for waiver in waivers:
        _refuse_too_long(waiver, waiver.approved_on or now.date())
    names = {name: rule.id for rule in rules for name in (rule.id, *rule.aliases)}
    by_fingerprint: dict[str, list[Waiver]] = {}
    by_rule: dict[str, list[Waiver]] = {}
    for waiver in waivers:
        if waiver.fingerprint:
            by_fingerprint.setdefault(waiver.fingerprint, []).append(waiver)
        else:
            by_rule.setdefault(names.get(waiver.rule, waiver.rule), []).append(waiver)
    return tuple(_judge(finding, by_fingerprint, by_rule, now.date()) for finding in findings)


def idle(
    waivers: Sequence[Waiver], findings: Sequence[Finding], rules: Iterable[Rule], names: Callable[[str], str]
) -> tuple[str, ...]:
    """Say of each waiver that matches no finding that it does nothing: a mistake in it would be seen nowhere else.

    Args:
        waivers: as loaded.
        findings: all, in whatever state.
        rules: those that ran, for former ids.
        names: the name of what has an id, empty for none: somebody may have written that instead of the id.

    Returns:
        A sentence each, in the order of the waivers.
    """
    current = {name: rule.id for rule in rules for name in (rule.id, *rule.aliases)}
    said: list[str] = []
    for waiver in waivers:
        of_rule = [one for one in findings if one.rule_id == current.get(waiver.rule, waiver.rule)]
        if any(one.fingerprint == waiver.fingerprint for one in findings) or any(
            _names(waiver.resource, one) for one in of_rule
        ):
            continue
        what = f"no finding has the fingerprint `{waiver.fingerprint}`"
        if waiver.rule:
            called = {one.subject_id for one in of_rule if waiver.resource in (one.subject_name, names(one.subject_id))}
            known = f"; it is the name of `{min(called)}`, and a waiver has the id" if called else ""
            what = f"`{waiver.rule}` finds nothing on `{waiver.resource}`{known}"
        said.append(f"{waiver.place} matches nothing: {what}")
    return tuple(said)


def _judge(
    finding: Finding,
    by_fingerprint: Mapping[str, Sequence[Waiver]],
    by_rule: Mapping[str, Sequence[Waiver]],
    today: date,
) -> Finding:
    if finding.state not in _OPEN:
        return finding
    matching = [
        *by_fingerprint.get(finding.fingerprint, ()),
        *(row for row in by_rule.get(finding.rule_id, ()) if _names(row.resource, finding)),
    ]
    if not matching:
        return finding
    waiver = max(matching, key=lambda row: (row.expires, row.place))
    if waiver.expires < today:
        return replace(finding, note=f"waiver by {waiver.approved_by} ({waiver.ticket}) expired on {waiver.expires}")
    note = f"waived by {waiver.approved_by} until {waiver.expires} ({waiver.ticket}): {waiver.reason}"
    return replace(finding, state=FindingState.WAIVED, note=note)


def _names(pattern: str, finding: Finding) -> bool:
    if finding.provider in _ANY_CASE:
        return fnmatchcase(finding.subject_id.lower(), pattern.lower())
    return fnmatchcase(finding.subject_id, pattern)


def _waiver(reader: Reader, max_days: int) -> Waiver:
    fingerprint = reader.text("fingerprint", default="")
    rule, resource = reader.text("rule", default=""), reader.text("resource", default="")
    if bool(fingerprint) == bool(rule or resource):
        reader.fail("a waiver names either a `fingerprint` or a `rule` and a `resource`")
    if not fingerprint and not (rule and resource):
        reader.fail(f"`{'resource' if rule else 'rule'}` is missing: a waiver by rule names both")
    if fingerprint and not _is_fingerprint(fingerprint):
        reader.fail(f"`{fingerprint}` is no fingerprint: {_FINGERPRINT_LENGTH} hexadecimal digits", "fingerprint")
    waiver = Waiver(
        fingerprint=fingerprint,
        rule=rule,
        resource=resource,
        reason=reader.text("reason"),
        approved_by=reader.text("approved_by"),
        ticket=_ticket(reader),
        expires=_day(reader, "expires"),
        approved_on=_day(reader, "approved_on") if reader.has("approved_on") else None,
        max_days=max_days,
        place=f"{reader.source}: {reader.path}",
    )
    reader.finish()
    if waiver.approved_on is not None:
        if waiver.expires < waiver.approved_on:
            reader.fail(f"`{waiver.expires}` lies before `approved_on`", "expires")
        _refuse_too_long(waiver, waiver.approved_on)
    return waiver


def _ticket(reader: Reader) -> str:
    """A ticket is a word, or a bare number that YAML reads as one."""
    value = reader.take("ticket")
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        reader.fail(f"expected a text, not {name_of(value)}", "ticket")
    return str(value).strip()


def _day(reader: Reader, key: str) -> date:
    value = reader.take(key)
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            reader.fail(f"`{value}` is no date: write it as 2026-12-31", key)
    if isinstance(value, datetime) or not isinstance(value, date):
        reader.fail(f"{name_of(value)} is no date: write it as 2026-12-31", key)
    return value


def _refuse_too_long(waiver: Waiver, start: date) -> None:
    if (waiver.expires - start).days > waiver.max_days:
        raise UserError(
            f"{waiver.place}.expires: `{waiver.expires}` is more than {waiver.max_days} days after {start}; a waiver "
            "may not hold longer"
        )


def _is_fingerprint(text: str) -> bool:
    return len(text) == _FINGERPRINT_LENGTH and all(character in "0123456789abcdef" for character in text)
