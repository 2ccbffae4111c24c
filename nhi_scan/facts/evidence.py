"""Evidence by name: rules say which proof belongs to their findings, the builders here find it."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from nhi_scan.facts import assignments
from nhi_scan.facts.actions import IAM_WRITES, PASSES
from nhi_scan.facts.bindings import impersonating_bindings, role_bindings, with_groups
from nhi_scan.facts.bindings import public_bindings as bindings_of_everybody
from nhi_scan.facts.crossing import bridges
from nhi_scan.facts.environments import reached_from
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.github.lines import READ, action_lines, key_lines, outsider_lines
from nhi_scan.facts.holders import holders, owners, subscription_owners
from nhi_scan.facts.naming import place
from nhi_scan.facts.ownership import ownerless_accounts, running_subscriptions
from nhi_scan.facts.spelling import words
from nhi_scan.facts.wording import bound, called, dated, day, found_unused, some, statements, steps, trusted, used
from nhi_scan.facts.workloads import kinds_that_run_as
from nhi_scan.model.finding import Evidence, SubjectKind
from nhi_scan.model.identity import Credential
from nhi_scan.model.policy import Binding

Builder = Callable[[Estate, SubjectKind, str], Iterable[Evidence]]


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
    known, identity_id = estate.once(_privileges), identity_of(estate, subject, subject_id)
    if identity_id not in known:
        known[identity_id] = steps(estate, estate.privileges.get(identity_id))
    return known[identity_id]


def _privileges(_estate: Estate) -> dict[str, list[Evidence]]:
    """What was said of identities already: each of their credentials opens the same way."""
    return {}


def iam_write(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """The statements that allow changing permissions and credentials."""
    return _allowing(estate, identity_of(estate, subject, subject_id), IAM_WRITES)


def pass_role(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """The statements that allow making services run as other identities."""
    return _allowing(estate, identity_of(estate, subject, subject_id), PASSES)


def grants(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """The policies that grant it anything, and how each came to it; roles with where they hold."""
    if subject == "resource":
        rows = assignments.assigned(estate, subject_id) or estate.inventory.bindings_of.get(subject_id, ())
        return some(rows, lambda row: bound(estate, row))
    identity_id = identity_of(estate, subject, subject_id)
    roles = [row for member in with_groups(estate, identity_id) for row in role_bindings(estate, member)]
    identity = estate.inventory.identities.get(identity_id)
    if identity is not None and identity.provider == assignments.PROVIDER:
        roles = assignments.by_weight(estate, identity)
        roles = roles or list(estate.inventory.bindings_of.get(identity_id, ()))  # those that have ended, too
    if roles:
        return some(roles, lambda row: bound(estate, row))
    say = bound if identity is not None and identity.provider == "kubernetes" else _granted
    return some(estate.inventory.bindings_of.get(identity_id, ()), lambda row: say(estate, row))


def dates(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """When it was made, rotated, last used, and when it ends."""
    inventory = estate.inventory
    if subject == "credential":
        row = inventory.credentials[subject_id]
        return [
            *dated("created", row.created_at),
            *dated("rotated", row.rotated_at if row.rotated_at != row.created_at else None),
            *dated("expires", row.expires_at),
            used(row.last_used),
        ]
    if subject == "identity":
        identity = inventory.identities[subject_id]
        return [*dated("created", identity.created_at), used(identity.last_authenticated)]
    created = inventory.policies[subject_id].created_at if subject == "policy" else None
    return dated("created", created)


def credentials(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """The credentials of the identity, with their status and dates."""
    return some(estate.inventory.credentials_of.get(identity_of(estate, subject, subject_id), ()), _held)


def trust(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """The trust itself: who, by which statement, under which conditions."""
    return [trusted(estate.inventory.trusts[subject_id])] if subject == "trust" else []


def trusts(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """Who can become the identity."""
    rows = estate.inventory.trusts_of.get(identity_of(estate, subject, subject_id), ())
    return some(rows, trusted)


def workloads(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """What runs as the identity."""
    rows = estate.inventory.workloads_of.get(identity_of(estate, subject, subject_id), ())
    return some(rows, lambda row: Evidence("workload", f"{words(row.kind)} {row.name}", row.id))


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
    return some(rows, lambda row: bound(estate, row))


def impersonators(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """The bindings on a scope that make people every service account in it."""
    rows = impersonating_bindings(estate, subject_id) if subject == "scope" else ()
    return some(rows, lambda row: bound(estate, row))


def attributes(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """What the provider says about the subject, as far as rules read it."""
    inventory = estate.inventory
    pairs: tuple[tuple[str, str], ...] = ()
    if subject == "resource" and subject_id in inventory.resources:
        pairs = inventory.resources[subject_id].attributes
    elif subject == "credential":
        pairs = inventory.credentials[subject_id].attributes
    elif subject == "workload":
        pairs = inventory.workloads[subject_id].attributes
    elif subject == "scope":
        pairs = tuple(pair for pair in inventory.scopes[subject_id].attributes if pair[0] in READ)
    elif subject == "identity":
        pairs = tuple(pair for pair in inventory.identities[subject_id].attributes if pair[0] in READ)
    return some(pairs, lambda pair: Evidence("fact", ": ".join(pair), subject_id))


def usage(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """When it last used each service, as the provider recorded it."""
    rows = estate.inventory.usage_of.get(identity_of(estate, subject, subject_id), ())
    services = (row for row in rows if not row.action)
    return some(services, lambda row: Evidence("date", f"{row.service}: {used(row.last_used).text}", subject_id))


def analysis(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """What the provider's own analysis found unused, by its finding."""
    rows = estate.inventory.unused_of.get(identity_of(estate, subject, subject_id), ())
    return some(rows, lambda row: Evidence("fact", found_unused(row), row.id.partition("#")[0]))


