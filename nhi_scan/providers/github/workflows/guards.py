"""Whether a condition lets somebody outside start a job or a step: the key `if`.

https://docs.github.com/actions/reference/workflows-and-actions/expressions and, for what the contexts hold,
https://docs.github.com/webhooks/webhook-events-and-payloads. An expression is not computed: it is asked whether a
stranger can make it come out as true under an event.
"""

import re
from collections.abc import Iterable
from enum import Enum

from nhi_scan.providers.github.workflows.expressions import closes_last, paths, plain_path, split

_LONGEST = 5_000
_DEEPEST = 20
_WHOLE = re.compile(r"\$\{\{(.*)\}\}", re.DOTALL)
_TEXT = re.compile(r"'((?:[^']|'')*)'")
_PATH = re.compile(r"[A-Za-z_][\w.-]*(?:\[[^\]]*\][\w.-]*)*")
_CALL = re.compile(r"(\w+)\s*\((.*)\)", re.DOTALL)
_STATUS = frozenset({"always", "success", "failure", "cancelled"})
_ASKS = frozenset({"contains", "startswith", "endswith"})
# What whoever opens a pull request or an issue, or comments on one, has in hand.
_THEIRS = re.compile(
    r"github\.(?:head_ref|base_ref|ref|ref_name|ref_type|event\.(?:action|number))"
    r"|github\.event\.comment\.body|github\.event\.(?:issue|discussion)\.(?:title|body|state|number|pull_request.*)"
    r"|github\.event\.pull_request\.(?:title|body|draft|state|number|head\.(?:ref|label|sha)|base\.ref)"
    r"|github\.event\.(?:review|review_comment)\.body|github\.event\.changes\..+"
    r"|github\.event\.workflow_run\.(?:conclusion|status|name|head_branch|head_sha|id|display_title)"
)
_THEIR_HOME = re.compile(r"github\.event\.(?:pull_request\.head\.(?:repo|user)|workflow_run\.head_repository)\..+")
_OUR_HOME = re.compile(
    r"github\.repository(?:_id|_owner|_owner_id)?"
    r"|github\.event\.(?:repository|organization|pull_request\.base\.(?:repo|user)|workflow_run\.repository)\..+"
)
_IS_FORK = re.compile(r"github\.event\.(?:pull_request\.head\.repo|workflow_run\.head_repository)\.fork")
# What tells who it is.
_OF_THEM = re.compile(r".*github\.event\.(?:pull_request\.head\.(?:repo|user)|workflow_run\.(?:head_repo|event))")
_CAUSE = "github.event.workflow_run.event"
# Events of a workflow that another one follows, which nobody outside causes.
_INSIDE = frozenset(
    {"push", "schedule", "workflow_dispatch", "repository_dispatch", "release", "create", "merge_group"}
)


class Answer(Enum):
    """What a condition comes to."""

    YES = "true"
    NO = "false"
    THEIRS = "as a stranger likes"
    OPEN = "nobody can tell"


def admits(conditions: Iterable[str], event: str, repository: str = "", *, stranger: bool = True) -> bool | None:
    """Say whether whoever causes an event can meet several conditions; None where nobody can tell.

    Args:
        conditions: each as its file writes it; an empty one is met.
        event: its name.
        repository: `owner/name` of the repository whose event it is; empty: nobody knows.
        stranger: whether they have no right in the repository; False: where nobody knows who it is.
    """
    answer = Answer.YES
    for one in conditions:
        answer = _all((answer, _Asked(event, repository, stranger=stranger).answer(one)))
    return {Answer.NO: False, Answer.OPEN: None}.get(answer, True)


def ignores_what_it_needs(condition: str) -> bool:
    """Say whether a job may run though one that it needs did not.

    https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idneeds
    """
    return re.search(r"\b(?:always|failure|cancelled)\s*\(", condition, re.IGNORECASE) is not None


