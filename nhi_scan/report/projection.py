"""How the vocabulary looks in JSON: the published shape, kept apart from the dataclasses so that each can change alone.

Every object has all its keys in every report; null means "not known" or "does not apply", as the schema says at each.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from nhi_scan.model.access import Privilege, StatementRef, Step
from nhi_scan.model.coverage import Coverage
from nhi_scan.model.finding import Evidence, Finding, NotAssessed, Reference
from nhi_scan.model.identity import Credential, Group, Identity, LastUsed, Owner, Workload
from nhi_scan.model.policy import Binding
from nhi_scan.model.scope import Scope
from nhi_scan.report.wording import condition_text
from nhi_scan.ruleset.rule import Rule

Json = dict[str, Any]


def instant(at: datetime | None) -> str | None:
    """Write a moment as RFC 3339 in UTC: `2026-11-22T05:27:00Z`; a fraction of a second only where there is one."""
    if at is None:
        return None
    text = at.astimezone(UTC).isoformat()
    return text[:-6] + "Z"


def scope(value: Scope) -> Json:
    """A node of the tree of accounts."""
    return {
        "id": value.id,
        "provider": value.provider,
        "kind": value.kind,
        "name": value.name,
        "parent_id": value.parent_id,
        "status": value.status,
        "collected": value.collected,
        "management": value.management,
        "number": value.number or None,
        "constraints": None if value.constraints is None else dict(value.constraints),
        "attributes": dict(value.attributes),
    }


def identity(value: Identity) -> Json:
    """An identity by itself; what hangs on it is added by the report."""
    return {
        "id": value.id,
        "provider": value.provider,
        "kind": value.kind,
        "name": value.name,
        "scope_id": value.scope_id,
        "unique_id": value.unique_id,
        "path": value.path,
        "nature": value.nature.value,
        "nature_reason": value.nature_reason,
        "status": value.status,
        "managed_by_provider": value.managed_by_provider,
        "created_at": instant(value.created_at),
        "last_used": last_used(value.last_authenticated),
        "owner": owner(value.owner),
        "has_console_password": value.has_console_password,
        "mfa_enabled": value.mfa_enabled,
        "owner_ids": None if value.owner_ids is None else list(value.owner_ids),
        "attributes": dict(value.attributes),
        "description": value.description,
        "tags": tags(value.tags),
    }


def credential(value: Credential) -> Json:
    """A credential; never its secret, which was never collected."""
    return {
        "id": value.id,
        "provider": value.provider,
        "identity_id": value.identity_id or None,
        "scope_id": value.scope_id,
        "kind": value.kind,
        "name": value.name,
        "status": value.status,
        "created_at": instant(value.created_at),
        "expires_at": instant(value.expires_at),
        "rotated_at": instant(value.rotated_at),
        "last_used": last_used(value.last_used),
        "attributes": dict(value.attributes),
    }


def group(value: Group) -> Json:
    """A set of identities, with whom it holds as far as that is known."""
    return {
        "id": value.id,
        "provider": value.provider,
        "kind": value.kind,
        "name": value.name,
        "scope_id": value.scope_id,
        "member_ids": list(value.member_ids),
        "eligible_member_ids": list(value.eligible_member_ids),
        "attributes": dict(value.attributes),
        "complete": value.complete,
    }


def binding(value: Binding) -> Json:
    """A policy given to somebody somewhere."""
    return {
        "id": value.id,
        "principal_id": value.principal_id,
        "policy_id": value.policy_id,
        "scope_id": value.scope_id,
        "condition": None if value.condition is None else condition_text(value.condition),
        "expires_at": instant(value.expires_at),
        "eligible": value.eligible,
    }


def workload(value: Workload) -> Json:
    """Software that runs as an identity."""
    return {
        "id": value.id,
        "provider": value.provider,
        "kind": value.kind,
        "name": value.name,
        "scope_id": value.scope_id,
        "region": value.region,
        "runs_as": list(value.runs_as),
        "exposed": value.exposed,
        "active": value.active,
        "environment_names": list(value.environment_names),
        "owner": owner(value.owner),
        "tags": tags(value.tags),
        "attributes": dict(value.attributes),
    }


def last_used(value: LastUsed) -> Json:
    """The three answers to "when was it last used?", told apart by `state`."""
    return {
        "state": value.state.value,
        "at": instant(value.at),
        "service": value.service,
        "region": value.region,
    }


def owner(value: Owner | None) -> Json | None:
    """Who answers for it, and where that was read."""
    return None if value is None else {"name": value.name, "source": value.source, "gone": value.gone}


def tags(pairs: Iterable[tuple[str, str]]) -> Json:
    """Tags as an object; of a key that stands twice the last value stays, as in the provider's own answers."""
    return dict(pairs)


