"""Where service accounts are at home, by their addresses."""

import pytest

from nhi_scan.model.service_accounts import home_in, project_in


@pytest.mark.parametrize(
    ("email", "project"),
    [
        ("app@my-app.iam.gserviceaccount.com", "my-app"),
        ("app@my-app.example.com.iam.gserviceaccount.com", "example.com:my-app"),
        ("my-app@appspot.gserviceaccount.com", "my-app"),
        ("my-app.example.com@appspot.gserviceaccount.com", "example.com:my-app"),
        ("100@cloudservices.gserviceaccount.com", ""),
        ("app@my-app.iam.gserviceaccount.com.evil.example", ""),
        ("a@b.c", ""),
        ("odd", ""),
        ("", ""),
    ],
)
def test_the_project_in_an_address(email: str, project: str) -> None:
    assert project_in(email) == home_in(email) == project


def test_the_default_account_of_compute_engine_tells_a_number() -> None:
    email = "100-compute@developer.gserviceaccount.com"
    assert (project_in(email), home_in(email)) == ("", "100")
