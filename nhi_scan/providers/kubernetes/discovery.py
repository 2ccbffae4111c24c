"""What a server has: its API groups, their versions, and the resources of each.

A kind that the server lacks is no gap: there are none of it. Which version of a group to ask follows from here:
https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.calls import LISTINGS, NAMESPACES, Listing
from nhi_scan.providers.kubernetes.faults import CallError
from nhi_scan.providers.kubernetes.seam import Seam
from nhi_scan.providers.kubernetes.trim import trimmed

_OURS: Mapping[str, frozenset[str]] = {
    group: frozenset(version for one in (*LISTINGS, NAMESPACES) if one.group == group for version in one.versions)
    for group in {one.group for one in (*LISTINGS, NAMESPACES)}
}


@dataclass(slots=True)
class Available:
    """What is known of a server.

    Attributes:
        versions: group -> its versions; None where the server did not tell its groups.
        resources: (group, version) -> names of resources that can be listed.
    """

    versions: dict[str, tuple[str, ...]] | None = None
    resources: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    def note(self, record: Mapping[str, Any]) -> None:
        """Take a record of `k8s-api-resources` into account."""
        items = record.get("resources")
        listed = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
        names = [item.get("name") for item in listed if "list" in _texts(item.get("verbs"))]
        key = (str(record.get("group", "")), str(record.get("version", "")))
        self.resources[key] = frozenset(name for name in names if isinstance(name, str))

    def versions_of(self, listing: Listing) -> tuple[str, ...]:
        """Return the versions in which a kind may be asked for, the best first; none where the server has none."""
        return tuple(version for version in listing.versions if self._may_have(listing, version))

    def _may_have(self, listing: Listing, version: str) -> bool:
        if (known := self.resources.get((listing.group, version))) is not None:
            return listing.resource in known
        return self.versions is None or version in self.versions.get(listing.group, ())


def group_versions(seam: Seam) -> dict[str, tuple[str, ...]]:
    """Ask which groups there are, each with its versions, the preferred one first.

    Raises:
        CallError: the server does not tell.
    """
    found: dict[str, tuple[str, ...]] = {"": _texts(_list(seam.get("/api"), "versions"))}
    for group in _list(seam.get("/apis"), "groups"):
        if not isinstance(group, dict) or not isinstance(name := group.get("name"), str):
            continue
        items = group.get("versions")
        versions = [one.get("version") for one in items if isinstance(one, dict)] if isinstance(items, list) else []
        preferred = group.get("preferredVersion")
        first = preferred.get("version") if isinstance(preferred, dict) else None
        found[name] = tuple(dict.fromkeys(_texts([first, *versions])))
    return found


def _list(answer: Mapping[str, Any], name: str) -> list[Any]:
    """Return a list of an answer; without it nothing can be said to be missing."""
    items = answer.get(name)
    if not isinstance(items, list):
        raise CallError("failed", "OddAnswer", f"the answer has no `{name}`")
    return items


def _texts(items: Any) -> tuple[str, ...]:
    return tuple(item for item in items if isinstance(item, str)) if isinstance(items, list) else ()


def api_resources(seam: Seam, versions: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, Any] | CallError]:
    """Ask what each group has: of its preferred version, and of those that the table of calls may need.

    Yields:
        A record of `k8s-api-resources`, or what went wrong with one: an API that another server extends the cluster
        with may be down while everything else works.
    """
    for group in sorted(versions):
        for number, version in enumerate(versions[group]):
            if number and version not in _OURS.get(group, ()):
                continue
            try:
                answer = seam.get(
                    f"/apis/{quote(group, safe='')}/{quote(version, safe='')}"
                    if group
                    else f"/api/{quote(version, safe='')}"
                )
                _list(answer, "resources")
            except CallError as error:
                yield error
                continue
            record = trimmed(kinds.API_RESOURCES, {**answer, "group": group, "version": version})
            if record is not None:
                yield record
