"""Federation between clouds as facts: who gets in, who asks in vain, which trusts nobody can use."""

from dataclasses import replace
from typing import Any

import pytest

from nhi_scan.access.federation import FEDERATES
from nhi_scan.facts.evidence import BUILDERS
from nhi_scan.model.access import Privilege, Step
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Group, Identity, Nature, Resource, Workload
from nhi_scan.model.policy import Trust
from nhi_scan.model.scope import Scope
from nhi_scan.providers.aws.normalise.trusts import TrustReader
from nhi_scan.providers.aws.policy import parse_document

ACCOUNT = "111122223333"
ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/ABC"
GITHUB = "token.actions.githubusercontent.com"
CLUSTER = "k8s:shop-prod"
BATCH = f"{CLUSTER}/namespaces/batch"
SCOPES = [
    Scope(id=ACCOUNT, provider="aws", kind="account", name="main"),
    Scope(
        id=CLUSTER,
        provider="kubernetes",
        kind="cluster",
        name="shop-prod",
        parent_id="",
        attributes=(("oidc_issuer", f"https://{ISSUER}"),),
    ),
    Scope(id=BATCH, provider="kubernetes", kind="namespace", name="batch", parent_id=CLUSTER),
]


def account(name: str, **attributes: str) -> Identity:
    return Identity(
        id=f"{BATCH}/serviceaccounts/{name}",
        provider="kubernetes",
        kind="service_account",
        nature=Nature.NON_HUMAN,
        nature_reason="a service account",
        name=name,
        scope_id=BATCH,
        attributes=tuple(sorted(attributes.items())),
    )


def arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def provider(issuer: str) -> Resource:
    return Resource(
        id=f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}",
        provider="aws",
        kind="oidc_provider",
        name=issuer,
        scope_id=ACCOUNT,
        attributes=(("client_ids", "sts.amazonaws.com"), ("url", issuer)),
    )


def complete(scope: str, *kinds: str, status: CoverageStatus = CoverageStatus.COMPLETE) -> list[Coverage]:
    provider = {"k": "kubernetes", "g": "github"}.get(scope[0], "aws")
    return [Coverage(provider=provider, scope_id=scope, record_kind=kind, status=status) for kind in kinds]


def trusting(make: Any, name: str, subject: str, issuer: str = ISSUER) -> dict[str, list[Any]]:
    """A role whose trust policy names one subject of an issuer, as the provider's own normaliser reads it."""
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": provider(issuer).id},
        "Condition": {"StringEquals": {f"{issuer}:sub": subject, f"{issuer}:aud": "sts.amazonaws.com"}},
    }
    parsed = parse_document({"Version": "2012-10-17", "Statement": [statement]})
    id_ = f"{arn(name)}#trust"
    return {
        "identities": [make.role(name, trust_policy_id=id_)],
        "policies": [
            make.gcp_role(id_=id_, provider="aws", kind="trust", statements=parsed.statements, version=parsed.version)
        ],
        "trusts": TrustReader().read(arn(name), id_, parsed.statements),
        "resources": [provider(issuer)],
    }


def row_of(tables: Any, subject: str, id_: str) -> int:
    return list(tables[subject].index).index(id_)


def asked(make: Any, tables: Any, identity: Identity) -> Any:
    return make.cell(tables, "identity.asks_in_vain", row_of(tables, "identity", identity.id))


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (complete(ACCOUNT, "iam-roles"), arn("gone")),
        (complete(ACCOUNT, "iam-roles", status=CoverageStatus.DENIED), None),
        ([], None),
    ],
)
def test_a_role_is_asked_for_in_vain_only_where_all_roles_were_seen(
    facts: Any, make: Any, listed: list[Coverage], expected: str | None
) -> None:
    mailer = account("mailer", aws_role_arn=arn("gone"))
    tables = facts(identities=[mailer], scopes=SCOPES, coverage=listed)
    assert asked(make, tables, mailer) == expected