def privilege(value: Privilege) -> Json:
    """How far it gets, and by which steps."""
    return {
        "level": value.level,
        "conditional": value.conditional,
        "reason": value.reason,
        "statements": [statement(ref) for ref in value.statements],
        "path": [step(part) for part in value.path],
    }


def step(value: Step) -> Json:
    """One edge of an escalation path."""
    return {
        "technique": value.technique,
        "source": value.source_id,
        "target": value.target_id,
        "conditional": value.conditional,
        "detail": value.detail,
        "statements": [statement(ref) for ref in value.statements],
    }


def statement(value: StatementRef) -> Json:
    """A statement, named so that a person can find it."""
    return {
        "policy_id": value.policy_id,
        "index": value.index,
        "sid": value.sid,
        "layer": value.layer,
        "binding_id": value.binding_id or None,
    }


def finding(value: Finding) -> Json:
    """A finding with its proof and its fix, complete in itself."""
    return {
        **finding_by_rule(value),
        "title": value.title,
        "question": value.question,
        "subject_kind": value.subject_kind,
        "identity_id": value.identity_id or None,
        "evidence": [evidence(piece) for piece in value.evidence],
        "references": [reference(item) for item in value.references],
    }


def finding_by_rule(value: Finding) -> Json:
    """A finding without what its rule says of all of them, and without its evidence."""
    return {
        "fingerprint": value.fingerprint,
        "rule_id": value.rule_id,
        "subject_id": value.subject_id,
        "subject_name": value.subject_name,
        "identity_id": value.identity_id if value.identity_id not in ("", value.subject_id) else None,
        "provider": value.provider,
        "scope_id": value.scope_id,
        "severity": value.severity.value,
        "confidence": value.confidence.value,
        "state": value.state.value,
        "note": value.note,
        "message": value.message,
        "remediation": value.remediation,
    }


def evidence(value: Evidence) -> Json:
    """A piece of proof."""
    return {"kind": value.kind, "text": value.text, "ref": value.ref}


def not_assessed(value: NotAssessed) -> Json:
    """A rule without an answer for some subjects, and why."""
    return {
        "rule_id": value.rule_id,
        "title": value.title,
        "subject_kind": value.subject_kind,
        "reason": value.reason,
        "count": value.count,
        "examples": list(value.examples),
    }


def coverage(rows: Iterable[Coverage]) -> list[Json]:
    """What was asked for and how far it got: the regions with the same answer folded into one row."""
    folded: dict[tuple[str, ...], tuple[list[str], list[int]]] = {}
    for row in rows:
        key = (row.provider, row.scope_id, row.record_kind, row.status.value, row.detail, row.permission)
        regions, records = folded.setdefault(key, ([], []))
        records.append(row.records)
        if row.region:
            regions.append(row.region)
    return [
        {
            "provider": key[0],
            "scope_id": key[1],
            "record_kind": key[2],
            "status": key[3],
            "detail": key[4],
            "permission": key[5],
            "regions": sorted(regions),
            "records": sum(records),
        }
        for key, (regions, records) in sorted(folded.items())
    ]


def rule(value: Rule) -> Json:
    """A rule that ran: what it asks and why it matters."""
    return {
        "id": value.id,
        "title": value.title,
        "question": value.question,
        "subject_kind": value.subject,
        "severity": value.severity.value,
        "why": value.why,
        "references": [reference(item) for item in value.references],
        "references_by_provider": {
            provider: [reference(item) for item in items] for provider, items in sorted(value.references_by.items())
        },
    }


def rule_of(value: Finding) -> Json:
    """A rule that did not run, as far as a finding of it tells."""
    return {
        "id": value.rule_id,
        "title": value.title,
        "question": value.question,
        "subject_kind": value.subject_kind,
        "severity": value.severity.value,
        "why": "",
        "references": [reference(item) for item in value.references],
        "references_by_provider": {},
    }


def reference(value: Reference) -> Json:
    """A published rule, standard or page."""
    return {"framework": value.framework, "id": value.id, "title": value.title}
