"""Facts about what an identity can do: read from effective access and escalation paths, never from policies."""

from collections import Counter
from collections.abc import Mapping

from nhi_scan.access.summary import Summary
from nhi_scan.facts.actions import ASSUMPTIONS, IAM_WRITES, PASSES, SENSITIVE_SERVICES
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.naming import told
from nhi_scan.facts.registry import fact
from nhi_scan.model.access import Privilege, Step, Verdict
from nhi_scan.model.identity import Usage, UseState

_REACH = ("everywhere", "somewhere", "conditional", "no")
_LEVELS = ("administrator", "can_become_administrator", "latent", "reaches_sensitive", "ordinary")
_POLICY_UNREAD = "a policy or a group that bears on it was not collected or could not be read"
_NO_USAGE = "service last accessed details were not collected: run with `--usage`"


@fact("identity", "text", values=_LEVELS, unknown=_POLICY_UNREAD)
def identity_privilege_level(estate: Estate) -> list[str | None]:
    """How much it can do in the end: administrator, can become one, holds a technique without a target, ..."""
    return [None if p is None or p.level == "unknown" else p.level for p in estate.once(_privileges)]


@fact("identity", "boolean")
def identity_administrator(estate: Estate) -> list[bool]:
    """Whether it is known to be an administrator, which is a finding of its own."""
    return [p is not None and p.level == "administrator" for p in estate.once(_privileges)]


@fact("identity", "boolean", unknown=_POLICY_UNREAD)
def identity_privilege_conditional(estate: Estate) -> list[bool | None]:
    """Whether every way to its privilege level depends on a condition that the snapshot cannot decide."""
    return [None if p is None or p.level == "unknown" else p.conditional for p in estate.once(_privileges)]


@fact("identity", "text", unknown=_POLICY_UNREAD)
def identity_privilege_reason(estate: Estate) -> list[str | None]:
    """Why it has its privilege level, in words, without a full stop."""
    return [
        None if p is None or p.level == "unknown" else told(estate, p.reason.removesuffix("."))
        for p in estate.once(_privileges)
    ]


@fact("identity", "integer", exported=True, unknown=_POLICY_UNREAD)
def identity_escalation_steps(estate: Estate) -> list[int | None]:
    """How many steps its shortest escalation path has; 0 where it has none."""
    return [None if p is None or p.level == "unknown" else len(p.path) for p in estate.once(_privileges)]


@fact("identity", "boolean", unknown=_POLICY_UNREAD)
def identity_weakest_link(estate: Estate) -> list[bool | None]:
    """Whether the first step of its escalation path is its own doing, and not merely becoming an identity that can.

    A step that assumes an administrator, or an identity with a path of its own, is the fault of what is behind it.
    """
    column: list[bool | None] = []
    for privilege in estate.once(_privileges):
        if privilege is None or privilege.level == "unknown":
            column.append(None)
        else:
            column.append(bool(privilege.path) and not is_assumption(privilege.path[0]))
    return column


@fact("identity", "text", exported=True, unknown=_POLICY_UNREAD)
def identity_escalation_path(estate: Estate) -> list[str | None]:
    """Its shortest escalation path in words, unconditional paths first; empty where it has none."""
    return [None if p is None or p.level == "unknown" else describe_path(p) for p in estate.once(_privileges)]


@fact("identity", "text", exported=True, unknown=_POLICY_UNREAD)
def identity_escalation_technique(estate: Estate) -> list[str | None]:
    """The technique of the first step of its escalation path; empty where it has none."""
    return [
        None if p is None or p.level == "unknown" else (p.path[0].technique if p.path else "")
        for p in estate.once(_privileges)
    ]


@fact("identity", "integer")
def identity_gateway_for(estate: Estate) -> list[int]:
    """How many other identities have a path to administrator whose first step becomes this one."""
    gateways = estate.once(_gateways)
    return [gateways[identity.id] for identity in estate.identities]


@fact("identity", "integer")
def identity_gateway_crowd(estate: Estate) -> list[int]:
    """How many identities, itself among them, become an administrator by assuming the same one; 0 where it does not."""
    gateways = estate.once(_gateways)
    column: list[int] = []
    for privilege in estate.once(_privileges):
        target = _gateway(privilege)
        known = estate.privileges.get(target) if target else None
        column.append(gateways[target] if known is not None and known.level == "administrator" else 0)
    return column


@fact("identity", "text", values=_REACH, unknown=_POLICY_UNREAD)
def identity_iam_write(estate: Estate) -> list[str | None]:
    """How far it may change permissions or credentials of identities."""
    return _reaches(estate, IAM_WRITES)


@fact("identity", "boolean")
def identity_writes_iam(estate: Estate) -> list[bool]:
    """Whether it is known that it may do so everywhere, which is a finding of its own."""
    return [reach == "everywhere" for reach in identity_iam_write.column(estate)]


@fact("identity", "text", unknown=_POLICY_UNREAD)
def identity_iam_write_actions(estate: Estate) -> list[str | None]:
    """Which actions on permissions and credentials it may do, under a condition or not."""

    def named(summary: Summary) -> str:
        known = summary.catalogue
        writes = _of_provider(estate, summary, IAM_WRITES)
        held = summary.actions & known.union(writes)
        return ", ".join([action for action in writes if held & known.bit(action)]) if held else ""

    return estate.of_summary(named)


@fact("identity", "text", values=_REACH, unknown=_POLICY_UNREAD)
def identity_pass_role(estate: Estate) -> list[str | None]:
    """Whether it may act as others, or make services do: every one of its account or project, some, ... none."""
    return _reaches(estate, PASSES)


