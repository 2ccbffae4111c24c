"""What a summary says of an identity on Azure, by example."""

from datetime import UTC, datetime

import pytest

from nhi_scan.access.azure.summarise import Access
from nhi_scan.model.access import Verdict
from nhi_scan.model.errors import UserError
from nhi_scan.model.policy import Binding, Guardrail, Policy
from tests.access.azure.estate import (
    APP,
    APPS,
    ASSIGN,
    BLOB,
    CREDENTIALS,
    CREW,
    ENTRY,
    EVE,
    GROUPS,
    HIDDEN,
    HOME,
    INNER,
    MAIL,
    MEMBERS,
    ONE,
    OTHER,
    READ,
    ROBOT,
    RUN,
    SECRET,
    TEAM,
    TENANT,
    TWO,
    VAULT,
    deny,
    estate,
    given,
    group,
    guid,
    role,
    says,
)  # fmt: skip

SEND = "Microsoft.Graph/Mail.Send"
EVERY = (ASSIGN, READ, RUN, BLOB, SECRET, CREDENTIALS, MEMBERS, SEND)
PAST, FUTURE = (f"@Environment[UtcNow] DateTimeLessThan '{year}-01-01T00:00:00Z'" for year in (2026, 2027))
NOT_READING = "!(ActionMatches{'*/read'})"
NAMED = "@Resource[a:b] StringEquals 'x'"
Sets = tuple[set[str], set[str], set[str]]


def sets(access: Access, identity_id: str = ROBOT) -> Sets:
    """Which actions are in `actions`, `certain` and `everywhere`."""
    summary = access.summary(identity_id)
    bits = {action: access.catalogue.bit(action) for action in EVERY}
    assert all(bits.values())
    one, two, three = (
        {name for name, bit in bits.items() if mask & bit}
        for mask in (summary.actions, summary.certain, summary.everywhere)
    )
    return one, two, three


@pytest.mark.parametrize(
    ("binding", "expected"),
    [
        (given(ROBOT, "owner", ONE), ({ASSIGN, READ, RUN}, {ASSIGN, READ, RUN}, {ASSIGN, READ, RUN})),
        (given(ROBOT, "contributor", TEAM), ({READ, RUN}, {READ, RUN}, {READ, RUN})),
        (given(ROBOT, "contributor", HOME), ({READ, RUN}, {READ, RUN}, set())),
        (given(ROBOT, "reader", TENANT), ({READ}, {READ}, {READ})),
        (given(ROBOT, "blobs", ONE), ({BLOB}, {BLOB}, {BLOB})),
        (given(ROBOT, "owner", ONE, PAST), (set(), set(), set())),
        (given(ROBOT, "reader", ONE, FUTURE), ({READ}, {READ}, {READ})),
        (given(ROBOT, "contributor", ONE, NOT_READING), ({RUN}, {RUN}, {RUN})),
        (given(ROBOT, "reader", ONE, NAMED), ({READ}, set(), set())),
        (given(ROBOT, "giver", ONE), ({ASSIGN}, set(), set())),
        (given(ROBOT, "owner", ONE, eligible=True), ({ASSIGN, READ, RUN}, set(), set())),
        (given(ROBOT, "owner", ONE, expires_at=datetime(2026, 1, 1, tzinfo=UTC)), (set(), set(), set())),
        (given(ROBOT, APPS, TENANT), ({CREDENTIALS}, {CREDENTIALS}, {CREDENTIALS})),
        (given(ROBOT, APPS, APP), ({CREDENTIALS}, {CREDENTIALS}, set())),
        (given(ROBOT, GROUPS, TENANT), ({MEMBERS}, set(), set())),
        (given(ROBOT, MAIL, TENANT), ({SEND}, {SEND}, {SEND})),
        (given(OTHER, "owner", ONE), (set(), set(), set())),
    ],
)
def test_what_an_assignment_gives(binding: Binding, expected: Sets) -> None:
    assert sets(estate(binding)) == expected


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (deny(ONE, "*", but=ROBOT), ({READ}, {READ}, {READ})),
        (deny(ONE, "*", who=OTHER), ({READ}, {READ}, {READ})),
        (deny(ONE, "*"), (set(), set(), set())),
        (deny(TENANT, "*/read"), (set(), set(), set())),
        (deny(ONE, "*/write"), ({READ}, {READ}, {READ})),
        (deny(ONE, "*", inherited=False), ({READ}, set(), set())),
        (deny(HOME, "*"), ({READ}, {READ}, set())),
        (deny(TWO, "*"), ({READ}, {READ}, {READ})),
    ],
)
def test_what_deny_assignments_take(limit: tuple[Policy, Guardrail], expected: Sets) -> None:
    assert sets(estate(given(ROBOT, "reader", ONE), limits=[limit])) == expected


