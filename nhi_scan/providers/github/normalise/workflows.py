"""Workflow files and their jobs, whoever can push, and anyone.

A job of a called workflow is an identity of the repository that calls, `.../ci.yml#deploy/build`: its token says so.
The attributes of jobs are those of `job_attributes`. Of a file: `source_file`, `source_line`, `triggers`. Of whoever
can push (`#code`): `permissions` and `id_token`, the most that a workflow can ask for, and `open_environments` (ids of
those that let any branch in without asking anybody).
"""

from collections.abc import Mapping

from nhi_scan.model import github_ids
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Identity, Nature, Workload
from nhi_scan.model.scope import Scope
from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.normalise.job_attributes import Surroundings, job_attributes
from nhi_scan.providers.github.normalise.places import Places
from nhi_scan.providers.github.normalise.source import PROVIDER, Source, told
from nhi_scan.providers.github.normalise.workflow_files import Named, read_files
from nhi_scan.providers.github.workflows.calls import Files, Place, Running, running
from nhi_scan.providers.github.workflows.expressions import UNKNOWN
from nhi_scan.providers.github.workflows.permissions import DEFAULTS, WRITE_ALL, write
from nhi_scan.providers.github.workflows.triggers import OPEN_EVENTS
from nhi_scan.providers.github.workflows.uses import called_workflow

_CALLED = frozenset({"workflow_call"})
# https://docs.github.com/rest/actions/permissions#get-fork-pr-contributor-approval-permissions-for-a-repository
_EVERYBODY = "all_external_contributors"
_FOLLOWS = frozenset({"workflow_run"})
_MOST_CALLS = 100


def read_workflows(source: Source, places: Places) -> None:
    """Read the workflow files of every repository."""
    files, named = read_files(source, places)
    jobs: dict[Place, tuple[Running, ...]] = {}
    calls: dict[Place, dict[str, list[str]]] = {}  # file -> job -> ids of its jobs as they run
    for place in sorted(files.workflows):
        default = DEFAULTS.get(places.told(named[place], "default_workflow_permissions") or "")
        jobs[place], whole = running(files, place, default)
        if not whole:
            _unfinished(source, named[place], place[1])
        if files.workflows[place].events != _CALLED:
            for job in jobs[place]:
                if job.source != place:
                    own = calls.setdefault(job.source, {}).setdefault(job.path[-1], [])
                    own.append(_id(named[place], place[1], job))
    writer = _Writer(source, places, files, named, calls)
    for place, found in jobs.items():
        writer.file(place, found)
    _code(source, places)
    _anyone(source)


def _id(repository: str, path: str, job: Running) -> str:
    return github_ids.job(github_ids.workflow(repository, path), "/".join(job.path))


def _unfinished(source: Source, repository: str, path: str) -> None:
    source.records.coverage.append(
        Coverage(
            provider=PROVIDER,
            scope_id=repository,
            record_kind=kinds.WORKFLOW_FILES,
            status=CoverageStatus.PARTIAL,
            detail=f"`{path}` calls more workflows than are followed",
        )
    )