@fact("identity", "text", unknown=_POLICY_UNREAD)
def identity_full_services(estate: Estate) -> list[str | None]:
    """The sensitive services of which it may do every action on every resource."""
    return [None if found is None else ", ".join(found) for found in estate.once(_full_sensitive)]


@fact("identity", "integer", unknown=_POLICY_UNREAD)
def identity_full_service_count(estate: Estate) -> list[int | None]:
    """How many sensitive services it controls wholly."""
    return [None if found is None else len(found) for found in estate.once(_full_sensitive)]


@fact("identity", "integer", unknown=_NO_USAGE)
def identity_unused_service_count(estate: Estate) -> list[int | None]:
    """How many services it is granted and has not used within the time the provider remembers."""
    return [None if use is None else len(use[0]) for use in estate.once(_service_use)]


@fact("identity", "text", unknown=_NO_USAGE)
def identity_unused_services(estate: Estate) -> list[str | None]:
    """The services it is granted and has not used within the time the provider remembers."""
    return [None if use is None else ", ".join(use[0]) for use in estate.once(_service_use)]


@fact("identity", "integer", unknown=_NO_USAGE)
def identity_longest_idle_service_days(estate: Estate) -> list[int | None]:
    """Whole days since it last used that granted service which it once used and has left alone longest; 0 for none."""
    return [None if use is None else use[1] for use in estate.once(_service_use)]


@fact("identity", "text", unknown=_NO_USAGE)
def identity_longest_idle_service(estate: Estate) -> list[str | None]:
    """The granted service which it once used and has left alone longest; empty for none."""
    return [None if use is None else use[2] for use in estate.once(_service_use)]


def is_assumption(step: Step) -> bool:
    """Whether a step only becomes another identity by its trust, and changes nothing."""
    return step.technique in ASSUMPTIONS


def describe_path(privilege: Privilege) -> str:
    """Say a path in words: `iam-put-role-policy on arn:...; then sts-assume-role on arn:...`."""
    return "; then ".join(
        f"{step.technique} on {step.target_id}" if step.target_id else step.technique for step in privilege.path
    )


def _privileges(estate: Estate) -> list[Privilege | None]:
    return [estate.privileges.get(identity.id) for identity in estate.identities]


def _gateway(privilege: Privilege | None) -> str:
    """The identity that the first step of an escalation path assumes; empty where the path begins otherwise."""
    if privilege is None or privilege.level != "can_become_administrator" or not privilege.path:
        return ""
    step = privilege.path[0]
    return step.target_id if is_assumption(step) else ""


def _gateways(estate: Estate) -> Counter[str]:
    return Counter(target for privilege in estate.privileges.values() if (target := _gateway(privilege)))


def _of_provider(estate: Estate, summary: Summary, table: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The row of a table that is about the provider of an identity; empty where it has none."""
    return table.get(estate.inventory.identities[summary.identity_id].provider, ())


def _reaches(estate: Estate, table: Mapping[str, tuple[str, ...]]) -> list[str | None]:
    """How far the farthest reaching of its provider's actions is allowed; None where evidence is missing."""

    def reach(summary: Summary) -> str | None:
        actions = _of_provider(estate, summary, table)
        return _reach(summary, actions, summary.catalogue.union(actions))

    return [
        "no" if answer is None and summary is not None and _is_known_set(estate, summary, table) else answer
        for answer, summary in zip(estate.of_summary(reach), estate.summaries, strict=True)
    ]


def _is_known_set(estate: Estate, summary: Summary, table: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether it is a set of outside identities that is given none of the actions as a set.

    A token may be in several sets, and which ones no record tells: what another set gives is a matter of that one.
    """
    if not (summary.identity_id.startswith("principalSet://") and summary.policies_known):
        return False
    return not summary.actions & summary.catalogue.union(_of_provider(estate, summary, table))


def _reach(summary: Summary, actions: tuple[str, ...], mask: int) -> str | None:
    """Judge by bit sets what they tell; ask for a verdict only what they leave open."""
    if summary.everywhere & mask:
        return "everywhere"
    if summary.certain & mask:
        return "somewhere"
    if not summary.complete:
        return None
    if not summary.actions & mask:
        return "no"
    verdicts = {summary.verdict(action) for action in actions}
    if Verdict.ALLOWED in verdicts:
        return "somewhere"
    return "conditional" if Verdict.CONDITIONAL in verdicts else "no"


def _full_sensitive(estate: Estate) -> list[list[str] | None]:
    """For each identity, the sensitive services whose every action it may do on everything."""

    def full(summary: Summary) -> list[str]:
        sensitive = _of_provider(estate, summary, SENSITIVE_SERVICES)
        return [service for service in summary.full_services() if service in sensitive] if sensitive else []

    return estate.of_summary(full)


def _service_use(estate: Estate) -> list[tuple[list[str], int, str] | None]:
    """For each identity: granted services never used, the longest disuse in days, and of which service."""
    usage_of = estate.inventory.usage_of
    if not usage_of:
        return [None] * len(estate.identities)
    granted = estate.of_summary(lambda summary: frozenset(summary.services()))
    return [
        _weigh(estate, usage_of[identity.id], services or frozenset()) if identity.id in usage_of else None
        for identity, services in zip(estate.identities, granted, strict=True)
    ]


def _weigh(estate: Estate, usage: tuple[Usage, ...], granted: frozenset[str]) -> tuple[list[str], int, str]:
    never: list[str] = []
    longest, service = 0, ""
    for row in usage:
        if row.action is not None or row.service not in granted:
            continue
        if row.last_used.state is UseState.NEVER:
            never.append(row.service)
        days = estate.idle_days(row.last_used)
        if days is not None and (days, row.service) > (longest, service):
            longest, service = days, row.service
    return sorted(never), longest, service
