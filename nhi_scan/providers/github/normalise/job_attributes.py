"""What is kept of a job of a workflow file. Lists have spaces between their items; `?` is what only the run tells.

- `source_file`, `source_line`, `source_repository`: where the job is written; the repository where it is another.
- `call_line`: of a job of a called workflow, where the file that the event starts calls.
- `called_workflow`, `called_ref`: of such a job, `owner/name/path` of the file that the token names as
  `job_workflow_ref`, and the ref that the call names (empty: the same commit).
- `uses`: a workflow that the job calls and that could not be read.
- `called_as`: of a file that is only called, ids of its jobs as they run.
- `triggers`: events; `branches` and `tags` filter the event `push`, `**` standing for all that are not ignored.
- `environment`: its name; `?` where an expression or a matrix tells; `environments` are all that it may be.
- `permissions`: of GITHUB_TOKEN, `contents=read id-token=write`; `?` where the default is not known.
- `id_token`: whether it gets tokens for other clouds; `requests_id_token`: `true` where a script asks for one itself.
- `roles`, `chained_roles`: AWS roles that it asks for with its own token; with keys or another role.
- `azure_clients`, `azure_tenants`, `azure_subscriptions`, `gcp_providers`, `gcp_service_accounts`, `vault_roles`.
- `audiences`: for which it asks for tokens, where that is not the usual one.
- `static_secrets`: names of what holds a key of a cloud; `literal_keys`: those of them that are written out.
- `secrets`: names of all secrets that it reads; `?` among them where it may read any.
- `unpinned_actions`: actions and workflows that somebody can change; `unpinned_third_party`: those not GitHub's.
- `unknown_actions`: actions of the same repository that were not collected.
- `checks_out_head`: under events with the repository's own token, whether it checks out a pull request: `true`,
  `false`, `?`.
- `head_checkouts`: by what it does: the inputs `ref`, `repository` of a checkout, or `run`.
- `injects`: what of the event that outsiders write stands in its scripts.
- `open_to_anyone`: by what anybody can make it run their code: `checkout`, `injection`, `self_hosted`; `?` among them
  where that depends on something.
- `guarded`: `true` where something that nobody can tell may keep outsiders from it: its condition, or that of a call
  or of a job that it needs, an environment that somebody has to let it into, a label; `guarded_events`: under which
  events; `condition`: as written.
- `events`: of `triggers`, those under which it runs, where its condition names some; `kept_out`: those under which
  nobody outside gets it to run.
- `runs_on`, `runner_group`: labels and group; `self_hosted`: `true`, `false`, `?`.
- `lines`: `<item of a list>#L<line>` of the above, sorted by line; `<item>@<file>#L<line>` where it is in an action.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from nhi_scan.providers.github.normalise.source import Attributes, told
from nhi_scan.providers.github.workflows.calls import Running
from nhi_scan.providers.github.workflows.facts import Fact
from nhi_scan.providers.github.workflows.guards import admits
from nhi_scan.providers.github.workflows.jobs import Job
from nhi_scan.providers.github.workflows.permissions import ID_TOKEN, Levels, write
from nhi_scan.providers.github.workflows.triggers import OPEN_EVENTS, Trigger
from nhi_scan.providers.github.workflows.untrusted import OF_PUSHES, PRIVILEGED

_LISTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("roles", ("role",)),
    ("chained_roles", ("chained_role",)),
    ("azure_clients", ("azure_client",)),
    ("azure_tenants", ("azure_tenant",)),
    ("azure_subscriptions", ("azure_subscription",)),
    ("gcp_providers", ("gcp_provider",)),
    ("gcp_service_accounts", ("gcp_service_account",)),
    ("vault_roles", ("vault_role",)),
    ("audiences", ("audience",)),
    ("static_secrets", ("static_secret", "literal_key")),
    ("literal_keys", ("literal_key",)),
    ("unpinned_actions", ("unpinned_action",)),
    ("unpinned_third_party", ("unpinned_third_party",)),
    ("unknown_actions", ("unknown_action",)),
    ("injects", ("injects", "may_inject")),
    ("head_checkouts", ("checks_out_head", "may_check_out_head")),
)
_WITHOUT_LINES = frozenset({"secret", "unpinned_third_party"})
_MOST_LINES = 200
_HOSTED = re.compile(r"(?:ubuntu|windows|macos)-[a-z0-9.-]+")
# Activity of those who have a right to triage, at least:
# https://docs.github.com/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles
_BY_STAFF = frozenset(
    {"labeled", "unlabeled", "assigned", "unassigned", "milestoned", "demilestoned", "locked", "unlocked", "pinned"}
    | {"unpinned", "transferred", "review_requested", "auto_merge_enabled", "enqueued", "answered", "category_changed"}
)
# Which events carry what outsiders write, of those whose jobs have the repository's own token.
_CARRIED = (
    ("github.head_ref", frozenset({"pull_request_target"})),
    ("github.event.pull_request", frozenset({"pull_request_target"})),
    ("github.event.issue", frozenset({"issues", "issue_comment"})),
    ("github.event.comment", frozenset({"issue_comment", "discussion_comment"})),
    ("github.event.discussion", frozenset({"discussion", "discussion_comment"})),
    ("github.event.workflow_run", frozenset({"workflow_run"})),
    ("github.event.pages", frozenset({"gollum"})),
    ("github.event.changes", frozenset({"issues", "pull_request_target", "discussion"})),
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the repository that a job runs for.

    Attributes:
        full_name: `owner/name`.
        visibility: None where nobody knows.
        reviewed: whether somebody has to let a job into an environment, as far as anybody knows.
        approved: whether somebody lets each run of a fork's pull request start, whoever opens it.
        closed: events of the job's file that nobody outside causes: `workflow_run` after what only pushes start.
    """

    full_name: str
    visibility: str | None
    reviewed: Callable[[str], bool]
    approved: bool = False
    closed: frozenset[str] = frozenset()


