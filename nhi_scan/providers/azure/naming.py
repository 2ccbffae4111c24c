"""Who is named by something that was collected: what later questions are asked about. Small beside what was listed."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from nhi_scan.providers.azure.settings import is_guid

_USER, _GROUP = "user", "group"
_ELSEWHERE = (
    "foreigngroup",
    "foreignuser",
    "foreignserviceprincipal",
)  # of another tenant: this one lists none of them
_THINGS = ("device", "orgcontact")
_NOBODY = "00000000-0000-0000-0000-000000000000"


def guid(value: object) -> str:
    """Return an object id in lower case; empty for what is none."""
    return value.lower() if isinstance(value, str) and is_guid(value) and value != _NOBODY else ""


def type_of(record: dict[str, Any]) -> str:
    """Return the type of a directory object in lower case: `user`, `group`, `serviceprincipal`; empty where untold."""
    told = record.get("@odata.type")
    return told.rpartition(".")[2].lower() if isinstance(told, str) else ""


class Naming:
    """Remembers ids and, where it was told, what they are. Not safe for threads: each part fills one of its own.

    Attributes:
        users: ids of users.
        groups: ids of groups.
        role_groups: those of them that were listed.
        untyped: ids that nothing says more of.
        listed: ids of service principals and applications that were listed.
        units: ids of administrative units that a role is given on.
    """

    def __init__(self) -> None:
        self.users: set[str] = set()
        self.groups: set[str] = set()
        self.role_groups: set[str] = set()
        self.untyped: set[str] = set()
        self.listed: set[str] = set()
        self.units: set[str] = set()

    def add(self, value: object, type_: object = "") -> None:
        """Note that something is named.

        Args:
            value: its object id; what is none is passed over.
            type_: what it is, in any spelling: `User`, `#microsoft.graph.group` without what is before the dot.
        """
        id_ = guid(value)
        told = type_.lower() if isinstance(type_, str) else ""
        if not id_ or told in _ELSEWHERE:
            return
        if told == _USER:
            self.users.add(id_)
        elif told == _GROUP:
            self.groups.add(id_)
        else:
            self.untyped.add(id_)

    def list(self, value: object) -> None:
        """Note that something was listed."""
        if id_ := guid(value):
            self.listed.add(id_)

    def merge(self, other: "Naming") -> None:
        """Take over what another part learned."""
        self.users |= other.users
        self.groups |= other.groups
        self.role_groups |= other.role_groups
        self.untyped |= other.untyped
        self.listed |= other.listed
        self.units |= other.units

    def unknown(self) -> set[str]:
        """Ids of which neither a list nor what names them says what they are."""
        return self.untyped - self.listed - self.users - self.groups

    def owners(self, record: Any) -> None:
        """Note an application or service principal, and who owns it."""
        if not isinstance(record, dict):
            return
        self.list(record.get("id"))
        self.objects(record.get("owners"))
        self.objects(record.get("sponsors"))

    def objects(self, found: object) -> None:
        """Note the directory objects of a relation."""
        for one in found if isinstance(found, list) else ():
            self.object(one)

    def object(self, record: Any) -> None:
        """Note a directory object that a relation shows, if it is one that could be given anything."""
        if isinstance(record, dict) and (type_ := type_of(record)) not in _THINGS:
            self.add(record.get("id"), type_)

    def listed_group(self, record: Any) -> None:
        """Note a group that was listed."""
        if isinstance(record, dict) and (id_ := guid(record.get("id"))):
            self.groups.add(id_)
            self.role_groups.add(id_)

    def principal(self, record: Any) -> None:
        """Note whom an assignment, a grant or an instance of Privileged Identity Management is for, and where."""
        if not isinstance(record, dict):
            return
        self.add(record.get("principalId"), record.get("principalType"))
        scope = record.get("directoryScopeId")
        if isinstance(scope, str) and scope.lower().startswith("/administrativeunits/"):
            unit = guid(scope.rpartition("/")[2])
            self.units |= {unit} - {""}

    def grant(self, record: Any) -> None:
        """Note the applications of a delegated grant; there are as many users as ever agreed to one.

        https://learn.microsoft.com/graph/api/resources/oauth2permissiongrant
        """
        if isinstance(record, dict):
            self.add(record.get("clientId"))
            self.add(record.get("resourceId"))

    def agent_user(self, record: Any) -> None:
        """Note the user account of an agent, and the agent."""
        if isinstance(record, dict):
            self.list(record.get("id"))
            self.add(record.get("identityParentId"))

    def approvers(self, record: Any) -> None:
        """Note who approves activations: https://learn.microsoft.com/graph/api/resources/approvalsettings."""
        for found in _below(record, ("policy", "rules", "setting", "approvalStages", "primaryApprovers")):
            if isinstance(found, dict):
                if "userId" in found:
                    self.add(found.get("userId"), _USER)
                elif "groupId" in found:
                    self.add(found.get("groupId"), _GROUP)
                else:
                    self.add(found.get("id"))


def _below(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """Yield what lies at a path, through lists."""
    if isinstance(value, list):
        for item in value:
            yield from _below(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict):
        yield from _below(value.get(path[0]), path[1:])


def portions(ids: Iterable[str], most: int) -> Iterator[list[str]]:
    """Part ids, sorted, into lists of at most so many."""
    left = iter(sorted(ids))
    while portion := list(islice(left, most)):
        yield portion
