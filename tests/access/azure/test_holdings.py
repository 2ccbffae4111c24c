"""Where an action is given, by example."""

import pytest

from nhi_scan.model.policy import Binding, Guardrail, Policy
from tests.access.azure.estate import (
    BLOB,
    CREW,
    HOME,
    ONE,
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
)  # fmt: skip

NAMED = "@Resource[a:b] StringEquals 'x'"


@pytest.mark.parametrize(
    ("bindings", "expected"),
    [
        ([], {}),
        ([given(ROBOT, "reader", ONE)], {ONE: True}),
        ([given(ROBOT, "reader", ONE), given(ROBOT, "owner", HOME)], {ONE: True}),
        ([given(ROBOT, "reader", ONE, NAMED), given(ROBOT, "owner", HOME)], {ONE: None, HOME: True}),
        ([given(ROBOT, "reader", ONE, NAMED), given(ROBOT, "owner", ONE)], {ONE: True}),
        ([given(CREW, "reader", TENANT), given(ROBOT, "reader", TWO)], {TENANT: True}),
        ([given(CREW, "reader", HOME), given(ROBOT, "reader", TWO)], {HOME: True, TWO: True}),
        ([given(ROBOT, "reader", TEAM, eligible=True)], {TEAM: None}),
    ],
)
def test_places_are_left_out_below_what_is_wholly_held(
    bindings: list[Binding], expected: dict[str, bool | None]
) -> None:
    access = estate(*bindings, groups=[group(CREW, ROBOT)])
    assert {one.place_id: one.state for one in access.holdings(ROBOT, READ)} == expected


@pytest.mark.parametrize(
    ("limit", "expected", "at_home", "at_two"),
    [
        (deny(TEAM, "*/read"), {}, False, False),
        (deny(HOME, "*/read"), {TEAM: None}, False, True),
        (deny(HOME, "*/read", but=CREW), {TEAM: True}, True, True),
        (deny(TEAM, "*/read", inherited=False), {TEAM: None}, True, True),
        (deny(TWO, "*/write"), {TEAM: True}, True, True),
    ],
)
def test_deny_assignments_take_the_whole_or_leave_it_open(
    limit: tuple[Policy, Guardrail], expected: dict[str, bool | None], at_home: bool, at_two: bool
) -> None:
    access = estate(given(ROBOT, "reader", TEAM), limits=[limit], groups=[group(CREW, ROBOT)])
    assert {one.place_id: one.state for one in access.holdings(ROBOT, READ)} == expected
    assert (access.truth(ROBOT, READ, HOME), access.truth(ROBOT, READ, TWO)) == (at_home, at_two)


def test_a_vault_leaves_open_what_is_above_it() -> None:
    access = estate(given(ROBOT, "vault", ONE), given(ROBOT, "blobs", ONE), vault="access_policy")
    assert [(one.place_id, one.state) for one in access.holdings(ROBOT, SECRET)] == [(ONE, None)]
    assert [(one.place_id, one.state) for one in access.holdings(ROBOT, BLOB)] == [(ONE, True)]
    assert access.truth(ROBOT, SECRET, f"{VAULT}/secrets/s") is False
    assert access.truth(ROBOT, SECRET, HOME) is True


def test_the_statements_that_give_it_are_named_by_index_and_assignment() -> None:
    access = estate(given(ROBOT, "vault", ONE), given(CREW, "vault", ONE), groups=[group(CREW, ROBOT)])
    (held,) = access.holdings(ROBOT, SECRET)
    assert [(one.policy_id, one.index, one.layer, one.binding_id) for one in held.refs] == [
        ("vault", 1, "allow", given(who, "vault", ONE).id) for who in sorted((ROBOT, CREW))
    ]


def test_case_does_not_count() -> None:
    access = estate(given(ROBOT, "contributor", ONE))
    assert access.holdings(ROBOT, RUN.upper()) == access.holdings(ROBOT, RUN)
    assert access.truth(ROBOT, RUN.lower(), HOME) is True
