import os

import pytest

from nhi_scan.demo.environment import adding, environment

THEIRS = {
    "AWS_PROFILE": "production",
    "GOOGLE_APPLICATION_CREDENTIALS": "key.json",
    "AZURE_CLIENT_SECRET": "secret",
    "ARM_CLIENT_SECRET": "secret",
    "IDENTITY_ENDPOINT": "http://169.254.169.254",
    "MSI_SECRET": "secret",
    "IMDS_ENDPOINT": "http://127.0.0.1:40342",
    "REQUESTS_CA_BUNDLE": "other.pem",
    "https_proxy": "http://127.0.0.1:9",
}


@pytest.fixture(autouse=True)
def theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in THEIRS.items():
        monkeypatch.setenv(name, value)


def test_nothing_of_the_users_clouds_is_seen_and_all_of_it_comes_back() -> None:
    before = dict(os.environ)
    with environment({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}):
        assert not THEIRS.keys() & os.environ.keys()
        assert os.environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
        assert "localhost" in os.environ["NO_PROXY"].split(",")
    assert dict(os.environ) == before


def test_what_is_added_hides_nothing_and_goes_again() -> None:
    before = dict(os.environ)
    with environment({"AWS_REGION": "here"}), adding({"AZURE_CLIENT_ID": "ours", "AWS_REGION": "there"}):
        assert (os.environ["AZURE_CLIENT_ID"], os.environ["AWS_REGION"]) == ("ours", "there")
        assert "AZURE_CLIENT_SECRET" not in os.environ
    assert dict(os.environ) == before


def test_a_failure_gives_back_what_was_taken() -> None:
    before = dict(os.environ)
    with pytest.raises(ZeroDivisionError), environment({}), adding({"AZURE_CLIENT_ID": "ours"}):
        raise ZeroDivisionError
    assert dict(os.environ) == before
