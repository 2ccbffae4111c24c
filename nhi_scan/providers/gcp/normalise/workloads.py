"""Software that runs as a service account, from the table of workloads.

Attributes: `access_scopes` (addresses, with spaces between them), `ingress` (the service's own word), `workload_pool`,
`endpoint` and `dns_endpoint` (hosts of the API server) of clusters, `workload_metadata` of node pools (`GKE_METADATA`:
pods do not get the nodes' account), `external_ip` of virtual machines (`true`), `os_login` and `project_keys` of the
same (see `metadata`), `repository`, `repository_owner` and `pull_request` of build triggers, `dag_bucket` of Composer.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from nhi_scan.model.identity import Workload
from nhi_scan.providers.gcp.normalise.hierarchy import Hierarchy, project_of
from nhi_scan.providers.gcp.normalise.metadata import Metadata
from nhi_scan.providers.gcp.normalise.principals import Principals
from nhi_scan.providers.gcp.normalise.source import PROVIDER, Source
from nhi_scan.providers.gcp.normalise.workload_table import WORKLOADS, Default, Row
from nhi_scan.snapshot.paths import environment_names, reach, words
from nhi_scan.snapshot.values import Tags, distinct, text, texts, within

_DOT = "%"  # stands in a path for a dot within one name
_INSIDE = ("internal", "allow_internal_only")  # ingress that lets nobody from outside in
_REGIONS = ("zones", "regions", "locations")
_YES = ("external_ip", "pull_request")  # attributes of which only the presence counts
_FLAGS = ("autopilot",)  # attributes that are true or false


def read_workloads(source: Source, hierarchy: Hierarchy, principals: Principals) -> None:
    """All workloads."""
    reader = _Reader(source, hierarchy, principals)
    for row in WORKLOADS:
        reader.read(row)


class _Reader:
    def __init__(self, source: Source, hierarchy: Hierarchy, principals: Principals) -> None:
        self._source = source
        self._hierarchy = hierarchy
        self._principals = principals
        self._metadata = Metadata(source, hierarchy)
        self._applications = self._own_defaults()

    def _own_defaults(self) -> dict[str, str]:
        """Accounts that App Engine applications name for versions which name none, by project."""
        found = {}
        for _, _, asset in self._source.plain("asset-appengine-application"):
            project = self._hierarchy.scope_id(project_of(texts(asset.get("ancestors"))))
            found[project] = text(within(within(asset, "resource"), "data"), "serviceAccount")
        for scope_id, _, record in self._source.plain("appengine-applications"):
            found[self._hierarchy.scope_id(scope_id)] = text(record, "serviceAccount")
        return found

    def read(self, row: Row) -> None:
        for kind, scope_id, project, name, location, record in self._found(row):
            if not name.startswith("//"):
                self._source.note(kind, scope_id, "workloads without a name")
            else:
                self._source.records.workloads.append(self._workload(row, project, name, location, record))
                if row.kind == "gke_cluster" and kind == row.listed:
                    self._node_pools(project, name, location, record)

    def _found(self, row: Row) -> Iterator[tuple[str, str, str, str, str, Mapping[str, Any]]]:
        for scope_id, _, asset in self._source.plain(row.asset) if row.asset else ():
            ancestors, resource = texts(asset.get("ancestors")), within(asset, "resource")
            name = self._hierarchy.with_ids(text(asset, "name"))
            at = project_of(ancestors)
            project = self._hierarchy.line(ancestors) if at else self._hierarchy.project_in(name)
            yield row.asset, scope_id, project, name, text(resource, "location"), within(resource, "data")
        for scope_id, of, record in self._source.plain(row.listed) if row.listed else ():
            name = self._hierarchy.with_ids(_full_name(row, of, record))
            yield row.listed, scope_id, self._hierarchy.scope_id(scope_id), name, "", record

    def _node_pools(self, project: str, cluster: str, location: str, record: Mapping[str, Any]) -> None:
        """The API lists node pools within their clusters; the inventory has them by themselves."""
        (row,) = (one for one in WORKLOADS if one.kind == "gke_node_pool")
        for pool in reach(record, "nodePools"):
            if isinstance(pool, dict) and text(pool, "name"):
                name = f"{cluster}/nodePools/{text(pool, 'name')}"
                self._source.records.workloads.append(self._workload(row, project, name, location, pool))

    def _workload(self, row: Row, project: str, name: str, location: str, record: Mapping[str, Any]) -> Workload:
        runs_as = self._accounts(words(record, row.runs_as), project)
        # An environment of which only the names were kept has lost the account, too: nothing tells who that is.
        if not runs_as and row.default and not isinstance(record.get("environment"), list):
            own = self._applications.get(project, "") if row.kind == "app_engine_version" else ""
            runs_as = self._accounts([own or self._default(row.default, project)], project)
        tags = _labels(record, row.labels)
        scope = self._hierarchy.scopes.get(project)
        ingress = next(iter(_at(record, row.ingress)), "")
        attributes = _attributes(row, record, ingress)
        if row.kind == "compute_instance":
            attributes = tuple(sorted((*attributes, *self._metadata.attributes(record, project))))
        return Workload(
            id=name,
            provider=PROVIDER,
            kind=row.kind,
            name=name.rpartition("/")[2],
            scope_id=project,
            region=location or _location(name),
            runs_as=runs_as,
            served_by=self._accounts(words(record, row.served_by), project),
            exposed=False if ingress.lower() in _INSIDE or _has_no_address(row, record) else None,
            environment_names=_variables(row, record),
            owner=self._source.owners.find(tags, scope.tags if scope else ()),
            tags=tags,
            active=_active(row, record),
            attributes=attributes,
        )

    def _accounts(self, names: list[str], project: str) -> tuple[str, ...]:
        found = []
        for written in names:
            name = written.rpartition("/")[2]
            if name == "default":
                name = self._default("compute", project)
            if id_ := self._hierarchy.account(name):
                found.append(id_)
                self._principals.see(id_)
        return distinct(found)

    def _default(self, which: Default, project: str) -> str:
        """The address of a project's default account; empty where its number is not known."""
        if which == "app_engine":
            name = project.removeprefix("projects/")
            domain, colon, own = name.partition(":")
            return f"{own}.{domain}@appspot.gserviceaccount.com" if colon else f"{name}@appspot.gserviceaccount.com"
        number = self._hierarchy.numbered(project)
        if not number:
            return ""
        if which == "cloud_build":
            return f"{number}@cloudbuild.gserviceaccount.com"
        if which == "deployments":
            return f"{number}@cloudservices.gserviceaccount.com"
        return f"{number}-compute@developer.gserviceaccount.com"


