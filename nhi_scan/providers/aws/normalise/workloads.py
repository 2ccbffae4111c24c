"""What runs as what: software, and the roles whose permissions it gets."""

from collections.abc import Mapping
from typing import Any

from nhi_scan.model.identity import Workload
from nhi_scan.providers.aws.normalise.compute import read_compute
from nhi_scan.providers.aws.normalise.roles import Roles
from nhi_scan.providers.aws.normalise.service_table import SERVICES
from nhi_scan.providers.aws.normalise.source import PROVIDER, Source
from nhi_scan.providers.aws.normalise.values import distinct, tags_of, text
from nhi_scan.providers.aws.normalise.workload_table import WORKLOADS, Child, Row
from nhi_scan.snapshot.envelope import Envelope
from nhi_scan.snapshot.paths import environment_names, reach, words


def read_workloads(source: Source, roles: Roles) -> None:
    """All workloads of an account."""
    read_compute(source, roles)
    for row in (*WORKLOADS, *SERVICES):
        helpers = [(child, _served_by_children(source, child)) for child in row.children]
        for envelope, record in source.plain(row.record):
            helping = [role for child, found in helpers for role in found.get(text(record, child.key), ())]
            workload = _workload(source, roles, row, envelope, record, helping)
            if workload is not None:
                source.records.workloads.append(workload)


def _served_by_children(source: Source, child: Child) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for envelope, record in source.plain(child.record):
        found.setdefault(text(envelope.of, child.of), []).extend(words(record, child.served_by))
    return found


def _workload(
    source: Source,
    roles: Roles,
    row: Row,
    envelope: Envelope,
    record: Mapping[str, Any],
    helping: list[str],
) -> Workload | None:
    name = text(record, row.name)
    id_ = (text(record, row.id) if row.id else "") or _made_arn(source, row, name, envelope.region)
    runs_as = roles.role_ids(words(record, row.runs_as))
    if id_ and row.profiles:
        runs_as = distinct((*runs_as, *roles.behind(words(record, row.profiles), id_)))
    served_by = roles.role_ids((*words(record, row.served_by), *helping))
    if not id_ or (row.needs_role and not (runs_as or served_by)):
        return None
    tags = tags_of(record) or source.tagged.get(id_, ())
    return Workload(
        id=id_,
        provider=PROVIDER,
        kind=row.kind,
        name=_display_name(row, record) or name or id_,
        scope_id=source.scope_id,
        region=envelope.region,
        runs_as=runs_as,
        served_by=served_by,
        exposed=_exposed(row, record),
        environment_names=environment_names(record, row.environment),
        owner=source.owners.find(tags, source.scope_tags),
        tags=tags,
        active=_active(row, record),
        attributes=_attributes(roles, row, record),
    )


def _attributes(roles: Roles, row: Row, record: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Of an association of EKS Pod Identity: `target_role`, `session_tags` (`false` where the service sets none).

    https://docs.aws.amazon.com/eks/latest/APIReference/API_PodIdentityAssociation.html
    """
    if row.kind != "eks_pod_identity":
        return ()
    target = roles.role_id(text(record, "targetRoleArn")) if text(record, "targetRoleArn") else ""
    told = (("session_tags", "false" if record.get("disableSessionTags") is True else ""), ("target_role", target))
    return tuple(pair for pair in told if pair[1])


def _made_arn(source: Source, row: Row, name: str, region: str) -> str:
    return source.arn(row.arn.format(name=name), region) if name and row.arn else ""


def _display_name(row: Row, record: Mapping[str, Any]) -> str:
    if row.kind == "eks_pod_identity":
        parts = (text(record, "clusterName"), text(record, "namespace"), text(record, "serviceAccount"))
        return "/".join(part for part in parts if part)
    return ""


def _exposed(row: Row, record: Mapping[str, Any]) -> bool | None:
    if row.kind == "apprunner_service":
        answers = reach(record, "NetworkConfiguration.IngressConfiguration.IsPubliclyAccessible")
        return answers[0] if answers and isinstance(answers[0], bool) else None
    if row.kind == "eks_cluster":
        public = reach(record, "resourcesVpcConfig.endpointPublicAccess")
        if not public:
            return None
        anywhere = {"0.0.0.0/0", "::/0"} & set(words(record, ("resourcesVpcConfig.publicAccessCidrs",)))
        return public[0] is True and bool(anywhere)
    return None


def _active(row: Row, record: Mapping[str, Any]) -> bool | None:
    if not row.state:
        return True  # what has no state can always be run
    values = reach(record, row.state)
    if not values:
        return None
    return str(values[0]).lower() in row.active
