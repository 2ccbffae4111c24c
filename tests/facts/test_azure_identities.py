"""Facts about applications, managed identities and agents of Entra, and about a tenant's own settings."""

import json
import shlex
from dataclasses import replace
from typing import Any

import pytest

from nhi_scan.facts.evidence import BUILDERS
from nhi_scan.model.identity import Group, LastUsed, Workload
from nhi_scan.model.policy import Condition, Trust
from nhi_scan.model.scope import Scope

TENANT = "/tenants/t"
SUBSCRIPTION = "/subscriptions/s"
MEMBERS: dict[str, Any] = {"team": {"member_ids": ("ann",)}, "empty": {}, "unread": {"complete": False}}
IDENTITIES = ("graph-service-principals", "graph-applications")


def told(tables: Any, subject: str, name: str, id_: str) -> Any:
    cells = tables[subject][name]
    return None if cells.isna().loc[id_] else cells.loc[id_]


@pytest.mark.parametrize(
    ("attributes", "answer"),
    [
        ((("owner_tenant", "other"),), True),
        ((("owner_tenant", "t"),), False),
        ((("application_id", "a"), ("owner_tenant", "other")), False),
        ((), None),
    ],
)
def test_an_application_that_is_registered_elsewhere_is_a_third_partys(
    facts: Any, make: Any, attributes: Any, answer: bool | None
) -> None:
    tables = facts(identities=[make.service_principal(attributes=attributes)], scopes=make.azure_scopes())
    assert told(tables, "identity", "third_party", "deploy") == answer


def test_microsofts_own_applications_and_managed_identities_are_no_third_partys(facts: Any, make: Any) -> None:
    foreign = (("owner_tenant", "other"),)
    tables = facts(
        identities=[
            make.service_principal("first", managed_by_provider=True, attributes=foreign),
            make.service_principal("mi", kind="managed_identity", attributes=foreign),
        ],
        scopes=make.azure_scopes(),
    )
    assert [told(tables, "identity", "third_party", one) for one in ("first", "mi")] == [False, False]


@pytest.mark.parametrize(
    ("state", "covered", "answer"),
    [
        ("atRisk", False, "at_risk"),
        ("confirmedCompromised", False, "compromised"),
        ("dismissed", False, "none"),
        ("", True, "none"),
        ("", False, None),
        ("unknownFutureValue", False, None),
    ],
)
def test_what_entra_says_of_a_risk_is_one_of_three_words(
    facts: Any, make: Any, state: str, covered: bool, answer: str | None
) -> None:
    tables = facts(
        identities=[make.service_principal(attributes=(("risk_state", state),) if state else ())],
        scopes=make.azure_scopes(),
        coverage=make.read("graph-risky-service-principals") if covered else [],
    )
    assert told(tables, "identity", "risk", "deploy") == answer


def test_owners_are_counted_by_whether_they_can_be_asked(facts: Any, make: Any) -> None:
    people = [
        make.person("ann"),
        make.person("bob", status="disabled"),
        make.person("cat", attributes=(("user_type", "guest"),)),
        make.person("dan", status="unknown"),
    ]
    owned = {
        "some": ("ann", "bob", "cat"),
        "none_able": ("bob", "cat"),
        "unsure": ("bob", "dan"),
        "nobody": (),
        "unread": None,
    }
    apps = [make.service_principal(name, owner_ids=ids) for name, ids in owned.items()]
    tables = facts(identities=[*people, *apps], scopes=make.azure_scopes())
    names = ("directory_owner_count", "able_owner_count", "directory_owners")
    assert {one: tuple(told(tables, "identity", name, one) for name in names) for one in owned} == {
        "some": (3, 1, "ann@northwind.example, bob@northwind.example (disabled), cat@northwind.example (guest)"),
        "none_able": (2, 0, "bob@northwind.example (disabled), cat@northwind.example (guest)"),
        "unsure": (2, None, "bob@northwind.example (disabled), dan@northwind.example"),
        "nobody": (0, 0, ""),
        "unread": (None, None, None),
    }


def test_an_owner_in_the_directory_is_an_owner_and_none_is_said_only_where_all_was_read(facts: Any, make: Any) -> None:
    apps = [
        make.service_principal("owned", owner_ids=("ann",)),
        make.service_principal("ownerless", owner_ids=()),
        make.service_principal("unread", owner_ids=None),
        make.service_principal("mi", kind="managed_identity", owner_ids=None, scope_id=SUBSCRIPTION),
    ]
    read = facts(identities=apps, scopes=make.azure_scopes(), coverage=make.read(*IDENTITIES))
    answers = [told(read, "identity", "has_owner", one.id) for one in apps]
    assert answers == [True, False, None, False]
    unread = facts(identities=apps, scopes=make.azure_scopes())
    assert told(unread, "identity", "has_owner", "ownerless") is None