def test_one_subscription_without_a_deny_assignment_is_whole() -> None:
    assert sets(estate(given(ROBOT, "reader", TEAM), limits=[deny(HOME, "*")]))[2] == {READ}
    both = [deny(HOME, "*"), deny(TWO, "*/read", "*/action")]
    assert sets(estate(given(ROBOT, "reader", TEAM), limits=both))[2] == set()


@pytest.mark.parametrize(
    ("mode", "by_role", "by_entry"),
    [
        ("rbac", ({SECRET}, {SECRET}, set()), ({SECRET}, set(), set())),
        ("access_policy", (set(), set(), set()), ({SECRET}, {SECRET}, set())),
        ("", ({SECRET}, set(), set()), ({SECRET}, set(), set())),
    ],
)
def test_a_vault_goes_by_roles_or_by_its_access_policies(mode: str, by_role: Sets, by_entry: Sets) -> None:
    assert sets(estate(given(ROBOT, "vault", VAULT), vault=mode)) == by_role
    assert sets(estate(given(ROBOT, ENTRY, VAULT), vault=mode)) == by_entry


def test_a_vault_that_goes_by_access_policies_is_not_the_whole_of_its_subscription() -> None:
    assert sets(estate(given(ROBOT, "vault", ONE), vault="access_policy"))[1:] == ({SECRET}, set())
    assert sets(estate(given(ROBOT, "vault", TEAM), vault="access_policy"))[2] == {SECRET}


def test_groups_give_also_through_others_and_application_permissions_only_directly() -> None:
    groups = [group(CREW, INNER), group(INNER, ROBOT)]
    access = estate(given(CREW, "reader", ONE), given(CREW, MAIL, TENANT), groups=groups)
    assert sets(access) == ({READ}, {READ}, {READ})
    direct = estate(given(INNER, MAIL, TENANT), groups=groups)
    assert sets(direct)[1] == {SEND}


def test_a_membership_that_has_to_be_activated_gives_conditionally() -> None:
    access = estate(given(CREW, "reader", ONE), groups=[group(CREW, eligible_member_ids=(EVE,))])
    assert sets(access, EVE) == ({READ}, set(), set())
    assert access.summary(EVE).verdict(READ) is Verdict.CONDITIONAL
    assert access.decide(EVE, READ, ONE).verdict is Verdict.CONDITIONAL


def test_a_group_whose_members_nobody_saw_gives_nothing_and_leaves_the_answer_open() -> None:
    access = estate(given(HIDDEN, "reader", ONE), groups=[group(HIDDEN, complete=False)])
    assert sets(access) == (set(), set(), set())
    summary = access.summary(ROBOT)
    assert (summary.complete, summary.policies_known) == (False, True)
    assert summary.verdict(READ) is Verdict.UNKNOWN
    assert access.truth(ROBOT, READ, ONE) is None
    assert access.truth(ROBOT, READ, TWO) is False


def test_a_role_that_nobody_knows_leaves_the_answer_open() -> None:
    access = estate(given(ROBOT, "unread", ONE))
    summary = access.summary(ROBOT)
    assert (summary.complete, summary.policies_known) == (False, False)
    assert summary.verdict(READ) is Verdict.UNKNOWN
    assert access.truth(ROBOT, READ, HOME) is None


def test_permission_sets_add_up_and_not_actions_take_only_from_their_own() -> None:
    two = role("two", says("control", "*", but=["*/read"]), says("control", READ, index=1))
    access = estate(given(ROBOT, "two", ONE), extra=[two])
    assert sets(access)[1] == {ASSIGN, READ, RUN}
    assert [one.index for one in access.statements(ROBOT, READ)] == [1]


def test_a_condition_inside_a_role_concerns_its_own_permission_set() -> None:
    two = role("two", says("control", ASSIGN, when=NAMED), says("control", "*/read", index=1))
    assert sets(estate(given(ROBOT, "two", ONE), extra=[two])) == ({ASSIGN, READ}, {READ}, {READ})


