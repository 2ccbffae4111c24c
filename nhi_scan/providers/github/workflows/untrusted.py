"""What somebody without any right writes into an event, and where a job runs it.

The contexts: https://docs.github.com/actions/concepts/security/script-injections and
https://securitylab.github.com/resources/github-actions-untrusted-input/. Checking out a fork under an event that has
the repository's own token: https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/.
"""

import re
from collections.abc import Collection, Mapping
from itertools import chain

from nhi_scan.providers.github.workflows.expressions import expressions, operands, paths

_EVENT = r"github\.event\."
_PERSON = r"(?:author|committer)\.(?:name|email)"
_UNTRUSTED = re.compile(
    r"github\.head_ref"
    rf"|{_EVENT}(?:issue|discussion|pull_request)\.(?:title|body)"
    rf"|{_EVENT}pull_request\.head\.(?:ref|label)"
    rf"|{_EVENT}pull_request\.head\.repo\.(?:default_branch|description|homepage)"
    rf"|{_EVENT}(?:comment|review|review_comment)\.body"
    rf"|{_EVENT}pages\.\*\.page_name"
    rf"|{_EVENT}(?:commits\.\*|head_commit)\.(?:message|{_PERSON})"
    rf"|{_EVENT}workflow_run\.(?:head_branch|display_title)"
    rf"|{_EVENT}workflow_run\.head_commit\.(?:message|{_PERSON})"
    rf"|{_EVENT}workflow_run\.head_repository\.description"
    rf"|{_EVENT}workflow_run\.pull_requests\.\*\.head\.ref"
    rf"|{_EVENT}changes\.(?:title|body)\.from"
    rf"|{_EVENT}(?:issue|pull_request|comment|review|discussion|workflow_run)|github(?:\.event)?"  # whole, as by toJSON
)
_WHOLE_EVENT = "github.event"
_HEAD = re.compile(
    r"github\.head_ref"
    rf"|{_EVENT}pull_request\.(?:head\..+|merge_commit_sha)"
    rf"|{_EVENT}workflow_run\.(?:head_.+|pull_requests\..+)"
)
# A name of a branch, which is looked for in the repository itself unless another is checked out.
_BY_NAME = re.compile(
    rf"github\.head_ref|{_EVENT}pull_request\.head\.(?:ref|label)"
    rf"|{_EVENT}workflow_run\.(?:head_branch|pull_requests\.\*\.head\.ref)"
)
_PULL = re.compile(r"refs/pull/|pull/\$\{\{|^pull/")
_FETCH = re.compile(r"\bgh\s+pr\s+checkout\b|\bgit\s+(?:fetch|pull)\b[^\n]{0,200}?(?:refs/)?pull/")
_GIT = re.compile(r"\b(?:git\s+(?:fetch|pull|clone|remote\s+add|submodule\s+add)|gh\s+repo\s+clone)\b([^\n]{0,500})")
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w{0,99})\}?")
_NUMBER = frozenset({"github.event.issue.number", "github.event.pull_request.number", "github.event.number"})

# What only those who can push write, or who review: nobody outside.
OF_PUSHES = ("github.event.commits", "github.event.head_commit", "github.event.review")

# Events whose jobs have the repository's token while the pull request may be anybody's.
PRIVILEGED = frozenset({"pull_request_target", "workflow_run", "issue_comment", "pull_request_comment"})


def tainted(text: str, through: Mapping[str, str] | None = None) -> tuple[tuple[str, int], ...]:
    """Return the contexts in a text that somebody outside writes, with how many lines come before the first of each.

    Args:
        text: a script, or the value of a variable.
        through: variables (`env.title`) that hold such a context, and which.
    """
    found: dict[str, int] = {}
    for expression in expressions(text):
        for path in chain.from_iterable(paths(side) for side in operands(expression)):
            held = (through or {}).get(path) or (path if _UNTRUSTED.fullmatch(path) else "")
            held = _WHOLE_EVENT if held == "github" else held
            if held and held not in found:
                found[held] = text.count("\n", 0, max(text.find(expression), 0))
    return tuple(found.items())


def is_head(ref: str, *, elsewhere: bool = False, heads: Collection[str] = ()) -> bool | None:
    """Say whether a ref or a repository to check out is the pull request's: code that anybody may have written.

    The commits of a fork can be had by their hashes from the repository itself, its branches cannot by their names:
    https://github.com/actions/checkout#usage (`repository` is the workflow's own unless told).

    Args:
        ref: the input `ref` or `repository`.
        elsewhere: whether it may be looked for in another repository.
        heads: variables of the environment that name a pull request's head, in lower case.

    Returns:
        None where that depends on something that nobody can tell: an output of another step, a branch of that name.
    """
    named = [path for expression in expressions(ref) for path in paths(expression)]
    told = [path for path in named if _HEAD.fullmatch(path) or path in _NUMBER]
    if any(path.startswith("env.") and path.removeprefix("env.") in heads for path in named):
        return True
    if _PULL.search(ref) or any(elsewhere or not _BY_NAME.fullmatch(path) for path in told):
        return True
    return None if told or any(path.startswith(("steps.", "needs.", "env.")) for path in named) else False


def fetches_head(script: str, heads: Collection[str] = ()) -> int | None:
    """Return how many lines of a script come before it checks out a pull request; None where it does not.

    Args:
        script: the script.
        heads: variables of the environment that name a pull request's head, in lower case.
    """
    places = [one.start() for one in (_FETCH.search(script),) if one]
    places += [one.start() for one in _GIT.finditer(script) if _names_head(one[1], heads)]
    return script.count("\n", 0, min(places)) if places else None


def names_head(value: str) -> bool:
    """Say whether a variable's value is the head of a pull request: its commit, or the repository that it is of."""
    return any(
        _HEAD.fullmatch(path) and not _BY_NAME.fullmatch(path)
        for expression in expressions(value)
        for path in paths(expression)
    )


def _names_head(given: str, heads: Collection[str]) -> bool:
    return names_head(given) or any(one.lower() in heads for one in _VARIABLE.findall(given))
