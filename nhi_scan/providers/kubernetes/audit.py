"""The API server's audit log, added up: who did what where, when last, and how often.

https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/; the fields of an event:
https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/. A log has an event a line; a webhook's receiver and
some exports keep `EventList`s. A log of gigabytes passes by line by line; kept are its distinct uses.

Whoever acts as somebody else is the `user` of an event, and has used `impersonate`; what was done was done by the
`impersonatedUser`, who has not signed in. Addresses and the names of client programs are not kept: an address may be a
person's, and a client may call itself anything.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from nhi_scan.model import kube_ids
from nhi_scan.model.errors import UserError
from nhi_scan.snapshot import codec
from nhi_scan.snapshot.lines import LONGEST_LINE, GzipSource, TruncatedError
from nhi_scan.snapshot.values import moment

_GZIP = b"\x1f\x8b"
_BLOCK = 1 << 20
_UNFINISHED = ("RequestReceived", "ResponseStarted")
_DECISION = "authorization.k8s.io/decision"
_FORBIDDEN, _UNAUTHORIZED = 403, 401
_URLS = 1000  # of one user: an address may hold anything, and a scanner tries thousands

Fault = Callable[[int, str], None]


@dataclass(slots=True)
class _User:
    username: str | None = None


@dataclass(slots=True)
class _Reference:
    apiGroup: str | None = None  # noqa: N815 - the API's spelling
    resource: str | None = None
    subresource: str | None = None
    namespace: str | None = None


@dataclass(slots=True)
class _Status:
    code: int | None = None


@dataclass(slots=True)
class _Event:
    kind: str | None = None
    stage: str | None = None
    verb: str | None = None
    user: _User | None = None
    impersonatedUser: _User | None = None  # noqa: N815 - the API's spelling
    objectRef: _Reference | None = None  # noqa: N815 - the API's spelling
    requestURI: str | None = None  # noqa: N815 - the API's spelling
    responseStatus: _Status | None = None  # noqa: N815 - the API's spelling
    requestReceivedTimestamp: str | None = None  # noqa: N815 - the API's spelling
    annotations: dict[str, str] | None = None


@dataclass(slots=True)
class _Page:
    kind: str | None = None
    items: list[codec.Raw] | None = None


# user, verb, group, resource, subresource, namespace, url, allowed, authenticated
_Key = tuple[str, str, str, str, str, str, str, bool, bool]


def read_audit(lines: Iterable[bytes], fault: Fault | None = None) -> Iterator[dict[str, Any]]:
    """Add up the events of a log.

    Args:
        lines: of one or more logs: each an event, or a list of events.
        fault: told the number of each line that is neither, and why; the last line of a log that is being written is
            such a line as a rule.

    Yields:
        Records of the kind `k8s-audit-users`, sorted: `user`, `verb`, `group`, `resource`, `subresource`, `namespace`,
        `url` (of what is no resource), `last` and `first` (ISO 8601, UTC), `count` (finished requests), `since` (of the
        log's first event), `allowed`, `authenticated` (false for whom somebody else acted as).
    """
    sums = _Sums()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            for event in _events(line):
                sums.add(event)
        except codec.CodecError as error:
            if fault is not None:
                fault(number, str(error))
    yield from sums.records()


def audit_lines(path: Path) -> Generator[bytes, None, None]:
    """Read the lines of a log, plain or compressed with gzip; a list of events that spreads over lines is one.

    Raises:
        UserError: it cannot be read, or is damaged.
    """
    try:
        with path.open("rb") as stream:
            compressed = stream.read(len(_GZIP)) == _GZIP
            stream.seek(0)
            blocks = GzipSource(stream).blocks() if compressed else _blocks(stream)
            yield from _whole(_lines(blocks, path))
    except OSError as error:
        raise UserError(f"`{path}` cannot be read: {error.strerror}") from error
    except TruncatedError as error:
        raise UserError(f"`{path}` {error}") from error


def is_event(record: object) -> bool:
    """Say whether a value is an event of an audit log, or a list of them."""
    if not isinstance(record, dict):
        return False
    version = record.get("apiVersion")
    return record.get("kind") in ("Event", "EventList") and str(version).startswith("audit.k8s.io/")


def is_log(lines: Iterable[bytes]) -> bool:
    """Say whether any of some lines is an event, or there is none at all: a log may have just been begun."""
    seen = False
    for line in lines:
        seen = seen or bool(line.strip())
        try:
            if line.strip() and any(event.verb for event in _events(line)):
                return True
        except codec.CodecError:
            continue
    return not seen


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block


def _lines(blocks: Iterable[bytes], path: Path) -> Iterator[bytes]:
    rest: list[bytes] = []
    held = 0
    for block in blocks:
        first, *others = block.split(b"\n")
        rest.append(first)
        held += len(first)
        if held > LONGEST_LINE:
            raise UserError(f"`{path}` has a line of more than {LONGEST_LINE >> 20} MB")
        if others:
            yield b"".join(rest)
            yield from others[:-1]
            rest, held = [others[-1]], len(others[-1])
    yield b"".join(rest)


def _whole(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Join what is spread over lines, as `jq` and editors print it: its first line is no value by itself."""
    held = next((line for line in lines if line.strip()), b"")
    if held.strip() not in (b"{", b"["):
        yield held
        yield from lines
        return
    rest = [held]
    size = 0
    for line in lines:
        size += len(line)
        if size > LONGEST_LINE:
            break
        rest.append(line)
    yield b"\n".join(rest)


def _events(line: bytes) -> Iterator[_Event]:
    if b'"items"' not in line and line.lstrip()[:1] != b"[":
        yield codec.decode(line, _Event)
        return
    if line.lstrip()[:1] == b"[":
        yield from codec.decode(line, list[_Event])
        return
    page = codec.decode(line, _Page)
    if page.kind == "EventList":
        for item in page.items or ():
            yield codec.decode(bytes(item), _Event)
    else:  # an event of which some part is called so
        yield codec.decode(line, _Event)


class _Sums:
    """What was seen so far."""

    def __init__(self) -> None:
        self._uses: dict[_Key, list[Any]] = {}  # -> first, last, count
        self._urls: dict[str, set[str]] = {}
        self._since = ""

    def add(self, event: _Event) -> None:
        """Count one event. One without a user, a verb or a time says nothing; nor does one that nobody signed."""
        user = event.user.username if event.user else None
        code = event.responseStatus.code if event.responseStatus else None
        at = moment(event.requestReceivedTimestamp)
        if not user or not event.verb or at is None or code == _UNAUTHORIZED:
            return
        when = at.isoformat()
        self._since = min(self._since or when, when)
        allowed = (event.annotations or {}).get(_DECISION, "") != "forbid" and code != _FORBIDDEN
        finished = event.stage not in _UNFINISHED
        other = event.impersonatedUser.username if event.impersonatedUser else None
        if other:
            kind = "serviceaccounts" if kube_ids.account_of_user(other) else "users"
            self._count((user, "impersonate", "", kind, "", "", "", True, True), when, finished=finished)
        done = self._done(event, other or user)
        if done is not None:
            verb, *thing = done
            group, resource, below, namespace, url = thing
            key = (other or user, verb, group, resource, below, namespace, url, allowed, not other)
            self._count(key, when, finished=finished)

    def _done(self, event: _Event, user: str) -> tuple[str, str, str, str, str, str] | None:
        verb, what = event.verb or "", event.objectRef
        if what is not None and what.resource:
            return verb, what.apiGroup or "", what.resource, what.subresource or "", what.namespace or "", ""
        url = (event.requestURI or "").partition("?")[0]
        if not url.startswith("/"):
            return None
        known = self._urls.setdefault(user, set())
        if url not in known and len(known) >= _URLS:
            url = "/..."
        known.add(url)
        return verb, "", "", "", "", url

    def _count(self, key: _Key, when: str, *, finished: bool) -> None:
        known = self._uses.get(key)
        if known is None:
            self._uses[key] = [when, when, int(finished)]
            return
        known[0] = min(known[0], when)
        known[1] = max(known[1], when)
        known[2] += finished

    def records(self) -> Iterator[dict[str, Any]]:
        """Give what was seen."""
        names = ("user", "verb", "group", "resource", "subresource", "namespace", "url", "allowed", "authenticated")
        for key in sorted(self._uses):
            first, last, count = self._uses[key]
            yield {
                **{name: value for name, value in zip(names, key, strict=True) if value != ""},
                "first": first,
                "last": last,
                "count": count,
                "since": self._since,
            }