def coverage(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """What was collected completely, so that absence can be believed."""
    identity_id = identity_of(estate, subject, subject_id)
    identity = estate.inventory.identities.get(identity_id)
    if identity is None:
        return []
    if identity.kind == "managed_identity":
        seen = [one for one in running_subscriptions(estate) if estate.listed(identity.provider, "workloads", one)]
        return some(seen, lambda one: Evidence("coverage", f"{place(estate, one)} collected completely", one))
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
    return some(identity.tags, lambda tag: Evidence("tag", "=".join(tag), identity.id))


def ownerless(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """The service accounts of a project for which nobody answers."""
    rows = estate.once(ownerless_accounts).get(subject_id, ()) if subject == "scope" else ()
    return some(rows, lambda row: Evidence("fact", f"{row.name} is in it", row.id))


def api_keys(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """The API keys of a project that work."""
    rows = estate.once(_api_keys).get(subject_id, ()) if subject == "scope" else ()
    return some(rows, lambda row: Evidence("fact", called(row), row.id))


def nature(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """Why the identity is taken for human or non-human."""
    identity = estate.inventory.identities.get(identity_of(estate, subject, subject_id))
    return [] if identity is None else [Evidence("fact", identity.nature_reason, identity.id)]


BUILDERS: Mapping[str, Builder] = MappingProxyType(
    {
        builder.__name__: builder
        for builder in (
            action_lines,
            analysis,
            api_keys,
            attributes,
            bridges,
            coverage,
            credentials,
            dates,
            grants,
            holders,
            iam_write,
            impersonators,
            key_lines,
            nature,
            outsider_lines,
            ownerless,
            owners,
            pass_role,
            privilege,
            public_bindings,
            reached_from,
            resource_policy,
            runs_as,
            subscription_owners,
            tags,
            trust,
            trusts,
            usage,
            workloads,
        )
    }
)


def _granted(estate: Estate, row: Binding) -> Evidence:
    policy = estate.inventory.policies.get(row.policy_id)
    name = policy.name if policy else row.policy_id
    how = f" through {row.via}" if row.via else ""
    what = "bounded by" if row.purpose == "bounds" else "granted by"
    return Evidence("binding", f"{what} policy {name}{how}", row.policy_id)


def _held(row: Credential) -> Evidence:
    made = f", created {day(row.created_at)}" if row.created_at else ""
    return Evidence("date", f"{called(row)}: {row.status}{made}, {used(row.last_used).text}", row.id)


def _api_keys(estate: Estate) -> Mapping[str, list[Credential]]:
    found: dict[str, list[Credential]] = {}
    for row in estate.credentials:
        if row.kind == "api_key" and row.status == "active":
            found.setdefault(row.scope_id, []).append(row)
    return found


def _allowing(estate: Estate, identity_id: str, table: Mapping[str, tuple[str, ...]]) -> list[Evidence]:
    identity = estate.inventory.identities.get(identity_id)
    if identity is None:
        return []
    summary = estate.access.summary(identity_id)
    actions = table.get(identity.provider, ())
    refs = {ref for action in actions if summary.allows(action) for ref in summary.statements(action)}
    return statements(estate, sorted(refs, key=lambda ref: (ref.policy_id, ref.index)))