def job_attributes(
    found: Running, triggers: tuple[Trigger, ...], around: Surroundings, where: Mapping[str, str | None]
) -> Attributes:
    """Write down a job as it runs.

    Args:
        found: the job.
        triggers: of the file that the event starts.
        around: what is known of the repository that it runs for.
        where: the attributes that say where it is written and what it is called.
    """
    job, events = found.job, frozenset(trigger.event for trigger in triggers)
    values: dict[str, str | None] = dict(where)
    kinds = _by_kind(found.facts)
    for name, of in _LISTS:
        items = sorted({item for kind in of for item in kinds.get(kind, ())})
        values[name] = " ".join(items) if items else None
    values["triggers"] = " ".join(sorted(map(_word, events)))
    values |= _filters(triggers)
    values["environment"] = _environment(job.environments)
    values["environments"] = " ".join(map(_word, job.environments)) if len(job.environments) > 1 else None
    values["permissions"] = write(found.permissions)
    values["id_token"] = _id_token(found.permissions)
    values["requests_id_token"] = "true" if "requests_id_token" in kinds else None
    values["secrets"] = " ".join(sorted(_secrets(found, kinds)))
    values["checks_out_head"] = _checks_out(events, kinds)
    values["condition"] = job.condition[:500] or None
    runs = _runs(found, triggers, around)
    started = _started(found, triggers, around)
    values["events"] = " ".join(sorted(map(_word, runs))) if runs < events else None
    values["kept_out"] = " ".join(sorted(map(_word, runs - set(started)))) or None
    guarded = " ".join(sorted(_word(event) for event, sure in started.items() if not sure))
    values["guarded"], values["guarded_events"] = "true" if guarded else None, guarded or None
    values["runs_on"] = " ".join(map(_word, job.runs_on)) or None
    values["runner_group"] = job.runner_group or None
    values["self_hosted"] = _self_hosted(job)
    values["open_to_anyone"] = _open(values, started, around, kinds)
    values["lines"] = _lines(found.facts)
    return told(**values)


def _by_kind(facts: Iterable[Fact]) -> dict[str, set[str]]:
    kinds: dict[str, set[str]] = {}
    for fact in facts:
        kinds.setdefault(fact.kind, set()).add(_word(fact.value))
    return kinds


def _word(text: str) -> str:
    """A text as one item of a list."""
    return "%20".join(text.split())[:500]


def _filters(triggers: tuple[Trigger, ...]) -> dict[str, str | None]:
    push = next((trigger for trigger in triggers if trigger.event == "push"), None)
    if push is None:
        return {}
    branches = push.branches or (("**",) if push.branches_ignore else ())
    tags = push.tags or (("**",) if push.tags_ignore else ())
    return {
        "branches": " ".join(map(_word, branches)) or None,
        "branches_ignore": " ".join(map(_word, push.branches_ignore)) or None,
        "tags": " ".join(map(_word, tags)) or None,
    }


