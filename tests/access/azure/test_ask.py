from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.access.azure import Attached, Known, Layers, Questions, Request, Verdict, decide
from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.model.identity import Group, Identity, Nature, Resource
from nhi_scan.model.policy import Binding, Condition, Effect, Guardrail, Policy, PrincipalPattern, Statement
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

TENANT = "/tenants/11111111-1111-1111-1111-111111111111"
SUB = "/subscriptions/33333333-3333-3333-3333-333333333333"
VM = f"{SUB}/resourcegroups/web/providers/microsoft.compute/virtualmachines/vm"
APP = "55555555-5555-5555-5555-555555555555"
IDLE = "66666666-6666-6666-6666-666666666666"
GONE = "77777777-7777-7777-7777-777777777777"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
READ = "Microsoft.Compute/virtualMachines/read"
READER = "/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"


def identity(id_: str, status: Any = "active", kind: Any = "service_principal") -> Identity:
    return Identity(
        id=id_,
        provider="azure",
        kind=kind,
        nature=Nature.NON_HUMAN,
        nature_reason="",
        name=id_,
        scope_id=TENANT,
        status=status,
    )


def binding(who: str, place: str, condition: str | None = None) -> Binding:
    return Binding(
        id=f"{place}/providers/microsoft.authorization/roleassignments/{who}",
        principal_id=who,
        policy_id=READER,
        scope_id=place,
        condition=None if condition is None else Condition("ABAC", "2.0", (condition,)),
    )


def covered(scope: str, kind: str) -> Coverage:
    return Coverage(provider="azure", scope_id=scope, record_kind=kind, status=CoverageStatus.COMPLETE)


def inventory(*bindings: Binding, actions: tuple[str, ...] = (READ, f"{ASSIGNMENTS}/*")) -> Inventory:
    known = (READ, f"{ASSIGNMENTS}/write", f"{ASSIGNMENTS}/delete")
    return build(
        [
            Records(
                scopes=[
                    Scope(id=TENANT, provider="azure", kind="tenant", name="t", parent_id="", collected=True),
                    Scope(id=SUB, provider="azure", kind="subscription", name="s", parent_id=TENANT, collected=True),
                ],
                identities=[identity(APP), identity(IDLE, "disabled"), identity(GONE, "deleted")],
                resources=[Resource(id=VM, provider="azure", kind="machine", name="vm", scope_id=SUB)],
                policies=[
                    Policy(
                        id=READER,
                        provider="azure",
                        kind="role",
                        name="Reader",
                        scope_id=TENANT,
                        statements=(Statement(effect=Effect.ALLOW, actions=actions, plane="control", sid="p"),),
                    ),
                    Policy(
                        id="azure/provideroperations",
                        provider="azure",
                        kind="role",
                        name="o",
                        scope_id=TENANT,
                        statements=(Statement(effect=Effect.ALLOW, actions=known, plane="control"),),
                    ),
                ],
                bindings=list(bindings),
                coverage=[
                    covered(scope, kind)
                    for scope in (TENANT, SUB)
                    for kind in ("arg-role-assignments", "arm-deny-assignments")
                ],
            )
        ]
    )


def questions(*bindings: Binding) -> Questions:
    return Questions(inventory(*bindings), now=NOW)


def test_a_decision_names_the_role_the_assignment_and_the_place() -> None:
    answer = questions(binding(APP, SUB)).ask(APP, READ, VM)
    assert answer.verdict is Verdict.ALLOWED
    (named,) = answer.statements
    assert (named.policy_id, named.index, named.sid, named.layer) == (READER, 0, "p", "allow")
    assert named.binding_id == f"{SUB}/providers/microsoft.authorization/roleassignments/{APP}"
    assert answer.reason == f"role `Reader` on `{SUB}` allows it"


def test_of_several_assignments_the_one_nearest_to_the_root_is_named() -> None:
    answer = questions(binding(APP, VM), binding(APP, TENANT)).ask(APP, READ, VM)
    assert answer.reason == f"role `Reader` on `{TENANT}` allows it"
    assert len(answer.statements) == 2


@pytest.mark.parametrize("resource", [VM, VM.upper(), VM[1:], f"{VM}/", SUB, None])
def test_a_place_may_be_named_in_many_ways(resource: str | None) -> None:
    assert questions(binding(APP, SUB)).ask(APP, READ.upper(), resource).verdict is Verdict.ALLOWED


