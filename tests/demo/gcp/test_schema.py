from typing import Any

import pytest

from nhi_scan.demo.gcp import discovery
from nhi_scan.demo.gcp.schema import breaches

KEY = {
    "name": "projects/shop/serviceAccounts/web@shop.iam.gserviceaccount.com/keys/k1",
    "keyAlgorithm": "KEY_ALG_RSA_2048",
    "validAfterTime": "2025-01-01T00:00:00Z",
    "disabled": True,
    "extendedStatus": [{"key": "SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_KEY_EXPOSED", "value": "x"}],
}


def wrong(service: str, schema: str, value: Any) -> list[str]:
    known = discovery.schema_of(service, schema)
    assert known
    return list(breaches(value, *known))


def test_what_google_shows_of_a_key_fits() -> None:
    assert wrong("iam.googleapis.com", "ServiceAccountKey", KEY) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"fingerprint": "x"}, "$: there is no `fingerprint` in `ServiceAccountKey`"),
        ({"disabled": "true"}, "$.disabled: `'true'` is no boolean"),
        ({"keyType": "USER"}, "$.keyType: `USER` is not one of"),
        ({"validAfterTime": "yesterday"}, "$.validAfterTime: `yesterday` is no google-datetime"),
        ({"name": 7}, "$.name: `7` is no string"),
        ({"extendedStatus": {}}, "$.extendedStatus: `{}` is no array"),
        ({"extendedStatus": [{"valeu": "x"}]}, "$.extendedStatus[0]: there is no `valeu` in"),
    ],
)
def test_a_field_type_or_word_that_google_does_not_have_is_a_breach(change: dict[str, Any], sentence: str) -> None:
    found = wrong("iam.googleapis.com", "ServiceAccountKey", {**KEY, **change})
    assert len(found) == 1
    assert found[0].startswith(sentence)


@pytest.mark.parametrize("number", [5, True, "five"])
def test_a_64_bit_number_is_a_string_of_digits(number: Any) -> None:
    assert wrong("compute.googleapis.com", "Instance", {"id": number})
    assert not wrong("compute.googleapis.com", "Instance", {"id": "5"})


def test_a_boolean_is_no_integer() -> None:
    assert wrong("cloudasset.googleapis.com", "Policy", {"version": True}) == ["$.version: `True` is no integer"]


@pytest.mark.parametrize(
    ("service", "http", "path", "method", "parts"),
    [
        ("cloudasset", "GET", "v1/folders/2/assets", "cloudasset.assets.list", {"parent": "folders/2"}),
        (
            "iam",
            "GET",
            "v2/policies/cloudresourcemanager.googleapis.com%252Fprojects%252F1/denypolicies",
            "iam.policies.listPolicies",
            {"parent": "policies/cloudresourcemanager.googleapis.com/projects/1/denypolicies"},
        ),
        ("iam", "GET", "v1/projects/p/serviceAccounts/a@b/keys", "iam.projects.serviceAccounts.keys.list", None),
        ("compute", "GET", "compute/v1/projects/p/aggregated/instances", "compute.instances.aggregatedList", None),
        ("storage", "GET", "storage/v1/b/pics/iam", "storage.buckets.getIamPolicy", {"bucket": "pics"}),
    ],
)
def test_a_path_finds_the_method_that_google_documents(
    service: str, http: str, path: str, method: str, parts: dict[str, str] | None
) -> None:
    found = discovery.find(f"{service}.googleapis.com", http, path)
    assert found is not None
    assert found[0].id == method
    assert parts is None or found[1] == parts


@pytest.mark.parametrize(
    ("service", "http", "path"),
    [
        ("cloudasset.googleapis.com", "POST", "v1/organizations/1/assets"),
        ("cloudasset.googleapis.com", "GET", "v1/organizations/1/everything"),
        ("cloudasset.googleapis.com", "GET", "v1/organizations/1/2/assets"),
        ("invented.googleapis.com", "GET", "v1/organizations/1/assets"),
        ("cloudasset.example", "GET", "v1/organizations/1/assets"),
    ],
)
def test_a_method_that_google_does_not_have_is_not_found(service: str, http: str, path: str) -> None:
    assert discovery.find(service, http, path) is None
