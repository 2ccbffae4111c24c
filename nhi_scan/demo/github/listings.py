"""Answers that an organization and a repository give alike."""

from typing import Any
from urllib.parse import unquote

from nhi_scan.demo.github import details, rows
from nhi_scan.demo.github.errors import not_found
from nhi_scan.demo.github.estate import Row, Rows
from nhi_scan.demo.github.exchange import Listing, Scene


def found(rows_: Rows, name: str, value: str) -> Row:
    """Find a row by the value of a field.

    Raises:
        ApiError: there is none.
    """
    for row in rows_:
        if str(row[name]).lower() == unquote(value).lower():
            return row
    raise not_found()


def chosen(scene: Scene, names: Any, under: str) -> Listing:
    """List repositories by name."""
    found = [rows.repository(scene.world, one) for one in scene.world.repositories() if one.name in (names or ())]
    return Listing(rows=found, name=under)


def workflow(own: Row, whole: Row) -> Any:
    """Say what jobs are given unless they say otherwise, where that is inherited too."""
    return {
        "default_workflow_permissions": own.get(
            "default_workflow_permissions", whole.get("default_workflow_permissions", "read")
        ),
        "can_approve_pull_request_reviews": own.get(
            "can_approve_pull_request_reviews", whole.get("can_approve_pull_request_reviews", False)
        ),
    }


def secrets(scene: Scene, of: Rows) -> Listing:
    """List secrets."""
    return Listing(rows=[details.secret(scene.world, row) for row in of], name="secrets")


def hooks(scene: Scene, of: Rows) -> Listing:
    """List webhooks of a repository or the organization."""
    organization = scene.repository is None
    return Listing(rows=[details.webhook(scene.world, scene.base, row, organization=organization) for row in of])
