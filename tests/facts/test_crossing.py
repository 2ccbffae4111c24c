"""Federation between clouds as facts: who gets in, who asks in vain, which trusts nobody can use."""

from dataclasses import replace
from typing import Any

import pytest

from nhi_scan.access.federation import FEDERATES
from nhi_scan.facts.evidence import BUILDERS
from nhi_scan.model.access import Privilege, Step
from nhi_scan.model.coverage import Coverage
from nhi_scan.model.identity import Group, Resource
from nhi_scan.model.policy import Trust
from nhi_scan.model.scope import Scope
from tests.facts.crossings import (
    ACCOUNT,
    CLUSTER,
    GITHUB,
    ISSUER,
    SCOPES,
    account,
    arn,
    complete,
    provider,
    row_of,
    trusting,
)

ENTRY = f"arn:aws:eks:eu-west-1:{ACCOUNT}:access-entry/prod/role/{ACCOUNT}/app/1"
MAP = f"{CLUSTER}/namespaces/kube-system/configmaps/aws-auth"


@pytest.mark.parametrize(
    ("subject", "listed", "expected"),
    [
        ("system:serviceaccount:batch:nightly", complete(CLUSTER, "k8s-serviceaccounts"), True),
        ("system:serviceaccount:batch:nightly", [], True),
        ("system:serviceaccount:batch:gone", complete(CLUSTER, "k8s-serviceaccounts"), False),
        ("system:serviceaccount:batch:gone", [], None),
    ],
)
def test_a_trust_has_no_taker_only_where_the_whole_cluster_was_seen(
    facts: Any, make: Any, subject: str, listed: list[Coverage], expected: bool | None
) -> None:
    lists = trusting(make, "app", subject)
    lists["identities"].append(account("nightly"))
    tables = facts(**lists, scopes=SCOPES, coverage=[*listed, *complete(ACCOUNT, "iam-oidc-providers")])
    assert make.cell(tables, "trust.taken") is expected


@pytest.mark.parametrize(
    ("subject", "listed", "expected"),
    [
        ("repo:acme/gone:ref:refs/heads/main", complete("github.com/acme", "github-repositories"), False),
        ("repo:Acme/gone:ref:refs/heads/main", complete("github.com/acme", "github-repositories"), False),
        ("repo:acme/gone:ref:refs/heads/main", [], None),
        ("repo:other/gone:ref:refs/heads/main", complete("github.com/acme", "github-repositories"), None),
        ("something else", complete("github.com/acme", "github-repositories"), None),
    ],
)
def test_a_repository_is_gone_only_where_all_of_its_owner_were_seen(
    facts: Any, make: Any, subject: str, listed: list[Coverage], expected: bool | None
) -> None:
    lists = trusting(make, "app", subject, GITHUB)
    owner = Scope(id="github.com/acme", provider="github", kind="organization", name="acme", parent_id="")
    tables = facts(**lists, scopes=[*SCOPES, owner], coverage=listed)
    assert make.cell(tables, "trust.taken") is expected


def test_who_is_there_and_kept_out_by_something_else_is_there(facts: Any, make: Any) -> None:
    """The provider takes another audience, so nobody gets in: that is no free name."""
    owner = Scope(id="github.com/acme", provider="github", kind="organization", name="acme", parent_id="")
    app = Scope(id="github.com/acme/app", provider="github", kind="repository", name="app", parent_id=owner.id)
    for subject, issuer in (
        ("system:serviceaccount:batch:nightly", ISSUER),
        ("repo:Acme/App:ref:refs/heads/main", GITHUB),
    ):
        lists = trusting(make, "app", subject, issuer)
        lists["identities"].append(account("nightly"))
        lists["resources"] = [replace(provider(issuer), attributes=(("client_ids", "another"), ("url", issuer)))]
        seen = [
            *complete(CLUSTER, "k8s-serviceaccounts"),
            *complete("github.com/acme", "github-repositories"),
            *complete(ACCOUNT, "iam-oidc-providers"),
        ]
        tables = facts(**lists, scopes=[*SCOPES, owner, app], coverage=seen)
        assert not tables.estate.access.bridges.into(arn("app"))
        assert make.cell(tables, "trust.taken") is True


def test_trusts_that_no_token_is_shown_to_are_not_judged(facts: Any, make: Any) -> None:
    trust = Trust(id="t", identity_id=arn("app"), subject=arn("other"), subject_kind="identity")
    tables = facts(identities=[make.role("app")], trusts=[trust])
    assert make.cell(tables, "trust.taken") is None


