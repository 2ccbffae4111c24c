"""Whether somebody who may write can put commits on the default branch by themselves.

https://docs.github.com/rest/branches/branch-protection and https://docs.github.com/rest/repos/rules. The attribute
`default_branch_protected` of a repository is `true` where classic protection or a rule wants the approval of another,
or lets only named people push, or locks the branch; `false` where nothing does so and all of it was read. `rulesets`:
what active rulesets are about, `branch`, `tag`, `push` (https://docs.github.com/rest/repos/rules#get-all-repository-rulesets);
`none` where there is none.
"""

from collections.abc import Mapping
from typing import Any

from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.normalise.places import Places
from nhi_scan.providers.github.normalise.source import Source
from nhi_scan.snapshot.values import text, within

_TARGETS = frozenset({"branch", "tag", "push"})
_CLOSED = frozenset({"update"})  # a rule by which only those who bypass it push


def read_branches(source: Source, places: Places) -> None:
    """Read protection and rules of default branches."""
    protected: dict[str, bool] = {}  # whether the branch says so
    closed: dict[str, bool] = {}  # what the protection says
    rules: dict[str, bool] = {}
    for scope_id, fields, record in source.plain(kinds.BRANCHES):
        repository = places.of(scope_id, fields)
        if repository and isinstance(record.get("protected"), bool):
            protected[repository] = record["protected"]
    for scope_id, fields, record in source.plain(kinds.BRANCH_PROTECTION):
        repository = places.of(scope_id, fields)
        if repository:
            closed[repository] = _closed(record)
    for scope_id, fields, record in source.plain(kinds.BRANCH_RULES):
        repository = places.of(scope_id, fields)
        if repository:
            rules[repository] = rules.get(repository, False) or _holds(record)
    _rulesets(source, places)
    for scope in places.repositories():
        verdict = _verdict(source, scope.id, protected, closed, rules)
        places.tell(scope.id, {"default_branch_protected": None if verdict is None else str(verdict).lower()})


def _rulesets(source: Source, places: Places) -> None:
    targets: dict[str, set[str]] = {}
    for scope_id, fields, record in source.plain(kinds.RULESETS):
        repository, target = places.of(scope_id, fields), text(record, "target") or "branch"
        if repository and target in _TARGETS and text(record, "enforcement") == "active":
            targets.setdefault(repository, set()).add(target)
    for scope in places.repositories():
        if source.coverage.covered(scope.id, kinds.RULESETS) or scope.id in targets:
            places.tell(scope.id, {"rulesets": " ".join(sorted(targets.get(scope.id, ()))) or "none"})


def _verdict(
    source: Source,
    repository: str,
    protected: Mapping[str, bool],
    closed: Mapping[str, bool],
    rules: Mapping[str, bool],
) -> bool | None:
    if closed.get(repository) or rules.get(repository):
        return True
    ruled = source.coverage.covered(repository, kinds.BRANCH_RULES)
    if not ruled or repository not in protected:
        return None
    if not protected[repository] or repository in closed:
        return False
    # By rulesets alone, which were read; or by a protection that could not be.
    return False if source.coverage.covered(repository, kinds.BRANCH_PROTECTION) else None


def _closed(protection: Mapping[str, Any]) -> bool:
    if isinstance(protection.get("restrictions"), dict) or within(protection, "lock_branch").get("enabled") is True:
        return True
    return _approvals(within(protection, "required_pull_request_reviews"))


def _holds(rule: Mapping[str, Any]) -> bool:
    kind = text(rule, "type")
    return kind in _CLOSED or (kind == "pull_request" and _approvals(within(rule, "parameters")))


def _approvals(reviews: Mapping[str, Any]) -> bool:
    count = reviews.get("required_approving_review_count")
    owners = reviews.get("require_code_owner_reviews") is True or reviews.get("require_code_owner_review") is True
    return owners or (isinstance(count, int) and not isinstance(count, bool) and count > 0)
