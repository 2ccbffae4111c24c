"""The jobs of a workflow file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from nhi_scan.model.record import record
from nhi_scan.providers.github.workflows.expressions import UNKNOWN, Known, resolve
from nhi_scan.providers.github.workflows.facts import Fact, ordered
from nhi_scan.providers.github.workflows.guards import ignores_what_it_needs
from nhi_scan.providers.github.workflows.matrix import combinations
from nhi_scan.providers.github.workflows.nodes import MalformedError, Node, Scalar, Table, load, texts
from nhi_scan.providers.github.workflows.permissions import Levels, read_permissions
from nhi_scan.providers.github.workflows.steps import (
    Actions,
    Around,
    env_facts,
    secret_facts,
    step_facts,
    tainted_inputs,
    uses_facts,
)
from nhi_scan.providers.github.workflows.triggers import Trigger, read_triggers
from nhi_scan.providers.github.workflows.uses import called_workflow, read_uses

_MOST_JOBS = 1_000
_MOST_WORK = 5_000_000  # letters of a file times combinations of a matrix: what is more is taken as unknown


@record
class Job:
    """One job, as far as its file tells."""

    id: str
    name: str  # what the web site shows: the key `name`, else the id
    line: int
    permissions: Levels | None  # None: the file says nothing
    environments: tuple[str, ...] = ()  # `?` for what only the run tells
    runs_on: tuple[str, ...] = ()  # labels; `?` for an expression
    runner_group: str = ""
    condition: str = ""  # the key `if`, as written
    needs: tuple[str, ...] = ()  # ids of jobs that come before it
    gates: tuple[str, ...] = ()  # conditions without which it does not run: its own, and of the jobs that it needs
    waits_for: tuple[str, ...] = ()  # environments that it or a job that it needs is in
    uses: str = ""  # a workflow that it calls, as written
    uses_line: int = 0
    given: Table | None = None  # the inputs of the call
    tainted: Mapping[str, str] = field(default_factory=dict)  # those of them that hold what somebody outside writes
    passed_secrets: Mapping[str, str] = field(default_factory=dict)  # of the call: name there -> value as written
    inherits_secrets: bool = False
    known: Known = field(default_factory=dict)  # what the file says of contexts, for the call's inputs
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Workflow:
    """One file, taken apart once; its jobs depend on what it is called with."""

    name: str
    root: Table
    triggers: tuple[Trigger, ...]
    permissions: Levels | None
    size: int  # letters of the file

    @property
    def events(self) -> frozenset[str]:
        """What makes it run."""
        return frozenset(trigger.event for trigger in self.triggers)

    @property
    def inputs(self) -> Table:
        """The inputs that a call of it may give."""
        return self.root.table("on").table("workflow_call").table("inputs")


def read_workflow(text: str) -> Workflow:
    """Read a workflow file.

    Raises:
        MalformedError: it is no YAML, or no workflow.
    """
    root = load(text)
    if not isinstance(root, Table):
        raise MalformedError(root.line, root.column, "a workflow has to be a mapping")
    for key in ("on", "jobs"):
        if key not in root.items:
            raise MalformedError(root.line, root.column, f"the key `{key}` is missing")
    jobs = root.items["jobs"]
    if not isinstance(jobs, Table):
        raise MalformedError(jobs.line, jobs.column, "`jobs` has to be a mapping")
    if len(jobs.items) > _MOST_JOBS:
        raise MalformedError(jobs.line, jobs.column, f"more than {_MOST_JOBS} jobs")
    return Workflow(
        name=root.text("name"),
        root=root,
        triggers=read_triggers(root.get("on")),
        permissions=read_permissions(root.get("permissions")),
        size=len(text),
    )


def read_action(text: str) -> Table:
    """Read the file of an action, `action.yml`.

    Raises:
        MalformedError: it is no YAML, or no mapping.
    """
    root = load(text)
    if not isinstance(root, Table):
        raise MalformedError(root.line, root.column, "an action has to be a mapping")
    return root


def read_jobs(
    workflow: Workflow,
    actions: Actions,
    *,
    inputs: Known | None = None,
    tainted: Mapping[str, str] | None = None,
    events: frozenset[str] | None = None,
) -> tuple[Job, ...]:
    """Read the jobs of a workflow, in the order of the file.

    Args:
        workflow: the file.
        actions: local actions of the same repository, by folder.
        inputs: what it is called with: `inputs.name` -> texts.
        tainted: inputs that hold what somebody outside writes, and what that is.
        events: of the workflow that calls it; its own where nobody does.
    """
    known: Known = dict(_choices(workflow.root.table("on").table("workflow_dispatch").table("inputs"))) | dict(
        inputs or {}
    )
    around = Around(
        known=known,
        events=workflow.events if events is None else events,
        actions=actions,
        tainted=tainted or {},
    )
    env = workflow.root.table("env")
    shared = tuple(env_facts(env, known)) + tuple(secret_facts(env))
    around = around.with_env(env)
    jobs = workflow.root.table("jobs")
    found = {
        id_: _job(id_, jobs.line_of(id_), body, workflow, around, shared)
        for id_, body in jobs.items.items()
        if isinstance(body, Table)
    }
    return tuple(_gated(one, found) for one in found.values())


def _gated(job: Job, jobs: Mapping[str, Job]) -> Job:
    """Add what keeps a job from running, down the jobs that it needs."""
    before: dict[str, Job] = {job.id: job}
    waiting = [job]
    for one in waiting:  # grows while it is walked
        for name in () if ignores_what_it_needs(one.condition) else one.needs:
            if name in jobs and name not in before:
                before[name] = jobs[name]
                waiting.append(jobs[name])
    gates = {one.condition for one in before.values() if one.condition}
    environments = {name for one in before.values() for name in one.environments}
    return replace(job, gates=tuple(sorted(gates)), waits_for=tuple(sorted(environments)))


def _choices(inputs: Table) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What somebody who starts a workflow by hand may choose from; of other inputs nobody can tell."""
    for name, declared in inputs.items.items():
        if (
            isinstance(declared, Table)
            and declared.text("type") == "choice"
            and (options := texts(declared.get("options")))
        ):
            yield f"inputs.{name.lower()}", options
            yield f"github.event.inputs.{name.lower()}", options


