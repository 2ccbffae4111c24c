"""Evidence by name: rules say which proof belongs to their findings, the builders here find it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from nhi_scan.facts.actions import IAM_WRITES, PASSES
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.granted import impersonating_bindings
from nhi_scan.facts.granted import public_bindings as bindings_of_everybody
from nhi_scan.facts.words import words
from nhi_scan.facts.workloads import kinds_that_run_as
from nhi_scan.model.access import StatementRef
from nhi_scan.model.finding import Evidence, SubjectKind
from nhi_scan.model.identity import Credential, LastUsed, UnusedAccess, UseState
from nhi_scan.model.policy import Binding, Condition, Trust

Builder = Callable[[Estate, SubjectKind, str], Iterable[Evidence]]

_MOST = 10  # pieces of one kind: proof, not an inventory


def identity_of(estate: Estate, subject: SubjectKind, subject_id: str) -> str:
    """The identity that a subject is or belongs to; empty where there is none."""
    inventory = estate.inventory
    if subject == "identity":
        return subject_id
    if subject == "credential":
        return inventory.credentials[subject_id].identity_id
    if subject == "trust":
        return inventory.trusts[subject_id].identity_id
    if subject == "workload":
        runs_as = inventory.workloads[subject_id].runs_as
        return next((name for name in runs_as if name in inventory.identities), "")
    return ""


def privilege(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """The statements that make an administrator, or the steps of the way to becoming one with theirs."""
    found = estate.privileges.get(identity_of(estate, subject, subject_id))
    if found is None:
        return []
    pieces = _statements(estate, found.statements)
    for number, step in enumerate(found.path, 1):
        target = f" on {step.target_id}" if step.target_id else ""
        under = " if its conditions hold" if step.conditional else ""
        text = f"step {number}: {step.technique}{target}{under}"
        pieces.append(Evidence("path", f"{text}: {step.detail}" if step.detail else text, step.target_id))
        pieces += _statements(estate, step.statements)
    return list(dict.fromkeys(pieces))


def iam_write(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """The statements that allow changing permissions and credentials."""
    return _allowing(estate, identity_of(estate, subject, subject_id), IAM_WRITES)


def pass_role(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """The statements that allow making services run as other identities."""
    return _allowing(estate, identity_of(estate, subject, subject_id), PASSES)


def grants(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """The policies that grant it anything, and how each came to it."""
    pieces: list[Evidence] = []
    for binding in estate.inventory.bindings_of.get(identity_of(estate, subject, subject_id), ())[:_MOST]:
        policy = estate.inventory.policies.get(binding.policy_id)
        name = policy.name if policy else binding.policy_id
        how = f" through {binding.via}" if binding.via else ""
        what = "bounded by" if binding.purpose == "bounds" else "granted by"
        pieces.append(Evidence("binding", f"{what} policy {name}{how}", binding.policy_id))
    return pieces


def dates(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """When it was made, rotated, last used, and when it ends."""
    inventory = estate.inventory
    if subject == "credential":
        row = inventory.credentials[subject_id]
        return [
            *_dated("created", row.created_at),
            *_dated("rotated", row.rotated_at),
            *_dated("expires", row.expires_at),
            _used(row.last_used),
        ]
    if subject == "identity":
        identity = inventory.identities[subject_id]
        return [*_dated("created", identity.created_at), _used(identity.last_authenticated)]
    created = inventory.policies[subject_id].created_at if subject == "policy" else None
    return _dated("created", created)


def credentials(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """The credentials of the identity, with their status and dates."""
    pieces: list[Evidence] = []
    for row in estate.inventory.credentials_of.get(identity_of(estate, subject, subject_id), ())[:_MOST]:
        made = f", created {_day(row.created_at)}" if row.created_at else ""
        text = f"{_called(row)}: {row.status}{made}, {_used(row.last_used).text}"
        pieces.append(Evidence("date", text, row.id))
    return pieces


def trust(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """The trust itself: who, by which statement, under which conditions."""
    return [_trust(estate.inventory.trusts[subject_id])] if subject == "trust" else []


def trusts(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """Who can become the identity."""
    rows = estate.inventory.trusts_of.get(identity_of(estate, subject, subject_id), ())
    return [_trust(row) for row in rows[:_MOST]]


def workloads(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """What runs as the identity."""
    rows = estate.inventory.workloads_of.get(identity_of(estate, subject, subject_id), ())
    return [Evidence("workload", f"{words(row.kind)} {row.name}", row.id) for row in rows[:_MOST]]


def runs_as(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """What the workload runs as."""
    if subject != "workload":
        return []
    return [Evidence("workload", f"runs as {name}", name) for name in estate.inventory.workloads[subject_id].runs_as]


def resource_policy(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """The policy of the resource."""
    resource = estate.inventory.resources.get(subject_id) if subject == "resource" else None
    if resource is None or resource.policy_id is None:
        return []
    return [Evidence("policy", f"policy of {resource.name}", resource.policy_id)]


def public_bindings(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """The bindings that name everybody."""
    rows = bindings_of_everybody(estate, subject_id) if subject in ("resource", "scope") else ()
    return [_bound(row) for row in rows[:_MOST]]


def impersonators(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """The bindings on a scope that make people every service account in it."""
    rows = impersonating_bindings(estate, subject_id) if subject == "scope" else ()
    return [_bound(row) for row in rows[:_MOST]]


def attributes(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """What the provider says about the resource, credential or workload, as far as rules read it."""
    inventory = estate.inventory
    pairs: tuple[tuple[str, str], ...] = ()
    if subject == "resource" and subject_id in inventory.resources:
        pairs = inventory.resources[subject_id].attributes
    elif subject == "credential":
        pairs = inventory.credentials[subject_id].attributes
    elif subject == "workload":
        pairs = inventory.workloads[subject_id].attributes
    return [Evidence("fact", f"{name}: {value}", subject_id) for name, value in pairs[:_MOST]]


def usage(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """When it last used each service, as the provider recorded it."""
    rows = estate.inventory.usage_of.get(identity_of(estate, subject, subject_id), ())
    return [
        Evidence("date", f"{row.service}: {_used(row.last_used).text}", subject_id) for row in rows if not row.action
    ][:_MOST]


def analysis(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """What the provider's own analysis found unused, by its finding."""
    rows = estate.inventory.unused_of.get(identity_of(estate, subject, subject_id), ())
    return [Evidence("fact", _found_unused(row), row.id.partition("#")[0]) for row in rows][:_MOST]