def test_who_asks_for_nothing_asks_for_nothing_in_vain(facts: Any, make: Any) -> None:
    web = account("web")
    tables = facts(identities=[web], scopes=SCOPES)
    assert asked(make, tables, web) == ""


def test_a_role_that_trusts_another_account_is_asked_for_in_vain_and_one_that_trusts_it_is_not(
    facts: Any, make: Any
) -> None:
    mailer = account("mailer", aws_role_arn=arn("app"))
    seen = complete(ACCOUNT, "iam-roles", "iam-oidc-providers")
    for subject, expected in (("other", arn("app")), ("mailer", "")):
        lists = trusting(make, "app", f"system:serviceaccount:batch:{subject}")
        lists["identities"].append(mailer)
        tables = facts(**lists, scopes=SCOPES, coverage=seen)
        assert asked(make, tables, mailer) == expected


@pytest.mark.parametrize(
    ("wanted", "listed", "expected"),
    [
        ("app-deploy", complete("/tenants/t", "graph-federated-credentials"), "app-deploy"),
        ("app-deploy", [], None),
        ("app-nobody", complete("/tenants/t", "graph-service-principals"), "app-nobody"),
        ("app-nobody", [], None),
    ],
)
def test_an_application_is_asked_for_in_vain_only_where_its_federation_or_all_of_them_were_seen(
    facts: Any, make: Any, wanted: str, listed: list[Coverage], expected: str | None
) -> None:
    mailer = account("mailer", azure_client_id=wanted, azure_tenant_id="t")
    listed = [replace(row, provider="azure") for row in listed]
    people = [mailer, make.service_principal("deploy")]
    tables = facts(identities=people, scopes=[*SCOPES, *make.azure_scopes()], coverage=listed)
    assert asked(make, tables, mailer) == expected


def test_an_account_of_google_cloud_is_asked_for_in_vain_only_where_its_project_was_seen(facts: Any, make: Any) -> None:
    mailer = account("mailer", gcp_service_account="mail@shop.iam.gserviceaccount.com")
    scopes = [*SCOPES, *make.projects("shop")]
    seen = make.swept("asset-iam-service-account", "asset-iam-policies")
    for coverage, expected in ((seen, "mail@shop.iam.gserviceaccount.com"), (seen[:1], None), ([], None)):
        tables = facts(identities=[mailer], scopes=scopes, coverage=coverage)
        assert asked(make, tables, mailer) == expected


@pytest.mark.parametrize(
    ("place", "role", "expected"),
    [
        ("projects/shop", "roles/iam.workloadIdentityUser", ""),
        ("organizations/1", "roles/iam.workloadIdentityUser", ""),
        ("projects/shop", "roles/viewer", "mail@shop.iam.gserviceaccount.com"),
    ],
)
def test_who_may_be_every_account_of_a_project_asks_for_none_of_it_in_vain(
    facts: Any, make: Any, place: str, role: str, expected: str
) -> None:
    cluster = "projects/shop/locations/europe-west1/clusters/prod"
    home = replace(SCOPES[1], attributes=(("oidc_issuer", f"https://container.googleapis.com/v1/{cluster}"),))
    known = Workload(
        id=f"//container.googleapis.com/{cluster}",
        provider="gcp",
        kind="gke_cluster",
        name="prod",
        scope_id="projects/shop",
        attributes=(("workload_pool", "shop.svc.id.goog"),),
    )
    mailer = account("mailer", gcp_service_account="mail@shop.iam.gserviceaccount.com")
    pod = make.member("serviceAccount:shop.svc.id.goog[batch/mailer]")
    tables = facts(
        identities=[mailer, pod, make.service_account("mail")],
        policies=[
            make.gcp_role("iam.serviceAccounts.getAccessToken", id_="roles/iam.workloadIdentityUser"),
            make.gcp_role("storage.buckets.list", id_="roles/viewer"),
        ],
        bindings=[make.bound(pod.id, role, place)],
        workloads=[known],
        scopes=[SCOPES[0], home, SCOPES[2], *make.projects("shop")],
        coverage=make.swept("asset-iam-service-account", "asset-iam-policies"),
    )
    assert asked(make, tables, mailer) == expected


