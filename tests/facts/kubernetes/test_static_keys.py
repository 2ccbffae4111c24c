"""Facts about keys of clouds in the environment of what runs on a cluster."""

from typing import Any

from tests.facts.kubernetes.estate import (
    APP,
    account,
    workload,
)


def test_keys_of_clouds_and_what_would_be_in_their_place(cell: Any) -> None:
    keys = "AWS_SECRET_ACCESS_KEY AZURE_CLIENT_SECRET GOOGLE_APPLICATION_CREDENTIALS"
    lists = {"identities": [account()], "workloads": [workload(APP, static_keys=keys)]}
    assert cell("workload.static_keys", **lists) == keys
    aws, azure, google = cell("workload.federation_fix", **lists).splitlines()
    assert "system:serviceaccount:shop:app" in aws
    assert "eks.amazonaws.com/role-arn" in aws
    assert "az identity federated-credential create" in azure
    assert "subject/ns/shop/sa/app" in google
    for name in ("static_keys", "federation_fix"):
        assert cell(f"workload.{name}", workloads=[workload(APP)]) == ""
    assert cell("workload.federation_fix", workloads=[workload(static_keys=keys)]) == ""
