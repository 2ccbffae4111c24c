"""Organization policies: which constraints are enforced, and where that is said.

https://cloud.google.com/resource-manager/docs/reference/orgpolicy/rest/v2/organizations.policies; version 1 comes
with an export of assets of content `org-policy`. A policy that resets a constraint says what Google does by default,
and for some that is to enforce it:
https://cloud.google.com/resource-manager/docs/organization-policy/understanding-hierarchy#reset_to_default.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from nhi_scan.access.gcp.constraints import ON_BY_DEFAULT
from nhi_scan.providers.gcp.normalise.hierarchy import Hierarchy
from nhi_scan.providers.gcp.normalise.source import Source
from nhi_scan.snapshot.values import Tags, objects, text, within

SWEPT = "asset-orgpolicy-policy"
ASKED = "orgpolicy-policies"
EXPORTED = "asset-org-policies"  # assets with their `orgPolicy`, as `gcloud asset export` writes them

ENFORCED, NOT_ENFORCED, CUSTOM = "enforced", "not_enforced", "custom"
RESET = "reset"  # what Google does by default


class Constraints:
    """The constraints that are set at each scope."""

    def __init__(self, source: Source, hierarchy: Hierarchy) -> None:
        self._source = source
        self._set: dict[str, dict[str, str]] = {}
        for kind, scope_id, name, word in self._all():
            at, _, constraint = name.partition("/policies/")
            if not at or not constraint:
                source.note(kind, scope_id, "organization policies without a name")
            elif word:
                default = ENFORCED if constraint in ON_BY_DEFAULT else NOT_ENFORCED
                self._set.setdefault(hierarchy.scope_id(at), {})[constraint] = default if word == RESET else word

    def _all(self) -> Iterator[tuple[str, str, str, str]]:
        for scope_id, _, asset in self._source.plain(SWEPT):
            data = within(within(asset, "resource"), "data")
            name = text(data, "name") or text(asset, "name").partition("orgpolicy.googleapis.com/")[2]
            yield SWEPT, scope_id, name, _word(within(data, "spec"))
        for scope_id, _, record in self._source.plain(ASKED):
            yield ASKED, scope_id, text(record, "name"), _word(within(record, "spec"))
        for scope_id, _, asset in self._source.plain(EXPORTED):
            at = text(asset, "name").partition("cloudresourcemanager.googleapis.com/")[2]
            for policy in objects(asset, "orgPolicy"):
                constraint = text(policy, "constraint").removeprefix("constraints/")
                yield EXPORTED, scope_id, f"{at}/policies/{constraint}" if at else "", _version_1(policy)

    def of(self, scope_id: str) -> Tags | None:
        """What is set right there; None where nobody could look."""
        covered = self._source.coverage.covered
        if not any(covered(scope_id, kind) is True for kind in (SWEPT, ASKED, EXPORTED)):
            return None
        return tuple(sorted(self._set.get(scope_id, {}).items()))


def _word(spec: Mapping[str, Any]) -> str:
    """What a policy says; empty where it says nothing of its own."""
    if spec.get("reset") is True:
        return RESET
    rules = objects(spec, "rules")
    if not rules:
        return ""
    if len(rules) > 1 or "condition" in rules[0]:
        return CUSTOM
    (rule,) = rules
    if rule.get("enforce") is True or rule.get("denyAll") is True:
        return ENFORCED
    if rule.get("allowAll") is True or (rule.get("enforce") is False or set(rule) <= {"enforce"}):
        return NOT_ENFORCED  # JSON made of a protobuf leaves `false` out
    return CUSTOM


def _version_1(policy: Mapping[str, Any]) -> str:
    if "restoreDefault" in policy:
        return RESET
    if isinstance(policy.get("booleanPolicy"), dict):
        return ENFORCED if within(policy, "booleanPolicy").get("enforced") is True else NOT_ENFORCED
    listed = within(policy, "listPolicy")
    if text(listed, "allValues") == "DENY":
        return ENFORCED
    if text(listed, "allValues") == "ALLOW":
        return NOT_ENFORCED
    return CUSTOM if listed.get("allowedValues") or listed.get("deniedValues") else ""