def _job(id_: str, line: int, body: Table, workflow: Workflow, around: Around, shared: tuple[Fact, ...]) -> Job:
    own = read_permissions(body.get("permissions"))
    uses = body.text("uses").strip()
    # Variables of a workflow do not reach the jobs of a workflow that it calls.
    facts = [*(() if uses else shared), *secret_facts(body)]
    environments: set[str] = set()
    known: Known = {}
    env = body.table("env")
    found = combinations(body.table("strategy"), around.known)
    for combination in found if len(found) * workflow.size <= _MOST_WORK else ({},):
        inside = Around(
            known={**around.known, **combination},
            events=around.events,
            actions=around.actions,
            tainted=around.tainted,
            heads=around.heads,
        ).with_env(env)
        environments.update(_environment(body.get("environment"), inside.known))
        facts += env_facts(env, inside.known)
        facts += step_facts(body.get("steps"), inside)
        known = _joined(known, inside.known)
    if uses:
        facts += _called(uses, body.line_of("uses"))
    secrets = body.get("secrets")
    labels, group = _runs_on(body.get("runs-on"), known)
    return Job(
        id=id_,
        name=body.text("name") or id_,
        line=line,
        permissions=workflow.permissions if own is None else own,
        environments=tuple(sorted(environments)),
        runs_on=labels,
        runner_group=group,
        condition=" ".join(body.text("if").split()),
        needs=texts(body.get("needs")),
        uses=uses,
        uses_line=body.line_of("uses") if uses else 0,
        given=body.table("with") if uses else None,
        tainted=tainted_inputs(body.table("with"), around.tainted) if uses else {},
        passed_secrets=dict(_passed(secrets)),
        inherits_secrets=isinstance(secrets, Scalar) and secrets.value == "inherit",
        known=known,
        facts=ordered(facts),
    )


def _called(uses: str, line: int) -> Iterator[Fact]:
    called = called_workflow(uses)
    if called is None or called[0]:
        yield from uses_facts(read_uses(uses), line)


def _environment(node: Node | None, known: Known) -> tuple[str, ...]:
    """`environment: production`, or a mapping with its name; empty is none."""
    name = node.get("name") if isinstance(node, Table) else node
    if not isinstance(name, Scalar) or name.null:
        return ()
    found = (value.strip() for value in resolve(name.value, known))
    return tuple(UNKNOWN if UNKNOWN in value else value for value in found if value)


def _runs_on(node: Node | None, known: Known) -> tuple[tuple[str, ...], str]:
    """Labels and group: a word, a list, or a mapping of both."""
    labels = node.get("labels") if isinstance(node, Table) else node
    group = node.text("group") if isinstance(node, Table) else ""
    found: dict[str, None] = {}
    for label in texts(labels):
        for value in resolve(label, known):
            found[UNKNOWN if UNKNOWN in value else value.strip()] = None
    return tuple(label for label in found if label), group


def _passed(node: Node | None) -> Iterator[tuple[str, str]]:
    if isinstance(node, Table):
        for name, value in node.items.items():
            if isinstance(value, Scalar):
                yield name, value.value


def _joined(one: Known, other: Known) -> Known:
    """What is known in any combination of a matrix."""
    if not one:
        return other
    return {path: tuple(dict.fromkeys((*one.get(path, ()), *other.get(path, ())))) for path in {**one, **other}}
