"""Exports of a cluster and an organization on GitHub: every name is an attack, and secrets are where they may be."""

import base64
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from nhi_scan.providers.protocol import load_provider
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter
from tests.e2e.attacks import HOSTILE

CANARY = "c4n4ry"
MARKS = (
    "| **bold** ~~no~~ `code` # h",
    "[link](javascript:alert(1)) ![](https://evil.example/x)",
    "@everyone #1 <!-- -->",
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    '"];a->b;//',
    "{{0}} [[red]]bold[/]",
    "::error file=a,line=1::x%0A%0D",
    "%s%n%x",
    "a/../../etc/passwd",
)
# A lone surrogate stands in no file that is UTF-8; JSON can smuggle one in by an escape.
ATTACKS = tuple(one for one in (*HOSTILE, *MARKS) if "\ud800" not in one)
RBAC = "rbac.authorization.k8s.io/v1"
ACCOUNT = "111122223333"
ISSUER = "https://oidc.example/cluster"
_PROVIDERS = f"arn:aws:iam::{ACCOUNT}:oidc-provider"
_GITHUB = "token.actions.githubusercontent.com"
_SECRET = f"{CANARY}0123456789abcdefghijABCDEFGHIJ"


def write(folder: Path) -> None:
    """Write the exports of three providers, a folder each."""
    _put(folder / "kubernetes" / "all.json", {"kind": "List", "apiVersion": "v1", "items": list(_cluster())})
    _put(folder / "kubernetes" / "openid.json", {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"})
    for path, answer in _github().items():
        _put(folder / "github" / path, answer)
    _put(folder / "aws" / "iam-get-account-authorization-details.json", _account())


def collected(folder: Path, path: Path, providers: Iterable[str] = ("aws", "github", "kubernetes")) -> Snapshot:
    """Make one snapshot of the exports of some providers."""
    writer = SnapshotWriter.create(str(path), datetime(2026, 6, 1, tzinfo=UTC), "test")
    for name in providers:
        scope = ACCOUNT if name == "aws" else ""
        load_provider(name).import_native([(scope, folder / name)], writer, lambda _: None)
    return writer.finish()


def _put(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def _thing(kind: str, name: str, ns: str = "", api: str = "v1", **more: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "name": name,
        "uid": f"u-{name}",
        "labels": {"owner": name, name: name},
        "annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": json.dumps({"data": {"password": CANARY}}),
            "owner": name,
            "eks.amazonaws.com/role-arn": f"arn:aws:iam::{ACCOUNT}:role/open",
            "iam.gke.io/gcp-service-account": name,
        },
        "managedFields": [{"fieldsV1": {CANARY: {}}}],
    }
    if ns:
        metadata["namespace"] = ns
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **more}


def _cluster() -> Iterator[dict[str, Any]]:
    yield _thing("Namespace", "kube-system")
    for number, name in enumerate(ATTACKS):
        yield _thing("Namespace", name)
        yield _thing("ServiceAccount", name, name)
        token = {"token": base64.b64encode(CANARY.encode()).decode()}
        secret = _thing("Secret", name, name, type="kubernetes.io/service-account-token", data=token)
        secret["stringData"] = {"token": CANARY}
        secret["metadata"]["annotations"]["kubernetes.io/service-account.name"] = name
        yield secret
        everything = [{"verbs": ["*", name], "apiGroups": ["*"], "resources": ["*"], "resourceNames": []}]
        yield _thing("ClusterRole", name, api=RBAC, rules=everything if number % 2 else [_odd_rule(name)])
        subjects = [
            {"kind": "ServiceAccount", "name": name, "namespace": name},
            {"kind": "User", "name": name, "apiGroup": "rbac.authorization.k8s.io"},
            {"kind": "Group", "name": name, "apiGroup": "rbac.authorization.k8s.io"},
        ]
        role = {"kind": "ClusterRole", "name": name, "apiGroup": "rbac.authorization.k8s.io"}
        yield _thing("ClusterRoleBinding", name, api=RBAC, subjects=subjects, roleRef=role)
        yield _thing("RoleBinding", name, name, RBAC, subjects=subjects, roleRef={**role, "name": f"gone {name}"})
        yield _thing("Pod", name, name, spec=_pod(name), status={"phase": "Running"})
        yield _thing("Node", name, spec={"providerID": name})
        yield _thing(
            "CronJob", name, name, "batch/v1", spec={"jobTemplate": {"spec": {"template": {"spec": _pod(name)}}}}
        )
        hooks = [
            {"name": name, "clientConfig": {"url": f"https://u:{CANARY}@hook.example/{CANARY}", "caBundle": CANARY}}
        ]
        yield _thing("MutatingWebhookConfiguration", name, api="admissionregistration.k8s.io/v1", webhooks=hooks)
        asked = {"signerName": name, "username": name, "groups": [name], "request": CANARY}
        yield _thing("CertificateSigningRequest", name, api="certificates.k8s.io/v1", spec=asked)
    roles = [{"rolearn": f"arn:aws:iam::{ACCOUNT}:role/{one}", "username": one, "groups": [one]} for one in ATTACKS]
    data = {"mapRoles": yaml.safe_dump(roles), "other": CANARY}
    yield _thing("ConfigMap", "aws-auth", "kube-system", data=data)


def _odd_rule(name: str) -> dict[str, Any]:
    return {"verbs": [name], "apiGroups": [name], "resources": [name, f"secrets/{name}"], "resourceNames": [name]}


def _pod(name: str) -> dict[str, Any]:
    container = {
        "name": name,
        "image": name,
        "command": ["run", f"--password={CANARY}"],
        "args": [CANARY],
        "env": [{"name": name, "value": CANARY}, {"name": "AWS_SECRET_ACCESS_KEY", "value": CANARY}],
        "securityContext": {"privileged": True},
    }
    return {
        "serviceAccountName": name,
        "nodeName": name,
        "containers": [container],
        "volumes": [{"name": name, "hostPath": {"path": f"/{name}"}}],
        "imagePullSecrets": [{"name": name}],
    }


def _workflow(name: str) -> str:
    steps = [
        {"name": name, "uses": "actions/checkout@v4", "with": {"ref": "${{ github.event.pull_request.head.sha }}"}},
        {"uses": f"evil/{name}@v1", "with": {"token": _SECRET, name: name}},
        {
            "uses": "aws-actions/configure-aws-credentials@v4",
            "with": {"role-to-assume": f"arn:aws:iam::{ACCOUNT}:role/open", "aws-secret-access-key": _SECRET},
        },
        {"run": f"export AWS_SECRET_ACCESS_KEY={_SECRET}\necho ${{{{ github.event.issue.title }}}} {name}"},
    ]
    job = {
        "name": name,
        "runs-on": ["self-hosted", name],
        "environment": name,
        "env": {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": _SECRET, name: name},
        "permissions": "write-all",
        "steps": steps,
    }
    on = {"pull_request_target": {"branches": [name]}, "push": {"branches": [name]}, "workflow_dispatch": None}
    return yaml.safe_dump({"name": name, "run-name": name, "on": on, "jobs": {name: job, "plain": job}})


def _github() -> dict[str, Any]:
    moment = "2020-01-01T00:00:00Z"
    repository = {
        "id": 7,
        "full_name": "Acme/Shop",
        "name": "Shop",
        "description": ATTACKS[0],
        "visibility": "public",
        "private": False,
        "archived": False,
        "default_branch": ATTACKS[1],
        "topics": list(ATTACKS),
    }
    config = {"url": f"https://u:{CANARY}@hook.example/{CANARY}?{CANARY}", "secret": CANARY, "insecure_ssl": "1"}
    secrets = {"total_count": len(ATTACKS), "secrets": [{"name": one, "created_at": moment} for one in ATTACKS]}
    apps = [
        {
            "id": number,
            "app_id": number,
            "app_slug": one,
            "repository_selection": "all",
            "permissions": {"contents": "write", "organization_administration": "write", one: one},
            "events": [one],
        }
        for number, one in enumerate(ATTACKS, 1)
    ]
    grants = [
        {
            "id": number,
            "token_id": number,
            "token_name": one,
            "owner": {"login": one},
            "repository_selection": "all",
            "permissions": {"repository": {"contents": "write", one: one}},
        }
        for number, one in enumerate(ATTACKS, 1)
    ]
    keys = [
        {"id": number, "title": one, "key": f"ssh-rsa {CANARY}", "read_only": False, "added_by": one}
        for number, one in enumerate(ATTACKS, 1)
    ]
    runners = [
        {"id": number, "name": one, "os": one, "labels": [{"name": one}], "ephemeral": False}
        for number, one in enumerate(ATTACKS, 1)
    ]
    hooks = [
        {"id": number, "name": "web", "events": [one], "active": True, "config": config}
        for number, one in enumerate(ATTACKS, 1)
    ]
    environments = [{"id": number, "name": one, "protection_rules": []} for number, one in enumerate(ATTACKS, 1)]
    files = {
        f"repos/Acme/Shop/contents/.github/workflows/w{number}.yml.json": {
            "sha": f"{number:040}",
            "encoding": "base64",
            "content": base64.b64encode(_workflow(one).encode("utf-8")).decode(),
        }
        for number, one in enumerate(ATTACKS)
    }
    return {
        "orgs/acme.json": {"login": "Acme", "id": 1, "name": ATTACKS[0], "default_repository_permission": "write"},
        "orgs/acme/repos.json": [repository],
        "orgs/acme/actions/permissions/workflow.json": {"default_workflow_permissions": "write"},
        "orgs/acme/installations.json": {"installations": apps},
        "orgs/acme/personal-access-tokens.json": grants,
        "orgs/acme/actions/secrets.json": secrets,
        "orgs/acme/actions/runners.json": {"runners": runners},
        "orgs/acme/hooks.json": hooks,
        "repos/Acme/Shop/actions/secrets.json": secrets,
        "repos/Acme/Shop/environments.json": {"environments": environments},
        "repos/Acme/Shop/keys.json": keys,
        "repos/Acme/Shop/hooks.json": hooks,
        "repos/Acme/Shop/actions/runners.json": {"runners": runners},
        "repos/Acme/Shop/contents/.github/workflows.json": [
            {"path": f"w{number}.yml"} for number in range(len(ATTACKS))
        ],
        **files,
    }


def _account() -> dict[str, Any]:
    """Roles that GitHub's tokens and the cluster's become; one is an administrator."""
    anyone = {
        "Version": "2012-10-17",
        "Statement": [
            _trusts(_GITHUB, "repo:Acme/Shop:*"),
            _trusts(ISSUER.removeprefix("https://"), "system:serviceaccount:*"),
        ],
    }
    everything = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
    role = {
        "RoleName": "open",
        "RoleId": "AROAEXAMPLE",
        "Path": "/",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/open",
        "CreateDate": "2020-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": anyone,
        "RolePolicyList": [{"PolicyName": "all", "PolicyDocument": everything}],
        "AttachedManagedPolicies": [],
        "InstanceProfileList": [],
        "Tags": [{"Key": "owner", "Value": ATTACKS[0]}],
    }
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []}


def _trusts(issuer: str, subject: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Federated": f"{_PROVIDERS}/{issuer}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringLike": {f"{issuer}:sub": subject}},
    }
