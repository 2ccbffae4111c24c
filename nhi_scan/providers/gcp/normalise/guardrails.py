"""Deny policies and principal access boundaries, with what they are attached to.

https://cloud.google.com/iam/docs/reference/rest/v2/policies and
https://cloud.google.com/iam/docs/reference/rest/v3/organizations.locations.policyBindings
"""

from urllib.parse import unquote

from nhi_scan.model.policy import Guardrail, Policy
from nhi_scan.providers.gcp.normalise.hierarchy import Hierarchy
from nhi_scan.providers.gcp.normalise.source import PROVIDER, Source
from nhi_scan.providers.gcp.policy import UNREADABLE, boundary_statements, cel, deny_statements
from nhi_scan.snapshot.values import moment, text, within

_CRM = "cloudresourcemanager.googleapis.com/"


def read_guardrails(source: Source, hierarchy: Hierarchy) -> None:
    """All of them, and their attachments."""
    _read_deny(source, hierarchy)
    _read_boundaries(source, hierarchy)
    _read_boundary_bindings(source, hierarchy)


def _read_deny(source: Source, hierarchy: Hierarchy) -> None:
    kind = "iam-deny-policies"
    for scope_id, of, record in source.plain(kind):
        name = text(record, "name")
        # `policies/cloudresourcemanager.googleapis.com%2Fprojects%2F123/denypolicies/name`
        point = unquote(name.removeprefix("policies/").partition("/denypolicies/")[0]) if name else ""
        attached = (point or text(of, "attachmentPoint")).removeprefix("//").removeprefix(_CRM)
        if not name or not attached.startswith(("projects/", "folders/", "organizations/")):
            source.note(kind, scope_id, "deny policies without an attachment point")
            continue
        place = hierarchy.scope_id(attached)
        statements, fault = deny_statements(record)
        if fault:
            source.note(kind, place, fault)
        source.records.policies.append(
            Policy(
                id=name,
                provider=PROVIDER,
                kind="guardrail",
                name=text(record, "displayName") or name.rpartition("/")[2],
                scope_id=place,
                statements=statements,
                version="",
                created_at=moment(record.get("createTime")),
                updated_at=moment(record.get("updateTime")),
                complete=not fault,
            )
        )
        source.records.guardrails.append(Guardrail(policy_id=name, scope_id=place, kind="deny_policy"))


def _read_boundaries(source: Source, hierarchy: Hierarchy) -> None:
    kind = "iam-pab-policies"
    for scope_id, _, record in source.plain(kind):
        name = text(record, "name")
        if not name:
            source.note(kind, scope_id, "principal access boundaries without a name")
            continue
        statements, fault = boundary_statements(record.get("details"), hierarchy.scope_id)
        if fault:
            source.note(kind, scope_id, fault)
        source.records.policies.append(
            Policy(
                id=name,
                provider=PROVIDER,
                kind="boundary",
                name=text(record, "displayName") or name.rpartition("/")[2],
                scope_id=name.partition("/locations/")[0],
                statements=statements,
                version=text(within(record, "details"), "enforcementVersion"),
                created_at=moment(record.get("createTime")),
                updated_at=moment(record.get("updateTime")),
                complete=not fault,
            )
        )


def _read_boundary_bindings(source: Source, hierarchy: Hierarchy) -> None:
    kind = "iam-pab-bindings"
    for scope_id, _, record in source.plain(kind):
        if text(record, "policyKind") not in ("", "PRINCIPAL_ACCESS_BOUNDARY"):
            continue
        policy, bound = text(record, "policy"), text(within(record, "target"), "principalSet")
        if not policy or not bound:
            source.note(kind, scope_id, "bindings without a policy or a principal set")
            continue
        written = record.get("condition")
        condition = None
        if written is not None:
            condition = cel((text(written, "expression") if isinstance(written, dict) else "") or UNREADABLE)
        source.records.guardrails.append(
            Guardrail(
                policy_id=policy,
                scope_id=hierarchy.place(bound),
                kind="principal_access_boundary",
                condition=condition,
            )
        )
