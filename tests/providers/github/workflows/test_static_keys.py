"""Names of secrets that say what they hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.providers.github.workflows.static_keys import is_key_secret, is_key_variable


@pytest.mark.parametrize(
    "name",
    [
        "AWS_SECRET_ACCESS_KEY",
        "aws_access_key_id",
        "PROD_AWS_ACCESS_KEY_ID",
        "AWS_PROD_SECRET_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "AZURE_CREDENTIALS",
        "AZURE_PROD_CLIENT_SECRET",
        "ARM_CLIENT_SECRET",
        "GCP_SA_KEY",
        "GCP_CREDENTIALS_PROD",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GKE_SA_KEY",
    ],
)
def test_keys_of_clouds(name: str) -> None:
    assert is_key_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "AWS_ROLE_ARN",
        "AWS_REGION",
        "AWS_ACCOUNT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_TENANT_ID",
        "NPM_TOKEN",
        "GCP_PROJECT",
        "LAWS_KEY",
        "",
    ],
)
def test_other_secrets(name: str) -> None:
    assert not is_key_secret(name)


def test_variables_are_known_by_their_whole_name() -> None:
    assert is_key_variable("aws_secret_access_key")
    assert not is_key_variable("MY_AWS_SECRET_ACCESS_KEY_NAME")


@given(st.text(alphabet="AWS_KEYID", max_size=500))
def test_any_name_is_judged_at_once(name: str) -> None:
    assert is_key_secret(name) in (True, False)
