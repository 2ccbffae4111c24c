"""Levels: which comes before which, what they name, and what the graph answers beside them."""

from typing import Any

from nhi_scan.access import routes
from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.model import github_ids
from nhi_scan.providers.github.escalation import techniques


def level(judge_world: Any, world: dict[str, Any], who: str) -> Any:
    report, _, id_of = judge_world(world)
    return report.privileges[id_of(who)]


def test_an_administrator_is_one_by_what_it_holds(judge_world: Any) -> None:
    world = {"apps": {"bot": {"may": ["administration=write", "contents=read"]}}}
    found = level(judge_world, world, "bot")
    assert (found.level, found.conditional) == ("administrator", False)
    assert [ref.policy_id for ref in found.statements] == ["github.com/acme/installations/bot#permissions"]
    assert found.reason == "it controls `github.com/acme`: administer every repository of the organization"


def test_a_token_is_one_only_if_its_person_is(judge_world: Any) -> None:
    found = level(judge_world, {"tokens": {"bot": {"may": ["members=write"]}}}, "bot")
    assert (found.level, found.conditional) == ("administrator", True)


def test_whoever_becomes_the_holder_of_an_administrators_job_becomes_one(judge_world: Any) -> None:
    # A job is handed nothing of an organization, so that it is an app's code which leads there: by its runner.
    world = {
        "apps": {"bot": {"may": ["organization_self_hosted_runners=write"]}},
        "jobs": {"deploy": {"self_hosted": "true", "secrets": "APP_KEY"}},
        "secrets": {"APP_KEY": {"in": "app"}},
    }
    found = level(judge_world, world, "bot")
    assert found.level == "reaches_sensitive"
    assert [step.target_id for step in found.path][-1] == "github.com/acme/app/secrets/app_key"
    assert found.path[0].technique == "github-register-runner"


def test_control_of_one_repository_makes_nobody_an_administrator(judge_world: Any) -> None:
    report, access, id_of = judge_world({"apps": {"bot": {"may": ["administration=write"], "at": ["app"]}}})
    assert report.privileges[id_of("bot")].level == "ordinary"
    chain = access.inventory.scope_chain(id_of("app"))
    assert report.control(chain) == ("control/github.com/acme", "control/github.com/acme/app")
    ways = routes.to_scope(report, chain)
    assert [(way.source_id, way.conditional) for way in ways] == [(id_of("bot"), False)]


def test_whoever_can_push_reaches_the_secrets(judge_world: Any) -> None:
    world = {"secrets": {"KEY": {"in": "app"}}, "keys": {"deployer": {"told": {"read_only": "false"}}}}
    report, access, id_of = judge_world(world)
    found = report.privileges[id_of("app#code")]
    assert (found.level, found.conditional) == ("reaches_sensitive", False)
    assert found.reason == "it may run code in a workflow that is handed secrets"
    assert report.privileges[id_of("deployer")].level == "reaches_sensitive"
    assert report.privileges[id_of("lib#code")].level == "ordinary"
    every = EffectiveAccess(access.inventory, {"github": access})
    reached = routes.to_resource(report, every, access.inventory.resources[id_of("KEY")])
    assert {way.source_id for way in reached} == {id_of("app#code"), id_of("deployer")}


def test_a_level_that_may_be_higher_says_so(judge_world: Any) -> None:
    found = level(judge_world, {"apps": {"bot": {"may": ["contents=write"], "at": []}}}, "bot")
    assert found.level == "ordinary"
    assert found.reason.endswith("; the repositories that it was given could not be listed")


def test_what_nobody_could_read_is_unknown(judge_world: Any) -> None:
    world = {"people": ["octocat"], "jobs": {"build": {"permissions": "?"}}, "apps": {"bot": {}}}
    report, _, id_of = judge_world(world)
    for who in ("octocat", "build", "bot"):
        assert report.privileges[id_of(who)].level == "unknown", who
        assert report.privileges[id_of(who)].reason


def test_an_edge_to_all_repositories_is_one(judge_world: Any) -> None:
    repos: dict[str, Any] = {f"r{i}": {} for i in range(50)}
    world = {"repos": repos, "apps": {f"bot{i}": {"may": ["contents=write", "workflows=write"]} for i in range(20)}}
    report, _, _ = judge_world(world)
    assert report.graph.edge_count < 2 * 52 + 52 + 3 * 20 + 60


def test_ids_lie_on_one_host(judge_world: Any) -> None:
    report, _, id_of = judge_world({"repos": {"app": {"visibility": "public"}}})
    assert id_of("anyone") == github_ids.anyone("github.com")
    assert set(report.privileges) == {id_of("anyone"), id_of("app#code"), id_of("lib#code")}
    assert [row.kind for row in techniques().sensitive] == ["actions_secret"]