def coverage(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """What was collected completely, so that absence can be believed."""
    identity_id = identity_of(estate, subject, subject_id)
    identity = estate.inventory.identities.get(identity_id)
    if identity is None:
        return []
    kinds = kinds_that_run_as(identity, estate.inventory.trusts_of.get(identity_id, ()))
    return [
        Evidence("coverage", f"{kind} of {identity.scope_id} collected completely", identity.scope_id)
        for kind in kinds
        if estate.covered(identity.scope_id, kind) is True
    ]


def tags(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """The tags of the identity: where an owner would stand."""
    identity = estate.inventory.identities.get(identity_of(estate, subject, subject_id))
    if identity is None:
        return []
    return [Evidence("tag", f"{key}={value}", identity.id) for key, value in identity.tags[:_MOST]]


def nature(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """Why the identity is taken for human or non-human."""
    identity = estate.inventory.identities.get(identity_of(estate, subject, subject_id))
    return [] if identity is None else [Evidence("fact", identity.nature_reason, identity.id)]


BUILDERS: Mapping[str, Builder] = MappingProxyType(
    {
        builder.__name__: builder
        for builder in (
            analysis,
            attributes,
            coverage,
            credentials,
            dates,
            grants,
            iam_write,
            impersonators,
            nature,
            pass_role,
            privilege,
            public_bindings,
            resource_policy,
            runs_as,
            tags,
            trust,
            trusts,
            usage,
            workloads,
        )
    }
)


def _bound(row: Binding) -> Evidence:
    under = f" if {', '.join(row.condition.values)}" if row.condition else ""
    return Evidence("binding", f"{row.principal_id} has {row.policy_id} on {row.scope_id}{under}", row.policy_id)


def _allowing(estate: Estate, identity_id: str, table: Mapping[str, tuple[str, ...]]) -> list[Evidence]:
    identity = estate.inventory.identities.get(identity_id)
    if identity is None:
        return []
    summary = estate.access.summary(identity_id)
    actions = table.get(identity.provider, ())
    refs = {ref for action in actions if summary.allows(action) for ref in summary.statements(action)}
    return _statements(estate, sorted(refs, key=lambda ref: (ref.policy_id, ref.index)))


def _statements(estate: Estate, refs: Iterable[StatementRef]) -> list[Evidence]:
    pieces: list[Evidence] = []
    for ref in list(refs)[:_MOST]:
        policy = estate.inventory.policies.get(ref.policy_id)
        name = policy.name if policy else ref.policy_id
        which = f"`{ref.sid}`" if ref.sid else f"number {ref.index + 1}"
        pieces.append(Evidence("statement", f"statement {which} of policy {name}", ref.policy_id))
    return pieces


def _trust(row: Trust) -> Evidence:
    said = "; ".join(map(_condition, row.conditions)) or "no condition"
    return Evidence("trust", f"statement {row.statement_index + 1} trusts {row.subject}: {said}", row.policy_id)


def _condition(condition: Condition) -> str:
    return f"{condition.operator} {condition.key} {', '.join(condition.values)}"


def _found_unused(row: UnusedAccess) -> str:
    what = {
        "identity": "the identity itself",
        "access_key": f"access key {row.credential}".rstrip(),
        "console_password": "the console password",
        "permission": row.service or "some of its permissions",
    }[row.kind]
    actions = f" ({', '.join(row.actions[:_MOST])}{', ...' if len(row.actions) > _MOST else ''})" if row.actions else ""
    window = f" for {row.window_days} days" if row.window_days is not None else ""
    return f"found unused{window} by {row.analyzer_id}: {what}{actions}"


def _called(row: Credential) -> str:
    """What a credential is called. A report that knows no key's id counts them: `access-key-1`."""
    name = row.name or row.id.rpartition("#")[2]
    kind = words(row.kind)
    return words(name) if words(name).startswith(kind) else f"{kind} {name}"


def _dated(what: str, moment: datetime | None) -> list[Evidence]:
    return [] if moment is None else [Evidence("date", f"{what} {_day(moment)}")]


def _used(used: LastUsed) -> Evidence:
    if used.state is UseState.AT and used.at is not None:
        where = f" for {used.service}" if used.service else ""
        return Evidence("date", f"last used {_day(used.at)}{where}")
    return Evidence("date", "never used" if used.state is UseState.NEVER else "use not recorded")


def _day(moment: datetime) -> str:
    return moment.date().isoformat()  # a tenth of the time of `strftime`
