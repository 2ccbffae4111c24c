"""Google groups: who is in which, also through others.

https://cloud.google.com/iam/docs/groups-in-cloud-console: a group may be a member of another. A ring of groups, which
Google refuses and a crafted import may hold, ends where it began.
"""

from collections.abc import Callable, Iterable, Mapping

from nhi_scan.access.gcp.identifiers import ACCOUNT, GROUP, USER
from nhi_scan.inventory.build import Inventory


class Nesting:
    """The groups above each member. All names are canonical.

    Attributes:
        unlisted_groups: those that may have anyone among members that were not listed, also of a group in them.
    """

    def __init__(self, inventory: Inventory, written: Mapping[str, object], canonical: Callable[[str], str]) -> None:
        """Turn the lists of members around; `canonical` gives a principal its one name."""
        self._known: dict[str, bool] = {}  # group -> whether its members are all listed
        self._above: dict[str, set[str]] = {}
        for id_, group in inventory.groups.items():
            name = canonical(id_)
            self._known[name] = group.complete and self._known.get(name, True)
            for member in group.member_ids:
                self._above.setdefault(canonical(member), set()).add(name)
        mentioned = {name for name in written if name.startswith(GROUP)}
        unlisted = {name for name in mentioned.union(self._known) if not self._known.get(name)}
        self.unlisted_groups = frozenset(unlisted | self.groups(unlisted))

    def groups(self, members: Iterable[str]) -> set[str]:
        """Return every group that one of the members is in, directly or through other groups."""
        found: set[str] = set()
        waiting = list(members)
        while waiting:
            for group in self._above.get(waiting.pop(), ()):
                if group not in found:
                    found.add(group)
                    waiting.append(group)
        return found

    def unlisted(self, group: str, member: str) -> bool:
        """Say whether a group that no policy of the inventory names may have somebody as a member."""
        return not self._known.get(group) and member.startswith((USER, ACCOUNT))
