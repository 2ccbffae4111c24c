"""What is kept of an object, and that nothing which may be a secret is: whatever its shape."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.trim import trimmed, without_login

CANARY = "canary"
KINDS = sorted({*kinds.BY_KIND.values(), kinds.OPENID_CONFIGURATION, kinds.VERSION, kinds.API_RESOURCES})
CONTAINER = {
    "name": "c",
    "image": "i",
    "command": [CANARY],
    "args": [CANARY],
    "env": [
        {"name": "KEY", "value": CANARY},
        {"name": "OTHER", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
    ],
    "lifecycle": {"postStart": {"exec": {"command": [CANARY]}}},
    "securityContext": {"privileged": True, "seLinuxOptions": {"user": CANARY}},
}
SPEC = {
    "serviceAccountName": "app",
    "hostNetwork": True,
    "containers": [CONTAINER],
    "initContainers": [CONTAINER],
    "ephemeralContainers": [CONTAINER],
    "volumes": [
        {"name": "h", "hostPath": {"path": "/"}},
        {"name": "s", "secret": {"secretName": "tls", "items": [{"key": CANARY}]}},
        {"name": "c", "csi": {"driver": "d", "volumeAttributes": {"password": CANARY}}},
        {"name": "f", "flexVolume": {"options": {"password": CANARY}}},
    ],
}
METADATA = {
    "name": "n",
    "namespace": "a",
    "uid": "u",
    "managedFields": [{"fieldsV1": {CANARY: {}}}],
    "annotations": {
        "kubectl.kubernetes.io/last-applied-configuration": CANARY,
        "other.example/last-applied-configuration": CANARY,
        "huge": CANARY * 1000,
        "eks.amazonaws.com/role-arn": "arn",
    },
}
WHOLE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "K",
    "metadata": METADATA,
    "data": {"password": CANARY},
    "stringData": {"password": CANARY},
    "binaryData": {"password": CANARY},
    "spec": {
        **SPEC,
        "template": {"metadata": METADATA, "spec": SPEC},
        "jobTemplate": {"spec": {"template": {"spec": SPEC}}},
        "request": CANARY,
        "csi": {"driver": "d", "volumeAttributes": {"password": CANARY}},
        "azureFile": {"secretName": CANARY},
    },
    "status": {"certificate": CANARY, "conditions": [{"type": "Approved", "message": CANARY}], "message": CANARY},
    "webhooks": [
        {"name": "w", "clientConfig": {"caBundle": CANARY, "url": f"https://u:{CANARY}@h/{CANARY}?token={CANARY}"}}
    ],
    "issuer": "https://issuer.example",
    "gitVersion": "v1.33.0",
}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != kinds.AWS_AUTH])
def test_no_kind_keeps_what_may_be_a_secret(kind: str) -> None:
    record = trimmed(kind, WHOLE)

    assert record
    assert CANARY not in json.dumps(record)
    assert "canary" in json.dumps(WHOLE)  # and nothing of it was changed


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (kinds.PODS, ("spec",)),
        (kinds.DEPLOYMENTS, ("spec", "template", "spec")),
        (kinds.CRON_JOBS, ("spec", "jobTemplate", "spec", "template", "spec")),
    ],
)
def test_a_pod_is_cut_alike_wherever_it_stands(kind: str, path: tuple[str, ...]) -> None:
    spec: Any = trimmed(kind, WHOLE)
    for name in path:
        spec = spec[name]

    container = {
        "name": "c",
        "image": "i",
        "env": [{"name": "KEY"}, {"name": "OTHER", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
        "securityContext": {"privileged": True},
    }
    assert spec == {
        "serviceAccountName": "app",
        "hostNetwork": True,
        "containers": [container],
        "initContainers": [container],
        "ephemeralContainers": [container],
        "volumes": [
            {"name": "h", "hostPath": {"path": "/"}},
            {"name": "s", "secret": {"secretName": "tls"}},
            {"name": "c", "csi": {"driver": "d"}},
            {"name": "f"},
        ],
    }


def test_of_metadata_the_short_is_kept() -> None:
    record = trimmed(kinds.SERVICE_ACCOUNTS, WHOLE)

    assert record is not None
    assert record["metadata"] == {
        "name": "n",
        "namespace": "a",
        "uid": "u",
        "annotations": {"eks.amazonaws.com/role-arn": "arn"},
    }


def test_what_a_deployment_made_says_only_whose_it_is() -> None:
    def owned(kind: str, api: str = "apps/v1", of: str = kinds.REPLICA_SETS) -> dict[str, Any] | None:
        owner = {
            "apiVersion": api,
            "kind": kind,
            "name": "o",
            "uid": "u",
            "controller": True,
            "blockOwnerDeletion": True,
        }
        return trimmed(of, {**WHOLE, "metadata": {"name": "n", "ownerReferences": [owner]}})

    made = owned("Deployment")
    assert made == {
        "apiVersion": "v1",
        "kind": "K",
        "metadata": {
            "name": "n",
            "ownerReferences": [
                {"apiVersion": "apps/v1", "kind": "Deployment", "name": "o", "uid": "u", "controller": True}
            ],
        },
    }
    for other in (
        owned("Rollout", "argoproj.io/v1alpha1"),  # nobody collects what made it: its own template is all there is
        owned("Deployment", "example.com/v1"),
        owned("Deployment", of=kinds.STATEFUL_SETS),  # what people change by itself, whoever owns it
    ):
        assert other is not None
        assert other["spec"]["template"]["spec"]["serviceAccountName"] == "app"


def test_of_config_maps_only_aws_auth_is_kept() -> None:
    def of(namespace: str, name: str) -> dict[str, Any] | None:
        data = {"mapRoles": "- r", "mapUsers": "- u", "other": CANARY}
        return trimmed(kinds.AWS_AUTH, {"metadata": {"namespace": namespace, "name": name}, "data": data})

    kept = of("kube-system", "aws-auth")
    assert kept is not None
    assert kept["data"] == {"mapRoles": "- r", "mapUsers": "- u"}
    assert of("default", "aws-auth") is None
    assert of("kube-system", "other") is None


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://u:p@h.example:1/x?t=1#f", "https://h.example:1/x"),
        ("https://h.example", "https://h.example"),
        ("https://[h", ""),
        ("no address", ""),
    ],
)
def test_an_address_is_kept_without_a_login(url: str, kept: str) -> None:
    assert without_login(url) == kept


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "metadata",
                    "spec",
                    "status",
                    "template",
                    "containers",
                    "env",
                    "volumes",
                    "name",
                    "webhooks",
                    "annotations",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=150)
@given(st.sampled_from(KINDS), _ANY)
def test_no_shape_is_too_odd(kind: str, thing: Any) -> None:
    before = json.dumps(thing)
    record = trimmed(kind, thing)

    assert record is None or isinstance(record, dict)
    assert json.dumps(thing) == before
    assert trimmed("no such kind", thing) is None
