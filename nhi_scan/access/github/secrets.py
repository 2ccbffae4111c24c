"""Which code gets which secret of Actions: GitHub hands them to jobs, and to nobody else.

A workflow names the secrets that it wants. Whoever can push writes a workflow that names any: those of the repository,
those of the organization that are shared with it, and those of environments that let its branch in.
https://docs.github.com/actions/security-for-github-actions/security-guides/using-secrets-in-github-actions
"""

from collections.abc import Iterator, Mapping
from typing import Final

from nhi_scan.access.combine import Truth, both
from nhi_scan.access.github.grants import named_secrets
from nhi_scan.access.github.places import Places
from nhi_scan.inventory.build import Inventory
from nhi_scan.model import github_ids
from nhi_scan.model.identity import Identity, Resource

KIND: Final = "actions_secret"
_OPEN_TO_PUSHERS: Final = frozenset({"*", "**", "*/*", "**/*"})


class Secrets:
    """Answers who is handed what."""

    def __init__(self, inventory: Inventory, places: Places) -> None:
        """Index the secrets of Actions."""
        self._places = places
        self._rows = {
            one.id: one
            for one in inventory.resources.values()
            if one.provider == "github"
            and one.kind == KIND
            and dict(one.attributes).get("kind", "actions") == "actions"
        }
        self._of: dict[str, tuple[Resource, ...]] = {}
        found: dict[str, list[Resource]] = {}
        for row in self._rows.values():
            repository = github_ids.repository_of(row.id)
            found.setdefault(repository or github_ids.organization_of(row.id), []).append(row)
        self._of = {place: tuple(sorted(rows, key=_for_some)) for place, rows in found.items()}
        called: dict[tuple[str, str], list[Resource]] = {}
        for place, rows in self._of.items():
            for row in rows:
                called.setdefault((place, row.name.lower()), []).append(row)
        self._called = {key: tuple(rows) for key, rows in called.items()}

    def get(self, resource_id: str) -> Resource | None:
        """Return a secret by its id."""
        return self._rows.get(resource_id)

    def first(self, identity: Identity) -> tuple[str, bool] | None:
        """Return a secret that an identity's code gets, and whether that is open; None where it gets none.

        Of a job only what its file names: which others it may name where that was not kept tells nothing of it.
        """
        perhaps: str | None = None
        for secret in self._candidates(identity):
            state = self.uses(identity, secret)
            if state:
                return secret.id, False
            if state is None:
                perhaps = perhaps or secret.id
        return None if perhaps is None else (perhaps, True)

    def _candidates(self, identity: Identity) -> Iterator[Resource]:
        """Yield the secrets that may be handed to an identity, those of its repository first."""
        repository = identity.scope_id
        places = (repository, github_ids.organization_of(repository))
        if identity.kind == "repository":
            for place in places:
                yield from self._of.get(place, ())
        elif identity.kind == "workflow_job":
            for name in sorted(named_secrets(identity) - {"?"}):
                for place in places:
                    yield from self._called.get((place, name), ())

    def uses(self, identity: Identity, secret: Resource) -> Truth:
        """Say whether code that runs as an identity of GitHub gets a secret."""
        repository = identity.scope_id
        if identity.kind not in ("repository", "workflow_job") or not self._places.runs(repository):
            return False
        within = github_ids.repository_of(secret.id)
        if within and within != repository:
            return False
        shared = True if within else self._shared(secret, repository)
        if identity.kind == "repository":
            return both(shared, self._open(secret))
        return both(shared, self._asked(identity, secret))

    def environment(self, row: Resource) -> Truth:
        """Say whether whoever can push gets a job of theirs into an environment; None: if somebody or a rule lets them.

        https://docs.github.com/actions/reference/workflows-and-actions/deployments-and-environments
        """
        told = dict(row.attributes)
        reviewers = told.get("reviewers")
        unreviewed: Truth = True if reviewers == "0" and told.get("custom_rules", "0") == "0" else None
        policy = told.get("branch_policy")
        if policy == "none":
            return unreviewed
        if policy == "custom" and not _OPEN_TO_PUSHERS.isdisjoint(told.get("branches", "").split()):
            return unreviewed
        if policy == "custom" and self._unprotected_default(row, told):
            return unreviewed
        return None

    def _unprotected_default(self, row: Resource, told: Mapping[str, str]) -> bool:
        repository = github_ids.repository_of(row.id)
        default = self._places.told(repository, "default_branch")
        free = self._places.word(repository, "default_branch_protected") is False
        return free and default is not None and default in told.get("branches", "").split()

    def _shared(self, secret: Resource, repository: str) -> Truth:
        """Say whether a secret of the organization is for a repository."""
        told = dict(secret.attributes)
        visibility = told.get("visibility")
        if visibility == "all":
            return True
        if visibility == "private":
            public = self._places.public(repository)
            return None if public is None else not public
        if "repositories" in told:
            return repository in told["repositories"].split()
        return None

    def _open(self, secret: Resource) -> Truth:
        above = secret.id.rpartition("/secrets/")[0]
        if above == github_ids.repository_of(secret.id) or github_ids.is_organization(above):
            return True
        rows = self._places.environments.get(github_ids.repository_of(secret.id), ())
        found = next((one for one in rows if one.id == above), None)
        return None if found is None else self.environment(found)

    @staticmethod
    def _asked(identity: Identity, secret: Resource) -> Truth:
        """Say whether a job's file names a secret, as far as that was kept: else nobody can tell."""
        told = dict(identity.attributes)
        names = named_secrets(identity)
        above = secret.id.rpartition("/secrets/")[0]
        own = told.get("environment", "")
        if "/environments/" in above and own != "?":
            asked = github_ids.environment(identity.scope_id, own)
            if asked != above:
                return False
        if secret.name.lower() in names:
            return True
        return False if "secrets" in told and "?" not in names else None


def _for_some(secret: Resource) -> bool:
    """Sort what is surely shared first."""
    return dict(secret.attributes).get("visibility", "all") != "all"