class _Writer:
    def __init__(
        self,
        source: Source,
        places: Places,
        files: Files,
        named: Named,
        calls: Mapping[Place, Mapping[str, list[str]]],
    ) -> None:
        self._source = source
        self._places = places
        self._files = files
        self._named = named
        self._calls = calls
        self._reviewed = _reviewed(source)

    def file(self, place: Place, found: tuple[Running, ...]) -> None:
        repository, workflow = self._named[place], self._files.workflows[place]
        stopped = _stopped(self._places.scopes[repository])
        ids = []
        for job in found:
            identity = self._job(place, job, stopped=stopped)
            ids.append(identity.id)
            self._source.records.identities.append(identity)
        self._source.records.workloads.append(
            Workload(
                id=github_ids.workflow(repository, place[1]),
                provider=PROVIDER,
                kind="workflow",
                name=workflow.name or place[1].rpartition("/")[2],
                scope_id=repository,
                runs_as=tuple(ids),
                owner=self._places.owner(repository),
                active=not stopped,
                attributes=told(
                    source_file=place[1],
                    source_line=str(workflow.root.line_of("on")),
                    triggers=" ".join(sorted(workflow.events)),
                ),
            )
        )

    def _job(self, place: Place, job: Running, *, stopped: bool) -> Identity:
        repository = self._named[place]
        file = place[1].rpartition("/")[2]
        return Identity(
            id=_id(repository, place[1], job),
            provider=PROVIDER,
            kind="workflow_job",
            nature=Nature.NON_HUMAN,
            nature_reason="a job of a workflow file",
            name=f"{self._places.name(repository)}/{file}: {' / '.join(job.path)}"[:300],
            scope_id=repository,
            status="disabled" if stopped else "active",
            owner=self._places.owner(repository),
            attributes=job_attributes(
                job,
                self._files.workflows[place].triggers,
                self._around(place, repository),
                self._where(place, job),
            ),
        )

    def _around(self, place: Place, repository: str) -> Surroundings:
        return Surroundings(
            full_name=self._places.full_name(repository),
            visibility=self._places.told(repository, "visibility"),
            reviewed=lambda name: self._may_be_reviewed(repository, name),
            approved=self._places.told(repository, "fork_pr_approval") == _EVERYBODY,
            closed=self._closed(place),
        )

    def _may_be_reviewed(self, repository: str, name: str) -> bool:
        """Whether somebody may have to let a job into an environment: one that is not there asks nobody."""
        if name == UNKNOWN or not self._source.coverage.covered(repository, kinds.ENVIRONMENTS):
            return True
        return github_ids.environment(repository, name) in self._reviewed

    def _closed(self, place: Place) -> frozenset[str]:
        """Return `workflow_run` where all that the file follows is known, and nobody outside starts any of it."""
        followed = {name for one in self._files.workflows[place].triggers for name in one.workflows}
        events = [
            workflow.events
            for other, workflow in self._files.workflows.items()
            if other[0] == place[0] and (workflow.name or other[1]) in followed
        ]
        known = {workflow.name or other[1] for other, workflow in self._files.workflows.items() if other[0] == place[0]}
        open_ = any(not one.isdisjoint(OPEN_EVENTS | {"pull_request"}) for one in events)
        return _FOLLOWS if followed and followed <= known and not open_ else frozenset()

    def _where(self, place: Place, job: Running) -> dict[str, str | None]:
        """Where a job is written, and as what its token names it."""
        foreign = job.source[0] != place[0]
        called, ref = None, job.ref
        if job.source != place:
            called = f"{self._places.full_name(self._named[job.source])}/{job.source[1]}"
        elif not job.resolved and (uses := called_workflow(job.job.uses)) is not None:
            called = f"{uses[0] or self._places.full_name(self._named[place])}/{uses[1]}"
            ref = uses[2]
        as_called = self._calls.get(place, {}).get(job.path[0], ()) if len(job.path) == 1 else ()
        return {
            "source_file": job.source[1],
            "source_line": str(job.job.line),
            "source_repository": self._named[job.source] if foreign else None,
            "call_line": str(job.call_line) if job.call_line else None,
            "called_workflow": "%20".join(called.split()) if called else None,
            "called_ref": "%20".join(ref.split()) if called else None,
            "uses": None if job.resolved else "%20".join(job.job.uses.split()),
            "called_as": " ".join(as_called[:_MOST_CALLS]) or None,
        }


def _reviewed(source: Source) -> frozenset[str]:
    """Return the environments into which somebody may have to let a job."""
    asked = set()
    for resource in source.records.resources:
        told_ = dict(resource.attributes)
        free = told_.get("reviewers") == "0" and told_.get("custom_rules", "0") == "0"
        if resource.kind == "deployment_environment" and not free:
            asked.add(resource.id)
    return frozenset(asked)


def _stopped(scope: Scope) -> bool:
    """Whether none of its workflows runs: it is archived, or Actions are off."""
    return scope.status == "archived" or dict(scope.attributes).get("actions_enabled") == "false"


def _code(source: Source, places: Places) -> None:
    """Whoever can push, for each repository whose workflows run.

    A workflow may ask for more than the default: https://docs.github.com/actions/reference/authentication-in-a-workflow
    """
    open_: dict[str, list[str]] = {}
    for resource in source.records.resources:
        if resource.kind == "deployment_environment":
            facts = dict(resource.attributes)
            if facts.get("reviewers") == "0" and facts.get("branch_policy") == "none":
                open_.setdefault(resource.scope_id, []).append(resource.id)
    permissions = write(WRITE_ALL)
    for scope in places.repositories():
        if _stopped(scope):
            continue
        source.records.identities.append(
            Identity(
                id=github_ids.code(scope.id),
                provider=PROVIDER,
                kind="repository",
                nature=Nature.NON_HUMAN,
                nature_reason="whatever those who can push make the workflows of a repository run",
                name=f"{scope.name}: whoever can push",
                scope_id=scope.id,
                owner=places.owner(scope.id),
                attributes=told(
                    default_branch=places.told(scope.id, "default_branch"),
                    id_token="true",  # noqa: S106 - whether, and no token
                    open_environments=" ".join(sorted(open_.get(scope.id, ()))),
                    permissions=permissions,
                ),
            )
        )


def _anyone(source: Source) -> None:
    """Whoever has an account, for each GitHub where something is open to them."""
    hosts = {
        github_ids.host_in(identity.id)
        for identity in source.records.identities
        if identity.kind == "workflow_job" and "open_to_anyone" in dict(identity.attributes)
    }
    for host in sorted(hosts):
        source.records.identities.append(
            Identity(
                id=github_ids.anyone(host),
                provider=PROVIDER,
                kind="federated_principal",
                nature=Nature.UNKNOWN,
                nature_reason="anybody, a person or a program, with an account and a fork",
                name=f"anyone on {host}",
                scope_id="",
            )
        )
