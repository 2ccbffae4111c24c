"""The whole assessment as JSON: what other programs read. Its shape is `reports/json/schema.json`.

Every record stands on a line of its own, so that `grep` and `diff` work on the file as well as `jq`. What many records
share is written once: what a rule says, what identities may do, pieces of evidence.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import Any

from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.access import Privilege
from nhi_scan.model.finding import Evidence
from nhi_scan.model.policy import Binding
from nhi_scan.report import figures, projection
from nhi_scan.report.accesses import Accesses
from nhi_scan.report.bridged import landings
from nhi_scan.report.once import Once
from nhi_scan.snapshot import codec

# A new major number for what breaks a reader (a key renamed, removed or of another meaning), a new minor one for what
# is added.
FORMAT_VERSION = "2.2"


def render(assessment: Assessment) -> bytes:
    """Write the assessment; equal assessments give equal bytes."""
    out = BytesIO()  # grows in place: a list of parts would hold everything twice while it is joined
    out.writelines(stream(assessment))
    return out.getvalue()


def stream(assessment: Assessment) -> Iterator[bytes]:
    """Do as `render`, a line at a time: of 100,000 identities the whole would not fit beside the assessment.

    Access is written as services and kinds of access, never as lists of actions: those of 10,000 roles are 581 MB.
    """
    inventory = assessment.inventory
    accesses = Accesses()
    evidence: Once[Evidence] = Once(lambda piece: codec.encode((piece.kind, piece.text, piece.ref)))
    yield b"{\n" + _member("format_version", FORMAT_VERSION)
    yield b",\n" + _member("tool", {"name": "nhi-scan", "version": assessment.tool_version})
    yield b",\n" + _member("captured_at", projection.instant(assessment.captured_at))
    yield b",\n" + _member("assessed_at", projection.instant(assessment.now))
    yield b",\n" + _member("complete", assessment.complete)
    yield b",\n" + _member("summary", summary(assessment))
    yield from _list("coverage", projection.coverage(assessment.coverage))
    yield from _list("scopes", map(projection.scope, inventory.scopes.values()))
    yield from _list("rules", _rules(assessment))
    yield from _list("identities", _identities(assessment, accesses))
    sets, answers = accesses.records()
    yield from _table("service_sets", sets)
    yield from _table("accesses", answers)
    yield from _list("credentials", map(projection.credential, inventory.credentials.values()))
    yield from _list("workloads", map(projection.workload, inventory.workloads.values()))
    yield from _list("groups", map(projection.group, inventory.groups.values()))
    yield from _list("federation", landings(assessment.access.bridges))
    yield from _list("bindings", map(projection.binding, _cited(assessment)))
    yield from _list("findings", _findings(assessment, evidence))
    yield from _table("evidence", ((key, projection.evidence(piece)) for key, piece in evidence.items()))
    yield from _list("not_assessed", map(projection.not_assessed, assessment.not_assessed))
    yield b"\n}\n"


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


def _rules(assessment: Assessment) -> Iterator[dict[str, Any]]:
    """Return the rules that ran, and those that only findings of a baseline still name."""
    known = {rule.id: projection.rule(rule) for rule in assessment.rules}
    for finding in assessment.findings:
        if finding.rule_id not in known:
            known[finding.rule_id] = projection.rule_of(finding)
    return (known[name] for name in sorted(known))


def _findings(assessment: Assessment, evidence: Once[Evidence]) -> Iterator[dict[str, Any]]:
    for finding in assessment.findings:
        record = projection.finding_by_rule(finding)
        record["evidence"] = [evidence.key(piece) for piece in finding.evidence]
        yield record


def _identities(assessment: Assessment, accesses: Accesses) -> Iterator[dict[str, Any]]:
    inventory = assessment.inventory
    findings: Mapping[str, list[str]] = defaultdict(list)
    for finding in assessment.findings:
        findings[finding.identity_id or finding.subject_id].append(finding.fingerprint)
    for identity in inventory.identities.values():
        record = projection.identity(identity)
        privilege = assessment.privileges.get(identity.id, Privilege(identity_id=identity.id, level="unknown"))
        record["access"] = accesses.key(assessment.access.summary(identity.id))
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


def _member(name: str, value: Any) -> bytes:
    return codec.encode(name) + b": " + codec.encode(value)


def _list(name: str, values: Iterable[Any]) -> Iterator[bytes]:
    yield b",\n" + codec.encode(name) + b": ["
    separator = b"\n"
    for value in values:
        yield separator + codec.encode(value)
        separator = b",\n"
    yield b"]" if separator == b"\n" else b"\n]"


def _table(name: str, records: Iterable[tuple[str, Any]]) -> Iterator[bytes]:
    """Write records by their keys, sorted as they come."""
    yield b",\n" + codec.encode(name) + b": {"
    separator = b"\n"
    for key, value in records:
        yield separator + _member(key, value)
        separator = b",\n"
    yield b"}" if separator == b"\n" else b"\n}"
