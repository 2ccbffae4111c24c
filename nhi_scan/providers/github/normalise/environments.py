"""Environments that jobs name, and what protects them.

https://docs.github.com/rest/deployments/environments. Attributes: `reviewers` (how many people or teams may approve; 0
where nobody has to), `wait_minutes`, `branch_policy` (`none`: any ref; `protected`: protected branches; `custom`),
`branches` and `tags` (patterns of `custom`, with spaces between them), `prevents_self_review`, `admins_bypass`,
`custom_rules` (how many rules of apps there are).
"""

from collections.abc import Mapping
from typing import Any

from nhi_scan.model import github_ids
from nhi_scan.model.identity import Resource
from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.normalise.places import Places
from nhi_scan.providers.github.normalise.source import PROVIDER, Source, flag, number, told, word
from nhi_scan.snapshot.values import moment, objects, text

_OWN_RULES = frozenset({"required_reviewers", "wait_timer", "branch_policy"})


def read_environments(source: Source, places: Places) -> None:
    """Read all environments."""
    patterns = _patterns(source, places)
    seen: set[str] = set()
    for scope_id, fields, record in source.plain(kinds.ENVIRONMENTS):
        repository, name = places.of(scope_id, fields), word(record, "name")
        if not repository or not name:
            source.note(kinds.ENVIRONMENTS, scope_id, "environments without a name or a repository")
            continue
        id_ = github_ids.environment(repository, name)
        if id_ in seen:
            continue
        seen.add(id_)
        source.records.resources.append(
            Resource(
                id=id_,
                provider=PROVIDER,
                kind="deployment_environment",
                name=name,
                scope_id=repository,
                sensitivity="control",
                created_at=moment(record.get("created_at")),
                attributes=_attributes(record, patterns.get(id_)),
            )
        )


def _patterns(source: Source, places: Places) -> dict[str, dict[str, list[str]]]:
    """By environment, patterns of branches and of tags."""
    found: dict[str, dict[str, list[str]]] = {}
    for scope_id, fields, record in source.plain(kinds.ENVIRONMENT_BRANCH_POLICIES):
        repository, name, pattern = places.of(scope_id, fields), word(fields, "environment"), word(record, "name")
        if not repository or not name or not pattern:
            source.note(kinds.ENVIRONMENT_BRANCH_POLICIES, scope_id, "branch policies without an environment")
            continue
        kinds_of = found.setdefault(github_ids.environment(repository, name), {"branches": [], "tags": []})
        kinds_of["tags" if text(record, "type") == "tag" else "branches"].append(pattern)
    return found


def _attributes(record: Mapping[str, Any], patterns: Mapping[str, list[str]] | None) -> tuple[tuple[str, str], ...]:
    rules = objects(record, "protection_rules") if isinstance(record.get("protection_rules"), list) else None
    reviewed = [rule for rule in rules or () if text(rule, "type") == "required_reviewers"]
    waits = [number(rule, "wait_timer") for rule in rules or () if text(rule, "type") == "wait_timer"]
    return told(
        reviewers=None if rules is None else str(sum(len(objects(rule, "reviewers")) for rule in reviewed)),
        wait_minutes=None if rules is None else next((wait for wait in waits if wait), "0"),
        prevents_self_review=next((flag(rule, "prevent_self_review") for rule in reviewed), None),
        custom_rules=None if rules is None else str(sum(text(rule, "type") not in _OWN_RULES for rule in rules)),
        branch_policy=_policy(record),
        branches=" ".join(sorted(patterns["branches"])) if patterns else None,
        tags=" ".join(sorted(patterns["tags"])) if patterns else None,
        admins_bypass=flag(record, "can_admins_bypass"),
    )


def _policy(record: Mapping[str, Any]) -> str | None:
    policy = record.get("deployment_branch_policy")
    if policy is None:
        return "none" if "deployment_branch_policy" in record else None
    if not isinstance(policy, dict):
        return None
    if policy.get("protected_branches") is True:
        return "protected"
    return "custom" if policy.get("custom_branch_policies") is True else None