class _Asked:
    def __init__(self, event: str, repository: str, *, stranger: bool) -> None:
        self._event = event
        self._stranger = stranger
        self._repository = repository.lower()
        self._ours = (self._repository, self._repository.partition("/")[0])

    def answer(self, condition: str) -> Answer:
        text = condition.strip()
        whole = _WHOLE.fullmatch(text)
        if whole and "${{" not in whole[1]:
            text = whole[1]
        elif "${{" in text:
            return Answer.OPEN  # a text around an expression
        if len(text) > _LONGEST:
            return Answer.OPEN
        return self._of(text, 0) if text.strip() else Answer.YES

    def _of(self, text: str, depth: int) -> Answer:
        text = text.strip()
        if depth > _DEEPEST:
            return Answer.OPEN
        for sign, joined in (("||", _any), ("&&", _all)):
            sides = split(text, sign)
            if len(sides) > 1:
                return joined(self._of(side, depth + 1) for side in sides)
        if text.startswith("(") and closes_last(text):
            return self._of(text[1:-1], depth + 1)
        if text.startswith("!") and not text.startswith("!="):
            return _opposite(self._of(text[1:], depth + 1))
        for sign in ("==", "!="):
            sides = split(text, sign)
            if len(sides) == 2:
                return self._compared(sides[0].strip(), sides[1].strip(), same=sign == "==")
        return self._plain(text)

    def _compared(self, one: str, other: str, *, same: bool) -> Answer:
        if _TEXT.fullmatch(one) or one.lower() in ("true", "false"):
            one, other = other, one
        path, written = plain_path(one), _TEXT.fullmatch(other)
        if not self._stranger and _OF_THEM.match(f"{path} {plain_path(other)}"):
            return Answer.OPEN
        text = written[1].lower() if written else other.lower()
        if path == _CAUSE and written:
            return Answer.OPEN if not same and text not in _INSIDE else self._with_text(path, text, same=same)
        if written or text in ("true", "false", "null"):
            return self._with_text(path, text, same=same)
        found = _elsewhere(path, plain_path(other)) or _elsewhere(plain_path(other), path)
        return _sure(is_so=not same) if found else Answer.OPEN

    def _with_text(self, path: str, text: str, *, same: bool) -> Answer:
        """What comparing a context with a text comes to."""
        found = Answer.THEIRS if _THEIRS.fullmatch(path) else Answer.OPEN
        is_so = {"github.event_name": self._event.lower()}
        if self._repository:
            is_so |= {"github.repository": self._ours[0], "github.repository_owner": self._ours[1]}
        if path in is_so:
            found = _sure(is_so=text == is_so[path])
        elif path == _CAUSE:
            found = Answer.NO if text in _INSIDE else Answer.THEIRS
        elif _IS_FORK.fullmatch(path):
            found = {"true": Answer.YES, "false": Answer.NO}.get(text, Answer.OPEN)
        elif _THEIR_HOME.fullmatch(path) and self._repository and text in self._ours:
            found = Answer.NO
        return found if same else _opposite(found)

    def _plain(self, text: str) -> Answer:
        if text.lower() in ("true", "false"):
            return _sure(is_so=text.lower() == "true")
        call = _CALL.fullmatch(text)
        if call:
            return self._called(call[1].lower(), call[2])
        path = plain_path(text) if _PATH.fullmatch(text) else ""
        if _IS_FORK.fullmatch(path):
            return Answer.YES if self._stranger else Answer.OPEN
        if path == "github.event.pull_request":
            return _sure(is_so=self._event.startswith("pull_request"))
        return Answer.THEIRS if _THEIRS.fullmatch(path) else Answer.OPEN

    def _called(self, name: str, given: str) -> Answer:
        if name in _STATUS:
            return Answer.THEIRS
        named = [path for path in paths(given) if path.lower() != "fromjson"]
        if name == "contains" and named == ["github.event_name"]:
            return _sure(is_so=self._event in re.findall(r"\w+", "".join(_TEXT.findall(given))))
        theirs = bool(named) and all(_THEIRS.fullmatch(path) for path in named)
        return Answer.THEIRS if name in _ASKS and theirs else Answer.OPEN


def _elsewhere(path: str, other: str) -> bool:
    """Whether the home of a pull request is compared with the repository itself: a stranger's is a fork."""
    return _THEIR_HOME.fullmatch(path) is not None and _OUR_HOME.fullmatch(other) is not None


def _sure(*, is_so: bool) -> Answer:
    return Answer.YES if is_so else Answer.NO


def _opposite(answer: Answer) -> Answer:
    return {Answer.YES: Answer.NO, Answer.NO: Answer.YES}.get(answer, answer)


def _all(answers: Iterable[Answer]) -> Answer:
    return _first(answers, (Answer.NO, Answer.OPEN, Answer.THEIRS, Answer.YES))


def _any(answers: Iterable[Answer]) -> Answer:
    return _first(answers, (Answer.YES, Answer.THEIRS, Answer.OPEN, Answer.NO))


def _first(answers: Iterable[Answer], order: tuple[Answer, ...]) -> Answer:
    return min(answers, key=order.index)
