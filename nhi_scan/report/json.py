"""The whole assessment as JSON: what other programs read. Its shape is `reports/json/schema.json`.

Every record stands on a line of its own, so that `grep` and `diff` work on the file as well as `jq`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

from nhi_scan.access.summary import Summary
from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.access import Privilege
from nhi_scan.model.policy import Binding
from nhi_scan.report import figures, projection
from nhi_scan.report.reach import LETTERS, services_of
from nhi_scan.snapshot import codec

# A new major number for what breaks a reader (a key renamed, removed or of another meaning), a new minor one for what
# is added.
FORMAT_VERSION = "1.1"


def render(assessment: Assessment) -> bytes:
    """Write the assessment; equal assessments give equal bytes.

    Access is written as services and kinds of access, never as lists of actions: those of 10,000 roles are 581 MB.
    """
    inventory = assessment.inventory
    out = BytesIO()  # grows in place: a list of parts would hold everything twice while it is joined
    out.write(b"{")
    _member(out, "format_version", FORMAT_VERSION)
    _member(out, "tool", {"name": "nhi-scan", "version": assessment.tool_version})
    _member(out, "captured_at", projection.instant(assessment.captured_at))
    _member(out, "assessed_at", projection.instant(assessment.now))
    _member(out, "complete", assessment.complete)
    _member(out, "summary", summary(assessment))
    _members(out, "coverage", projection.coverage(assessment.coverage))
    _members(out, "scopes", map(projection.scope, inventory.scopes.values()))
    _members(out, "rules", map(projection.rule, assessment.rules))
    _members(out, "identities", _identities(assessment))
    _members(out, "credentials", map(projection.credential, inventory.credentials.values()))
    _members(out, "workloads", map(projection.workload, inventory.workloads.values()))
    _members(out, "groups", map(projection.group, inventory.groups.values()))
    _members(out, "bindings", map(projection.binding, _cited(assessment)))
    _members(out, "findings", map(projection.finding, assessment.findings))
    _members(out, "not_assessed", map(projection.not_assessed, assessment.not_assessed))
    out.write(b"\n}\n")
    return out.getvalue()


def summary(assessment: Assessment) -> dict[str, Any]:
    """Count what the rest lists; findings that were waived, are gone or could not be checked are not `live`."""
    inventory = assessment.inventory
    identities = inventory.identities.values()
    live = figures.live(assessment.findings)
    return {
        "identities": {
            "total": len(inventory.identities),
            "by_kind": figures.by_word(identity.kind for identity in identities),
            "by_nature": {nature.value: count for nature, count in figures.by_nature(identities).items()},
            "by_privilege": figures.by_privilege(assessment),
        },
        "credentials": {
            "total": len(inventory.credentials),
            "by_kind": figures.by_word(credential.kind for credential in inventory.credentials.values()),
        },
        "workloads": {
            "total": len(inventory.workloads),
            "by_kind": figures.by_word(workload.kind for workload in inventory.workloads.values()),
        },
        "findings": {
            "total": len(assessment.findings),
            "live": len(live),
            "live_by_severity": {severity.value: count for severity, count in figures.by_severity(live).items()},
            "live_by_rule": figures.by_word(finding.rule_id for finding in live),
            "by_state": {state.value: count for state, count in figures.by_state(assessment.findings).items()},
        },
        "coverage": figures.by_word(row.status.value for row in assessment.coverage),
        "not_assessed": sum(row.count for row in assessment.not_assessed),
    }


def _identities(assessment: Assessment) -> Iterable[dict[str, Any]]:
    inventory = assessment.inventory
    findings: Mapping[str, list[str]] = defaultdict(list)
    for finding in assessment.findings:
        findings[finding.identity_id or finding.subject_id].append(finding.fingerprint)
    fragments: dict[int, codec.Raw] = {}  # by the object: identities with equal policies share one stack
    for identity in inventory.identities.values():
        record = projection.identity(identity)
        granted = assessment.access.summary(identity.id)
        fragment = fragments.get(id(granted.stack))
        if fragment is None:
            fragment = fragments[id(granted.stack)] = codec.Raw(codec.encode(_access(granted)))
        privilege = assessment.privileges.get(identity.id, Privilege(identity_id=identity.id, level="unknown"))
        record["access"] = fragment
        record["privilege"] = projection.privilege(privilege)
        record["credentials"] = [credential.id for credential in inventory.credentials_of.get(identity.id, ())]
        record["workloads"] = [workload.id for workload in inventory.workloads_of.get(identity.id, ())]
        record["findings"] = findings.get(identity.id, [])
        yield record


def _cited(assessment: Assessment) -> Iterable[Binding]:
    """Return the bindings that the statements of this report name, sorted."""
    named = {
        ref.binding_id
        for level in assessment.privileges.values()
        for refs in (level.statements, *(step.statements for step in level.path))
        for ref in refs
    }
    bindings = assessment.inventory.bindings
    return (bindings[name] for name in sorted(named) if name in bindings)


def _access(granted: Summary) -> dict[str, Any]:
    everything = granted.everywhere == granted.catalogue.everything
    return {
        "services": {"*": LETTERS.rstrip("?")} if everything else services_of(granted.catalogue).held_by(granted),
        "full_services": ("*",) if everything else granted.full_services(),
        "actions": {
            "possible": granted.actions.bit_count(),
            "certain": granted.certain.bit_count(),
            "everywhere": granted.everywhere.bit_count(),
        },
        "complete": granted.complete,
        "guardrails_known": granted.guardrails_known,
    }


def _member(out: BytesIO, name: str, value: Any) -> None:
    separator = b",\n" if out.tell() > 1 else b"\n"
    out.write(separator + codec.encode(name) + b": " + codec.encode(value))


def _members(out: BytesIO, name: str, values: Iterable[Any]) -> None:
    out.write(b",\n" + codec.encode(name) + b": [")
    separator = b"\n"
    for value in values:
        out.write(separator)
        out.write(codec.encode(value))
        separator = b",\n"
    out.write(b"]" if separator == b"\n" else b"\n]")
