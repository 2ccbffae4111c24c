"""Google's own roles, where nobody collected what they hold."""

from collections.abc import Callable
from typing import Any

import pytest

from nhi_scan.model.records import Records

APP = "serviceAccount:app@my-app.iam.gserviceaccount.com"
SET_POLICY = "resourcemanager.projects.setIamPolicy"


def bound(*roles: str) -> list[dict[str, Any]]:
    return [
        {
            "resource": "//cloudresourcemanager.googleapis.com/projects/my-app",
            "organization": "organizations/1",
            "policy": {"bindings": [{"role": role, "members": [APP]} for role in roles]},
        }
    ]


def test_what_a_role_is_there_for_is_known_and_not_what_else_it_holds(read: Callable[..., Records]) -> None:
    records = read({"asset-iam-policies": bound("roles/owner", "roles/compute.admin")})

    (role,) = records.policies
    assert (role.id, role.complete, role.managed_by_provider) == ("roles/owner", False, True)
    assert SET_POLICY in role.statements[0].actions


@pytest.mark.parametrize("role", ["roles/owner", "projects/my-app/roles/owner"])
def test_a_definition_counts_and_what_nobody_is_given_is_left_out(read: Callable[..., Records], role: str) -> None:
    defined = {"name": role, "title": "Ours", "includedPermissions": ["storage.objects.get"]}
    kind = "iam-predefined-roles" if role.startswith("roles/") else "iam-custom-roles"
    records = read({"asset-iam-policies": bound(role), kind: [defined]})

    assert [(one.id, one.complete) for one in records.policies] == [(role, True)]
