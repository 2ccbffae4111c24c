"""The answer to "whom does this token become?", as text for a person or as JSON for a program."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from nhi_scan.access.federation import Entry
from nhi_scan.inventory.build import Inventory
from nhi_scan.inventory.naming import named
from nhi_scan.model.access import Decision, Verdict
from nhi_scan.model.assertion import Assertion
from nhi_scan.report import answer, projection
from nhi_scan.report.wording import residual_text, statement_text

_STATES = {True: "becomes", None: "may become"}


class Become(NamedTuple):
    """One identity, or group, that a token becomes, and what it may do then."""

    provider: str
    entry: Entry
    decision: Decision | None  # None: nothing was asked, or nothing that is an action there


class Question(NamedTuple):
    """What was asked."""

    assertion: Assertion
    decoded: bool  # of a token, whose signature nobody checked
    action: str | None
    resource: str | None
    notes: tuple[str, ...] = ()  # what stands against the token besides what is trusted, a clause each


def render(inventory: Inventory, question: Question, found: Sequence[Become], format_: str) -> bytes:
    """Render the answer.

    Args:
        inventory: names what is answered with.
        question: the token and what is asked of it.
        found: whom it becomes.
        format_: `text` or `json`.
    """
    if format_ == "json":
        return answer.as_json(_document(question, found))
    return answer.as_text(_lines(inventory, question, found))


def verdict(found: Sequence[Become]) -> Verdict:
    """Return the best that an action comes to through any of the identities.

    What is surely allowed to somebody whom the token perhaps becomes is conditional.
    """
    order = (Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.UNKNOWN, Verdict.DENIED)
    reached = [_through(one) for one in found if one.decision is not None]
    return min(reached, key=order.index, default=Verdict.DENIED)


def _through(one: Become) -> Verdict:
    decided = one.decision.verdict if one.decision is not None else Verdict.DENIED
    return Verdict.CONDITIONAL if decided is Verdict.ALLOWED and one.entry.state is None else decided


def _document(question: Question, found: Sequence[Become]) -> dict[str, Any]:
    told: dict[str, Any] = {"issuer": question.assertion.issuer, "subject": _subject(question.assertion) or None}
    told["signature_checked"] = False
    told["notes"] = list(question.notes)
    if question.action is not None:
        told |= {"action": question.action, "resource": question.resource, "decision": verdict(found).value}
    told["becomes"] = [
        {
            "identity": one.entry.identity_id,
            "provider": one.provider,
            "surely": one.entry.state is True,
            "how": one.entry.detail,
            "trust": one.entry.trust_id,
            "statements": [projection.statement(ref) for ref in one.entry.statements],
            "open": list(one.entry.residual),
            **({} if one.decision is None else {"may": answer.decision_document(one.decision)}),
        }
        for one in found
    ]
    return told


def _subject(assertion: Assertion) -> str:
    claim = assertion.claim("sub") or assertion.claim("arn")
    return ", ".join(claim.values) if claim is not None else ""


def _lines(inventory: Inventory, question: Question, found: Sequence[Become]) -> Iterable[str]:
    who = f"{_subject(question.assertion) or 'nobody in particular'} of {question.assertion.issuer}"
    if question.decoded:
        who += " (its signature was not checked)"
    if question.action is not None:
        where = f" on {named(inventory, question.resource)}" if question.resource else ""
        yield f"{verdict(found).value}: {question.action}{where} by {who}"
    else:
        yield f"{who} becomes {_counted(found)}"
    yield from (f"  {note}" for note in question.notes)
    for one in found:
        yield from _entry_lines(inventory, question, one)


def _counted(found: Sequence[Become]) -> str:
    sure = sum(one.entry.state is True for one in found)
    more = len(found) - sure
    if not found:
        return "nobody in the snapshot"
    told = f"{sure} {'identity' if sure == 1 else 'identities'}" if sure else "nobody surely"
    return f"{told}, and perhaps {more} more" if sure and more else f"{told}, perhaps {more}" if more else told


def _entry_lines(inventory: Inventory, question: Question, one: Become) -> Iterable[str]:
    how = f"({one.provider}), {one.entry.detail}"
    yield f"  {_STATES[one.entry.state or None]} {named(inventory, one.entry.identity_id)} {how}"
    for ref in one.entry.statements:
        yield f"    by {statement_text(inventory, ref)}"
    for text in one.entry.residual:
        yield f"    open: {text}"
    if one.decision is not None:
        yield f"    {question.action}: {one.decision.verdict.value}, {one.decision.reason or 'as it was found'}"
        yield from (f"      by {statement_text(inventory, ref)}" for ref in one.decision.statements)
        yield from (f"      {residual_text(inventory, open_)}" for open_ in one.decision.residual)
