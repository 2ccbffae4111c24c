"""The claims of a token that somebody gives: a JSON object, or the token itself, which is neither kept nor shown.

A token is decoded, not verified: that is for whoever takes it to do.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from nhi_scan.cli.question import check_cloud, check_question, question_of, read_context, whole_place
from nhi_scan.model.assertion import issuer_key
from nhi_scan.model.errors import UserError

if TYPE_CHECKING:
    from nhi_scan.app import Understanding
    from nhi_scan.model.assertion import Assertion, Claim
    from nhi_scan.report.entered import Become

_LARGEST: Final = 1 << 16  # bytes: tokens go in headers, which are smaller
_DEEPEST: Final = 8
_TOKEN = re.compile(r"(?:Bearer\s+)?([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*", re.IGNORECASE)
_NEITHER: Final = "`{}` is neither a JSON object of claims nor a JSON Web Token"


class Given(NamedTuple):
    """What somebody gave."""

    assertion: "Assertion"
    decoded: bool  # it was a token, whose signature nobody checked


def read_claims(file: str) -> Given:
    """Read claims.

    Args:
        file: where they are; `-` is standard input.

    Raises:
        UserError: it cannot be read, is too large, or is neither a JSON object with an issuer nor a token. The sentence
            has nothing of what is in it.
    """
    try:
        with click.open_file(file, "rb") as opened:
            content = opened.read(_LARGEST + 1)
    except OSError as error:
        raise UserError(f"cannot read `{file}`: {(error.strerror or str(error)).lower()}") from error
    if len(content) > _LARGEST:
        raise UserError(f"`{file}` is too large for the claims of a token: more than {_LARGEST} bytes")
    text = content.decode("utf-8-sig", "replace").strip()  # Windows begins files with a mark
    token = _TOKEN.fullmatch(text)
    claims = _object(_decoded(token[2]) if token else text)
    if claims is None:
        raise UserError(_NEITHER.format(file))
    return Given(_assertion(claims, file), decoded=token is not None)


def answered(
    file: str, asked: Sequence[str], options: Mapping[str, Any], opened: "Callable[[], Understanding]"
) -> bytes:
    """Say whom a token becomes in every cloud, and what each of them may do.

    Args:
        file: where its claims are.
        asked: an action and a resource, or the action alone, or nothing.
        options: of the command.
        opened: opens the snapshot, once nothing that was typed is wrong.

    Raises:
        UserError: as `read_claims`; nothing in the snapshot knows the action.
        click.UsageError: the action or the resource can be none.
    """
    from nhi_scan.report import entered

    action, resource = None, None
    if asked:
        _, action, resource = question_of(("", *asked), "", "")
        check_question(action, resource)
    keys = read_context(options["context"])
    given = read_claims(file)
    known = opened()
    if action is not None:
        check_cloud(known, action)
        resource = whole_place(known, action, resource)
    found: list[Become] = []
    for provider, engine in known.access.engines.items():
        for entry in engine.entries(given.assertion):
            may = None
            if action is not None and engine.understands(action) and entry.identity_id in known.inventory.identities:
                may = engine.decide(entry.identity_id, action, resource, keys or None, strict=options["strict"])
            found.append(entered.Become(provider, entry, may))
    notes = tuple(_notes(known, given.assertion, found, action))
    question = entered.Question(given.assertion, given.decoded, action, resource, notes)
    return entered.render(known.inventory, question, found, options["format_"])


def _notes(
    known: "Understanding", shown: "Assertion", found: "Sequence[Become]", action: str | None
) -> "Iterator[str]":
    """Say what stands against a token besides what is trusted: its times, that nobody trusts its issuer.

    https://www.rfc-editor.org/rfc/rfc7519#section-4.1
    """
    engines = known.access.engines
    asked = f"{known.now:%Y-%m-%d %H:%M} UTC"
    until, since = _seconds(shown, "exp"), _seconds(shown, "nbf")
    if until is not None and until <= known.now.timestamp():
        yield f"it has expired (`exp`) by the moment that is asked about, {asked}"
    if since is not None and since > known.now.timestamp():
        yield f"it is not valid yet (`nbf`) at the moment that is asked about, {asked}"
    trusted = frozenset[str]().union(*(engine.trusted_issuers for engine in engines.values()))
    if not found and issuer_key(shown.issuer) not in trusted:
        yield "nothing here trusts its issuer"
    elif action is not None and not any(engines[one.provider].understands(action) for one in found):
        clouds = ", ".join(name for name, engine in engines.items() if engine.understands(action))
        yield f"it becomes nobody there ({clouds})"


def _seconds(shown: "Assertion", name: str) -> float | None:
    claim = shown.claim(name)
    try:
        return float(claim.values[0]) if claim is not None and claim.values else None
    except ValueError:
        return None


def _decoded(part: str) -> str:
    """The middle of a token: base64url without padding (https://www.rfc-editor.org/rfc/rfc7515#appendix-C)."""
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""


def _object(text: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _assertion(claims: Mapping[str, Any], file: str) -> "Assertion":
    from nhi_scan.model.assertion import AWS, Assertion, Claim

    if "iss" not in claims and isinstance(claims.get("Arn"), str) and isinstance(claims.get("Account"), str):
        # What `aws sts get-caller-identity` prints: how AWS proves itself elsewhere.
        named = {name.lower(): str(claims[name]) for name in ("Account", "Arn", "UserId") if name in claims}
        shown = tuple(Claim(name, (text,)) for name, text in sorted(named.items()))
        return Assertion(holder_id="", provider="", issuer=AWS, claims=shown)
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or not issuer:
        raise UserError(
            f"`{file}` names no issuer: expected the claim `iss`, or what `aws sts get-caller-identity` prints"
        )
    found = {one.name: one for one in _flat("", claims, file, 0)}
    return Assertion(holder_id="", provider="", issuer=issuer, claims=tuple(found[name] for name in sorted(found)))


def _flat(prefix: str, claims: Mapping[str, Any], file: str, depth: int) -> "Iterator[Claim]":
    from nhi_scan.model.assertion import Claim

    if depth > _DEEPEST:
        raise UserError(f"`{file}` has claims that are nested more than {_DEEPEST} times")
    for key, told in claims.items():
        if isinstance(told, dict):
            yield from _flat(f"{prefix}{key}.", told, file, depth + 1)
        elif isinstance(told, list):
            yield Claim(f"{prefix}{key}", tuple(_text(one) for one in told if not isinstance(one, dict | list)))
        elif told is not None:
            yield Claim(f"{prefix}{key}", (_text(told),))


def _text(told: object) -> str:
    return {True: "true", False: "false"}[told] if isinstance(told, bool) else str(told)