def test_whom_somebody_becomes_is_told_with_its_proof_and_where_to_mend_it(facts: Any, make: Any) -> None:
    nightly = account("nightly", aws_role_arn=arn("app"))
    lists = trusting(make, "app", "system:serviceaccount:batch:nightly")
    lists["identities"].append(nightly)
    step = Step(technique=FEDERATES, source_id=nightly.id, target_id=arn("app"))
    level = Privilege(identity_id=nightly.id, level="can_become_administrator", path=(step,))
    seen = complete(ACCOUNT, "iam-oidc-providers")
    tables = facts(privileges={nightly.id: level}, **lists, scopes=SCOPES, coverage=seen)
    row = row_of(tables, "identity", nightly.id)
    assert make.cell(tables, "identity.crosses_to", row) == arn("app")
    assert make.cell(tables, "identity.crosses_by_its_own_token", row) is True
    assert make.cell(tables, "identity.crossing_declared", row) is True
    shown, _, narrowed = str(make.cell(tables, "identity.crossing_fix", row)).splitlines()
    assert shown == "aws iam get-role --role-name app --query Role.AssumeRolePolicyDocument"
    assert "system:serviceaccount:batch:nightly" in narrowed
    proof = BUILDERS["bridges"](tables.estate, "identity", nightly.id)
    assert proof[0].text.startswith(f"its token makes it {arn('app')}")
    assert [piece.ref for piece in proof[1:]] == [f"{arn('app')}#trust"]


def test_whose_way_begins_at_home_does_not_cross_by_its_own_token(facts: Any, make: Any) -> None:
    nightly = account("nightly")
    lists = trusting(make, "app", "system:serviceaccount:batch:nightly")
    lists["identities"] += [nightly, account("ci")]
    first = Step(technique="create-pods", source_id=account("ci").id, target_id=nightly.id)
    second = Step(technique=FEDERATES, source_id=nightly.id, target_id=arn("app"))
    level = Privilege(identity_id=account("ci").id, level="can_become_administrator", path=(first, second))
    tables = facts(privileges={account("ci").id: level}, **lists, scopes=SCOPES)
    row = row_of(tables, "identity", account("ci").id)
    assert make.cell(tables, "identity.crosses_by_its_own_token", row) is False
    assert make.cell(tables, "identity.crosses_to", row) == arn("app")
    assert make.cell(tables, "identity.crossing_declared", row) is False


def test_what_reaches_an_identity_is_shown_one_of_each_environment(facts: Any, make: Any) -> None:
    lists = trusting(make, "app", "system:serviceaccount:batch:nightly")
    tester = make.role("tester", scope_id="qa")
    lists["identities"] += [account("nightly"), tester]
    lists["trusts"].append(Trust(id="z", identity_id=arn("app"), subject=tester.id, subject_kind="identity"))
    scopes = [*SCOPES, Scope(id="qa", provider="aws", kind="account", name="qa")]
    tables = facts(**lists, scopes=scopes, coverage=complete(ACCOUNT, "iam-oidc-providers"))
    assert [piece.text for piece in BUILDERS["reached_from"](tables.estate, "identity", arn("app"))] == [
        "nightly is of production: cluster shop-prod",
        "tester is of non-production: account qa",
    ]


@pytest.mark.parametrize(
    ("trust_id", "command"),
    [
        (
            f"{ENTRY}#system:masters",
            f"aws eks describe-access-entry --cluster-name prod --principal-arn {arn('app')}",
        ),
        (
            f"{MAP}#mapRoles[0]/{arn('app')}",
            "kubectl get configmap aws-auth --namespace kube-system --context shop-prod -o yaml",
        ),
    ],
)
def test_where_a_cluster_lets_in_depends_on_how(facts: Any, make: Any, trust_id: str, command: str) -> None:
    masters = Group(
        id=f"{CLUSTER}/groups/system:masters",
        provider="kubernetes",
        kind="kubernetes_group",
        name="system:masters",
        scope_id=CLUSTER,
    )
    entry = Resource(
        id=ENTRY,
        provider="aws",
        kind="eks_access_entry",
        name="app",
        scope_id=ACCOUNT,
        attributes=(("cluster", "prod"), ("principal_id", arn("app"))),
    )
    trust = Trust(
        id=trust_id,
        identity_id=masters.id,
        subject=arn("app"),
        subject_kind="identity",
        mechanism="federate",
        policy_id=trust_id.partition("#")[0],
    )
    step = Step(technique=FEDERATES, source_id=arn("app"), target_id=masters.id)
    level = Privilege(identity_id=arn("app"), level="can_become_administrator", path=(step,))
    tables = facts(
        privileges={arn("app"): level},
        identities=[make.role("app")],
        groups=[masters],
        resources=[entry],
        trusts=[trust],
        scopes=SCOPES,
    )
    row = row_of(tables, "identity", arn("app"))
    assert make.cell(tables, "identity.crosses_to", row) == masters.id
    assert make.cell(tables, "identity.crossing_fix", row) == command
