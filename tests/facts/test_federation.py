"""Facts about pools of outside identities: whom a member stands for, and whose tokens get in."""

import json
from typing import Any

import pytest

from nhi_scan.model.identity import Resource

POOL = "//iam.googleapis.com/projects/tools/locations/global/workloadIdentityPools/ci"
SET = "principalSet://iam.googleapis.com/projects/100/locations/global/workloadIdentityPools/ci"
COLLECTED = ("iam-workload-identity-pools", "iam-workload-identity-pool-providers")
GITHUB = "https://token.actions.githubusercontent.com"
MAPPING = json.dumps(
    {"google.subject": "assertion.sub", "attribute.ref": "assertion.ref", "attribute.repo": "assertion.repository"}
)


def provider(name: str = "github", issuer: str = GITHUB, **attributes: str) -> Resource:
    said = {"issuer": issuer, "mapping": MAPPING, "pool": POOL, "disabled": "false", **attributes}
    return Resource(
        id=f"{POOL}/providers/{name}",
        provider="gcp",
        kind="workload_identity_provider",
        name=name,
        scope_id="projects/tools",
        attributes=tuple(sorted((key, word) for key, word in said.items() if word)),
    )


@pytest.mark.parametrize(
    ("member", "providers", "strangers"),
    [
        (f"{SET}/*", [provider()], True),
        (f"{SET}/attribute.ref/refs/heads/main", [provider()], True),
        (f"{SET}/attribute.repo/acme/web", [provider()], False),
        (f"{SET}/attribute.unmapped/x", [provider()], False),
        (f"principal://{SET[15:]}/subject/repo:acme/web", [provider()], False),
        (f"{SET}/*", [provider(condition="assertion.repository_owner_id == '1'")], False),
        (f"{SET}/*", [provider(disabled="true")], False),
        (f"{SET}/*", [provider(state="DELETED")], False),
        (f"{SET}/*", [provider(issuer="https://issuer.acme.example")], False),
        # The path of an issuer's address names whom it serves: an enterprise, a tenant.
        (f"{SET}/*", [provider(issuer=f"{GITHUB}/acme")], False),
        (f"{SET}/*", [provider(issuer="https://sts.windows.net/tenant")], False),
        (f"{SET}/*", [provider(issuer="https://gitlab.com"), provider("b", condition="true")], True),
        (f"{SET}/attribute.ref/main", [provider(mapping="{not json")], False),
        (f"{SET}/attribute.ref/main", [provider(mapping='["a"]')], False),
        (f"{SET}/*", [], False),
        ("serviceAccount:tools.svc.id.goog[web/web]", [], False),
        ("user:ann@acme.example", [], False),
    ],
)
def test_whether_strangers_get_in(
    facts: Any,
    make: Any,
    member: str,
    providers: list[Resource],
    strangers: bool,
) -> None:
    tables = facts(
        identities=[make.member(member, scope_id="projects/tools")],
        resources=providers,
        scopes=make.projects("tools"),
        coverage=make.swept(*COLLECTED),
    )
    assert make.cell(tables, "identity.lets_strangers_in") is strangers


def test_nobody_can_tell_where_the_providers_were_not_collected(facts: Any, make: Any) -> None:
    tables = facts(
        identities=[make.member(f"{SET}/*", scope_id="projects/tools")], scopes=make.projects("tools"), coverage=[]
    )
    assert make.cell(tables, "identity.lets_strangers_in") is None
    assert make.cell(tables, "identity.pool_breadth") == "pool"
    assert make.cell(tables, "identity.pool") == SET.partition("googleapis.com/")[2]


def test_the_pool_of_a_cluster_has_no_providers_to_collect(facts: Any, make: Any) -> None:
    member = "principalSet://iam.googleapis.com/projects/100/locations/global/workloadIdentityPools/tools.svc.id.goog/*"
    tables = facts(identities=[make.member(member, scope_id="projects/tools")], scopes=make.projects("tools"))
    assert make.cell(tables, "identity.lets_strangers_in") is False


def test_what_a_provider_takes(facts: Any, make: Any) -> None:
    bucket = Resource(id="//b", provider="gcp", kind="storage_bucket", name="b", scope_id="projects/tools")
    tables = facts(
        resources=[
            bucket,
            provider(),
            provider("own", "https://issuer.acme.example/a", condition="x", disabled="true"),
        ],
        scopes=make.projects("tools"),
    )
    names = ["issuer", "issuer_shared", "conditional", "disabled", "handle", "pool"]
    assert [make.cell(tables, f"resource.{name}", 0) for name in names] == [None, None, None, False, "b", ""]
    assert [make.cell(tables, f"resource.{name}", 1) for name in names] == [
        "token.actions.githubusercontent.com",
        True,
        False,
        False,
        "github",
        "ci",
    ]
    assert [make.cell(tables, f"resource.{name}", 2) for name in names] == [
        "issuer.acme.example/a",
        False,
        True,
        True,
        "own",
        "ci",
    ]


def test_issuers_of_a_pool_are_named(facts: Any, make: Any) -> None:
    tables = facts(
        identities=[make.member(f"{SET}/*", scope_id="projects/tools"), make.member("user:ann@acme.example")],
        resources=[provider(), provider("b", "https://gitlab.com"), provider("c", "")],
        scopes=make.projects("tools"),
    )
    assert make.cell(tables, "identity.pool_issuers", 0) == "gitlab.com, token.actions.githubusercontent.com"
    assert make.cell(tables, "identity.pool_issuers", 1) is None
