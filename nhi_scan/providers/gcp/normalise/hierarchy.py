"""Organizations, folders and projects; project numbers and ids; the names of places.

Google names a project by its number in some interfaces and by its id in others
(https://cloud.google.com/resource-manager/docs/creating-managing-projects#identifying_projects): here everything is
named by the id, as far as a Project record tells it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from nhi_scan.model.scope import Scope
from nhi_scan.providers.gcp.normalise.source import PROVIDER
from nhi_scan.snapshot.values import Tags, text, within

CRM = "//cloudresourcemanager.googleapis.com/"
IAM = "//iam.googleapis.com/"

_ACCOUNTS = "/serviceAccounts/"
_PROJECTS = "/projects/"
_SCOPES = ("projects/", "folders/", "organizations/")
_KINDS: dict[str, Literal["organization", "folder", "project"]] = {
    "organizations": "organization",
    "folders": "folder",
    "projects": "project",
}


class Hierarchy:
    """Scopes by id, and what names of things mean.

    Attributes:
        scopes: by id.
        accounts: ids of service accounts by unique id.
    """

    def __init__(self) -> None:
        self.scopes: dict[str, Scope] = {}
        self.accounts: dict[str, str] = {}
        self._ids: dict[str, str] = {}  # number -> `projects/<id>`
        self._lines: dict[tuple[str, ...], str] = {}

    def add(self, record: Mapping[str, Any], ancestors: Sequence[str] = (), name: str = "") -> Scope | None:
        """Add a scope from an answer of Resource Manager, version 1, 2 or 3.

        Args:
            record: a project, folder or organization.
            ancestors: as Cloud Asset Inventory lists them, the nearest first, itself included.
            name: its full resource name, where it has one.

        Returns:
            None where nothing tells which it is.
        """
        project, number = text(record, "projectId"), _number(record, ancestors, name)
        own = text(record, "name") if text(record, "name").startswith(_SCOPES) else name.removeprefix(CRM)
        if project:
            id_ = f"projects/{project}"
        elif own.startswith(_SCOPES):
            id_ = own
        else:
            return None
        if project and number:
            self._ids[number] = id_
        kind = _KINDS[id_.partition("/")[0]]
        shown = text(record, "displayName") or (text(record, "name") if kind == "project" and project else "")
        scope = Scope(
            id=id_,
            provider=PROVIDER,
            kind=kind,
            name=id_ if not shown or shown.startswith(_SCOPES) else shown,
            parent_id=_parent(record, kind, ancestors),
            status=(text(record, "lifecycleState") or text(record, "state") or "active").lower(),
            tags=labels_of(record),
            number=number if kind == "project" else id_.partition("/")[2],
        )
        known = self.scopes.get(id_)
        self.scopes[id_] = scope if known is None or _telling(scope) >= _telling(known) else known
        return scope

    def line(self, ancestors: Sequence[str]) -> str:
        """The nearest scope of a line of ancestors; scopes of it that nobody recorded are added without a name.

        Args:
            ancestors: `projects/123`, `folders/4`, `organizations/1`, the nearest first.
        """
        key = tuple(ancestors)
        known = self._lines.get(key)
        if known is None:
            known = self._lines[key] = self._line([one for one in key if one.startswith(_SCOPES)])
        return known

    def _line(self, ancestors: list[str]) -> str:
        ids = [self.scope_id(one) for one in ancestors]
        for position, id_ in enumerate(ids):
            if id_ not in self.scopes:
                kind = _KINDS[id_.partition("/")[0]]
                parent = ids[position + 1] if position + 1 < len(ids) else "" if kind == "organization" else None
                number = id_.partition("/")[2]
                self.scopes[id_] = Scope(
                    id=id_,
                    provider=PROVIDER,
                    kind=kind,
                    name=id_,
                    parent_id=parent,
                    number=number if number.isdecimal() else "",
                )
        return ids[0] if ids else ""

    def scope_id(self, name: str) -> str:
        """`projects/my-app` for `projects/my-app` or `projects/123`, also with the service's name before them."""
        short = name.removeprefix(CRM)
        if short.startswith("projects/"):
            return self._ids.get(short[9:], short)
        return short

    def place(self, name: str) -> str:
        """The id of what a policy hangs on: a scope, a service account, or the full resource name with project ids."""
        if name.startswith(CRM) and name[len(CRM) :].startswith(_SCOPES) and name.count("/") == 4:
            return self.scope_id(name)
        named = self.with_ids(name)
        if named.startswith(IAM) and _ACCOUNTS in named:
            account, _, below = named.partition(_ACCOUNTS)[2].partition("/")
            if not below and account:
                return self.account(account) or named
        return named

    def account(self, name: str) -> str:
        """The id of a service account, by its email address or unique id; empty for an unknown unique id."""
        return f"serviceAccount:{name}" if "@" in name else self.accounts.get(name, "")

    def with_ids(self, name: str) -> str:
        """A resource's name with project ids for project numbers, where they are known."""
        start = name.find(_PROJECTS)
        if start < 0:
            return name
        start += len(_PROJECTS)
        end = name.find("/", start)
        number = name[start:] if end < 0 else name[start:end]
        known = self._ids.get(number)
        return name if known is None else f"{name[:start]}{known[9:]}{name[start + len(number) :]}"

    def project_in(self, name: str) -> str:
        """The project that a resource's name holds, as a scope id; empty where it holds none."""
        start = name.find("projects/")
        if start < 0 or (start and name[start - 1] != "/"):
            return ""
        project = name[start + 9 :].partition("/")[0]
        return self.scope_id(f"projects/{project}") if project and project != "-" else ""

    def numbered(self, project: str) -> str:
        """The number of a project; empty where it is not known."""
        scope = self.scopes.get(project)
        return scope.number if scope else ""

    def finished(self) -> list[Scope]:
        """All scopes, each project's parent by the id that it has here."""
        return [
            replace(scope, parent_id=self.scope_id(scope.parent_id)) if scope.parent_id else scope
            for scope in self.scopes.values()
        ]


def labels_of(record: Mapping[str, Any]) -> Tags:
    """A record's labels, sorted."""
    return tuple(sorted((key, word) for key, word in within(record, "labels").items() if isinstance(word, str)))


def project_of(ancestors: Iterable[str]) -> str:
    """The project among ancestors; empty where there is none."""
    return next((one for one in ancestors if one.startswith("projects/")), "")


def _number(record: Mapping[str, Any], ancestors: Sequence[str], name: str) -> str:
    written = record.get("projectNumber")
    if isinstance(written, int) and not isinstance(written, bool):
        return str(written)
    candidates = (
        written,
        text(record, "name").removeprefix("projects/"),
        project_of(ancestors[:1]).removeprefix("projects/"),
        name.removeprefix(f"{CRM}projects/"),
    )
    return next((one for one in candidates if isinstance(one, str) and one.isdecimal()), "")


def _parent(record: Mapping[str, Any], kind: str, ancestors: Sequence[str]) -> str | None:
    if kind == "organization":
        return ""
    written = record.get("parent")
    if isinstance(written, str):
        return written
    above = within(record, "parent")
    if text(above, "type") and text(above, "id"):
        return f"{text(above, 'type')}s/{text(above, 'id')}"
    if len(ancestors) > 1:
        return ancestors[1]
    return None if kind == "folder" or written is not None else ""


def _telling(scope: Scope) -> tuple[bool, bool, int]:
    return bool(scope.number), scope.name != scope.id, len(scope.tags)