def _environment(names: tuple[str, ...]) -> str | None:
    if not names:
        return None
    return names[0] if len(names) == 1 else "?"


def _id_token(levels: Levels | None) -> str:
    """A default never gives them, so that what the file does not say is `false`."""
    return str(levels is not None and levels.get(ID_TOKEN) == "write").lower()


def _secrets(found: Running, kinds: Mapping[str, set[str]]) -> set[str]:
    names = {name for name in kinds.get("secret", ()) if name.upper() != "GITHUB_TOKEN"}
    if found.job.inherits_secrets and not found.resolved:
        names.add("?")
    return names


def _checks_out(events: frozenset[str], kinds: Mapping[str, set[str]]) -> str | None:
    if not events & PRIVILEGED:
        return None
    if "checks_out_head" in kinds:
        return "true"
    return "?" if "may_check_out_head" in kinds else "false"


def _self_hosted(job: Job) -> str | None:
    if "self-hosted" in {label.lower() for label in job.runs_on}:
        return "true"
    if not job.runs_on and not job.runner_group:
        return None
    hosted = all(_HOSTED.fullmatch(label.lower()) for label in job.runs_on) and not job.runner_group
    return "false" if hosted else "?"


def _runs(found: Running, triggers: tuple[Trigger, ...], around: Surroundings) -> frozenset[str]:
    """Return the events under which a job may run at all."""
    return frozenset(
        one.event for one in triggers if admits(found.gates, one.event, around.full_name, stranger=False) is not False
    )


def _started(found: Running, triggers: tuple[Trigger, ...], around: Surroundings) -> dict[str, bool]:
    """Return the events under which outsiders may get a job to run, and whether nothing can keep them from that."""
    reviewed = any(around.reviewed(name) for name in found.waits_for)
    started = {}
    for trigger in triggers:
        answer = admits(found.gates, trigger.event, around.full_name)
        if answer is not False and trigger.event not in around.closed:
            asked = trigger.types and _BY_STAFF.issuperset(trigger.types)
            started[trigger.event] = bool(answer) and not reviewed and not asked
    return started


def _open(
    values: Mapping[str, str | None],
    started: Mapping[str, bool],
    around: Surroundings,
    kinds: Mapping[str, set[str]],
) -> str | None:
    """By what anybody with an account can make the job run code of theirs; only where everybody sees the repository."""
    if around.visibility not in (None, "public"):
        return None
    sure: dict[str, bool] = {}
    causes = PRIVILEGED.intersection(started)
    if values["checks_out_head"] in ("true", "?") and causes:
        sure["checkout"] = values["checks_out_head"] == "true" and _free(started, causes)
    for kind in ("may_inject", "injects"):
        for path in sorted(kinds.get(kind, ())):
            causes = _carrying(path, frozenset(started))
            if causes:
                known = sure.get("injection", False)
                sure["injection"] = known or (kind == "injects" and _free(started, causes))
    if "pull_request" in started and values["self_hosted"] in ("true", "?"):
        sure["self_hosted"] = values["self_hosted"] == "true" and started["pull_request"] and not around.approved
    unsure = around.visibility is None or not all(sure.values())
    return " ".join(sorted({*sure, *(["?"] if unsure else [])})) if sure else None


def _free(started: Mapping[str, bool], events: Iterable[str]) -> bool:
    return any(started[event] for event in events)


def _carrying(path: str, events: frozenset[str]) -> frozenset[str]:
    """Return the events, of some, that carry what outsiders write at a place, with the repository's own token."""
    if path.startswith(OF_PUSHES):
        return frozenset()
    return events & next((carrying for start, carrying in _CARRIED if path.startswith(start)), OPEN_EVENTS)


def _lines(facts: Iterable[Fact]) -> str | None:
    found = [f"{_word(fact.value)}{_at(fact)}" for fact in facts if fact.kind not in _WITHOUT_LINES]
    return " ".join(dict.fromkeys(found[:_MOST_LINES])) or None


def _at(fact: Fact) -> str:
    return f"@{_word(fact.file)}#L{fact.line}" if fact.file else f"#L{fact.line}"
