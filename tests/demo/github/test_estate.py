"""Northwind on GitHub fits the other clouds of Northwind: what its jobs sign in as is there, and takes them."""

import re

import pytest
import yaml

from nhi_scan.demo.azure.load import load as load_azure
from nhi_scan.demo.gcp.load import load as load_gcp
from nhi_scan.demo.github.load import load
from nhi_scan.demo.load import load as load_aws

TEXTS = {
    f"{one.name}/{path}": text
    for one in load("northwind-github").estate.repositories
    for path, text in one.files.items()
}


def found(pattern: str) -> set[str]:
    return {match for text in TEXTS.values() for match in re.findall(pattern, text)}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_workflow_is_yaml_with_jobs(name: str) -> None:
    assert yaml.safe_load(TEXTS[name])["jobs"]


def test_roles_that_jobs_ask_for_are_there_and_trust_github() -> None:
    estate = load_aws("northwind")
    roles = {f"arn:aws:iam::{estate.accounts[one.account].id}:role/{one.name}": str(one.trust) for one in estate.roles}
    asked = found(r"arn:aws:iam::\d{12}:role/\S+")
    assert len(asked) >= 4
    for arn in asked:
        assert "token.actions.githubusercontent.com" in roles[arn], arn


def test_applications_that_jobs_sign_in_as_are_there_and_federated() -> None:
    estate = load_azure("northwind-azure").estate
    applications = {one["appId"]: one for one in estate.applications}
    asked = found(r"client-id: (\S+)")
    assert len(asked) >= 7
    for client in asked:
        assert estate.federated_credentials[applications[client]["id"]], client
    assert found(r"tenant-id: (\S+)") == {estate.tenant}
    assert found(r"subscription-id: (\S+)") <= {one["subscriptionId"] for one in estate.subscriptions}


def test_accounts_that_jobs_sign_in_as_are_there_and_their_pool() -> None:
    estate = load_gcp("northwind-gcp").estate
    asked = found(r"service_account: (\S+)")
    assert len(asked) >= 2
    assert asked <= {one.email for one in estate.accounts}
    providers = found(r"workload_identity_provider: (\S+)")
    pools = {one.id for one in estate.pools}
    assert {one.split("/")[5] for one in providers} <= pools


def test_numbers_and_names_are_given_once() -> None:
    estate = load("northwind-github").estate
    for rows in (estate.repositories, estate.installations, estate.grants, estate.webhooks):
        numbers = [one["id"] if isinstance(one, dict) else one.id for one in rows]
        assert len(numbers) == len(set(numbers))
    names = {one.name for one in estate.repositories}
    named = {
        name for row in (*estate.secrets, *estate.grants, *estate.runner_groups) for name in row.get("repositories", ())
    }
    assert named <= names
    assert len(names) == len(estate.repositories)