def _has_no_address(row: Row, record: Mapping[str, Any]) -> bool:
    """Whether it is a function of the first generation that only events call."""
    return row.asset == "asset-cloudfunctions-cloud-function" and isinstance(record.get("eventTrigger"), dict)


def _full_name(row: Row, of: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    """The full resource name of a record of an API's own list; empty where it does not tell."""
    own = text(record, "resourceName") or text(record, "name")
    if own.startswith("apps/"):
        return f"//{row.service}/{own}"
    if "projects/" not in own:
        own = text(record, "selfLink")
    if row.kind == "dataflow_job":
        own = f"projects/{text(record, 'projectId')}/locations/{text(record, 'location')}/jobs/{text(record, 'id')}"
    elif row.kind == "dataproc_cluster":
        region, cluster = text(of, "name"), text(record, "clusterName")
        own = f"projects/{text(record, 'projectId')}/regions/{region}/clusters/{cluster if region else ''}"
    start = own.find("projects/")
    return f"//{row.service}/{own[start:]}" if start >= 0 and not own.endswith("/") else ""


def _location(name: str) -> str:
    parts = name.split("/")
    return next((parts[i + 1] for i, part in enumerate(parts[:-1]) if part in _REGIONS), "")


def _at(record: Mapping[str, Any], paths: tuple[str, ...]) -> list[str]:
    return [word for path in paths for word in _texts_at(record, path)]


def _texts_at(record: Mapping[str, Any], path: str) -> list[str]:
    if _DOT not in path:
        return words(record, (path,))
    value: Any = record
    for name in path.split("."):
        value = value.get(name.replace(_DOT, ".")) if isinstance(value, dict) else None
    return [value] if isinstance(value, str) else []


def _labels(record: Mapping[str, Any], path: str) -> Tags:
    found = reach(record, path) if path else []
    labels = found[0] if found and isinstance(found[0], dict) else {}
    return tuple(sorted((key, word) for key, word in labels.items() if isinstance(word, str)))


def _variables(row: Row, record: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of environment variables, but of those whose values are references to secrets."""
    plain = [
        text(one, "name")
        for path in row.variables
        for one in reach(record, path)
        if isinstance(one, dict) and not one.get("valueFrom") and not one.get("valueSource")
    ]
    return distinct((*plain, *environment_names(record, row.environment)))


def _active(row: Row, record: Mapping[str, Any]) -> bool | None:
    if row.kind == "cloud_build_trigger":
        return record.get("disabled") is not True
    if not row.state:
        return True  # what has no state can always be run
    found = words(record, (row.state,))
    return found[0].lower() in row.active if found else None


def _attributes(row: Row, record: Mapping[str, Any], ingress: str) -> tuple[tuple[str, str], ...]:
    told = {"access_scopes": " ".join(sorted(set(words(record, row.scopes)))), "ingress": ingress}
    for name, path in row.attributes:
        found = words(record, (path,))
        if name in _FLAGS:
            found = ["true"] if True in reach(record, path) else []
        told[name] = "true" if found and name in _YES else " ".join(sorted(set(found)))
    return tuple(sorted(pair for pair in told.items() if pair[1]))
