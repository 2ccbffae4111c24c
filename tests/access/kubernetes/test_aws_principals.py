"""Whom AWS principals become in a cluster: lines of aws-auth, accounts of it, access entries, and which goes first."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from nhi_scan.access.kubernetes.summarise import summarise
from nhi_scan.inventory.build import build
from nhi_scan.model import kube_ids
from nhi_scan.model.assertion import AWS, Assertion, Claim, issuer_key
from nhi_scan.model.identity import Group, Identity, Nature, Resource
from nhi_scan.model.policy import Trust
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

CLUSTERS = ("k8s:c", "k8s:d")
ACCOUNT = "111122223333"
OPS = f"arn:aws:iam::{ACCOUNT}:role/Ops"
NODES = f"arn:aws:iam::{ACCOUNT}:role/nodes"
ANN = f"arn:aws:iam::{ACCOUNT}:user/team/ann"
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
USERS = (
    "admin",
    "deploy:ci",
    "deploy:{{SessionName}}",
    "system:node:n1",
    "system:node:{{EC2PrivateDNSName}}",
    ANN,
    OPS,
)
GROUPS = ("system:masters", "ops", "devs")
Found = list[tuple[str, bool | None]]


def becomes(
    arn: str,
    lines: Sequence[tuple[str, str, str]] = (),
    *,
    accounts: str = "",
    mode: str = "",
    entries: Mapping[str, Mapping[str, str]] | None = None,
) -> Found:
    """Say whom the holder of an ARN becomes; lines of the map: `roles[0]/1`, subject, `users/admin`."""
    records = Records()
    for id_ in CLUSTERS:
        said = (("oidc_issuer", f"https://oidc.example.com/{id_}"),)
        records.scopes.append(Scope(id=id_, provider="kubernetes", kind="cluster", name=id_, attributes=said))
        records.identities += [_user(kube_ids.user(id_, name)) for name in USERS]
        records.groups += [_group(id_, name) for name in GROUPS]
    map_id = "k8s:c/namespaces/kube-system/configmaps/aws-auth"
    records.resources.append(_resource(map_id, "aws_auth", "aws-auth", accounts=accounts, roles="1", users="1"))
    records.trusts = [
        Trust(
            id=f"{map_id}#map{line}",
            identity_id=f"k8s:c/{who}",
            subject=subject,
            subject_kind="identity",
            mechanism="federate",
            policy_id=map_id,
        )
        for line, subject, who in lines
    ]
    issuer = "oidc.example.com/k8s:c"
    records.resources.append(_resource("eks", "eks_cluster", "prod", oidc_issuer=issuer, authentication_mode=mode))
    for subject, given in (entries or {}).items():
        more = {"cluster": "prod", "principal_id": subject, **given}
        records.resources.append(_resource(f"entry/{subject}", "eks_access_entry", subject, **more))
    access = summarise(build([records]), datetime(2026, 1, 1, tzinfo=UTC))
    shown = Assertion(holder_id="x", provider="aws", issuer=AWS, claims=(Claim("arn", (arn,), "glob"),))
    found = access.entries(shown)
    assert not found or access.trusted_issuers == {issuer_key(AWS)}
    assert all(one.residual for one in found if one.state is None)
    return [(one.identity_id.removeprefix("k8s:c/"), one.state) for one in found]


def _user(id_: str) -> Identity:
    node = "/system:node:" in id_
    return Identity(
        id=id_,
        provider="kubernetes",
        kind="node" if node else "user",
        nature=Nature.UNKNOWN,
        nature_reason="",
        name=kube_ids.take_apart(id_).name,
        scope_id=kube_ids.cluster_of(id_),
    )


def _group(cluster_id: str, name: str) -> Group:
    id_ = kube_ids.group(cluster_id, name)
    return Group(id=id_, provider="kubernetes", kind="kubernetes_group", name=name, scope_id=cluster_id)


def _resource(id_: str, kind: str, name: str, **said: str) -> Resource:
    attributes = tuple(sorted((key, value) for key, value in said.items() if value))
    provider = "kubernetes" if id_.startswith("k8s:") else "aws"
    return Resource(
        id=id_, provider=provider, kind=kind, name=name, scope_id=ACCOUNT, region="r", attributes=attributes
    )


SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Ops/*"
MAPPED = [("Roles[0]/0", OPS, "users/admin"), ("Roles[0]/1", OPS, "groups/system:masters")]


@pytest.mark.parametrize("arn", [OPS, SESSION, OPS.replace("role/", "role/team/"), SESSION.replace("Ops", "oPS")])
def test_a_line_for_a_role_is_for_its_sessions(arn: str) -> None:
    assert becomes(arn, MAPPED) == [("groups/system:masters", True), ("users/admin", True)]


def test_a_line_that_names_a_role_with_its_path_is_for_nobody() -> None:
    """https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html: in aws-auth it can have none."""
    path = OPS.replace("role/", "role/team/")
    for arn in (path, OPS, SESSION):
        assert becomes(arn, [("Roles[0]/0", path, "users/admin")]) == []


def test_a_user_has_a_path() -> None:
    lines = [("Users[0]/0", ANN, "groups/ops")]
    assert becomes(ANN, lines) == [("groups/ops", True)]
    assert becomes(ANN.replace("team/", ""), lines) == []


def test_of_two_lines_for_one_arn_the_last_counts() -> None:
    again = [*MAPPED, ("Roles[10]/0", OPS.lower(), "groups/devs"), ("Roles[9]/0", OPS, "groups/ops")]
    assert becomes(SESSION, again) == [("groups/devs", True)]


def test_roles_are_looked_at_before_users() -> None:
    lines = [("Users[7]/0", OPS, "groups/devs"), ("Roles[0]/0", OPS, "groups/ops")]
    assert becomes(SESSION, lines) == [("groups/ops", True)]
    assert becomes(SESSION, lines[:1]) == [("groups/devs", True)]


def test_an_account_lets_everybody_in_by_their_arn() -> None:
    """And with no more than what is bound to that name."""
    assert becomes(ANN, accounts=f"999999999999 {ACCOUNT}") == [(f"users/{ANN}", True)]
    assert becomes(SESSION, accounts=ACCOUNT) == [(f"users/{OPS}", True)]
    assert becomes(ANN.replace("ann", "bob"), accounts=ACCOUNT) == []
    assert becomes(ANN, accounts="999999999999") == []
    assert becomes(SESSION, MAPPED[:1], accounts=ACCOUNT) == [("users/admin", True)]


def test_a_node_is_told_by_the_instance() -> None:
    line = ("Roles[0]/0", NODES, "users/system:node:{{EC2PrivateDNSName}}")
    also = ("Roles[0]/1", NODES, "groups/ops")
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/nodes/*"
    assert becomes(arn, [line, also]) == [("groups/ops", True), ("users/system:node:n1", None)]


def test_who_assumes_a_role_picks_the_name_of_its_session() -> None:
    assert becomes(SESSION, [("Roles[0]/0", OPS, "users/deploy:{{SessionName}}")]) == [("users/deploy:ci", None)]


@pytest.mark.parametrize(("mode", "many"), [("API", 0), ("API_AND_CONFIG_MAP", 2), ("CONFIG_MAP", 2), ("", 2)])
def test_a_cluster_in_the_mode_api_has_no_map(mode: str, many: int) -> None:
    assert len(becomes(SESSION, MAPPED, mode=mode)) == many
    assert len(becomes(ANN, accounts=ACCOUNT, mode=mode)) == many // 2


def test_an_access_entry_names_a_role_with_its_path() -> None:
    path = OPS.replace("role/", "role/team/")
    given = {path: {"access_policies": ADMIN}}
    assert becomes(SESSION, mode="API", entries=given) == [("groups/system:masters", True)]
    assert becomes(SESSION, mode="CONFIG_MAP", entries=given) == []


@pytest.mark.parametrize("given", [{"kubernetes_groups": "devs"}, {}])
def test_an_access_entry_goes_before_the_map(given: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/eks/latest/userguide/migrating-access-entries.html"""
    wanted: Found = [("groups/devs", True)] if given else []
    assert becomes(SESSION, MAPPED, mode="API_AND_CONFIG_MAP", entries={OPS: given}) == wanted
    assert len(becomes(SESSION, MAPPED, mode="API_AND_CONFIG_MAP", entries={NODES: given})) == len(MAPPED)


def test_clusters_with_the_same_names_are_kept_apart() -> None:
    assert all(not who.startswith("k8s:d") for who, _ in becomes(SESSION, MAPPED, accounts=ACCOUNT))


@pytest.mark.parametrize("kind", ["EC2_LINUX", "EC2_WINDOWS", "EC2", "FARGATE_LINUX", "HYBRID_LINUX"])
def test_an_access_entry_of_nodes(kind: str) -> None:
    entries = {NODES: {"type": kind}, OPS: {"type": "STANDARD"}}
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/nodes/*"
    assert becomes(arn, mode="API", entries=entries) == [("users/system:node:n1", None)]
    assert becomes(arn, mode="CONFIG_MAP", entries=entries) == []
    assert becomes(arn, mode="API", entries={OPS: {"type": "STANDARD"}}) == []
