"""Constraints that are reset: Google's default holds, whatever is said above, and for some that is to enforce them."""

from typing import Any

import pytest

ACROSS, KEYS = "iam.disableCrossProjectServiceAccountUsage", "iam.disableServiceAccountKeyCreation"


@pytest.mark.parametrize(("constraint", "word"), [(ACROSS, "enforced"), (KEYS, "not_enforced")])
@pytest.mark.parametrize("form", ["asset-orgpolicy-policy", "orgpolicy-policies", "asset-org-policies"])
def test_a_reset_constraint_has_the_default_that_google_gives_it(
    read: Any, asset: Any, form: str, constraint: str, word: str
) -> None:
    crm = "//cloudresourcemanager.googleapis.com/projects/100"
    project = {
        "asset-cloudresourcemanager-project": [asset(crm, {"projectId": "my-app", "projectNumber": "100"})],
    }
    name = f"projects/100/policies/{constraint}"
    data: dict[str, Any] = {"name": name, "spec": {"reset": True}}
    if form == "asset-orgpolicy-policy":
        data = asset(f"//orgpolicy.googleapis.com/{name}", data)
    elif form == "asset-org-policies":
        data = {
            "name": crm,
            "orgPolicy": [{"constraint": f"constraints/{constraint}", "restoreDefault": {}}],
        }
    found = {one.id: one.constraints for one in read({**project, form: [data]}).scopes}
    assert found["projects/my-app"] == ((constraint, word),)
    assert found["organizations/1"] == ()
