"""What is kept of a resource, which scopes are known, what the caller may do: without a server."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.providers.azure.arm_scopes import identities
from nhi_scan.providers.azure.arm_sight import Sight, shown, wanted
from nhi_scan.providers.azure.arm_tree import Tree
from nhi_scan.providers.azure.arm_trim import picked, trimmed
from nhi_scan.providers.azure.calls.arm import ARM, LIBRARIES
from nhi_scan.providers.azure.calls.arm_graph import CONTAINERS, RESOURCE_GRAPH, RESOURCES
from nhi_scan.providers.azure.calls.arm_types import BY_TYPE, KEPT, NAMED
from nhi_scan.providers.azure.faults import CallError
from nhi_scan.providers.azure.normalise.resource_kinds import LOCAL_AUTH
from nhi_scan.providers.azure.normalise.workload_kinds import STATES, WORKLOADS

TENANT = "6d1a0f00-0000-4000-8000-000000000001"
ROOT = f"/providers/microsoft.management/managementgroups/{TENANT}"
PLATFORM, TEAM = (f"/providers/microsoft.management/managementgroups/{name}" for name in ("platform", "team"))
GUID = "5b000000-0000-4000-8000-000000000001"
SUBSCRIPTION = f"/subscriptions/{GUID}"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [
        "id",
        "type",
        "name",
        "properties",
        "details",
        "parent",
        "children",
        "identity",
        "managementGroupAncestorsChain",
        "subscriptionId",
        "tenantId",
        "actions",
        "notActions",
    ]
)
ODD = st.dictionaries(FIELDS, JSON | st.dictionaries(FIELDS, JSON | st.dictionaries(FIELDS, JSON)))


def nested(path: str, value: Any) -> Any:
    for part in reversed(path.split(".")):
        value = {part: value}
    return value


@pytest.mark.parametrize("type_", sorted(set(LOCAL_AUTH) | {one.lower() for one in NAMED}))
def test_what_the_normaliser_reads_is_kept(type_: str) -> None:
    paths = [*STATES[1:], "publicNetworkAccess", "networkAcls.defaultAction"]
    paths += [LOCAL_AUTH[type_][0]] if type_ in LOCAL_AUTH else []
    for path in paths:
        whole = nested(path, "word")
        assert picked(whole, BY_TYPE[type_]) == whole, path


def test_every_kind_of_workload_is_a_type_that_is_read() -> None:
    assert set(WORKLOADS) <= set(BY_TYPE)


def test_no_type_is_listed_twice_and_all_that_is_named_is_listed() -> None:
    assert len(BY_TYPE) == len(KEPT)
    assert set(NAMED) <= set(KEPT)


@pytest.mark.parametrize(
    ("paths", "kept"),
    [
        (("a",), {"a": {"b": 1, "c": [{"d": 2, "e": 3}]}}),
        (("A.B",), {"a": {"b": 1}}),
        (("a.c.d",), {"a": {"c": [{"d": 2}]}}),
        (("a.b.x",), {"a": {"b": None}}),
        (("url?",), {"url": "https://host/path"}),
        (("missing", "list.x"), {"list": [None, None]}),
        ((), {}),
    ],
)
def test_paths_pick(paths: tuple[str, ...], kept: Any) -> None:
    whole = {"a": {"b": 1, "c": [{"d": 2, "e": 3}]}, "url": "https://user:pw@host/path?sig=s", "list": [1, "x"]}

    assert picked(whole, paths) == kept


@given(st.one_of(JSON, ODD))
def test_whatever_a_resource_is_nothing_breaks_and_no_property_of_an_unknown_type_is_kept(record: Any) -> None:
    kept = trimmed(record)

    if isinstance(record, dict):
        assert set(kept) <= set(record)
        if not isinstance(record.get("type"), str) or record["type"].lower() not in BY_TYPE:
            assert not kept.get("properties")
    else:
        assert kept is None


def chain(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "displayName": name} for name in names]


def test_what_lies_above_is_learned_from_what_lies_below() -> None:
    tree = Tree(TENANT)
    tree.list({"subscriptionId": GUID.upper(), "tenantId": TENANT.upper()})
    tree.learn(
        {
            "id": SUBSCRIPTION.upper(),
            "type": "microsoft.resources/subscriptions",
            "properties": {"managementGroupAncestorsChain": chain("Team", "platform", TENANT)},
        }
    )

    assert tree.subscriptions == tree.shown == {SUBSCRIPTION}
    assert tree.chains[SUBSCRIPTION] == (TEAM, PLATFORM, ROOT)
    assert tree.known_groups == tuple(sorted((TEAM, PLATFORM, ROOT)))
    assert tree.groups == set()
    assert list(tree.below(PLATFORM)) == [SUBSCRIPTION]


def test_groups_that_were_asked_one_by_one_make_chains() -> None:
    tree = Tree(TENANT)
    tree.subscriptions.add(SUBSCRIPTION)
    group = {"type": "Microsoft.Management/managementGroups"}
    tree.learn({**group, "id": ROOT, "properties": {}})
    tree.learn({**group, "id": PLATFORM, "properties": {"details": {"parent": {"id": ROOT}}}})
    child = {"type": "/subscriptions", "id": SUBSCRIPTION}
    tree.learn({**group, "id": TEAM, "properties": {"details": {"parent": {"id": PLATFORM}}, "children": [child]}})

    assert tree.chains == {PLATFORM: (ROOT,), TEAM: (PLATFORM, ROOT), SUBSCRIPTION: (TEAM, PLATFORM, ROOT)}


def test_a_subscription_of_another_tenant_is_set_aside() -> None:
    tree = Tree(TENANT)
    tree.list({"subscriptionId": GUID, "tenantId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a"})

    assert tree.subscriptions == set()
    assert tree.foreign == {SUBSCRIPTION: "f8cdef31-a31e-4b4a-93e4-5f571e91255a"}


def test_what_is_named_and_not_listed_is_absent() -> None:
    tree = Tree(TENANT)
    tree.list({"subscriptionId": GUID})
    tree.narrow([GUID.replace("1", "2"), GUID], [])

    assert (tree.subscriptions, tree.absent) == ({SUBSCRIPTION}, (SUBSCRIPTION.replace("1", "2"),))


def test_what_is_named_is_kept_with_what_lies_in_it_and_above_it() -> None:
    tree, other = Tree(TENANT), "/providers/microsoft.management/managementgroups/other"
    for number, line in enumerate([("team", "platform", TENANT), ("platform", TENANT), ("other", TENANT), (TENANT,)]):
        guid = GUID[:-1] + str(number)
        chained = {"managementGroupAncestorsChain": chain(*line)}
        tree.list({"subscriptionId": guid})
        tree.learn({"id": f"/subscriptions/{guid}", "type": "microsoft.resources/subscriptions", "properties": chained})
    for name, line in {TENANT: (), "platform": (TENANT,), "team": ("platform", TENANT), "other": (TENANT,)}.items():
        id_ = f"/providers/Microsoft.Management/managementGroups/{name}"
        chained = {"details": {"managementGroupAncestorsChain": chain(*line)}}
        tree.learn({"id": id_, "type": "microsoft.management/managementgroups", "properties": chained})
    both = Tree(TENANT, set(tree.subscriptions), groups=set(tree.groups), chains=dict(tree.chains))

    tree.narrow([], ["platform"])
    both.narrow([GUID[:-1] + "3"], ["other"])

    assert tree.guids == [GUID[:-1] + "0", GUID[:-1] + "1"]
    assert tree.groups == {ROOT, PLATFORM, TEAM}
    assert both.guids == [GUID[:-1] + "2", GUID[:-1] + "3"]
    assert both.groups == set(both.known_groups) == {ROOT, other}


@given(st.lists(st.one_of(JSON, ODD), max_size=4))
def test_whatever_a_scope_is_nothing_breaks(rows: list[Any]) -> None:
    tree = Tree(TENANT)
    for row in rows:
        tree.list(row)
        tree.learn(row)

    assert tree.odd + len(tree.subscriptions) + len(tree.foreign) <= len(rows)
    assert all(one.startswith("/") for one in tree.known_groups)


@pytest.mark.parametrize(
    ("sets", "action", "given_"),
    [
        ([{"actions": ["*/read"]}], "Microsoft.Web/sites/read", True),
        ([{"actions": ["*"], "notActions": ["microsoft.web/*"]}], "Microsoft.Web/sites/read", False),
        ([{"actions": ["*"], "notActions": ["*/read"]}, {"actions": ["*/READ"]}], "Microsoft.Web/sites/read", True),
        ([{"actions": ["Microsoft.Web/*"]}], "Microsoft.WebX/sites/read", False),
        ([{"actions": ["Microsoft.Web/sites/rea."]}], "Microsoft.Web/sites/read", False),
        ([{"dataActions": ["*"]}], "Microsoft.Web/sites/read", False),
        ([{"actions": None}, "odd", {"actions": [7, {}], "notActions": "*"}], "Microsoft.Web/sites/read", False),
        ([], "Microsoft.Web/sites/read", False),
    ],
)
def test_what_the_caller_may_do(sets: list[Any], action: str, *, given_: bool) -> None:
    sight = Sight()
    sight.learn(SUBSCRIPTION, sets, None)

    assert sight.why_not(SUBSCRIPTION) is None
    assert sight.lacking(SUBSCRIPTION, [action]) == (() if given_ else (action,))


def test_where_nothing_is_known_everything_is_lacking() -> None:
    sight = Sight()
    error = CallError("denied", "AuthorizationFailed", "no")
    sight.learn(SUBSCRIPTION, [{"actions": ["*"]}], error)

    assert sight.why_not(SUBSCRIPTION) is error
    assert sight.why_not(ROOT) is not None
    assert sight.lacking(SUBSCRIPTION, ["a/read"]) == sight.lacking(ROOT, ["a/read"]) == ("a/read",)


@given(st.lists(st.one_of(JSON, ODD)))
def test_whatever_the_permissions_are_nothing_breaks(sets: list[Any]) -> None:
    sight = Sight()
    sight.learn(SUBSCRIPTION, sets, None)

    assert sight.lacking(SUBSCRIPTION, ["Microsoft.Web/sites/read"]) in ((), ("Microsoft.Web/sites/read",))


def test_long_lists_of_actions_are_told_in_short() -> None:
    assert shown(wanted(CONTAINERS)) == (
        "Microsoft.Resources/subscriptions/read, Microsoft.Resources/subscriptions/resourceGroups/read"
    )
    assert shown(wanted(RESOURCES)).endswith(f" and {len(KEPT) - 5} more")


def test_user_assigned_identities_are_told_by_their_id() -> None:
    id_ = f"{SUBSCRIPTION}/resourceGroups/Apps/providers/Microsoft.ManagedIdentity/userAssignedIdentities/Deploy"
    odd = {"", "/", "/subscriptions/x", f"{id_}/more", id_.replace("ManagedIdentity", "Else"), "x" * 9000}

    assert identities({id_, id_.lower(), *odd}) == [
        {"id": id_, "subscription": GUID, "group": "Apps", "name": "Deploy"}
    ]


@pytest.mark.parametrize("call", [*ARM, *RESOURCE_GRAPH], ids=lambda call: f"{call.kind}:{call.operation[-30:]}")
def test_every_row_only_reads_and_says_with_what_right(call: Any) -> None:
    assert all(re.fullmatch(r"Microsoft\.\w+(/\w+)+/read", one) for one in call.permissions)
    assert call.permissions or call.note == "needs no action"
    assert "list" not in call.operation.rpartition("/")[2].lower()  # no `listKeys`
    assert re.fullmatch(r"(Microsoft\.\w+:\d{4}-\d\d-\d\d(-preview)?)|(resourcegraph:\w+)", call.service)


@pytest.mark.parametrize("path", LIBRARIES)
def test_every_library_belongs_to_a_row_of_its_version(path: str) -> None:
    versions = {call.service.partition(":")[2].replace("-", "_") for call in ARM if call.operation == path}

    assert versions == {LIBRARIES[path].module.rpartition(".v")[2]}
