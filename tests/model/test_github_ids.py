"""Ids of what is on GitHub: one spelling, and the way back to what they lie in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.model import github_ids as ids

ORG = "github.com/acme"
REPO = "github.com/acme/shop"


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("", "github.com"),
        ("https://api.github.com", "github.com"),
        ("https://api.github.com/", "github.com"),
        ("https://GHE.example/api/v3", "ghe.example"),
        ("https://ghe.example:8443/api/v3", "ghe.example:8443"),
        ("https://ghe.example:443/api/v3", "ghe.example"),
        ("https://api.acme.ghe.com", "acme.ghe.com"),
        ("https://api.acme.example/api/v3", "api.acme.example"),
        ("ghe.example", "ghe.example"),
    ],
)
def test_the_host_of_the_web_site(address: str, host: str) -> None:
    assert ids.host_of(address) == host


def test_each_thing_has_one_id() -> None:
    repository = ids.repository("GitHub.com", "Acme", "Shop")
    assert repository == REPO
    assert ids.of_full_name("github.com", "ACME/shop") == REPO
    assert ids.environment(REPO, "Prod/EU 1") == f"{REPO}/environments/prod%2Feu%201"
    assert ids.secret(ids.environment(REPO, "x"), "KEY") == f"{REPO}/environments/x/secrets/key"
    assert ids.secret(ORG, "KEY", "dependabot") == f"{ORG}/dependabot-secrets/key"
    file = ids.workflow(REPO, ".github/workflows/CI #1.yml")
    assert file == f"{REPO}/.github/workflows/CI%20%231.yml"
    assert ids.workflow_of(ids.job(file, "Build/inner")) == file
    assert ids.job(file, "Build/inner").endswith("#Build/inner")


@pytest.mark.parametrize("text", ["", "shop", "/shop", "acme/", "a/b/c"])
def test_what_is_no_full_name(text: str) -> None:
    assert ids.of_full_name("github.com", text) == ""


@pytest.mark.parametrize(
    ("id_", "organization", "repository"),
    [
        (ORG, ORG, ""),
        (REPO, ORG, REPO),
        (ids.code(REPO), ORG, REPO),
        (ids.job(ids.workflow(REPO, ".github/workflows/a.yml"), "b"), ORG, REPO),
        (ids.installation(ORG, 5), ORG, ""),
        (ids.permissions(ids.installation(ORG, 5)), ORG, ""),
        (ids.secret(ORG, "A"), ORG, ""),
        (ids.secret(ids.repository("github.com", "acme", "secrets"), "A"), ORG, "github.com/acme/secrets"),
        (ids.deploy_key(REPO, 5), ORG, REPO),
        (ids.anyone("github.com"), "", ""),
    ],
)
def test_what_an_id_lies_in(id_: str, organization: str, repository: str) -> None:
    assert (ids.organization_of(id_), ids.repository_of(id_)) == (organization, repository)
    assert ids.host_in(id_) == "github.com"


def test_what_an_id_is() -> None:
    assert ids.is_organization(ORG)
    assert not ids.is_organization(REPO)
    assert not ids.is_organization(ids.anyone("github.com"))
    assert ids.is_repository(REPO)
    assert not ids.is_repository(ids.code(REPO))


@given(st.text(max_size=20))
def test_no_name_divides_an_id(name: str) -> None:
    part = ids.part(name)
    assert not any(letter in part for letter in "/# \n\t?")
    assert ids.repository_of(ids.environment(REPO, name)) == REPO
