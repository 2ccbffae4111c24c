"""One question, answered by what was granted: the definition of access on GitHub.

What is public may be read by everybody who can make a request
(https://docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens), which no
grant says and no summary counts.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from nhi_scan.access.catalogue import Catalogue
from nhi_scan.access.combine import Truth
from nhi_scan.access.github.grants import UNLISTED, Grant, Grants
from nhi_scan.access.github.permissions import USE
from nhi_scan.access.github.places import Places
from nhi_scan.access.github.secrets import Secrets
from nhi_scan.model import github_ids
from nhi_scan.model.access import Decision, Residual, StatementRef, Verdict
from nhi_scan.model.identity import Identity, Resource
from nhi_scan.model.policy import Condition

PUBLIC: Final = frozenset({"contents=read", "metadata=read", "issues=read", "pull_requests=read", "actions=read"})
_DENIED: Final = "nothing that it was given holds `{}`{}"


class Questions:
    """Answers questions about one identity and one action."""

    def __init__(self, places: Places, grants: Grants, secrets: Secrets, catalogue: Catalogue) -> None:
        """Take what is asked."""
        self._places = places
        self._grants = grants
        self._secrets = secrets
        self._catalogue = catalogue

    def ask(self, identity: Identity, action: str, place: str | None, *, strict: bool) -> Decision:
        """Answer.

        Args:
            identity: who asks.
            action: of the catalogue's spelling.
            place: the id of an organization, a repository or something in one; None: where it may most.
            strict: read what stays open as not so.
        """
        if identity.status == "deleted":
            return Decision(verdict=Verdict.DENIED, reason="it is deleted")
        secret = None if place is None else self._secrets.get(place)
        if action == USE and secret is not None:
            return self._using(identity, secret, strict=strict)
        if action == USE and place is not None and self._places.scope(place) is None:
            return Decision(verdict=Verdict.DENIED, reason=f"`{place}` is no secret that workflows are handed")
        if place is not None and action in PUBLIC:
            repository = github_ids.repository_of(place)
            if repository and self._places.public(repository):
                return Decision(verdict=Verdict.ALLOWED, reason=f"`{repository}` is public")
        return self._granted(identity, action, place, strict=strict)

    def matching(self, identity: Identity, action: str, place: str | None) -> tuple[Grant, ...]:
        """Return the grants that may give an action (on a place)."""
        bit = self._catalogue.bit(action)
        found = [grant for grant in self._grants.of(identity) if grant.mask & bit]
        if place is None:
            return tuple(found)
        above = self._places.above(place)
        if bit & self._grants.of_organization:
            above = above[-1:]
        return tuple(grant for grant in found if grant.place_id in above and not self._frozen(action, above))

    def truth(self, identity: Identity, action: str, place: str) -> Truth:
        """Say whether an identity has a permission on a place by what was found."""
        states = [grant.state for grant in self.matching(identity, action, place) if not grant.unread]
        return True if True in states else (None if states else False)

    def _frozen(self, action: str, above: Sequence[str]) -> bool:
        writes = not action.endswith("=read") and action != "administration=write"
        return writes and self._places.archived(above[0])

    def _granted(self, identity: Identity, action: str, place: str | None, *, strict: bool) -> Decision:
        found = self.matching(identity, action, place)
        sure = [grant for grant in found if grant.state]
        if sure:
            return Decision(verdict=Verdict.ALLOWED, statements=_refs(sure), reason=f"`{sure[0].place_id}` grants it")
        pending = [grant for grant in found if not grant.unread]
        if pending and not strict:
            return Decision(
                verdict=Verdict.CONDITIONAL,
                statements=_refs(pending),
                residual=tuple(_residual(grant) for grant in pending),
                reason=f"only if {pending[0].why}",
            )
        gap = self._grants.gap(identity)
        if gap and self._relevant(identity, found, gap, place):
            return Decision(verdict=Verdict.UNKNOWN, reason=gap)
        where = "" if place is None else " there"
        return Decision(verdict=Verdict.DENIED, blocked_by="allow", reason=_DENIED.format(action, where))

    @staticmethod
    def _relevant(identity: Identity, found: Sequence[Grant], gap: str, place: str | None) -> bool:
        """Say whether what was not seen may matter.

        Of a job it is of its own repository and of its token alone; selected repositories are not all there are.
        """
        if gap == UNLISTED and place is not None and github_ids.is_organization(place):
            return False
        return identity.kind != "workflow_job" or bool(found)

    def _using(self, identity: Identity, secret: Resource, *, strict: bool) -> Decision:
        state = self._secrets.uses(identity, secret)
        if state is False:
            reason = f"no code of `{identity.id}` is handed `{secret.name}`"
            return Decision(verdict=Verdict.DENIED, blocked_by="allow", reason=reason)
        ref = StatementRef(identity.id, 0, "secrets", "allow")
        if state:
            reason = f"GitHub hands `{secret.name}` to its workflows"
            return Decision(verdict=Verdict.ALLOWED, statements=(ref,), reason=reason)
        if identity.kind == "workflow_job":
            return Decision(verdict=Verdict.UNKNOWN, reason="which secrets it names was not all kept")
        verdict = Verdict.DENIED if strict else Verdict.CONDITIONAL
        open_ = Condition("GitHub", "", ("the secret is shared with it, or its environment lets it in",))
        return Decision(
            verdict=verdict,
            statements=(ref,),
            residual=() if strict else (Residual(ref, open_, must=True),),
            reason="it depends on whom the secret is for, and on what protects its environment",
        )


def _refs(grants: Iterable[Grant]) -> tuple[StatementRef, ...]:
    return tuple(sorted({grant.ref for grant in grants}, key=lambda ref: (ref.policy_id, ref.binding_id, ref.index)))


def _residual(grant: Grant) -> Residual:
    return Residual(grant.ref, Condition("GitHub", "", (grant.why,)), must=True)