def test_an_action_that_may_be_of_two_planes_is_never_certain() -> None:
    both = role(
        "both", says("control", "Microsoft.Odd/send/action"), says("data", "Microsoft.Odd/send/action", index=1)
    )
    access = estate(given(ROBOT, "owner", ONE), extra=[both])
    assert access.summary(ROBOT).verdict("Microsoft.Odd/send/action") is Verdict.CONDITIONAL
    assert access.truth(ROBOT, "Microsoft.Odd/send/action", ONE) is None


def test_an_action_that_nothing_names_is_open_where_a_wildcard_covers_it() -> None:
    access = estate(given(ROBOT, "contributor", ONE))
    new = "Microsoft.Compute/newThings/write"
    assert not access.catalogue.bit(new)
    assert access.summary(ROBOT).allows(new)
    assert not access.summary(OTHER).allows(new)
    assert access.truth(ROBOT, new, ONE) is None
    assert access.truth(ROBOT, new, TWO) is False
    assert [one.state for one in access.holdings(ROBOT, new)] == [None]
    assert access.truth(ROBOT, "Microsoft.Authorization/newThings/write", ONE) is False


def test_who_holds_the_same_shares_it() -> None:
    access = estate(given(ROBOT, "reader", ONE), given(OTHER, "reader", TWO))
    assert access.stack(ROBOT) is access.stack(OTHER)
    assert access.stack(ROBOT) is not access.stack(EVE)


def test_deny_assignments_that_were_not_collected_are_told() -> None:
    assert estate().summary(ROBOT).guardrails_known
    assert not estate(refused="arm-deny-assignments").summary(ROBOT).guardrails_known


def test_where_assignments_were_not_collected_nobody_is_denied() -> None:
    access = estate(given(ROBOT, "reader", TWO), refused="arg-role-assignments")
    assert access.truth(OTHER, READ, ONE) is None
    assert access.as_found(OTHER, READ, ONE) is False
    assert access.truth(ROBOT, READ, TWO) is True
    found = dict(access.who_can(READ, TWO))
    assert {id_: one.verdict for id_, one in found.items()} == {
        ROBOT: Verdict.ALLOWED, OTHER: Verdict.UNKNOWN, EVE: Verdict.UNKNOWN,
    }  # fmt: skip
    assert found[OTHER].baseless


def test_who_may_give_which_role() -> None:
    only = "@Request[Microsoft.Authorization/roleAssignments:PrincipalType] StringEquals 'User'"
    access = estate(given(ROBOT, "owner", ONE, only), given(OTHER, "owner", ONE))
    asked = [(who, kind) for who in (ROBOT, OTHER, EVE) for kind in ("User", "ServicePrincipal", None)]
    answers = [access.may_assign(who, HOME, guid(100), kind) for who, kind in asked]
    assert answers == [True, False, None, True, True, True, False, False, False]


def test_the_form_of_an_action() -> None:
    access = estate()
    assert [access.understands(one) for one in (READ, SEND, "s3:GetObject", "storage.objects.get")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_without_a_resource_the_highest_sure_place_answers() -> None:
    access = estate(given(ROBOT, "reader", ONE), given(ROBOT, "reader", TENANT, NAMED))
    decision = access.decide(ROBOT, READ)
    assert decision.verdict is Verdict.ALLOWED
    assert [one.binding_id for one in decision.statements] == [given(ROBOT, "reader", ONE).id]


def test_statements_name_what_gives_it_on_a_place() -> None:
    access = estate(given(ROBOT, "reader", ONE), given(CREW, "owner", HOME), groups=[group(CREW, ROBOT)])
    here = [one.binding_id for one in access.statements(ROBOT, READ, HOME)]
    assert here == sorted([given(ROBOT, "reader", ONE).id, given(CREW, "owner", HOME).id])
    assert [one.binding_id for one in access.statements(ROBOT, READ, TWO)] == []


def test_nobody_and_nothing() -> None:
    access = estate()
    with pytest.raises(KeyError):
        access.summary(guid(999))
    with pytest.raises(UserError, match="no place of Azure"):
        access.who_can(READ, guid(998))
    assert access.who_can(READ) == []
