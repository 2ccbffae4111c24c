"""What the token of a job says of it: the subject and the claims beside it.

https://docs.github.com/actions/reference/security/oidc. Three parts make a subject: the repository, by its name or by
name and number; the context, which is the environment, else `pull_request`, else the ref; and where an organization or
a repository chose other claims, those instead.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

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
_MERGE_QUEUE: Final = "refs/heads/gh-readonly-queue/*"


@dataclass(frozen=True, slots=True)
class Context:
    """In what a job runs: what the default subject ends with."""

    event: str  # empty: any
    ref: str  # may end with or hold `*`; empty: nobody can tell
    environment: str = ""
    open: str = ""  # what else has to happen; empty: nothing

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
    for event in told.get("triggers", "").split():
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
        self.keys = self._keys(organization_id)

    @property
    def full_name(self) -> str:
        """As the claim `repository` writes it."""
        return f"{self.owner}/{self.name}"

    @property
    def prefix(self) -> str | None:
        """What a subject calls the repository; None where its numbers are part of that and not known.

        Repositories made before July 15th 2026 are called by name unless somebody chose otherwise, and so are all on
        GitHub Enterprise Server.
        """
        told = self._places.told(self.id, "oidc_sub_prefix")
        if told:
            return told.removeprefix("repo:").rstrip(":")
        own = self._places.word(self.id, "oidc_immutable")
        if not (self._places.word(github_ids.organization_of(self.id), "oidc_immutable") if own is None else own):
            return self.full_name
        if not self.number or not self.owner_number:
            return None
        return f"{self.owner}@{self.owner_number}/{self.name}@{self.number}"

    def claims(self, context: Context, callee: str, workflow: str) -> tuple[Claim, ...] | None:
        """Return the claims of a token; None where a job like that gets none.

        Args:
            context: in what it runs.
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
        subject = self._subject(context, values)
        if subject is None:
            return None
        found = [_claim("sub", subject)] if subject else []
        found += [_claim(name, value) for name, value in values.items() if value]
        return (Claim("aud", (), "any"), *found)

    def _subject(self, context: Context, values: Mapping[str, str]) -> str | None:
        """Return the subject; empty where nobody can tell it, None where there is no token at all."""
        prefix = self.prefix
        if not self.keys:
            return f"repo:{prefix}:{context.subject}" if prefix else ""
        parts = []
        for key in self.keys:
            if key == "repo":
                if prefix is None:
                    return ""
                parts.append(f"repo:{prefix}")
            elif key == "context":
                parts.append(context.subject)
            elif key == "environment" and not context.environment:
                return None
            else:
                parts.append(f"{key}:{escaped(values.get(key) or '*')}")
        return ":".join(parts)

    def _keys(self, organization_id: str) -> Sequence[str]:
        """Return the claims that were chosen for the subject; none: the default ones.

        The organization's choice holds where the repository opted in by `use_default: false` without claims
        of its own.
        """
        if self._places.word(self.id, "oidc_use_default") is not False:
            return ()
        own = self._places.told(self.id, "oidc_sub_keys") or self._places.told(organization_id, "oidc_sub_keys")
        return (own or "").split()


def _ref_type(ref: str) -> str:
    return "branch" if ref.startswith(_HEADS) else "tag" if ref.startswith(_TAGS) else ""


def _claim(name: str, value: str) -> Claim:
    return Claim(name, (value,), "glob" if "*" in value else "exact")


def distinct(found: Iterable[Context]) -> tuple[Context, ...]:
    """Return each context once, in order."""
    return tuple(dict.fromkeys(found))
