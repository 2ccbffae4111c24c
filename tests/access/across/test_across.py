"""One graph over all clouds: what a way over a bridge adds, and what it leaves as each cloud knows it."""

from nhi_scan.access import routes
from nhi_scan.access.federation import FEDERATES
from nhi_scan.model.access import Step
from tests.access.across.conftest import World, arn, code, job, trusts, understand

MAIN = "repo:acme/app:ref:refs/heads/main"


def techniques(path: tuple[Step, ...]) -> list[str]:
    return [step.technique for step in path]


def test_who_can_push_becomes_the_administrator_that_trusts_the_repository(world: World) -> None:
    world.repository("app")
    admin = world.role("deploy", "*", trust=trusts("repo:acme/app:*"))
    level = understand(world).levels[code("app")]
    assert (level.level, level.conditional) == ("can_become_administrator", False)
    first = level.path[0]
    assert (first.technique, first.source_id, first.target_id) == (FEDERATES, code("app"), admin)
    assert [(ref.policy_id, ref.layer) for ref in first.statements] == [(f"{admin}#trust", "trust")]


def test_a_role_that_trusts_another_repository_lets_nobody_in(world: World) -> None:
    world.repository("app")
    world.role("deploy", "*", trust=trusts("repo:acme/other:*"))
    known = understand(world)
    assert known.levels[code("app")].level == "ordinary"
    assert not known.access.bridges
    assert known.reports == known.own


def test_an_environment_that_is_not_there_is_a_way_in_and_one_that_is_protected_a_perhaps(world: World) -> None:
    """https://docs.github.com/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments."""
    world.repository("app")
    world.environment("app", "production", reviewers="1", branch_policy="none")
    roles = {
        name: world.role(name, "*", trust=trusts(f"repo:acme/app:environment:{name}"))
        for name in ("dev", "production", "Production")
    }
    found = {bridge.target_id: bridge.conditional for bridge in understand(world).access.bridges.of(code("app"))}
    assert found == {roles["dev"]: False, roles["production"]: True}


def test_an_open_condition_leaves_the_way_open(world: World) -> None:
    world.repository("app")
    world.role("deploy", "*", trust=trusts("repo:acme/app:*", IpAddress={"aws:SourceIp": "192.0.2.0/24"}))
    level = understand(world).levels[code("app")]
    assert (level.level, level.conditional) == ("can_become_administrator", True)


def test_the_way_goes_on_in_the_other_cloud(world: World) -> None:
    world.repository("app")
    admin = world.role("admin", "*", trust=[_trusting(arn("role", "deploy"))])
    deploy = world.role(
        "deploy", {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": admin}, trust=trusts(MAIN)
    )
    level = understand(world).levels[code("app")]
    assert level.level == "can_become_administrator"
    assert [(step.source_id, step.target_id) for step in level.path[:2]] == [(code("app"), deploy), (deploy, admin)]
    assert techniques(level.path[:2]) == [FEDERATES, "sts-assume-role"]


def test_the_way_begins_at_home_and_goes_over_the_bridge(world: World) -> None:
    """A fork can reach production: anyone's code runs in a job, whose token a role takes."""
    world.repository("app", visibility="public")
    anyone = world.anyone()
    ship = world.job("app", "ship", triggers="pull_request_target", checks_out_head="true", branches="")
    admin = world.role("deploy", "*", trust=trusts("repo:acme/app:*"))
    level = understand(world).levels[anyone]
    assert level.level == "can_become_administrator"
    assert [step.source_id for step in level.path][:2] == [anyone, ship]
    assert level.path[1].target_id == admin
    assert level.path[0].technique == "github-pull-request-target-checkout"


def test_what_is_sensitive_elsewhere_is_reached(world: World) -> None:
    world.repository("app")
    bucket = world.bucket("payroll")
    reader = world.role(
        "reader", {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{bucket}/*"}, trust=trusts(MAIN)
    )
    known = understand(world)
    assert known.levels[reader].level == "reaches_sensitive"
    level = known.levels[code("app")]
    assert level.level == "reaches_sensitive"
    assert [step.target_id for step in level.path] == [reader, bucket]


def test_an_identity_keeps_what_its_own_cloud_says_of_it(world: World) -> None:
    world.repository("app")
    admin = world.role("deploy", "*", trust=trusts("repo:acme/app:*"))
    known = understand(world)
    assert known.levels[admin] == known.own[0].privileges[admin]


def test_a_bridge_says_whether_the_holder_asks_for_it(world: World) -> None:
    world.repository("app")
    admin = arn("role", "deploy")
    asks, silent = world.job("app", "asks", roles=admin), world.job("app", "silent")
    world.role("deploy", "*", trust=trusts("repo:acme/app:*"))
    bridges = understand(world).access.bridges
    assert [one.declared for one in bridges.of(asks)] == [True]
    assert [one.declared for one in bridges.of(silent)] == [False]
    assert {one.source_id for one in bridges.into(admin)} == {asks, silent, code("app")}
    assert bridges.via(f"{admin}#trust/{arn('oidc-provider', 'token.actions.githubusercontent.com')}") == tuple(
        sorted([asks, silent, code("app")])
    )


def test_what_is_asked_for_and_not_given_is_in_vain(world: World) -> None:
    world.repository("app")
    ship = world.job("app", "ship", roles=arn("role", "gone"))
    world.role("other", "*", trust=trusts("repo:acme/elsewhere:*"))
    assert understand(world).access.bridges.asked_in_vain == {ship: (arn("role", "gone"),)}


def test_those_who_land_alike_share_a_landing(world: World) -> None:
    for name in ("app", "lib", "web"):
        world.repository(name)
    for role in ("one", "two"):
        world.role(role, "s3:ListAllMyBuckets", trust=trusts("repo:acme/*"))
    bridges = understand(world).access.bridges
    assert len(bridges.holders) == 3
    assert len({tuple(numbers) for numbers in bridges.holders.values()}) == 1


def test_ways_to_an_identity_and_to_a_resource_cross(world: World) -> None:
    world.repository("app")
    bucket = world.bucket("payroll")
    reader = world.role(
        "reader", {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{bucket}/*"}, trust=trusts(MAIN)
    )
    known = understand(world)
    (report,) = known.reports
    assert [route.source_id for route in routes.to_identity(report, reader)] == [code("app")]
    found = routes.to_resource(report, known.access, known.inventory.resources[bucket])
    assert {route.source_id for route in found} == {reader, code("app")}
    (crossing,) = [route for route in found if route.source_id == code("app")]
    assert [step.technique for step in crossing.steps] == [FEDERATES, "access"]


def test_control_of_a_repository_is_still_asked_for(world: World) -> None:
    world.repository("app")
    world.role("deploy", "*", trust=trusts("repo:acme/app:*"))
    known = understand(world)
    chain = known.inventory.scope_chain("github.com/acme/app")
    (crossed,) = known.reports
    assert crossed.control(chain) == known.own[1].control(chain)


def test_a_job_with_two_ways_takes_the_one_without_a_condition(world: World) -> None:
    world.repository("app")
    ship = world.job("app", "ship")
    world.role("guarded", "*", trust=trusts(MAIN, IpAddress={"aws:SourceIp": "192.0.2.0/24"}))
    free = world.role("z-free", "*", trust=trusts(MAIN))
    level = understand(world).levels[ship]
    assert (level.conditional, level.path[0].target_id) == (False, free)
    assert ship == job("app", "ship")


def _trusting(principal: str) -> dict[str, object]:
    return {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": principal}}
