"""Answers to one question about access, as text for a person or as JSON for a program."""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from nhi_scan.facts.members import PUBLIC
from nhi_scan.inventory.build import Inventory
from nhi_scan.inventory.naming import named
from nhi_scan.model import arm_ids, kube_ids
from nhi_scan.model.access import Decision, Privilege, StatementRef, Step, Verdict
from nhi_scan.model.errors import UserError
from nhi_scan.model.finding import Finding
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Condition
from nhi_scan.report import projection
from nhi_scan.report.text import encodable, one_line
from nhi_scan.report.wording import residual_text, statement_text

_ANY_CASE = re.compile(r"/subscriptions/|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)

_FIRST_MEANT = frozenset({"tenant", "subscription"})


def resolve(
    inventory: Inventory, wanted: str, what: str = "identity", clouds: Collection[str] = frozenset()
) -> Identity:
    """Find an identity by its id, its immutable id, its resource's name or id, or a name that only one identity has.

    What stands before the `@` of an email is a name where nothing else has it. Of several with one name, the one that
    is left is meant where the others were deleted.

    Args:
        inventory: where to look.
        wanted: what somebody typed.
        what: what to call it where there is none.
        clouds: providers whose identities are meant where one of them has the name: one person may be in several.

    Raises:
        UserError: nothing has that name, or several have.
    """
    exact = inventory.identities.get(wanted) or inventory.identities.get(as_written(wanted))
    if exact is not None:
        return exact
    known = inventory.identities.values()
    found = _called([one for one in known if one.provider in clouds], wanted) or _called(known, wanted)
    left = [one for one in found if one.status != "deleted"]
    if len(found) == 1 or len(left) == 1:
        return (left or found)[0]
    if not found:
        raise UserError(f"the snapshot has no {what} `{wanted}`{_who_it_is(inventory, wanted)}")
    listed = ", ".join(f"`{identity.id}`" for identity in found[:5])
    raise UserError(f"{len(found)} identities are called `{wanted}`: give an id, such as {listed}")


def _called(known: Collection[Identity], wanted: str) -> list[Identity]:
    names = _names(wanted)
    found = [one for one in known if not names.isdisjoint((one.name, one.unique_id)) or _is_mailed(one, wanted)]
    found = found or [one for one in known if ("resource_id", as_written(wanted)) in one.attributes]
    found = found or [one for one in known if wanted in _in_its_cluster(one)]
    return found or [one for one in known if one.name.startswith(f"{wanted}@")]


def _in_its_cluster(one: Identity) -> tuple[str, ...]:
    """Return what a service account is called in its cluster: `shop/web`, and as the API server knows it."""
    place = kube_ids.take_apart(one.id)
    if not place.namespace:
        return ()
    return f"{place.namespace}/{place.name}", kube_ids.user_of_account(place.namespace, place.name)


def _names(wanted: str) -> frozenset[str]:
    """Return the names that somebody may mean: emails are written in any case, service accounts by their resource.

    https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts#ServiceAccount.FIELDS.name
    """
    last = wanted.rpartition("/serviceAccounts/")[2]
    return frozenset({wanted, last, last.lower()} if "@" in last else {wanted, last, as_written(wanted)})


def as_written(wanted: str) -> str:
    """Write an id as the inventory does: GUIDs and ids of Azure's resources are the same in any case."""
    if not _ANY_CASE.match(wanted):
        return wanted
    return arm_ids.canonical(wanted) if wanted.startswith("/") else wanted.lower()


def place_called(inventory: Inventory, wanted: str) -> str:
    """Return the id of the one scope that has a name, or the last part of its id; else what was typed.

    What is the id or the name of anything else is left as it is. A tenant and its root management group have one id in
    common: the tenant is meant, and the subscription of a subscription and a management group.

    Raises:
        UserError: several scopes are called so.
    """
    if wanted in inventory.scopes or wanted in inventory.resources or wanted in inventory.identities:
        return wanted
    if _called(inventory.identities.values(), wanted):
        return wanted
    found = [one for one in inventory.scopes.values() if wanted in (one.name, one.id.rpartition("/")[2])]
    found = [one for one in found if one.kind in _FIRST_MEANT] or found
    if len(found) > 1:
        listed = ", ".join(f"`{id_}`" for id_ in sorted(one.id for one in found)[:5])
        raise UserError(f"{len(found)} places are called `{wanted}`: give an id, such as {listed}")
    return found[0].id if found else wanted


def _is_mailed(identity: Identity, wanted: str) -> bool:
    """Say whether an identity is called by an address that was typed in another case."""
    return "@" in wanted and identity.name.lower() == wanted.lower()


def _who_it_is(inventory: Inventory, wanted: str) -> str:
    """Say what a name is that is no identity's."""
    groups = [group for group in inventory.groups.values() if wanted in (group.id, group.name)]
    return f": it is a group, of {len(groups[0].member_ids)} known members" if groups else ""


def decision(
    inventory: Inventory, asked: Identity, action: str, resource: str | None, answer: Decision, format_: str
) -> bytes:
    """Render the answer to "may this identity do this?"."""
    if format_ == "json":
        question = {"identity": asked.id, "action": action, "resource": resource}
        return as_json({**question, **decision_document(answer)})
    where = f" on {named(inventory, resource)}" if resource else ""
    lines = [f"{answer.verdict.value}: {named(inventory, asked.id)} {_MAY[answer.verdict]} {action}{where}"]
    if answer.reason:
        lines.append(f"  {answer.reason}")
    lines += [f"  by {statement_text(inventory, ref)}" for ref in answer.statements]
    lines += [f"  {residual_text(inventory, open_)}" for open_ in answer.residual]
    return as_text(lines)


def who(
    inventory: Inventory, action: str, resource: str | None, found: Sequence[tuple[str, Decision]], format_: str
) -> bytes:
    """Render the answer to "who may do this?": those who may, those who may under a condition, those unknown.

    Of whom nothing is known but that not all was collected are counted: that may be everybody.
    """
    pairs = [pair for pair in found if pair[1].verdict is not Verdict.DENIED and not pair[1].baseless]
    listed = sorted(pairs, key=_by_verdict)
    unjudged: dict[str, list[str]] = {}
    for identity_id, answer in sorted((pair for pair in found if pair[1].baseless), key=lambda one: one[0]):
        unjudged.setdefault(answer.reason, []).append(identity_id)
    if format_ == "json":
        answers = [{"identity": identity_id, **decision_document(answer)} for identity_id, answer in listed]
        not_judged = [
            {"count": len(ids), "reason": reason, "identities": ids} for reason, ids in sorted(unjudged.items())
        ]
        return as_json({"action": action, "resource": resource, "identities": answers, "not_judged": not_judged})
    where = f" on {named(inventory, resource)}" if resource else " on something"
    clouds = {inventory.identities[identity_id].provider for identity_id, _ in found}
    every = [one for one in inventory.identities.values() if not clouds or one.provider in clouds]
    unknown = sum(answer.verdict is Verdict.UNKNOWN for _, answer in listed)
    lines = [f"{len(listed) - unknown} of {len(every)} identities may do {action}{where}"]
    lines[0] += f"; of {unknown} more it is not known" if unknown else ""
    lines += [f"  everyone: by {text}" for text in _given_to_everyone(inventory, listed)]
    lines += [
        f"  {answer.verdict.value:11}  {named(inventory, identity_id)}{_off(inventory, identity_id)}"
        for identity_id, answer in listed
    ]
    lines += [_unjudged(inventory, reason, ids) for reason, ids in sorted(unjudged.items())]
    return as_text(lines)


def _unjudged(inventory: Inventory, reason: str, ids: Sequence[str]) -> str:
    """Say of whom nothing is known, by name, and why; the first few of many."""
    shown = ", ".join(named(inventory, id_) for id_ in ids[:_NAMED])
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return f"  {len(ids)} {'identity' if len(ids) == 1 else 'identities'} cannot be judged: {reason}: {shown}{more}"


def _off(inventory: Inventory, identity_id: str) -> str:
    """Tell of an identity that is switched off: it may what it was given, and nobody is it until it is switched on."""
    return ", which is disabled" if inventory.identities[identity_id].status == "disabled" else ""


def _given_to_everyone(inventory: Inventory, listed: Sequence[tuple[str, Decision]]) -> list[str]:
    """Name the bindings by which anybody may, whom no snapshot lists.

    https://cloud.google.com/iam/docs/principals-overview
    """
    cited = sorted({ref for _, answer in listed for ref in answer.statements if ref.binding_id}, key=_by_binding)
    bindings = ((ref, inventory.bindings.get(ref.binding_id)) for ref in cited)
    return [statement_text(inventory, ref) for ref, one in bindings if one and one.principal_id in PUBLIC]


def _by_binding(ref: StatementRef) -> tuple[str, str, int]:
    return ref.binding_id, ref.policy_id, ref.index


def privilege(inventory: Inventory, known: Identity, level: Privilege, format_: str) -> bytes:
    """Render how privileged an identity is, and by which way."""
    if format_ == "json":
        return as_json({"identity": known.id, **projection.privilege(level)})
    conditional = " (under open conditions)" if level.conditional else ""
    lines = [f"{named(inventory, known.id)}: {level.level.replace('_', ' ')}{conditional}"]
    if level.reason:
        lines.append(f"  {level.reason}")
    lines += [f"  by {statement_text(inventory, ref)}" for ref in level.statements]
    for number, step in enumerate(level.path, start=1):
        lines += _step_lines(inventory, number, step)
    return as_text(lines)


def findings(found: Sequence[Finding], format_: str) -> bytes:
    """Render findings with their evidence and their fix."""
    if format_ == "json":
        return as_json({"findings": [projection.finding(finding) for finding in found]})
    lines: list[str] = []
    for finding in found:
        lines += [
            f"{finding.severity.value}: {finding.title} ({finding.rule_id}, confidence {finding.confidence.value})",
            f"  {finding.message}",
            *(f"  {proof.kind}: {proof.text}" + (f" ({proof.ref})" if proof.ref else "") for proof in finding.evidence),
            *(f"  fix: {line}" for line in finding.remediation.splitlines()),
            *(f"  see: {reference.framework} {reference.id} {reference.title}" for reference in finding.references),
            f"  state: {finding.state.value}" + (f", {finding.note}" if finding.note else ""),
            f"  fingerprint: {finding.fingerprint}",
        ]
    return as_text(lines)


def decision_document(answer: Decision) -> dict[str, Any]:
    """Return a decision as JSON values."""
    return {
        "decision": answer.verdict.value,
        "explicit": answer.explicit,
        "blocked_by": answer.blocked_by,
        "reason": answer.reason,
        "statements": [projection.statement(ref) for ref in answer.statements],
        "residual_conditions": [
            {
                **projection.statement(open_.statement),
                "condition": {open_.condition.operator: _asked(open_.condition)},
                "must": open_.must,
            }
            for open_ in answer.residual
        ],
    }


def _step_lines(inventory: Inventory, number: int, step: Step) -> Iterable[str]:
    conditional = " (under an open condition)" if step.conditional else ""
    way = f"{named(inventory, step.source_id)} -> {named(inventory, step.target_id)}"
    yield f"  {number}. {step.technique}: {way}{conditional}"
    if step.detail:
        yield f"     {step.detail}"
    for ref in step.statements:
        yield f"     by {statement_text(inventory, ref)}"


def _asked(condition: Condition) -> dict[str, list[str]] | list[str]:
    values = list(condition.values)
    return {condition.key: values} if condition.key else values


_MAY: Mapping[Verdict, str] = {
    Verdict.ALLOWED: "may do",
    Verdict.CONDITIONAL: "may, under open conditions, do",
    Verdict.DENIED: "may not do",
    Verdict.UNKNOWN: "cannot be said to be allowed or denied",
}
_NAMED = 5  # of whom nothing is known
_ORDER = (Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.UNKNOWN)


def _by_verdict(pair: tuple[str, Decision]) -> tuple[int, str]:
    return _ORDER.index(pair[1].verdict), pair[0]


def as_json(content: dict[str, Any]) -> bytes:
    """Return an answer as JSON."""
    return json.dumps(content, indent=2, ensure_ascii=True).encode() + b"\n"


def as_text(lines: Iterable[str]) -> bytes:
    """Return lines as bytes, each with what could steer a terminal made visible and its indent kept."""
    shown = (" " * (len(line) - len(line.lstrip(" "))) + one_line(line) for line in lines)
    return encodable("\n".join(shown)).encode() + b"\n"
