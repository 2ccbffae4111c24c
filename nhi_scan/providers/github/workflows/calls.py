"""Jobs as they run: where a job calls a workflow, the jobs of that workflow stand in its place.

https://docs.github.com/actions/reference/workflows-and-actions/reusing-workflow-configurations: called jobs run for the
repository that calls, with its event, at most the permissions of the calling job, and the secrets that it passes on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from nhi_scan.model.record import record
from nhi_scan.providers.github.workflows.expressions import secrets_in
from nhi_scan.providers.github.workflows.facts import Fact, ordered
from nhi_scan.providers.github.workflows.jobs import Job, Workflow, read_jobs
from nhi_scan.providers.github.workflows.nodes import Table
from nhi_scan.providers.github.workflows.permissions import Levels, within
from nhi_scan.providers.github.workflows.static_keys import is_key_secret
from nhi_scan.providers.github.workflows.steps import Actions, given_inputs
from nhi_scan.providers.github.workflows.uses import called_workflow

_DEEPEST = 10  # https://docs.github.com/actions/reference/limits
_MOST = 500  # jobs that one file becomes

Place = tuple[str, str]  # `owner/name` in lower case, path of a file


@dataclass(slots=True)
class Files:
    """All workflow files and actions that were collected."""

    workflows: dict[Place, Workflow] = field(default_factory=dict)
    actions: dict[str, dict[str, tuple[str, Table]]] = field(default_factory=dict)
    _jobs: dict[Place, tuple[Job, ...]] = field(default_factory=dict)

    def actions_of(self, repository: str) -> Actions:
        """Return the local actions of a repository, by folder."""
        return self.actions.get(repository, {})

    def jobs(self, place: Place) -> tuple[Job, ...]:
        """Return the jobs of a file as it stands, with nothing given."""
        if place not in self._jobs:
            self._jobs[place] = read_jobs(self.workflows[place], self.actions_of(place[0]))
        return self._jobs[place]


@record
class Running:
    """One job as it runs."""

    path: tuple[str, ...]  # ids of jobs, from the one in the file that the event starts downwards
    job: Job
    permissions: Levels | None  # None: the repository's default, which nobody knows
    source: Place  # where the job is written
    ref: str = ""  # under which ref the file was called from another repository
    call_line: int = 0  # of the first call, in the file that the event starts
    resolved: bool = True  # False: it calls a workflow that nobody could read
    facts: tuple[Fact, ...] = ()
    gates: tuple[str, ...] = ()  # conditions without which it does not run: those of calls, too
    waits_for: tuple[str, ...] = ()  # environments that have to let it, or what it needs, in


def running(files: Files, place: Place, default: Levels | None) -> tuple[tuple[Running, ...], bool]:
    """Return the jobs that an event starts by a file.

    Args:
        files: all that was collected.
        place: the file.
        default: what a job's token may do where the file says nothing; None where nobody knows.

    Returns:
        The jobs, and whether these are all of them: calls that go too deep or make too many are left as they are.
    """
    workflow = files.workflows[place]
    walk = _Walk(files, workflow.events)
    found = tuple(job for one in files.jobs(place) for job in walk.follow(one, place, (), default, 0, ""))
    return found, walk.left >= 0


class _Walk:
    def __init__(self, files: Files, events: frozenset[str]) -> None:
        self._files = files
        self._events = events
        self.left = _MOST

    def follow(
        self, job: Job, place: Place, above: tuple[str, ...], most: Levels | None, call_line: int, ref: str
    ) -> Iterator[Running]:
        self.left -= 1
        path = (*above, job.id)
        levels = within(job.permissions, most) if above or job.permissions is None else job.permissions
        target = self._target(job, place)
        if target is None or len(path) > _DEEPEST or self.left < 0:
            yield Running(
                path=path,
                job=job,
                permissions=levels,
                source=place,
                ref=ref,
                call_line=call_line,
                resolved=not job.uses,
                facts=job.facts,
                gates=job.gates,
                waits_for=job.waits_for,
            )
            return
        called = called_workflow(job.uses)
        new_ref = (called[2] if called else "") or ref
        workflow = self._files.workflows[target]
        inputs = given_inputs(workflow.inputs, job.given or workflow.inputs, job.known)
        jobs = read_jobs(
            workflow, self._files.actions_of(target[0]), inputs=inputs, tainted=job.tainted, events=self._events
        )
        for inner in jobs:
            for found in self.follow(inner, target, path, levels, call_line or job.uses_line, new_ref):
                yield replace(
                    found,
                    facts=ordered(list(_passed(found, job))),
                    gates=tuple(sorted({*found.gates, *job.gates})),
                    waits_for=tuple(sorted({*found.waits_for, *job.waits_for})),
                )

    def _target(self, job: Job, place: Place) -> Place | None:
        called = called_workflow(job.uses) if job.uses else None
        if called is None:
            return None
        target = (called[0].lower() or place[0], called[1])
        return target if target in self._files.workflows else None


def _passed(found: Running, call: Job) -> Iterator[Fact]:
    """What a called job finds under the names of its secrets: what the call passes on, or an environment's own."""
    passed: Mapping[str, str] = {name.upper(): value for name, value in call.passed_secrets.items()}
    for fact in found.facts:
        if fact.kind not in ("secret", "static_secret") or call.inherits_secrets:
            yield fact
        elif fact.value.upper() in passed:
            for name in secrets_in(passed[fact.value.upper()]):
                yield replace(fact, value=name)
                if fact.kind == "secret" and is_key_secret(name):
                    yield replace(fact, kind="static_secret", value=name)
        elif found.job.environments or fact.value.upper() == "GITHUB_TOKEN":
            yield fact
