"""The jobs of an inventory, found by what can be done to them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from nhi_scan.access.combine import Truth
from nhi_scan.access.github.escalation.technique import Technique
from nhi_scan.access.github.subjects import contexts
from nhi_scan.access.github.summarise import Access
from nhi_scan.model import github_ids
from nhi_scan.model.identity import Identity

_ROOT: Final = "github.event"  # all of an event, as `toJSON` writes it
_HEADS: Final = "refs/heads/"
_TAGS: Final = "refs/tags/"
_SHA: Final = 40
_HEX: Final = frozenset("0123456789abcdef")

Job = tuple[str, Truth]
"""The id of a job, and whether a technique works on it."""


class Jobs:
    """Indexes jobs by repository, by what they call and by where they run."""

    def __init__(self, access: Access) -> None:
        """Read the jobs that can run."""
        self._access = access
        self._places = access.places
        self.told: dict[str, Mapping[str, str]] = {}
        self._of: dict[str, list[Identity]] = defaultdict(list)
        self._callers: dict[str, list[tuple[str, str, bool]]] = defaultdict(list)
        for identity in access.identities:
            if (
                identity.kind == "workflow_job"
                and identity.status != "deleted"
                and self._places.runs(identity.scope_id)
            ):
                self._take(identity)

    def _take(self, identity: Identity) -> None:
        told = self.told[identity.id] = dict(identity.attributes)
        self._of[identity.scope_id].append(identity)
        host = github_ids.host_in(identity.id)
        named = [told["called_workflow"] + "@" + told.get("called_ref", "")] if "called_workflow" in told else []
        called = ((one, "called") for one in (*named, *told.get("uses", "").split()))
        used = ((one, "used") for one in told.get("unpinned_actions", "").split())
        for text, how in (*called, *used):
            path, _, ref = text.partition("@")
            parts = path.split("/")
            if len(parts) > 1 and ref and not path.startswith((".", "docker:")) and not _pinned(ref):
                repository_id = github_ids.repository(host, parts[0], parts[1])
                if repository_id != identity.scope_id:
                    self._callers[repository_id].append((identity.id, how, self._protected(repository_id, ref)))

    def _protected(self, repository_id: str, ref: str) -> bool:
        """Whether a rule may keep those who can push from moving a ref: any but an open default branch."""
        default = self._places.told(repository_id, "default_branch")
        return ref != default or self._places.word(repository_id, "default_branch_protected") is not False

    def of(self, repository_id: str) -> list[Identity]:
        """Return the jobs of a repository."""
        return self._of.get(repository_id, [])

    def runs_on(self, repository_id: str, events: tuple[str, ...]) -> bool:
        """Say whether a repository has a job that one of some events starts."""
        return any(self._started(one.id, events) for one in self.of(repository_id))

    def found(self, technique: Technique, repository_id: str) -> Iterator[Job]:
        """Yield the jobs of a repository that a technique works on."""
        for one in self.of(repository_id):
            state = self._fits(technique, one)
            strange = technique.by == "anyone"
            if state is not False and self._started(one.id, technique.events, strange=strange):
                yield one.id, state

    def depending(self, technique: Technique, repository_id: str) -> Iterator[Job]:
        """Yield the jobs of other repositories that run a repository's code by a name that can be moved."""
        for job_id, how, protected in self._callers.get(repository_id, ()):
            if how == technique.finds:
                yield job_id, None if protected else True

    def self_hosted(self, organization_id: str) -> Iterator[Job]:
        """Yield the jobs of an organization that ask for a self-hosted runner, or may."""
        for repository_id in self._places.repositories(organization_id):
            for one in self.of(repository_id):
                state = self._on_own_runner(one.id)
                if state is not False:
                    yield one.id, state

    def asks_who(self, job_id: str, events: tuple[str, ...]) -> bool:
        """Say whether something may keep strangers from a job, under whichever of some events they cause."""
        told = self.told[job_id]
        if told.get("guarded") != "true":
            return False
        guarded = told.get("guarded_events", "").split()
        return not guarded or self._events(job_id, strange=True).intersection(events) <= set(guarded)

    def guarded(self, identity: Identity) -> bool:
        """Say whether a job is in an environment that may keep whoever can push out."""
        name = self.told[identity.id].get("environment", "")
        if not name:
            return False
        rows = self._places.environments.get(identity.scope_id, ())
        found = [self._access.secrets.environment(row) for row in rows if name == "?" or _same(row.id, identity, name)]
        if not found or name == "?":
            # One that is not there is made, without protection, when a job first asks for it.
            unseen = self._access.inventory.covered(identity.scope_id, "github-environments") is not True
            return unseen or any(state is not True for state in found)
        return any(state is not True for state in found)

    def kept(self, identity: Identity) -> bool:
        """Say whether something may keep whoever can push from all the claims and secrets of a job.

        Its environment, or that it runs on the default branch, or on tags, where a rule may keep them from those: what
        they write anew on another branch says so in its token.
        """
        told, default = self.told[identity.id], self._places.told(identity.scope_id, "default_branch")
        open_ = self._places.word(identity.scope_id, "default_branch_protected") is False
        tags = "tag" in (self._places.told(identity.scope_id, "rulesets") or "tag").split()
        refs = [one.ref for one in contexts(told, default, "")] if not told.get("environment") else []
        heads = [ref.removeprefix(_HEADS) for ref in refs if ref.startswith(_HEADS)]
        return (
            self.guarded(identity)
            or (not open_ and any("/" not in head.partition("*")[0] for head in heads))
            or (tags and any(ref.startswith(_TAGS) for ref in refs))
        )

    def _fits(self, technique: Technique, identity: Identity) -> Truth:
        told = self.told[identity.id]
        if technique.finds == "own":
            return None if self.kept(identity) else True
        if technique.finds == "protected":
            return self.kept(identity)
        if technique.finds == "self_hosted":
            return self._on_own_runner(identity.id)
        if technique.finds == "checks_out_head":
            word = told.get("checks_out_head", "")
            return True if word == "true" else (None if word == "?" else False)
        if technique.finds == "injects":
            return any(_begins(text, technique.contexts) for text in told.get("injects", "").split())
        return True

    def _started(self, job_id: str, events: tuple[str, ...], *, strange: bool = False) -> bool:
        return not events or not self._events(job_id, strange=strange).isdisjoint(events)

    def _events(self, job_id: str, *, strange: bool) -> set[str]:
        """Return the events under which a job runs, for strangers without those that are closed to them."""
        told = self.told[job_id]
        found = set(told.get("events", told.get("triggers", "")).split())
        return found.difference(told.get("kept_out", "").split()) if strange else found

    def _on_own_runner(self, job_id: str) -> Truth:
        word = self.told[job_id].get("self_hosted", "false")
        return None if word == "?" else word == "true"


def _same(environment_id: str, identity: Identity, name: str) -> bool:
    return environment_id == github_ids.environment(identity.scope_id, name)


def _begins(text: str, contexts: tuple[str, ...]) -> bool:
    return text == _ROOT or any(text == one or text.startswith(f"{one}.") for one in contexts)


def _pinned(ref: str) -> bool:
    return len(ref) == _SHA and _HEX.issuperset(ref.lower())
