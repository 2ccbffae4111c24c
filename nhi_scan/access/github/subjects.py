"""What the token of a job says of it: the subject and the claims beside it.

https://docs.github.com/actions/reference/security/oidc. Three parts make a subject: the repository, by its name or by
name and number; the context, which is the environment, else `pull_request`, else the ref; and where an organization or
a repository chose other claims, those instead.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from nhi_scan.access.combine import Truth
from nhi_scan.access.github.places import Places
from nhi_scan.model import github_ids
from nhi_scan.model.assertion import Claim

_HEADS: Final = "refs/heads/"
_TAGS: Final = "refs/tags/"
_ANY_REF: Final = ("refs/heads/*", "refs/tags/*")
_PULL_REQUEST: Final = frozenset({"pull_request", "pull_request_review", "pull_request_review_comment"})
# Events that run on whatever ref somebody names or makes; all others that are not named here run on the default branch:
# https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
_NAMED_REF: Final = frozenset({"workflow_dispatch", "create", "deployment", "deployment_status"})
_PATTERN: Final = re.compile(r"[*?+\[\]]")
_NAMED: Final = "its subjects call the repository by name alone"
_NUMBERED: Final = "its subjects call the repository by name and number"
_UNNUMBERED: Final = "the number of the repository and of its owner, which nobody could see, are those"
_CHOSEN: Final = "the repository takes the organization's form of subjects"
_NOT_CHOSEN: Final = "the repository keeps the default form of subjects"
_DEFAULT: Final = ("repo", "context")
_MERGE_QUEUE: Final = "refs/heads/gh-readonly-queue/*"


@dataclass(frozen=True, slots=True)
class Context:
    """In what a job runs: what the default subject ends with."""

    event: str  # empty: any
    ref: str  # may end with or hold `*`; empty: nobody can tell
    environment: str = ""
    open: str = ""  # what else has to happen; empty: nothing
    but: tuple[str, ...] = ()  # environments that it is not, where it may be any other

    @property
    def subject(self) -> str:
        """The last part of the default subject."""
        if self.environment:
            return f"environment:{escaped(self.environment)}"
        if self.event in _PULL_REQUEST:
            return "pull_request"
        return f"ref:{escaped(self.ref) if self.ref else '*'}"


def refs_of(event: str, told: Mapping[str, str], default_branch: str | None) -> tuple[str, ...]:
    """Return the refs that an event runs a job on; `*` stands for any text."""
    if event == "push":
        return _pushed(told)
    if event in _PULL_REQUEST:
        return ("refs/pull/*",)
    if event in _NAMED_REF:
        return _ANY_REF
    if event == "release":
        return (f"{_TAGS}*",)
    if event == "merge_group":
        return (_MERGE_QUEUE,)
    return (f"{_HEADS}{default_branch or '*'}",)


def _pushed(told: Mapping[str, str]) -> tuple[str, ...]:
    branches, tags = told.get("branches", "").split(), told.get("tags", "").split()
    if not branches and not tags:
        return _ANY_REF
    found = [f"{_HEADS}{_glob(one)}" for one in branches if not one.startswith("!")]
    found += [f"{_TAGS}{_glob(one)}" for one in tags if not one.startswith("!")]
    return tuple(dict.fromkeys(found))


def _glob(pattern: str) -> str:
    """Write a filter with `*` alone, as wide or wider: `release/**` is `release/*`, `v[12].x` is `v*`."""
    special = _PATTERN.search(pattern)
    if special is None:
        return pattern
    head = pattern[: special.start()]
    plain = pattern.replace("**", "*")
    return plain if _PATTERN.findall(plain) == ["*"] else f"{head}*"


def contexts(told: Mapping[str, str], default_branch: str | None, environment: str) -> Iterator[Context]:
    """Yield in what a job runs, as its file says."""
    for event in told.get("events", told.get("triggers", "")).split():
        if event != "workflow_call":
            for ref in refs_of(event, told, default_branch):
                yield Context(event, ref, environment)


def escaped(text: str) -> str:
    """Write a value as a subject holds it."""
    return text.replace(":", "%3A")


class Writer:
    """Writes the claims of one repository's tokens."""

    def __init__(self, places: Places, repository_id: str) -> None:
        """Read what is known of the repository."""
        self._places = places
        self.id = repository_id
        organization_id = github_ids.organization_of(repository_id)
        owner, scope = places.scope(organization_id), places.scope(repository_id)
        name = scope.name if scope is not None else repository_id.rpartition("/")[2]
        self.name = name.rpartition("/")[2]
        written = name.partition("/")[0] if "/" in name else ""
        self.owner = written or (owner.name if owner is not None else organization_id.rpartition("/")[2])
        self.number = places.told(repository_id, "repository_id")
        self.owner_number = places.told(organization_id, "organization_id")
        # Claims that may have been chosen for the subject, none being the default, each with what has to be so.
        self.keys = self._keys(organization_id)

    @property
    def full_name(self) -> str:
        """As the claim `repository` writes it."""
        return f"{self.owner}/{self.name}"

    @property
    def prefixes(self) -> Mapping[str, str]:
        """What a subject may call the repository, each with what has to be so for that; empty: nothing.

        By name, or by name and number: repositories made or renamed since July 15th 2026 are called so, and others
        where somebody chose it. On GitHub Enterprise Server all are called by name.
        """
        told = self._places.told(self.id, "oidc_sub_prefix")
        if told:
            return {told.removeprefix("repo:").rstrip(":"): ""}
        host = github_ids.host_in(self.id)
        immutable = self._immutable() if host == github_ids.HOST or host.endswith(".ghe.com") else False
        numbered = f"{self.owner}@{self.owner_number or '*'}/{self.name}@{self.number or '*'}"
        if immutable:
            return {numbered: "" if self.number and self.owner_number else _UNNUMBERED}
        return {self.full_name: ""} if immutable is False else {self.full_name: _NAMED, numbered: _NUMBERED}

    def _immutable(self) -> Truth:
        """Say whether numbers are part of it: where the repository's own settings leave it open, its owner's say."""
        own = self._places.word(self.id, "oidc_immutable")
        if own is not None or self._places.told(self.id, "oidc_use_default") is None:
            return own
        return self._places.word(github_ids.organization_of(self.id), "oidc_immutable")

    @property
    def forms(self) -> Iterator[tuple[str, tuple[str, ...], str]]:
        """Yield what the repository's subjects may look like: its prefix, the claims, and what has to be so."""
        for keys, chosen in self.keys.items():
            for prefix, called in self.prefixes.items():
                yield prefix, keys, ", and ".join(one for one in (chosen, called) if one)

    def claims(
        self, context: Context, callee: str, workflow: str, prefix: str, keys: tuple[str, ...]
    ) -> tuple[Claim, ...] | None:
        """Return the claims of a token; None where a job like that gets none.

        Args:
            context: in what it runs.
            prefix: what its subject calls the repository, of `forms`.
            keys: the claims that its subject is made of, of `forms`.
            callee: `owner/name/path@ref` of the called workflow that the job is of; empty: of its own file.
            workflow: path of the workflow file; empty: any.
        """
        own = f"{self.full_name}/{workflow or '*'}@{context.ref or '*'}"
        ref = "" if context.event in _PULL_REQUEST and not context.ref else context.ref or "*"
        values = {
            "repository": self.full_name,
            "repository_owner": self.owner,
            "repository_id": self.number or "",
            "repository_owner_id": self.owner_number or "",
            "repository_visibility": self._places.told(self.id, "visibility") or "",
            "ref": ref,
            "ref_type": _ref_type(ref),
            "environment": context.environment,
            "event_name": context.event,
            "workflow_ref": own,
            "job_workflow_ref": callee or own,
        }
        subject = self._subject(context, values, prefix, keys)
        if subject is None:
            return None
        found = {"sub": subject, **values}
        kept_out = [self._instead(context, values, one, prefix, keys) for one in context.but]
        return (
            Claim("aud", (), "any"),
            *[_claim(name, value, kept_out) for name, value in found.items() if value],
        )

    def _instead(
        self, context: Context, values: Mapping[str, str], environment: str, prefix: str, keys: tuple[str, ...]
    ) -> Mapping[str, str]:
        """Return the claims that would tell of another environment."""
        own = {**values, "environment": environment}
        subject = self._subject(replace(context, environment=environment), own, prefix, keys)
        return {"environment": environment, "sub": subject or ""}

    def _subject(self, context: Context, values: Mapping[str, str], prefix: str, keys: tuple[str, ...]) -> str | None:
        """Return the subject; None where there is no token at all."""
        if not keys:
            return f"repo:{prefix}:{context.subject}"
        parts = []
        for key in keys:
            if key == "repo":
                parts.append(f"repo:{prefix}")
            elif key == "context":
                parts.append(context.subject)
            elif key == "environment" and not context.environment:
                return None
            else:
                parts.append(f"{key}:{escaped(values.get(key) or '*')}")
        return ":".join(parts)

    def _keys(self, organization_id: str) -> Mapping[tuple[str, ...], str]:
        """Return the claims that were chosen for the subject; none: the default ones.

        The organization's choice holds where the repository opted in by `use_default: false` without claims
        of its own; whether it did is not known where nobody could ask.
        """
        default = self._places.word(self.id, "oidc_use_default")
        above = tuple((self._places.told(organization_id, "oidc_sub_keys") or "").split())
        if default is None and above not in ((), _DEFAULT) and not self._places.told(self.id, "oidc_sub_prefix"):
            return {(): _NOT_CHOSEN, above: _CHOSEN}
        if default is not False:
            return {(): ""}
        own = self._places.told(self.id, "oidc_sub_keys")
        return {tuple(own.split()) if own else above: ""}


def _ref_type(ref: str) -> str:
    return "branch" if ref.startswith(_HEADS) else "tag" if ref.startswith(_TAGS) else ""


def _claim(name: str, value: str, others: Iterable[Mapping[str, str]]) -> Claim:
    if "*" not in value:
        return Claim(name, (value,))
    excluded = {one[name] for one in others if one.get(name, value) != value}
    return Claim(name, (value,), "glob", tuple(sorted(excluded)))


def distinct(found: Iterable[Context]) -> tuple[Context, ...]:
    """Return each context once, in order."""
    return tuple(dict.fromkeys(found))
