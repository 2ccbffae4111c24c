"""What makes a workflow run: the key `on`.

https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
"""

from nhi_scan.model.record import record
from nhi_scan.providers.github.workflows.nodes import Listing, Node, Scalar, Table, texts

# Events that somebody without any right in a public repository can cause, and that run with the repository's own token
# and secrets: https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/
OPEN_EVENTS = frozenset(
    {
        "pull_request_target",
        "issue_comment",
        "issues",
        "discussion",
        "discussion_comment",
        "fork",
        "watch",
        "gollum",
        "workflow_run",
        "pull_request_comment",
    }
)


@record
class Trigger:
    """One event, and what of it is wanted. Empty filters: all of it."""

    event: str
    line: int
    branches: tuple[str, ...] = ()
    branches_ignore: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    tags_ignore: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()  # of workflow_run: names of the workflows it follows


def read_triggers(node: Node | None) -> tuple[Trigger, ...]:
    """Read `on`: a word, a list of words, or a mapping with filters; sorted by event."""
    found: dict[str, Trigger] = {}
    if isinstance(node, Table):
        for event, filters in node.items.items():
            found[event] = _trigger(event, node.line_of(event), filters)
    else:
        items = node.items if isinstance(node, Listing) else (node,)
        for item in items:
            if isinstance(item, Scalar) and not item.null:
                found.setdefault(item.value, Trigger(event=item.value, line=item.line))
    return tuple(found[event] for event in sorted(found))


def _trigger(event: str, line: int, filters: Node) -> Trigger:
    if not isinstance(filters, Table):
        return Trigger(event=event, line=line)
    return Trigger(
        event=event,
        line=line,
        branches=texts(filters.get("branches")),
        branches_ignore=texts(filters.get("branches-ignore")),
        tags=texts(filters.get("tags")),
        tags_ignore=texts(filters.get("tags-ignore")),
        paths=texts(filters.get("paths")),
        types=texts(filters.get("types")),
        workflows=texts(filters.get("workflows")),
    )