@pytest.mark.parametrize(
    ("sponsors", "count", "names"),
    [
        ("ann", 1, "ann@northwind.example"),
        ("bob", 0, "bob@northwind.example (deleted)"),
        ("team", 1, "group Team"),
        ("empty", 0, "group Empty"),
        ("unread", None, "group Unread"),
        ("", 0, "nobody"),
        (None, None, None),
    ],
)
def test_sponsors_of_an_agent_who_can_be_asked(
    facts: Any, make: Any, sponsors: str | None, count: int | None, names: str | None
) -> None:
    attributes = () if sponsors is None else (("sponsors", sponsors),)
    agent = make.service_principal("agent", kind="agent_identity", attributes=attributes)
    people = [make.person("ann"), make.person("bob", status="deleted")]
    groups = [
        Group(id=id_, provider="azure", kind="entra_group", name=id_.capitalize(), scope_id=TENANT, **fields)
        for id_, fields in MEMBERS.items()
    ]
    tables = facts(identities=[agent, *people], groups=groups, scopes=make.azure_scopes())
    assert told(tables, "identity", "able_sponsor_count", "agent") == count
    assert told(tables, "identity", "sponsors", "agent") == names


def test_a_blueprint_is_gone_only_where_all_were_listed(facts: Any, make: Any) -> None:
    agents = [
        make.service_principal(f"of-{name}", kind="agent_identity", attributes=(("blueprint_id", f"app-{name}"),))
        for name in ("here", "off", "lost")
    ]
    known = [make.service_principal("here"), make.service_principal("off", status="disabled")]
    listed = make.read("graph-service-principals", "graph-agent-blueprint-principals")
    read = facts(identities=[*agents, *known], scopes=make.azure_scopes(), coverage=listed)
    assert [told(read, "identity", "blueprint_gone", one.id) for one in agents] == [False, True, True]
    unread = facts(identities=[*agents, *known], scopes=make.azure_scopes())
    assert [told(unread, "identity", "blueprint_gone", one.id) for one in agents] == [False, None, None]


def test_a_user_of_an_agent_is_left_over_when_the_agent_is_gone(facts: Any, make: Any) -> None:
    users = [
        make.service_principal(f"of-{name}", kind="agent_user", attributes=(("agent_identity_id", name),))
        for name in ("here", "off", "lost")
    ]
    agents = [
        make.service_principal("here", kind="agent_identity"),
        make.service_principal("off", kind="agent_identity", status="disabled"),
    ]
    listed = make.read("graph-agent-identities")
    read = facts(identities=[*agents, *users], scopes=make.azure_scopes(), coverage=listed)
    assert [told(read, "identity", "blueprint_gone", one.id) for one in users] == [False, True, True]
    assert told(read, "identity", "blueprint", "of-off") == "agent identity Off"
    unread = facts(identities=[*agents, *users], scopes=make.azure_scopes())
    assert [told(unread, "identity", "blueprint_gone", one.id) for one in users] == [False, True, None]


def test_nothing_runs_as_a_managed_identity_where_every_subscription_was_read(facts: Any, make: Any) -> None:
    second = Scope(id="/subscriptions/2", provider="azure", kind="subscription", name="Test", parent_id=TENANT)
    idle = make.service_principal("idle", kind="managed_identity", scope_id=SUBSCRIPTION)
    busy = make.service_principal("busy", kind="managed_identity", scope_id=SUBSCRIPTION)
    web = Workload(id="/w", provider="azure", kind="web_app", name="w", scope_id=second.id, runs_as=("busy",))
    lists: dict[str, Any] = {
        "identities": [idle, busy],
        "workloads": [web],
        "scopes": [*make.azure_scopes(), second],
    }
    both = make.read("arg-resources", scope=SUBSCRIPTION) + make.read("arm-resources", scope=second.id)
    read = facts(**lists, coverage=both)
    assert [told(read, "identity", "workload_count", one) for one in ("idle", "busy")] == [0, 1]
    pieces = BUILDERS["coverage"](read.estate, "identity", "idle")
    assert [piece.text for piece in pieces] == [
        "subscription Test collected completely",
        "subscription Production collected completely",
    ]
    one = facts(**lists, coverage=make.read("arg-resources", scope=SUBSCRIPTION))
    assert [told(one, "identity", "workload_count", name) for name in ("idle", "busy")] == [None, 1]
    off = {**lists, "scopes": [*make.azure_scopes(), replace(second, status="disabled")]}
    rest = facts(**off, coverage=make.read("arg-resources", scope=SUBSCRIPTION))
    assert told(rest, "identity", "workload_count", "idle") == 0


def test_how_a_managed_identity_comes_to_what_runs_as_it(facts: Any, make: Any) -> None:
    tables = facts(
        identities=[
            make.service_principal("a", kind="managed_identity", attributes=(("assigned", "system"),)),
            make.service_principal("b", kind="managed_identity", last_authenticated=LastUsed.on(make.ago(3))),
            make.service_principal("c", last_authenticated=LastUsed.on(make.ago(40))),
        ],
        scopes=make.azure_scopes(),
        coverage=make.read("arm-federated-credentials"),
    )
    columns = ("assigned", "recently_used", "federation_read", "label", "app_id")
    assert {id_: tuple(told(tables, "identity", name, id_) for name in columns) for id_ in ("a", "b", "c")} == {
        "a": ("system", False, True, "Managed identity A", "app-a"),
        "b": (None, True, True, "Managed identity B", "app-b"),
        "c": ("none", False, True, "Service principal C", "app-c"),
    }


