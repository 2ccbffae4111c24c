import os

import boto3
import pytest

from nhi_scan.demo import server
from nhi_scan.demo.environment import environment


def test_environment_hides_what_the_user_has_and_gives_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = {
        "AWS_PROFILE": "mine",
        "AWS_ACCESS_KEY_ID": "AKIAMINE",
        "AWS_CONFIG_FILE": "/home/me/config",
        "AWS_ENDPOINT_URL_IAM": "https://iam.example",
        "https_proxy": "http://proxy.example:8080",
    }
    for name, value in mine.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    with environment({"AWS_ACCESS_KEY_ID": "demo"}):
        inside = {name: os.environ.get(name) for name in mine}
        assert inside == {
            "AWS_PROFILE": None,
            "AWS_ACCESS_KEY_ID": "demo",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_ENDPOINT_URL_IAM": None,
            "https_proxy": None,
        }
        assert os.environ["AWS_EC2_METADATA_DISABLED"] == "true"
    assert dict(os.environ) == before


def test_environment_is_given_back_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    with pytest.raises(RuntimeError), environment({}):
        raise RuntimeError
    assert os.environ["AWS_PROFILE"] == "mine"


def test_server_listens_on_loopback_alone_and_forgets_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = []
    for _ in range(2):
        with server.serve() as endpoint:
            assert endpoint.startswith("http://127.0.0.1:")
            place = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_ENDPOINT_URL": endpoint}
            with environment(place):
                iam = boto3.client("iam", region_name="us-east-1")
                iam.create_user(UserName="somebody")
                counts.append(len(iam.list_users()["Users"]))
    assert counts == [1, 1]