def test_what_is_no_place_is_an_error_of_the_user() -> None:
    with pytest.raises(UserError, match="`nowhere` is no place of Azure"):
        questions().ask(APP, READ, "nowhere")


def test_an_unknown_identity() -> None:
    with pytest.raises(KeyError):
        questions().ask("nobody", READ)


def test_a_disabled_service_principal_is_answered_for_by_its_assignments() -> None:
    answer = questions(binding(IDLE, SUB)).ask(IDLE, READ, VM)
    assert answer.verdict is Verdict.ALLOWED
    assert answer.reason.endswith("; it is disabled, and cannot authenticate before it is enabled")
    assert "disabled" not in questions().ask(IDLE, READ, VM).reason


def test_a_deleted_one_may_do_nothing() -> None:
    answer = questions(binding(GONE, SUB)).ask(GONE, READ, VM)
    assert (answer.verdict, answer.reason) == (Verdict.DENIED, "the identity is deleted")


def test_of_a_subscription_that_was_not_collected_the_answer_says_so() -> None:
    other = "/subscriptions/44444444-4444-4444-4444-444444444444"
    answer = questions(binding(APP, SUB)).ask(APP, READ, f"{other}/resourceGroups/g")
    assert answer.verdict is Verdict.UNKNOWN
    assert answer.baseless
    assert answer.reason == f"nothing collected gives `{READ}`, and what is assigned on `{other}` was not collected"


def test_where_nobody_looked_at_deny_assignments_the_reason_says_so() -> None:
    known = inventory(binding(APP, SUB))
    blind = replace(known, coverage=tuple(row for row in known.coverage if row.record_kind != "arm-deny-assignments"))
    answer = Questions(blind, now=NOW).ask(APP, READ, VM)
    assert answer.verdict is Verdict.ALLOWED
    assert answer.reason.endswith(f"; deny assignments on `{SUB}` were not collected")


@pytest.mark.parametrize(
    ("context", "word"),
    [({"color": "red"}, "`color`"), ({"@Environment[UtcNow]": "noon"}, "`noon`"), ({"@Other[x]": "y"}, "`@Other[x]`")],
)
def test_a_context_that_cannot_be_read_is_an_error_of_the_user(context: dict[str, str], word: str) -> None:
    with pytest.raises(UserError, match="in the context") as raised:
        questions().ask(APP, READ, SUB, context)
    assert word in str(raised.value)


def test_what_is_stated() -> None:
    asking = questions(binding(APP, SUB, "@Request[a:b] ForAllOfAnyValues:StringEquals {'x', 'y'}"))
    assert asking.ask(APP, READ, VM, {"Request[A:B]": ["x", "y"]}).verdict is Verdict.ALLOWED
    assert asking.ask(APP, READ, VM, {"@request[a:b]": "x,z"}).verdict is Verdict.DENIED
    assert asking.ask(APP, READ, VM).verdict is Verdict.CONDITIONAL
    assert asking.ask(APP, READ, VM, strict=True).verdict is Verdict.DENIED
    timed = questions(binding(APP, SUB, "@Environment[UtcNow] DateTimeGreaterThan '2027-01-01'"))
    assert timed.ask(APP, READ, VM).verdict is Verdict.DENIED
    assert timed.ask(APP, READ, VM, {"@Environment[UtcNow]": "2028-01-01"}).verdict is Verdict.ALLOWED


def test_an_assignment_that_is_there_tells_what_it_gives_to_whom_when_it_is_to_be_deleted() -> None:
    mine = f"@Resource[{ASSIGNMENTS}:PrincipalId] GuidEquals '{APP}' AND @Resource[{ASSIGNMENTS}:PrincipalType] "
    asking = questions(
        binding(APP, SUB, f"{mine} StringEqualsIgnoreCase 'serviceprincipal'"), binding(IDLE, SUB), binding(IDLE, VM)
    )
    for id_, verdict in ((APP, Verdict.ALLOWED), (IDLE, Verdict.DENIED)):
        made = f"{SUB}/providers/microsoft.authorization/roleassignments/{id_}"
        assert asking.ask(APP, f"{ASSIGNMENTS}/delete", made).verdict is verdict


