"""Pieces of evidence, put into words: what a person can find again in the provider's own console."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from nhi_scan.facts import naming
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.kubernetes.accounts import given_by
from nhi_scan.facts.spelling import words
from nhi_scan.model import kube_ids
from nhi_scan.model.access import Privilege, StatementRef
from nhi_scan.model.finding import Evidence
from nhi_scan.model.identity import Credential, LastUsed, UnusedAccess, UseState
from nhi_scan.model.policy import Binding, Condition, Trust

T = TypeVar("T")

_FEDERATED = "#federated/"  # how Entra's federated credentials are told, and an application of another tenant
_TENANT = "#tenant"
MOST = 5  # pieces of one kind: proof, not an inventory
_ACTIONS = 10

_LAYERS: Mapping[str, str] = {
    "deny": "rule {} of deny policy {}",
    "allow assignment": "{} of role {}",
    "deny assignment": "{} of deny assignment {}",
    "principal_access_boundary": "rule {} of principal access boundary {}",
}


def some(rows: Iterable[T], say: Callable[[T], Evidence]) -> list[Evidence]:
    """Put the first few of many into words, and say how many there are besides."""
    everything = list(rows)
    pieces = [say(row) for row in everything[:MOST]]
    if len(everything) > MOST:
        pieces.append(Evidence(pieces[-1].kind, f"and {len(everything) - MOST:,} more"))
    return pieces


def bound(estate: Estate, row: Binding) -> Evidence:
    """Say who has which role where; by names, where ids are numbers."""
    known = estate.once(_bound_already)
    piece = known.get(row.id)
    if piece is None:
        piece = _bound(estate, row)
        if estate.inventory.bindings.get(row.id) is row:
            known[row.id] = piece
    return piece


def _bound_already(_estate: Estate) -> dict[str, Evidence]:
    """Bindings that were put into words already, by id: many findings prove with the same."""
    return {}


def _bound(estate: Estate, row: Binding) -> Evidence:
    if kube_ids.is_kubernetes(row.id):
        return Evidence("binding", given_by(estate, row), row.policy_id)
    policy = estate.inventory.policies.get(row.policy_id)
    if policy is not None and naming.is_numbered(policy.provider):
        stated = row.condition is not None and not naming.is_delegated(row)
        if_ = f" if {', '.join(row.condition.values)}" if row.condition and stated else ""
        who = naming.principal(estate, row.principal_id)
        return Evidence("binding", f"{who} has {naming.held(estate, row)}{if_}", row.id)
    under = f" if {', '.join(row.condition.values)}" if row.condition else ""
    return Evidence("binding", f"{row.principal_id} has {row.policy_id} on {row.scope_id}{under}", row.policy_id)


def statements(estate: Estate, refs: Iterable[StatementRef]) -> list[Evidence]:
    """Name statements; a role's by the binding that gives it to somebody somewhere."""
    return some(dict.fromkeys(_statement(estate, ref) for ref in refs), lambda piece: piece)


def steps(estate: Estate, found: Privilege | None) -> list[Evidence]:
    """Name the statements that make an administrator, or the steps of the way to becoming one with theirs."""
    if found is None:
        return []
    pieces = statements(estate, found.statements)
    named = set(found.statements)
    for number, step in enumerate(found.path, 1):
        target = f" on {naming.place(estate, step.target_id)}" if step.target_id else ""
        under = " if its conditions hold" if step.conditional else ""
        text = f"step {number}: {step.technique}{target}{under}"
        pieces.append(Evidence("path", f"{text}: {step.detail}" if step.detail else text, step.target_id))
        pieces += statements(estate, [ref for ref in step.statements if ref not in named])
        named.update(step.statements)
    return pieces


def _stated_already(_estate: Estate) -> dict[tuple[str, str], Evidence]:
    """Statements of roles that were put into words already, by binding and role."""
    return {}