@pytest.mark.parametrize(
    ("attributes", "answers"),
    [
        ((), (None, None, None, None)),
        ((("user_consent", "any"), ("users_may_create_apps", "true")), ("any", True, None, None)),
        ((("admin_consent_workflow", "false"), ("password_addition_restricted", "false")), (None, None, False, False)),
        ((("password_addition_restricted", "true"),), (None, None, None, True)),
        ((("password_addition_restricted", "false"), ("password_lifetime_days", "180")), (None, None, None, True)),
    ],
)
def test_what_a_tenant_lets_everybody_do(facts: Any, make: Any, attributes: Any, answers: Any) -> None:
    tenant = Scope(id=TENANT, provider="azure", kind="tenant", name="T", parent_id="", attributes=attributes)
    columns = ("user_consent", "users_may_create_apps", "admin_consent_workflow", "secrets_restricted")
    tables = facts(scopes=[tenant])
    assert tuple(told(tables, "scope", name, TENANT) for name in columns) == answers


def federated(subject: str | None, *, flexible: bool = False, holder: str = "app") -> Trust:

    claims: Any = (("aud", ("api://AzureADTokenExchange",)),)
    return Trust(
        id=f"{holder}#federated/main",
        identity_id="deploy",
        subject="https://token.actions.githubusercontent.com",
        subject_kind="federated",
        mechanism="federate",
        claim_patterns=claims if subject is None else (*claims, ("sub", (subject,))),
        conditions=(Condition("ClaimsMatching", "1", ("claims['sub'] matches 'x'",)),) if flexible else (),
    )


@pytest.mark.parametrize(
    ("trust", "breadth", "pull_requests"),
    [
        (federated("repo:northwind/shop:ref:refs/heads/main"), "exact", False),
        (federated("repo:northwind/shop:pull_request"), "exact", True),
        (federated("repo:northwind/*"), "exact", False),  # compared letter by letter
        (federated("repo:northwind/*", flexible=True), "within", False),
        (federated("repo:northwind*", flexible=True), "anyone", False),
        (federated(None, flexible=True), None, False),  # an expression that nobody here reads
    ],
)
def test_how_many_a_federated_credential_lets_in(
    facts: Any, make: Any, trust: Trust, breadth: str | None, pull_requests: bool
) -> None:
    tables = facts(identities=[make.service_principal()], trusts=[trust], scopes=make.azure_scopes())
    assert told(tables, "trust", "subject_claim", trust.id) == breadth
    assert bool(told(tables, "trust", "pull_requests", trust.id)) is pull_requests
    assert bool(told(tables, "identity", "federated", "deploy"))


def test_a_federated_credential_is_taken_away_from_what_it_hangs_on(facts: Any, make: Any) -> None:
    managed = "/subscriptions/s/resourcegroups/g/providers/microsoft.managedidentity/userassignedidentities/shop"
    trusts = [federated("x"), federated("x", holder=managed)]
    tables = facts(identities=[make.service_principal()], trusts=trusts, scopes=make.azure_scopes())
    assert [told(tables, "trust", "removal_fix", one.id) for one in trusts] == [
        "az ad app federated-credential delete --id app --federated-credential-id main",
        "az identity federated-credential delete --name main --identity-name shop --resource-group g --subscription s",
    ]


def test_what_adds_a_federated_credential_says_what_goes_into_it(facts: Any, make: Any) -> None:
    trust = federated("repo:northwind/o'shop:*")
    tables = facts(identities=[make.service_principal()], trusts=[trust], scopes=make.azure_scopes())
    words = shlex.split(told(tables, "trust", "creation_fix", trust.id))
    assert words[:7] == ["az", "ad", "app", "federated-credential", "create", "--id", "app"]
    assert json.loads(words[8]) == {
        "name": "NAME",
        "issuer": trust.subject,
        "subject": "SUBJECT",
        "audiences": ["api://AzureADTokenExchange"],
    }


def test_who_can_be_an_application_is_told_by_what_lets_them_in(facts: Any, make: Any) -> None:
    vendor = Trust(id="deploy#tenant", identity_id="deploy", subject="/tenants/other", subject_kind="account")
    tables = facts(
        identities=[make.service_principal()],
        trusts=[federated("repo:northwind/*", flexible=True), vendor],
        scopes=make.azure_scopes(),
    )
    pieces = BUILDERS["trusts"](tables.estate, "identity", "deploy")
    issuer = "https://token.actions.githubusercontent.com"
    stated = "aud api://AzureADTokenExchange; sub repo:northwind/*; ClaimsMatching 1 claims['sub'] matches 'x'"
    assert [piece.text for piece in pieces] == [
        f"federated credential main trusts {issuer}: {stated}",
        "whoever runs it in tenant other is it here",
    ]
