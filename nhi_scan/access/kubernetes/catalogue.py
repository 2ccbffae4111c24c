"""The actions of Kubernetes as bits: every verb of every resource that a cluster has or that a role names.

Kubernetes publishes no kinds of access. They are told from the verb, and from what
https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks says leads to more. A list
or a watch answers with whole objects, so it is reading
(https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets).
"""

from collections.abc import Iterable, Iterator
from typing import Final

from nhi_scan.access.catalogue import Catalogue
from nhi_scan.access.kubernetes.builtin import RBAC, URLS, VERBS, in_no_namespace, is_nameless, is_namespace, known
from nhi_scan.access.kubernetes.evaluate import pattern
from nhi_scan.model.kube_actions import ANY, Action, action, parse, url_action

VERSION: Final = "resources of Kubernetes and of the snapshot's roles"

_READING: Final = ("get", "list", "watch")
_BECOMING: Final = ("approve", "bind", "escalate", "impersonate", "sign")
_RUNNING: Final = ("attach", "exec", "portforward", "proxy")  # a request that reads by its verb runs something
_CERTIFYING: Final = ("certificatesigningrequests", "approval")

Target = tuple[str, str, str]
"""Group, resource and subresource of an action; for a URL `/`, the URL and nothing."""


class Actions(Catalogue):
    """A catalogue that reads what it is asked about as Kubernetes does: case matters, and so does where a star stands.

    Attributes:
        bits: tells what a pattern covers.
    """

    bits: "Bits"

    def bit(self, action: str) -> int:
        """See `Catalogue.bit`."""
        return super().bit(_again(action))

    def display(self, action: str) -> str:
        """See `Catalogue.display`."""
        return super().display(_again(action))

    def knows(self, action: str) -> bool:
        """See `Catalogue.knows`."""
        return super().knows(_again(action))

    def level(self, action: str) -> str:
        """See `Catalogue.level`."""
        return super().level(_again(action))

    def mask(self, pattern: str) -> int:
        """See `Catalogue.mask`."""
        return self.bits.mask(pattern)


class Bits:
    """Sets of actions for patterns: for each verb and each target the set that has it; a pattern is both.

    Attributes:
        catalogue: what the bits stand for.
        in_namespaces: the actions that a binding in a namespace can give.
        by_name: the actions that a rule with names can give.
        namespaces: the actions on namespaces themselves.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        """Take the patterns of all roles."""
        read = {text: one for text in patterns if (one := pattern(text)) is not None}
        names = set(_names(read.values()))
        self._set(names, ())
        lost = sorted(text for text in read if not self.mask(text))
        if lost:
            self._set(names, lost)

    def mask(self, text: str) -> int:
        """Return the set of actions that a pattern covers."""
        found = self._masks.get(text)
        if found is None:
            one = pattern(text)
            found = 0 if one is None else self._verb(one.verb) & self._target(target(one))
            self._masks[text] = found
        return found

    def _set(self, names: set[str], extra: Iterable[str]) -> None:
        ordered = sorted(names)
        levels = "".join(map(level, ordered))
        self.catalogue = Actions(ordered, levels, VERSION, tuple(extra), separator=" ")
        self.catalogue.bits = self
        self._masks: dict[str, int] = {}
        verbs: dict[str, list[int]] = {}
        targets: dict[Target, list[int]] = {}
        inside, by_name, namespaces = [], [], []
        for i, name in enumerate(self.catalogue.names):
            one = parse(name)
            if one is None:  # never: each name was read before
                continue
            verbs.setdefault(one.verb, []).append(i)
            targets.setdefault(target(one), []).append(i)
            if not in_no_namespace(one):
                inside.append(i)
            if not one.url and not is_nameless(one):
                by_name.append(i)
            if is_namespace(one):
                namespaces.append(i)
        self._verbs = {verb: _mask(rows) for verb, rows in verbs.items()}
        self._targets = {one: _mask(rows) for one, rows in targets.items()}
        self._wide: dict[Target, int] = {}
        self.in_namespaces = _mask(inside)
        self.by_name = _mask(by_name)
        self.namespaces = _mask(namespaces)

    def _verb(self, verb: str) -> int:
        return self.catalogue.everything if verb == ANY else self._verbs.get(verb, 0)

    def _target(self, wanted: Target) -> int:
        """Return the actions on what a target of a pattern covers."""
        group, resource, _ = wanted
        if not (resource.endswith(ANY) if group == "/" else ANY in (group, resource)):
            return self._targets.get(wanted, 0)
        found = self._wide.get(wanted)
        if found is None:
            found = 0
            asks = _as_action(wanted)
            for one, mask in self._targets.items():
                if asks.covers(_as_action(one)):
                    found |= mask
            self._wide[wanted] = found
        return found


def target(one: Action) -> Target:
    """Return what an action is about."""
    return ("/", one.url, "") if one.url else (one.group, one.resource, one.subresource)


def level(text: str) -> str:
    """Return the letter (`access.catalogue.LEVELS`) of an action's kind of access."""
    one = parse(text)
    if one is None or one.verb == ANY:
        return "?"
    if one.verb in _BECOMING or (one.resource, one.subresource) == ("serviceaccounts", "token"):
        return "P"
    if one.verb in _READING:
        return "W" if one.subresource in _RUNNING else "R"
    controls = one.group == RBAC or (one.resource, one.subresource) == _CERTIFYING
    return "P" if controls else "W"


def _names(patterns: Iterable[Action]) -> Iterator[str]:
    """Yield the names of actions that exist: those of every cluster, and those that patterns name."""
    for (group, resource, below), verbs in known().items():
        yield from (action(verb, group, resource, below) for verb in verbs)
    yield from (url_action("get", url) for url in URLS)
    for one in patterns:
        if ANY in (one.group, one.resource) or one.url.endswith(ANY):
            continue
        if one.verb != ANY:
            yield one.text
        usual = ("get",) if one.url else VERBS if not one.subresource else ("get", "patch", "update")
        if one.verb == ANY or (not one.url and (one.group, one.resource, one.subresource) not in known()):
            yield from (Action(verb, one.resource, one.group, one.subresource, one.url).text for verb in usual)


def _again(text: str) -> str:
    """Return an action as names in the catalogue are written."""
    one = pattern(text)
    return text if one is None else one.text


def _as_action(wanted: Target) -> Action:
    group, name, below = wanted
    return Action(ANY, url=name) if group == "/" else Action(ANY, name, group, below)


def _mask(rows: Iterable[int]) -> int:
    raw = bytearray()
    for i in rows:
        if len(raw) <= i >> 3:
            raw.extend(bytes((i >> 3) - len(raw) + 1))
        raw[i >> 3] |= 1 << (i & 7)
    return int.from_bytes(raw, "little")