def _statement(estate: Estate, ref: StatementRef) -> Evidence:
    binding = estate.inventory.bindings.get(ref.binding_id)
    if binding is not None:
        known, key = estate.once(_stated_already), (ref.binding_id, ref.policy_id)
        piece = known.get(key)
        if piece is None:
            piece = known[key] = Evidence("statement", bound(estate, binding).text, ref.policy_id)
        return piece
    policy = estate.inventory.policies.get(ref.policy_id)
    name = policy.name if policy else ref.policy_id
    which = f"`{ref.sid}`" if ref.sid else f"number {ref.index + 1}"
    layer = f"{ref.layer} assignment" if policy is not None and naming.is_numbered(policy.provider) else ref.layer
    kind = _LAYERS.get(layer, "statement {} of policy {}")
    return Evidence("statement", kind.format(which, name), ref.policy_id)


def trusted(row: Trust) -> Evidence:
    """Say who can become the identity, by what and under which conditions."""
    if _FEDERATED in row.id:
        claims = "; ".join(f"{name} {', '.join(words)}" for name, words in row.claim_patterns if name != "iss")
        stated = "; ".join(filter(None, (claims, *map(condition, row.conditions))))
        name = row.id.partition(_FEDERATED)[2]
        return Evidence("trust", f"federated credential {name} trusts {row.subject}: {stated}", row.id)
    if row.id.endswith(_TENANT):
        return Evidence("trust", f"whoever runs it in tenant {row.subject.rpartition('/')[2]} is it here", row.id)
    said = "; ".join(map(condition, row.conditions)) or "no condition"
    if row.policy_id and not row.policy_id.startswith("arn:") and row.mechanism in ("impersonate", "federate"):
        return Evidence("trust", f"{row.subject} has {row.policy_id} on it: {said}", row.policy_id)
    return Evidence("trust", f"statement {row.statement_index + 1} trusts {row.subject}: {said}", row.policy_id)


def condition(row: Condition) -> str:
    """Write a condition; a language with expressions of its own has no key."""
    return " ".join(part for part in (row.operator, row.key, ", ".join(row.values)) if part)


def found_unused(row: UnusedAccess) -> str:
    """Say what the provider's analysis found unused, and what it would put in its place."""
    what = {
        "identity": "the identity itself",
        "access_key": f"access key {row.credential}".rstrip(),
        "console_password": "the console password",
        "permission": row.service or "some of its permissions",
    }[row.kind]
    if row.policy_id:
        less = f"; {', '.join(row.suggested)} would do" if row.suggested else "; nothing in its place is needed"
        what = f"part of {row.policy_id}{f' on {row.place_id}' if row.place_id else ''}{less}"
    actions = (
        f" ({', '.join(row.actions[:_ACTIONS])}{', ...' if len(row.actions) > _ACTIONS else ''})" if row.actions else ""
    )
    window = f" for {row.window_days} days" if row.window_days is not None else ""
    return f"found unused{window} by {row.analyzer_id}: {what}{actions}"


def called(row: Credential) -> str:
    """What a credential is called. A report that knows no key's id counts them: `access-key-1`."""
    name = row.name or row.id.rpartition("#")[2].removeprefix("password/").removeprefix("key/")
    kind = words(row.kind)
    return words(name) if words(name).startswith(kind) else f"{kind} {name}"


def dated(what: str, moment: datetime | None) -> list[Evidence]:
    """Say on which day something happened; nothing where that is not known."""
    return [] if moment is None else [Evidence("date", f"{what} {day(moment)}")]


def used(use: LastUsed) -> Evidence:
    """Say when something was last used, and for what."""
    if use.state is UseState.AT and use.at is not None:
        where = f" for {use.service}" if use.service else ""
        return Evidence("date", f"last used {day(use.at)}{where}")
    return Evidence("date", "never used" if use.state is UseState.NEVER else "use not recorded")


def day(moment: datetime) -> str:
    """Write the day of a moment in UTC."""
    return moment.date().isoformat()  # a tenth of the time of `strftime`
