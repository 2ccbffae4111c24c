"""The collector: accounts one after the other, their regions side by side, each call of the table where it belongs."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from itertools import islice
from typing import Any

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers import Call
from nhi_scan.providers.answers import search
from nhi_scan.providers.aws.answers import Question, questions
from nhi_scan.providers.aws.asking import Asker, parents
from nhi_scan.providers.aws.calls import CALLS
from nhi_scan.providers.aws.faults import STATUS, CallError
from nhi_scan.providers.aws.places import Account, Place
from nhi_scan.providers.aws.plan import GLOBAL, Step, steps
from nhi_scan.providers.aws.schedule import Branch, Job, Schedule
from nhi_scan.providers.aws.sessions import (
    PROVIDER,
    Login,
    Regions,
    Target,
    account_coverage,
    connect,
    regions_of,
)
from nhi_scan.providers.aws.settings import AwsSettings
from nhi_scan.providers.protocol import Progress
from nhi_scan.snapshot.store import SnapshotWriter

_CHUNK = 25  # questions that one job asks, one after the other, and that a kill costs at most
_NO_ORGANIZATION = "AWSOrganizationsNotInUseException"
_ORGANIZATION = "organizations-organization"


def collect(
    settings: AwsSettings,
    writer: SnapshotWriter,
    progress: Progress,
    executor: Executor,
    calls: Sequence[Call] | None = None,
) -> None:
    """Collect everything that the settings name into a snapshot; what does not work becomes coverage.

    Args:
        settings: accounts, regions, how patient to be.
        writer: of a new snapshot, or of one that is resumed: what it has is not asked for again.
        progress: is told about every step.
        executor: of threads; gives the bound on calls in flight.
        calls: the call table; the built-in one where none is given.

    Raises:
        UserError: no credentials work, or the snapshot cannot be written.
    """
    run = _Run(settings, writer, progress, steps(CALLS if calls is None else calls))
    try:
        Schedule(executor, settings.accounts_at_once).run(run.root())
    finally:
        run.stop.set()


class _Run:
    """One collection."""

    def __init__(
        self, settings: AwsSettings, writer: SnapshotWriter, progress: Progress, all_steps: Sequence[Step]
    ) -> None:
        self._settings = settings
        self._writer = writer
        self._progress = progress
        self._steps = all_steps
        self._regional = {kind: step.regional for step in all_steps for kind in step.kinds}
        self.stop = threading.Event()

    def root(self) -> Branch:
        estate = connect(self._settings)
        for row in estate.coverage:
            self._writer.cover(row)
        yield self._branches(estate.targets, estate.logins)

    def _branches(self, targets: Iterable[Target], logins: Sequence[Login]) -> Iterator[Branch]:
        account_steps = [step for step in self._steps if step.call.scope != "organization"]
        for organization, login in self._organizations(logins):
            wanted = [step for step in self._steps if step.call.scope == "organization"]
            yield self._scope(organization, Target(login.account, login), wanted)
        for target in targets:
            yield self._scope(target.account, target, account_steps)

    def _organizations(self, logins: Sequence[Login]) -> list[tuple[str, Login]]:
        """Find the organizations, and for each the login that sees most of it: the management account's."""
        wanted = any(_ORGANIZATION in step.kinds for step in self._steps)
        found: dict[str, tuple[bool, Login]] = {}
        for login in logins if wanted else ():
            try:
                answer = self._describe_organization(login)
            except CallError as error:
                self._no_organization(login, error)
                continue
            number, manages = str(answer.get("Id", "")), answer.get("MasterAccountId") == login.account
            if not (manages or self._settings.organization):
                detail = f"what limits a member of `{number}` is known to its management account: use `--organization`"
                self._cover_organization(login, CoverageStatus.SKIPPED, detail)
            elif number not in found or manages:
                found[number] = (manages, login)
        return [(number, found[number][1]) for number in sorted(found)]

    def _no_organization(self, login: Login, error: CallError) -> None:
        if error.code == _NO_ORGANIZATION:
            self._cover_organization(login, CoverageStatus.COMPLETE, "the account is in no organization")
        elif self._settings.organization:
            self._cover_organization(login, STATUS[error.kind], error.sentence)
        else:
            detail = f"whether the account is in an organization is not known: {error.sentence}"
            self._cover_organization(login, CoverageStatus.SKIPPED, detail)

    def _cover_organization(self, login: Login, status: CoverageStatus, detail: str) -> None:
        """Say of an account, not of an organization, what is known of the organization it is in."""
        row = Coverage(
            provider=PROVIDER, scope_id=login.account, record_kind=_ORGANIZATION, status=status, detail=detail
        )
        self._writer.cover(row)

    @staticmethod
    def _describe_organization(login: Login) -> Mapping[str, Any]:
        client = login.session.client("organizations", login.session.region)
        try:
            return next(client.call("describe_organization")).get("Organization") or {}
        finally:
            client.close()

    def _scope(self, scope: str, target: Target, wanted: Sequence[Step]) -> Branch:
        """Collect one account, or one organization with an account's credentials."""
        finished = [self._writer.done(PROVIDER, scope, kind) for step in wanted for kind in step.kinds]
        if all(finished):
            return
        try:
            account = Account(target, self._settings)
        except CallError as error:
            detail = f"cannot assume `{target.role_arn}`: {error.sentence}"
            permission = "sts:AssumeRole" if error.kind == "denied" else ""
            self._writer.cover(account_coverage(scope, detail, STATUS[error.kind], permission))
            return
        # Kinds are joined when all is collected, and their parts are gone then: what was killed at that goes on there.
        asked = [] if any(finished) else [step for step in wanted if self._is_asked(scope, step)]
        regions = regions_of(account.session, self._settings.regions)
        everywhere = Place(account, scope, "", self.stop)
        places = [Place(account, scope, region, self.stop) for region in regions.names]
        early = self._independent(asked)
        late = [step for step in asked if step not in early]
        self._progress.start(scope, sum(len(places) if step.regional else 1 for step in asked))
        yield [
            self._lane(everywhere, [step for step in early if not step.regional]),
            *(self._lane(place, [step for step in early if step.regional]) for place in places),
        ]
        for step in late:
            yield [self._lane(place, [step]) for place in (places if step.regional else [everywhere])]
        self._join(scope, wanted, regions)
        self._progress.done(scope)

    def _is_asked(self, scope: str, step: Step) -> bool:
        if step.call.when == "usage" and not self._settings.usage:
            self._skip(scope, step, "not asked for: `--usage` is off")
            return False
        return True

    def _skip(self, scope: str, step: Step, detail: str) -> None:
        for kind in step.kinds:
            row = Coverage(
                provider=PROVIDER,
                scope_id=scope,
                record_kind=kind,
                status=CoverageStatus.SKIPPED,
                detail=detail,
            )
            self._writer.commit(GLOBAL, None, row)

    def _independent(self, asked: Sequence[Step]) -> list[Step]:
        """Choose the steps that need nothing from another lane: regions need not wait for each other or for IAM."""
        early: list[Step] = []
        settled: set[str] = set()
        for step in asked:
            wanted = {*step.parents, *step.call.unless_known.split()[:1]} - set(step.kinds)
            alike = all(self._regional[kind] == step.regional for kind in wanted)
            if not step.call.needs and alike and wanted <= settled:
                early.append(step)
                settled.update(step.kinds)
        return early

    def _join(self, scope: str, wanted: Sequence[Step], regions: Regions) -> None:
        for step in wanted:
            for kind in step.kinds:
                self._writer.join(PROVIDER, scope, kind, unasked=regions.unasked if step.regional else "")
        self._writer.settle(PROVIDER, scope)

    def _lane(self, place: Place, lane: Sequence[Step]) -> Branch:
        """Ask the steps of one place one after the other; a client goes when no later step needs it."""
        for number, step in enumerate(lane):
            yield self._jobs(place, step)
            if all(later.call.service != step.call.service for later in lane[number + 1 :]):
                place.release(step.call.service)
            self._progress.advance(place.scope, step.call.service, place.region)
        place.close()

    def _jobs(self, place: Place, step: Step) -> Iterator[Job]:
        """Cut a step into jobs, leaving out those that an earlier run has finished."""
        if all(self._writer.done(PROVIDER, place.scope, kind) for kind in step.kinds):
            return
        if step.call.needs and (reason := self._unneeded(place.scope, step.call.needs)):
            self._skip(place.scope, step, reason)
            return
        asker = Asker(self._settings, self._writer, place, step, self._lacking(place, step))
        if not step.parents:
            chunks: Iterator[tuple[str, list[Question]]] = iter([(place.part, [Question(step.call.params, {})])])
        else:
            chunks = self._chunks(place, step)
        for part, chunk in chunks:
            if not all(self._writer.done(PROVIDER, place.scope, kind, part) for kind in step.kinds):
                yield partial(asker.ask, part, chunk)

    def _chunks(self, place: Place, step: Step) -> Iterator[tuple[str, list[Question]]]:
        sources = [(kind, self._part_of(kind, place, step)) for kind in step.parents if kind not in step.kinds]
        found = parents(self._writer, place.scope, sources)
        stream = questions(step.call, found, self._known(place, step))
        if step.feeds_itself:
            yield place.part, list(stream)
            return
        number = 0
        while (chunk := list(islice(stream, _CHUNK))) or not number:
            yield f"{place.part}.{number:05}", chunk
            number += 1

    def _part_of(self, kind: str, place: Place, step: Step) -> str | None:
        if self._regional[kind]:
            return place.region if step.regional else None
        return GLOBAL

    def _known(self, place: Place, step: Step) -> frozenset[Any]:
        if not step.call.unless_known:
            return frozenset()
        kind, path = step.call.unless_known.split(maxsplit=1)
        found = parents(self._writer, place.scope, [(kind, self._part_of(kind, place, step))])
        return frozenset(value for record in found if isinstance(value := search(path, record), str))

    def _lacking(self, place: Place, step: Step) -> Coverage | None:
        """Find a parent that was not collected completely: what is asked about it cannot be complete either."""
        for kind in step.parents:
            if kind in step.kinds:
                continue
            rows = self._writer.coverage_of(PROVIDER, place.scope, kind, self._part_of(kind, place, step))
            for row in rows:
                if row.status is not CoverageStatus.COMPLETE:
                    return row
        return None

    def _unneeded(self, scope: str, kind: str) -> str:
        """Say why a step that needs records of a kind is not asked; empty where there are some.

        Where they could not be looked for it is not asked either: a call for each user is too much for a guess.
        """
        rows = self._writer.coverage_of(PROVIDER, scope, kind)
        if any(row.records for row in rows):
            return ""
        looked = all(row.status in (CoverageStatus.COMPLETE, CoverageStatus.SKIPPED) for row in rows)
        return f"the account has no `{kind}`" if looked else f"whether the account has `{kind}` is not known"
