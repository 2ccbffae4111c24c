"""What each identity of GitHub was given: where, what, and on what that depends.

- An installation of an app, or a fine-grained token: its permissions on all repositories of the organization or on
  selected ones; permissions that are about the organization count there, whatever repositories were selected
  (https://docs.github.com/apps/creating-github-apps/registering-a-github-app/choosing-permissions-for-a-github-app).
  A token acts for a person and never has more than they (https://docs.github.com/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens).
- A deploy key: the contents of one repository; with write access it pushes anything, workflow files included
  (https://docs.github.com/authentication/connecting-to-github-with-ssh/managing-deploy-keys#deploy-keys).
- A job: the permissions of its token on its repository
  (https://docs.github.com/actions/security-for-github-actions/security-guides/automatic-token-authentication). One that
  only runs when it is called runs as a job of the caller, which is an identity of its own.
- Whoever can push: all that a job's token can be given, for a workflow may ask for it whatever the default is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nhi_scan.access.catalogue import Catalogue
from nhi_scan.access.combine import Truth
from nhi_scan.access.github.permissions import TOKEN, USE, implied, of_organization
from nhi_scan.access.github.places import Places
from nhi_scan.inventory.build import Inventory
from nhi_scan.model import github_ids
from nhi_scan.model.access import StatementRef
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Binding, Policy

PERSON: Final = "the person whom it acts for may do so themselves"
PASSED_ON: Final = "the workflow that it calls names a secret"
CALLED: Final = "another workflow calls it"
UNREAD: Final = "the permissions of its token could not be told from the workflow file"
UNLISTED: Final = "the repositories that it was given could not be listed"
RIGHTS: Final = "what people may do was not collected"
_WRITES: Final = ("contents=write", "workflows=write")


@dataclass(frozen=True, slots=True)
class Grant:
    """Permissions on a place."""

    place_id: str  # a repository; an organization: on all its repositories, or on itself
    mask: int
    state: Truth  # None: it depends on `why`
    ref: StatementRef
    why: str = ""
    unread: bool = False  # nobody can tell what of `mask` it is


class Grants:
    """Finds the grants of identities."""

    def __init__(self, inventory: Inventory, places: Places, catalogue: Catalogue) -> None:
        """Take what is read."""
        self._inventory = inventory
        self._places = places
        self._catalogue = catalogue
        self._known: dict[str, tuple[Grant, ...]] = {}
        self._masks: dict[tuple[str, ...], int] = {}
        names = {name.partition("=")[0] for name in catalogue.names}
        self._of_organization = catalogue.exactly(
            name for name in catalogue.names if of_organization(name.partition("=")[0])
        )
        self._reading = catalogue.exactly(f"{name}=read" for name in names)
        self._token = self._mask(tuple(f"{name}={'read' if name == 'models' else 'write'}" for name in TOKEN))

    @property
    def of_organization(self) -> int:
        """The set of permissions that are about an organization."""
        return self._of_organization

    def of(self, identity: Identity) -> tuple[Grant, ...]:
        """Return what an identity was given, sorted by place; what it would get nowhere is left out."""
        found = self._known.get(identity.id)
        if found is None:
            rows = () if identity.status == "deleted" else self._found(identity)
            usable = (grant for grant in map(self._usable, rows) if grant.mask or grant.unread)
            found = self._known[identity.id] = tuple(sorted(usable, key=_order))
        return found

    def gap(self, identity: Identity) -> str:
        """Say why an identity may have more than was found; empty where all was seen."""
        if identity.kind == "user":
            return RIGHTS
        if any(grant.unread for grant in self.of(identity)):
            return UNREAD if identity.kind == "workflow_job" else "its permissions could not be read"
        told = dict(identity.attributes)
        selected = told.get("repository_selection") in ("selected", "subset")
        if identity.kind in ("app", "access_token") and selected and not self._listed(identity):
            return UNLISTED
        known = (
            identity.id in self._inventory.bindings_of
            or github_ids.permissions(identity.id) in self._inventory.policies
        )
        if identity.kind in ("app", "access_token") and not known and told.get("repository_selection") != "none":
            return "its permissions were not collected"
        return ""

    def _listed(self, identity: Identity) -> bool:
        """Whether the repositories of an installation or a token are known: by their list, or by those it has."""
        app = identity.kind == "app"
        kind = "github-installation-repositories" if app else "github-token-grant-repositories"
        if self._inventory.covered(identity.scope_id, kind) is True:
            return True
        bound = self._inventory.bindings_of.get(identity.id, ())
        return any(github_ids.is_repository(one.scope_id) for one in bound)

    def _found(self, identity: Identity) -> Iterator[Grant]:
        if identity.kind == "deploy_key":
            yield self._key(identity)
        elif identity.kind == "workflow_job":
            yield from self._job(identity)
        elif identity.kind == "repository":
            yield from self._code(identity)
        once: set[tuple[str, int]] = set()  # permissions on the organization are the same for every repository
        for binding in self._inventory.bindings_of.get(identity.id, ()):
            if binding.purpose != "grants":
                continue
            for grant in self._bound(identity, binding, self._inventory.policies[binding.policy_id]):
                above = github_ids.is_organization(grant.place_id) and not github_ids.is_organization(binding.scope_id)
                if not above or (grant.ref.policy_id, grant.ref.index) not in once:
                    yield grant
                if above:
                    once.add((grant.ref.policy_id, grant.ref.index))

    def _bound(self, identity: Identity, binding: Binding, policy: Policy) -> Iterator[Grant]:
        person = identity.kind == "access_token"
        place = binding.scope_id
        if not policy.complete or any(one.malformed for one in policy.statements):
            yield Grant(place, 0, None, StatementRef(policy.id, 0, "", "allow", binding.id), unread=True)
        for statement in policy.statements:
            mask = self._mask(statement.actions)
            ref = StatementRef(policy.id, statement.index, statement.sid, "allow", binding.id)
            state, why = (None, PERSON) if person else (True, "")
            if github_ids.is_organization(place):
                yield Grant(place, mask, state, ref, why)
                continue
            yield Grant(place, mask & ~self._of_organization, state, ref, why)
            yield Grant(github_ids.organization_of(place), mask & self._of_organization, state, ref, why)

    def _key(self, identity: Identity) -> Grant:
        word = dict(identity.attributes).get("read_only")
        ref = StatementRef(identity.id, 0, "access", "allow")
        if word == "true":
            return Grant(identity.scope_id, self._mask(("contents=read",)), True, ref)  # noqa: FBT003 - `state`
        state, why = (True, "") if word == "false" else (None, "it was given write access")
        return Grant(identity.scope_id, self._mask(_WRITES), state, ref, why)

    def _job(self, identity: Identity) -> Iterator[Grant]:
        told = dict(identity.attributes)
        permissions = told.get("permissions", "?")
        ref = StatementRef(identity.id, 0, "permissions", "allow")
        unread = "?" in permissions.split()
        mask = self._token if unread else self._mask(tuple(permissions.split()))
        if told.get("triggers", "").split() != ["workflow_call"]:
            yield self._running(identity.scope_id, mask, ref, unread=unread)
            names = named_secrets(identity)
            if names:
                secrets = StatementRef(identity.id, 0, "secrets", "allow")
                state = True if names - {"?"} else None
                yield Grant(identity.scope_id, self._catalogue.bit(USE), state, secrets, "" if state else PASSED_ON)
            return
        if "called_as" not in told:
            yield Grant(identity.scope_id, mask, None, ref, CALLED, unread=unread)

    @staticmethod
    def _running(place: str, mask: int, ref: StatementRef, *, unread: bool) -> Grant:
        return Grant(place, mask, None if unread else True, ref, UNREAD if unread else "", unread=unread)

    def _code(self, identity: Identity) -> Iterator[Grant]:
        ref = StatementRef(identity.id, 0, "workflows", "allow")
        mask = self._token | self._catalogue.bit(USE)
        yield Grant(identity.scope_id or github_ids.repository_of(identity.id), mask, True, ref)  # noqa: FBT003 - as above

    def _usable(self, grant: Grant) -> Grant:
        """Take away what a repository does not let anybody do."""
        place = grant.place_id
        running = grant.ref.sid in ("permissions", "workflows", "secrets") and not grant.ref.binding_id
        if running and not self._places.runs(place):
            return Grant(place, 0, False, grant.ref)  # noqa: FBT003 - as above
        if self._places.archived(place):
            kept = self._reading | self._catalogue.bit("administration=write")
            return Grant(place, grant.mask & kept, grant.state, grant.ref, grant.why, grant.unread)
        return grant

    def _mask(self, actions: tuple[str, ...]) -> int:
        found = self._masks.get(actions)
        if found is None:
            found = self._masks[actions] = self._catalogue.exactly(name for one in actions for name in implied(one))
        return found


def named_secrets(identity: Identity) -> set[str]:
    """Return the names of the secrets that a job's file names, in lower case; `?` among them where it may name any."""
    told = dict(identity.attributes)
    return {name.lower() for key in ("secrets", "static_secrets") for name in told.get(key, "").split()}


def _order(grant: Grant) -> tuple[str, bool, str, int]:
    return grant.place_id, grant.state is None, grant.ref.policy_id, grant.ref.index