@pytest.mark.parametrize("project", ["shop", "100"])
def test_a_job_asks_for_a_provider_by_the_id_or_the_number_of_its_project(facts: Any, make: Any, project: str) -> None:
    pools = "locations/global/workloadIdentityPools"
    repository = Scope(
        id="github.com/acme/app", provider="github", kind="repository", name="app", parent_id="github.com/acme"
    )
    told = {"id_token": "true", "triggers": "push", "branches": "main", "permissions": "id-token=write"}
    told["gcp_providers"] = f"projects/{project}/{pools}/ci/providers/github"
    job = Identity(
        id="github.com/acme/app/.github/workflows/ci.yml#ship",
        provider="github",
        kind="workflow_job",
        nature=Nature.NON_HUMAN,
        nature_reason="a job",
        name="ship",
        scope_id=repository.id,
        attributes=tuple(sorted(told.items())),
    )
    said = {"kind": "oidc", "issuer": f"https://{GITHUB}", "mapping": '{"google.subject": "assertion.sub"}'}
    taker = Resource(
        id=f"//iam.googleapis.com/projects/shop/{pools}/ci/providers/github",
        provider="gcp",
        kind="workload_identity_provider",
        name="github",
        scope_id="projects/shop",
        attributes=tuple(sorted(said.items())),
    )
    member = make.member(f"principalSet://iam.googleapis.com/projects/100/{pools}/ci/*")
    owner = Scope(id="github.com/acme", provider="github", kind="organization", name="acme", parent_id="")
    tables = facts(
        identities=[job, member], resources=[taker], scopes=[*SCOPES, owner, repository, *make.projects("shop")]
    )
    bridges = tables.estate.access.bridges
    assert [(bridge.target_id, bridge.declared) for bridge in bridges.of(job.id)] == [(member.id, True)]
    assert job.id not in bridges.asked_in_vain


@pytest.mark.parametrize("written", ["0A1B2C3D-0000-4000-8000-0000000000EF", "0a1b2c3d-0000-4000-8000-0000000000ef"])
def test_a_client_id_is_the_same_in_any_case(facts: Any, make: Any, written: str) -> None:
    issuer = "https://eastus.oic.prod-aks.azure.com/t/c/"
    home = replace(SCOPES[1], attributes=(("oidc_issuer", issuer),))
    mailer = account("mailer", azure_client_id=written, azure_tenant_id="t")
    deploy = make.service_principal("deploy", unique_id="0a1b2c3d-0000-4000-8000-0000000000ef")
    trust = Trust(
        id="/applications/deploy#federated/pods",
        identity_id=deploy.id,
        subject=issuer,
        subject_kind="federated",
        claim_patterns=(("aud", ("api://AzureADTokenExchange",)), ("sub", ("system:serviceaccount:batch:mailer",))),
        mechanism="federate",
    )
    listed = [replace(row, provider="azure") for row in complete("/tenants/t", "graph-federated-credentials")]
    tables = facts(
        identities=[mailer, deploy],
        trusts=[trust],
        scopes=[SCOPES[0], home, SCOPES[2], *make.azure_scopes()],
        coverage=listed,
    )
    assert asked(make, tables, mailer) == ""
    (bridge,) = tables.estate.access.bridges.of(mailer.id)
    assert bridge.declared


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
    assert make.cell(tables, "identity.crossing_fix", row) == (
        "aws iam get-role --role-name app --query Role.AssumeRolePolicyDocument"
    )
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


ENTRY = f"arn:aws:eks:eu-west-1:{ACCOUNT}:access-entry/prod/role/{ACCOUNT}/app/1"
MAP = f"{CLUSTER}/namespaces/kube-system/configmaps/aws-auth"


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
