"""The graph as a whole: sets instead of many edges, groups once for all members, ways that can be asked for."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings, strategies

from nhi_scan.access import routes
from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.access.kubernetes.privilege import Report, judge
from nhi_scan.access.kubernetes.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model.records import Records
from nhi_scan.providers.kubernetes.escalation import techniques
from tests.access.escalation_graph import edges_from, reached

Judge = Callable[[Mapping[str, Any]], tuple[Report, Access, Callable[[str], str]]]
WORLDS = [
    world
    for path in sorted(Path(__file__).with_name("worlds").glob("*.yaml"))
    for world in yaml.safe_load(path.read_text("utf-8"))
]
SPACES = {f"n{i:02}": "none" for i in range(30)}
MANY: dict[str, Any] = {f"{space}/a{i}": {} for space in SPACES for i in range(4)}
RANKS = [
    ("ordinary", False),
    ("reaches_sensitive", True),
    ("reaches_sensitive", False),
    ("latent", False),
    ("can_become_administrator", True),
    ("administrator", True),
    ("can_become_administrator", False),
    ("administrator", False),
]
TOKEN = "create serviceaccounts/token"


def test_one_who_requests_tokens_in_the_whole_cluster_has_one_edge(judge_world: Judge) -> None:
    report, _, id_of = judge_world({"namespaces": SPACES, "accounts": MANY, "grants": {"own": {"may": [TOKEN]}}})
    assert len(edges_from(report, id_of("app/attacker"))) == 1
    assert {id_ for id_, _ in reached(report, id_of("app/attacker"))} >= {id_of(name) for name in (*MANY, "prod/boss")}


def test_a_right_in_a_namespace_reaches_its_accounts_and_no_others(judge_world: Judge) -> None:
    world = {"namespaces": SPACES, "accounts": MANY, "grants": {"own": {"may": ["create pods"], "in": "n03"}}}
    report, _, id_of = judge_world({**world, "namespaces": {**SPACES, "n03": "restricted"}})
    wanted = {(id_of(f"n03/a{i}"), False) for i in range(4)}
    assert reached(report, id_of("app/attacker")) == wanted


def test_the_same_roles_by_several_bindings_make_no_more_edges(judge_world: Judge) -> None:
    grants = {f"own{i}": {"who": f"n{i:02}/a0", "may": [TOKEN], "in": "n29"} for i in range(25)}
    report, _, _ = judge_world({"namespaces": SPACES, "accounts": MANY, "grants": grants})
    own = [edge for edge in report.graph.edges() if edge.source.startswith("k8s:c/namespaces/n")]
    assert {edge.target for edge in own} == {"set/accounts/k8s:c/namespaces/n29"}
    assert len(own) == 25


def test_what_a_group_of_everybody_has_everywhere_is_laid_once(judge_world: Judge) -> None:
    grants = {
        f"g{space}": {"who": "group:system:serviceaccounts", "may": [TOKEN, "create pods"], "in": space}
        for space in SPACES
    }
    report, _, id_of = judge_world({"namespaces": SPACES, "accounts": MANY, "grants": grants})
    assert len(edges_from(report, id_of("app/attacker"))) == 1
    assert report.graph.edge_count < 12 * len(SPACES) + 2 * len(report.privileges)
    assert {id_ for id_, _ in reached(report, id_of("app/attacker"))} >= {id_of(name) for name in MANY}


def test_rights_of_oneself_and_of_a_group_count_together(judge_world: Judge) -> None:
    world = {
        "grants": {
            "own": {"may": ["create secrets"], "in": "prod"},
            "theirs": {"who": "group:system:serviceaccounts:app", "may": ["get secrets"], "in": "prod"},
        }
    }
    report, _, id_of = judge_world(world)
    (step, last) = report.privileges[id_of("app/attacker")].path
    assert (step.technique, last.target_id) == ("k8s-secrets-create-token", "k8s:c")
    assert {ref.policy_id.rpartition("/")[2] for ref in step.statements} == {"own", "theirs"}
    elsewhere = {**world["grants"]["theirs"], "in": "kube-system"}
    report, _, id_of = judge_world({"grants": {**world["grants"], "theirs": elsewhere}})
    assert report.privileges[id_of("app/attacker")].level == "reaches_sensitive"


def test_two_groups_count_together_too(judge_world: Judge) -> None:
    world = {
        "grants": {
            "one": {"who": "group:system:authenticated", "may": ["impersonate groups"]},
            "two": {"who": "group:system:serviceaccounts:app", "may": ["impersonate users"], "names": ["x"]},
        }
    }
    report, _, id_of = judge_world(world)
    levels = {id_: level.level for id_, level in report.privileges.items()}
    assert levels[id_of("app/attacker")] == "administrator"


def test_the_ways_of_a_world_are_the_edges_of_its_graph(judge_world: Judge) -> None:
    """Each step that is told starts where the one before it ended, or is by the one who has taken control."""
    for world in WORLDS:
        report, _, id_of = judge_world(world)
        privilege = report.privileges[id_of(world.get("who", "app/attacker"))]
        assert privilege.path[0].source_id == privilege.identity_id
        for before, after in zip(privilege.path, privilege.path[1:], strict=False):
            assert after.source_id == before.target_id
        assert privilege.conditional == any(step.conditional for step in privilege.path)
        assert all(step.detail for step in privilege.path)


@pytest.mark.parametrize("world", WORLDS, ids=[f"{i}-{world['by']}" for i, world in enumerate(WORLDS)])
def test_what_a_step_rests_on_is_what_effective_access_says(world: Mapping[str, Any], judge_world: Judge) -> None:
    report, access, id_of = judge_world(world)
    known = {row.id: row for row in techniques().techniques}
    privilege = report.privileges[id_of(world.get("who", "app/attacker"))]
    asked = 0
    for step in privilege.path:
        if step.technique not in known or step.source_id not in access.inventory.identities:
            continue
        backed = set()
        for requirement in known[step.technique].requires:
            found = {ref for action in requirement.actions for ref in access.statements(step.source_id, action)}
            assert found & set(step.statements), requirement
            backed |= found
        assert set(step.statements) <= backed
        asked += 1
    assert asked


@settings(max_examples=60)
@given(data=strategies.data())
def test_more_rights_never_lower_a_level_and_less_never_raise_it(
    data: strategies.DataObject, judge_world: Judge
) -> None:
    actions = sorted({action for row in techniques().techniques for action in row.actions})
    rows = data.draw(
        strategies.lists(
            strategies.fixed_dictionaries(
                {
                    "may": strategies.lists(strategies.sampled_from(actions), min_size=1, max_size=4, unique=True),
                    "who": strategies.sampled_from(["app/attacker", "group:system:serviceaccounts", "group:devs"]),
                },
                optional={
                    "in": strategies.sampled_from(["app", "prod", "kube-system"]),
                    "names": strategies.sampled_from([["boss"], ["cluster-admin", "g0"], ["system:masters"]]),
                },
            ),
            min_size=1,
            max_size=4,
        )
    )
    world = {
        "nodes": {"n1": {}},
        "workloads": {"prod/deployment/api": {"attributes": {"nodes": "n1"}}},
        "secrets": {"prod/old": "prod/boss"},
    }
    before = -1
    for count in range(1, len(rows) + 1):
        report, _, id_of = judge_world({**world, "grants": {f"g{i}": row for i, row in enumerate(rows[:count])}})
        privilege = report.privileges[id_of("app/attacker")]
        after = RANKS.index((privilege.level, privilege.conditional))
        assert after >= before
        before = after


def test_who_controls_a_namespace_is_asked_by_its_scope(judge_world: Judge) -> None:
    world = {
        "grants": {"own": {"may": ["* *.*"], "in": "kube-system"}, "far": {"who": "prod/boss", "may": ["get pods"]}}
    }
    report, access, id_of = judge_world(world)
    chain = access.inventory.scope_chain("k8s:c/namespaces/kube-system")
    found = {route.source_id: len(route.steps) for route in routes.to_scope(report, chain)}
    assert found == {id_of("app/attacker"): 1, id_of("prod/boss"): 1}
    chain = access.inventory.scope_chain("k8s:c/namespaces/prod")
    assert [route.source_id for route in routes.to_scope(report, chain)] == [id_of("prod/boss")]


def test_ways_to_an_account_and_to_a_secret_can_be_asked_for(judge_world: Judge) -> None:
    world = {
        "secrets": {"prod/db": {"of": ""}},
        "grants": {
            "cluster-admin": {"who": "prod/boss", "may": ["get secrets"], "in": "prod"},
            "own": {"may": [TOKEN], "in": "prod"},
        },
    }
    report, access, id_of = judge_world(world)
    (route,) = routes.to_identity(report, id_of("prod/boss"))
    assert [step.technique for step in route.steps] == ["k8s-serviceaccounts-token-request"]
    known = EffectiveAccess(access.inventory, {"kubernetes": access})
    secret = "k8s:c/namespaces/prod/secrets/db"
    found = routes.to_resource(report, known, access.inventory.resources[secret])
    assert [(route.source_id, len(route.steps)) for route in found] == [
        (id_of("prod/boss"), 1),
        (id_of("app/attacker"), 2),
    ]


def test_who_controls_the_cluster_becomes_everybody(judge_world: Judge) -> None:
    writing = ["escalate clusterroles.rbac.authorization.k8s.io", "patch clusterroles.rbac.authorization.k8s.io"]
    world = {"users": ["alice"], "nodes": {"n1": {}}, "accounts": {"app/other": {}}}
    report, _, id_of = judge_world({**world, "grants": {"own": {"may": writing}}})
    for name in ("user:alice", "node:n1", "app/other"):
        ways = {route.source_id: route.steps for route in routes.to_identity(report, id_of(name))}
        assert sorted(ways) == sorted((id_of("app/attacker"), id_of("prod/boss")))
        (first, second) = ways[id_of("app/attacker")]
        assert (first.technique, second.technique) == ("k8s-clusterroles-escalate", "k8s-control-takes")


def test_whoever_runs_as_an_account_gets_onto_a_node_by_its_privileged_pods(judge_world: Judge) -> None:
    agent = {"runs_as": "app/attacker", "attributes": {"privileged": "true", "nodes": "n1"}}
    report, _, id_of = judge_world({"nodes": {"n1": {"control_plane": True}}, "workloads": {"app/daemon_set/a": agent}})
    found = report.privileges[id_of("app/attacker")]
    assert (found.level, found.conditional) == ("can_become_administrator", True), "a token alone is no container"
    assert [step.technique for step in found.path] == ["k8s-container-escape", "k8s-control-plane-node"]


def test_many_nodes_of_a_daemon_set_are_all_nodes(judge_world: Judge) -> None:
    nodes: dict[str, Any] = {f"n{i:02}": {} for i in range(25)}
    named = " ".join(sorted(nodes)[:20])
    world = {
        "nodes": nodes,
        "workloads": {"prod/daemon_set/agent": {"attributes": {"nodes": named, "pods": "25"}}},
        "grants": {"own": {"may": ["get nodes/proxy"], "names": ["n24"]}},
    }
    report, _, id_of = judge_world(world)
    assert reached(report, id_of("app/attacker")) == {(id_of("prod/boss"), False)}
    world["workloads"] = {"prod/deployment/agent": {"attributes": {"nodes": named, "pods": "25"}}}
    report, _, id_of = judge_world(world)
    assert reached(report, id_of("app/attacker")) == {(id_of("prod/boss"), True)}


def test_the_same_world_gives_the_same_graph(judge_world: Judge) -> None:
    world = {"namespaces": SPACES, "accounts": MANY, "grants": {"own": {"may": ["* *"]}}}
    first, second = judge_world(world)[0], judge_world(world)[0]
    written = [
        [(one.source, one.target, one.label, one.conditional) for one in each.graph.edges()] for each in (first, second)
    ]
    assert written[0] == written[1] != []
    assert first.privileges == second.privileges


@pytest.mark.parametrize("name", ["user:alice", "app/attacker"])
def test_only_of_users_the_groups_are_told_elsewhere(judge_world: Judge, name: str) -> None:
    report, _, id_of = judge_world(
        {"users": ["alice"], "grants": {"admins": {"who": "group:admins", "may": ["* *.*"]}}}
    )
    found = report.privileges[id_of(name)]
    assert found.level == "ordinary"
    assert ("a group that only its authenticator can tell" in found.reason) == name.startswith("user:")


def test_what_was_not_collected_of_bindings_is_said(judge_world: Judge) -> None:
    report, _, id_of = judge_world({"unread": ["k8s-rolebindings"]})
    found = report.privileges[id_of("app/attacker")]
    assert (found.level, "bindings that were not collected" in found.reason) == ("ordinary", True)


def test_an_inventory_without_a_cluster_has_nothing() -> None:
    inventory = build([Records()])
    report = judge(inventory, summarise(inventory, datetime(2026, 1, 1, tzinfo=UTC)), techniques())
    assert (report.privileges, len(report.graph)) == ({}, 0)