def test_may_assign() -> None:
    condition = f"@Request[{ASSIGNMENTS}:RoleDefinitionId] GuidEquals '{READER.rpartition('/')[2]}'"
    asking = questions(binding(APP, SUB, condition))
    assert asking.may_assign(APP, VM, READER).verdict is Verdict.ALLOWED
    assert asking.may_assign(APP, VM, READER.upper().rpartition("/")[2], "User", IDLE).verdict is Verdict.ALLOWED
    assert asking.may_assign(APP, VM, "8e3af657-a8ff-443c-a75c-2fe8c4bcb635").verdict is Verdict.DENIED
    assert asking.may_assign(APP, TENANT, READER).verdict is Verdict.DENIED


def test_as_found() -> None:
    other = "/subscriptions/44444444-4444-4444-4444-444444444444"
    asking = questions(binding(APP, SUB))
    assert asking.as_found(APP, READ, other).verdict is Verdict.DENIED
    assert asking.as_found(APP, READ, VM).verdict is Verdict.ALLOWED
    assert asking.may_assign(APP, other, READER).verdict is Verdict.UNKNOWN
    assert asking.may_assign(APP, other, READER, as_found=True).verdict is Verdict.DENIED


def test_without_an_inventory() -> None:
    role = Policy(
        id="r",
        provider="azure",
        kind="role",
        name="",
        scope_id="",
        statements=(Statement(effect=Effect.ALLOW, actions=("*",), not_actions=("*/delete",), plane="control"),),
    )
    against = Policy(
        id="d",
        provider="azure",
        kind="guardrail",
        name="d",
        scope_id=SUB,
        statements=(
            Statement(
                effect=Effect.DENY,
                actions=("*/write",),
                plane="control",
                principals=(PrincipalPattern("member", APP),),
            ),
        ),
    )
    layers = Layers(
        bindings=(Binding(id="b", principal_id=APP, policy_id="r", scope_id=SUB),),
        roles={"r": role},
        denies=(Attached(Guardrail(policy_id="d", scope_id=SUB, kind="deny_assignment"), against),),
    )

    def verdict(action: str, who: str = APP) -> Verdict:
        asked = Request(
            action=action, plane="control", chain=(TENANT, SUB), stands=who.__eq__, known=Known(action=action)
        )
        return decide(asked, layers).verdict

    assert verdict(READ) is Verdict.ALLOWED
    assert verdict("a/b/delete") is Verdict.DENIED
    assert verdict("a/b/write") is Verdict.DENIED
    assert verdict(READ, IDLE) is Verdict.DENIED


@pytest.mark.parametrize("broken", ["role", "deny", "gone"])
def test_what_cannot_be_read_may_give_or_deny_anything(broken: str) -> None:
    statement = Statement(effect=Effect.ALLOW, actions=("*",), plane="control")
    unread = replace(statement, malformed="`actions` is no list", actions=())
    role = Policy(id="r", provider="azure", kind="role", name="r", scope_id="", statements=(statement,))
    against = replace(role, id="d", kind="guardrail", statements=(unread,))
    layers = Layers(
        bindings=(Binding(id="b", principal_id=APP, policy_id="r", scope_id=SUB),),
        roles={} if broken == "gone" else {"r": replace(role, statements=(unread,)) if broken == "role" else role},
        denies=(Attached(Guardrail(policy_id="d", scope_id=SUB, kind="deny_assignment"), against),)
        if broken == "deny"
        else (),
    )
    asked = Request(action=READ, plane="control", chain=(TENANT, SUB), stands=APP.__eq__)
    answer = decide(asked, layers)
    assert answer.verdict is (Verdict.UNKNOWN if broken != "deny" else Verdict.ALLOWED)
    meant = replace(unread, principals=(PrincipalPattern("member", APP),))
    layers = replace(
        layers, denies=tuple(replace(one, policy=replace(against, statements=(meant,))) for one in layers.denies)
    )
    assert decide(asked, layers).verdict is Verdict.UNKNOWN
    assert decide(asked, layers, strict=True).verdict is Verdict.UNKNOWN


def test_an_assignment_to_a_group_is_seen_as_one_when_it_is_to_be_deleted() -> None:
    team = Group(
        id="99999999-9999-9999-9999-999999999999", provider="azure", kind="entra_group", name="t", scope_id=TENANT
    )
    mine = f"@Resource[{ASSIGNMENTS}:PrincipalType] StringEquals 'Group'"
    known = inventory(binding(APP, SUB, mine), binding(team.id, SUB))
    asking = Questions(replace(known, groups={team.id: team}), now=NOW)
    made = f"{SUB}/providers/microsoft.authorization/roleassignments/{team.id}"
    assert asking.ask(APP, f"{ASSIGNMENTS}/delete", made).verdict is Verdict.ALLOWED
