"""How what somebody may do on Kubernetes is written as one text, and read again.

A rule of a role speaks of verbs, API groups, resources with subresources, or of URLs that are no resources
(https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources). One verb on one of those is an
*action*:

    get pods                    the core group has no name
    list deployments.apps       the first dot ends the resource, the rest is its group
    create pods/exec            the first slash ends both, the rest is the subresource
    update deployments.apps/scale
    get /metrics                a URL that is no resource begins with a slash

In a *pattern* a part that is `*` alone stands for everything: `* *.*` for every verb on all resources of all groups
with their subresources, `* *` for those of the core group, `update *.apps/scale` for the scale of whatever has one,
`get /healthz/*` for every URL that begins so. `get pods/*` is no pattern: the authorizer reads that star as a letter,
and so it does with one inside of a word.

Whatever would mean something else is written as in a URL, `%2A` for a star that is only a letter, and so is a capital
letter: Kubernetes tells them apart, and lists of actions do not. Two texts are the same action exactly where they are
equal after `parse`. An empty part is `%-`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from nhi_scan.model.record import value

ANY: Final = "*"
_EMPTY: Final = "%-"
_WORD: Final = re.compile(r"[^a-z0-9.:_~$@+=,-]")
_NAME: Final = re.compile(r"[^a-z0-9:_~$@+=,-]")  # of a resource: a dot ends it
_URL: Final = re.compile(r"[^a-z0-9.:_~$@+=,/-]")
_ESCAPED: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_WORDS: Final = 2


@value
class Action:
    """One verb on one kind of resource, or on one URL. Its parts are written as in the text, `*` for everything."""

    verb: str
    resource: str = ""  # empty exactly where it is about a URL
    group: str = ""  # empty: the core group
    subresource: str = ""
    url: str = ""

    @property
    def text(self) -> str:
        """The action as one text."""
        if self.url:
            return f"{self.verb} {self.url}"
        group = f".{self.group}" if self.group else ""
        below = f"/{self.subresource}" if self.subresource else ""
        return f"{self.verb} {self.resource}{group}{below}"

    def covers(self, other: "Action") -> bool:
        """Say whether this one, read as a pattern, stands for another one, read as it is.

        As VerbMatches, APIGroupMatches, ResourceMatches and NonResourceURLMatches of
        https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/rbac/v1/evaluation_helpers.go
        """
        if self.verb not in (ANY, other.verb):
            return False
        if self.url or other.url:
            return _covers_url(self.url, other.url)
        if self.group not in (ANY, other.group):
            return False
        if self.resource == ANY and not self.subresource:
            return True
        return self.subresource == other.subresource and self.resource in (ANY, other.resource)


def action(verb: str, group: str, resource: str, subresource: str = "") -> str:
    """Return the text of one verb on one kind of resource, none of which is a pattern.

    Args:
        verb: `get`.
        group: name of the API group; empty for the core group.
        resource: plural, as in a URL: `pods`.
        subresource: `exec`; empty for the resource itself.
    """
    return Action(
        verb=_escape(verb, _WORD),
        resource=_escape(resource, _NAME),
        group=_escape(group, _WORD) if group else "",
        subresource=_escape(subresource, _WORD) if subresource else "",
    ).text


def url_action(verb: str, url: str) -> str:
    """Return the text of one verb on a URL that is no resource and begins with a slash."""
    return f"{_escape(verb, _WORD)} {_escape(url, _URL)}"


def patterns(rule: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the patterns of one rule of a role, sorted, each once.

    Args:
        rule: as the API shows it: `verbs`, `apiGroups`, `resources`, `nonResourceURLs`. What is no text in them is
            passed over; `resourceNames` are not part of what is done.

    A URL that neither begins with a slash nor is all stars matches no request, and is left out.
    """
    verbs = [_part(one, _WORD) for one in _texts(rule, "verbs")]
    groups = ["" if not one else _part(one, _WORD) for one in _texts(rule, "apiGroups")]
    things = [_thing(one) for one in _texts(rule, "resources")]
    urls = [one for one in map(_url, _texts(rule, "nonResourceURLs")) if one]
    found = {f"{verb} {url}" for verb in verbs for url in urls}
    found.update(
        Action(verb=verb, resource=resource, group=group, subresource=below).text
        for verb in verbs
        for group in groups
        for resource, below in things
    )
    return tuple(sorted(found))


def parse(text: str) -> Action | None:
    """Read an action or a pattern; None where it is none. What needed no `%` may have one, and the other way round."""
    words = text.split(" ")
    if len(words) != _WORDS or not all(words):
        return None
    verb, thing = words
    verb = _again(verb, _WORD)
    if thing.startswith("/"):
        stem = thing.rstrip(ANY)
        return Action(verb=verb, url=_again(stem, _URL) + (ANY if stem != thing else ""))
    head, _, below = thing.partition("/")
    resource, _, group = head.partition(".")
    if not resource:
        return None
    return Action(
        verb=verb,
        resource=_again(resource, _NAME),
        group=_again(group, _WORD) if group else "",
        subresource=_again(below, _WORD, star=False) if below else "",
    )


def _covers_url(pattern: str, url: str) -> bool:
    if not pattern or not url:
        return False
    return pattern == url or (pattern.endswith(ANY) and url.startswith(pattern[:-1]))


def _texts(rule: Mapping[str, Any], key: str) -> Iterator[str]:
    found = rule.get(key)
    return (one for one in found if isinstance(one, str)) if isinstance(found, list | tuple) else iter(())


def _thing(text: str) -> tuple[str, str]:
    """Read an entry of `resources`: `*`, `pods`, `pods/exec`, `*/scale`. A star is all there is, or a letter."""
    resource, slash, below = text.partition("/")
    if slash and not (resource and below):
        return _escape(text, _NAME), ""  # equal to no request's resource that can be
    return _part(resource, _NAME), _escape(below, _WORD) if slash else ""


def _url(text: str) -> str:
    stem = text.rstrip(ANY)
    if stem == text:
        return _escape(text, _URL) if text.startswith("/") else ""
    if not stem:
        return "/" + ANY
    return _escape(stem, _URL) + ANY if stem.startswith("/") else ""


def _part(text: str, odd: re.Pattern[str]) -> str:
    return ANY if text == ANY else _escape(text, odd)


def _escape(text: str, odd: re.Pattern[str]) -> str:
    return odd.sub(_encode, text) or _EMPTY


def _again(text: str, odd: re.Pattern[str], *, star: bool = True) -> str:
    """Write a part of an action as `_escape` would have."""
    if text == _EMPTY or (star and text == ANY):
        return text
    pieces = _ESCAPED.split(text)
    for i, piece in enumerate(pieces):
        raw = chr(int(piece, 16)) if i % 2 else ""
        if not raw:
            pieces[i] = odd.sub(_encode, piece)
        else:
            pieces[i] = f"%{piece.upper()}" if odd.match(raw) or not raw.isascii() else raw
    return "".join(pieces)


def _encode(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode("utf-8", "surrogatepass"))
