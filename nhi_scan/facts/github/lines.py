"""Which attributes are shown as evidence, and where in a workflow file something stands."""

from collections.abc import Mapping
from types import MappingProxyType

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.wording import some
from nhi_scan.model.finding import Evidence, SubjectKind

READ = frozenset(
    {
        # of a tenant, and of an identity of Entra
        "admin_consent_workflow",
        "blueprint_id",
        "password_addition_restricted",
        "password_lifetime_days",
        "risk_level",
        "risk_state",
        "user_consent",
        "users_may_create_apps",
        # of organizations and repositories of GitHub, of keys, apps and tokens there, and of jobs
        "acts_for",
        "added_by",
        "can_approve_reviews",
        "condition",
        "default_workflow_permissions",
        "environment",
        "permissions",
        "read_only",
        "repository_selection",
        "runs_on",
        "triggers",
        "visibility",
    }
)
"""What rules read of a scope and of an identity, among all that is told of one."""

# Attribute of a job -> what its items are called.
_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "head_checkouts": "checks out a pull request",
        "injects": "runs as a script",
        "static_secrets": "key of a cloud",
        "unpinned_third_party": "action that can be moved",
        "roles": "asks for role",
    }
)


def key_lines(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """Where a job's workflow file, or an action that it uses, takes a key of a cloud: file and line."""
    return _lines(estate, subject, subject_id, ("static_secrets",))


def action_lines(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """Where it uses actions of others that can be moved."""
    return _lines(estate, subject, subject_id, ("unpinned_third_party",))


def outsider_lines(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """Where it runs what outsiders write, and where it asks for roles, which they have then."""
    return _lines(estate, subject, subject_id, ("head_checkouts", "injects", "roles"))


def _lines(estate: Estate, subject: SubjectKind, subject_id: str, lists: tuple[str, ...]) -> list[Evidence]:
    """Return what items of some lists say, those of the first list first."""
    if subject != "identity":
        return []
    told = dict(estate.inventory.identities[subject_id].attributes)
    places = [(item, line) for item, _, line in (one.rpartition("#L") for one in told.get("lines", "").split())]
    found = [
        (_NAMES[name], value, item.removeprefix(value).removeprefix("@") or told.get("source_file", ""), line)
        for name in lists
        for item, line in places
        for value in told.get(name, "").split()
        if item == value or item.startswith(f"{value}@")
    ]
    rows = dict.fromkeys(found)
    return some(rows, lambda row: Evidence("fact", f"{row[0]}: {row[1]} ({row[2]}, line {row[3]})", subject_id))
