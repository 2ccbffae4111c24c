"""Two engines: the summary never misses what the definition allows, and never claims what it does not."""

from hypothesis import given, settings
from hypothesis import strategies as st

from nhi_scan.access.azure.ask import Questions
from nhi_scan.access.azure.objects import guarded
from nhi_scan.access.azure.summarise import Access
from nhi_scan.model.access import Verdict
from nhi_scan.model.identity import Identity
from tests.access.azure.drawn import estates
from tests.access.azure.drawn_of import (
    ACTIONS,
    ARM,
    CONTEXTS,
    HOME,
    NOW,
    ONE,
    PLACES,
    ROLES_OF,
    SECRET,
    TEAM,
    TENANT,
    TOP,
    TWO,
    VAULT,
    guid,
)


def _verdicts(access: Access, identity_id: str, action: str) -> dict[str, Verdict]:
    return {place: access.decide(identity_id, action, place).verdict for place in PLACES}


def _unseen(access: Access, identity: Identity, action: str) -> bool:
    planes = access.planes.of(action)
    gaps = any(access.seen.gap(place, plane, identity, action) for place in PLACES for plane in planes)
    return gaps or (
        "data" in planes and dict(_attributes(access)).get("authorization") not in ("rbac", "access_policy")
    )


def _attributes(access: Access) -> tuple[tuple[str, str], ...]:
    vault = access.inventory.resources.get(VAULT)
    return vault.attributes if vault is not None else ()


@given(estates())
def test_the_summary_never_misses_what_is_allowed_and_never_claims_what_is_not(access: Access) -> None:
    for identity_id, identity in access.inventory.identities.items():
        summary = access.summary(identity_id)
        for action in ACTIONS:
            verdicts = _verdicts(access, identity_id, action)
            found = set(verdicts.values())
            if found & {Verdict.ALLOWED, Verdict.CONDITIONAL}:
                assert summary.allows(action)
            if found != {Verdict.DENIED} and not _unseen(access, identity, action):
                assert summary.verdict(action) is not Verdict.DENIED
            bit = access.catalogue.bit(action)
            if summary.certain & bit:
                assert Verdict.ALLOWED in found
                assert summary.verdict(action) is Verdict.ALLOWED
            if summary.everywhere & bit:
                assert _whole(access, verdicts, action)


def _about(access: Access, action: str, place: str) -> bool:
    """Whether an action can be about a place."""
    if place.startswith(VAULT) and "data" in access.planes.of(action):
        return action == SECRET and "authorization" in dict(_attributes(access))
    return any(access.places.governed(plane, place) for plane in access.planes.of(action))


def _whole(access: Access, verdicts: dict[str, Verdict], action: str) -> bool:
    """Whether an action is had on all of a subscription, of a management group, or of the directory."""
    tops = (ONE, TWO, TEAM, TOP) if {"control", "data"} & {*access.planes.of(action)} else (TENANT,)
    return any(
        all(
            verdict is Verdict.ALLOWED
            for place, verdict in verdicts.items()
            if top in access.places.chain(place)
            and _about(access, action, place)
            and not guarded(access.inventory, access.places, place)
        )
        for top in tops
    )


@given(estates())
def test_truth_and_holdings_agree_with_the_definition(access: Access) -> None:
    values = {Verdict.ALLOWED: True, Verdict.DENIED: False}
    for identity_id, identity in access.inventory.identities.items():
        complete = access.summary(identity_id).complete
        for action in ACTIONS:
            verdicts = _verdicts(access, identity_id, action)
            assert {place: access.truth(identity_id, action, place) for place in PLACES} == {
                place: values.get(verdict) for place, verdict in verdicts.items()
            }
            held = {one.place_id: one for one in access.holdings(identity_id, action)}
            assert list(held) == sorted(held)
            for place, verdict in verdicts.items():
                over = [held[above].state for above in access.places.chain(place) if above in held]
                if True in over and _about(access, action, place):
                    assert verdict is Verdict.ALLOWED
                if not over and not access.places.above_perhaps(place):
                    unseen = not complete or _unseen(access, identity, action)
                    assert verdict is Verdict.DENIED or (verdict is Verdict.UNKNOWN and unseen)


@given(estates(), st.sampled_from(["User", "ServicePrincipal", None]))
def test_who_may_give_a_role_agrees_with_the_definition(access: Access, kind: str | None) -> None:
    asked = Questions(access.inventory, now=NOW)
    values = {Verdict.ALLOWED: True, Verdict.DENIED: False}
    for identity_id in access.inventory.identities:
        for place in ARM:
            answer = asked.may_assign(identity_id, place, f"{ROLES_OF}{guid(100)}", kind, as_found=True)
            assert access.may_assign(identity_id, place, f"{ROLES_OF}{guid(100)}", kind) == values.get(answer.verdict)


@settings(max_examples=50)
@given(
    estates(),
    st.sampled_from(ACTIONS),
    st.none() | st.sampled_from(PLACES),
    st.none() | st.sampled_from(CONTEXTS),
    st.booleans(),
)
def test_asking_backwards_is_asking_everybody(
    access: Access, action: str, place: str | None, context: dict[str, str] | None, strict: bool
) -> None:
    asked = {id_: access.decide(id_, action, place, context, strict=strict) for id_ in access.inventory.identities}
    expected = [(id_, decision) for id_, decision in asked.items() if decision.verdict is not Verdict.DENIED]
    assert access.who_can(action, place, context, strict=strict) == expected


@given(estates())
def test_without_a_resource_the_best_place_answers(access: Access) -> None:
    order = (Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.UNKNOWN, Verdict.DENIED)
    for identity_id in access.inventory.identities:
        # Of what may be of two planes, the best places of each may say other things: then nobody can tell.
        for action in (one for one in ACTIONS if len(access.planes.of(one)) == 1):
            verdicts = _verdicts(access, identity_id, action)
            best = min((verdicts[place] for place in (TENANT, TOP, ONE, TWO, HOME)), key=order.index)
            assert order.index(access.decide(identity_id, action).verdict) <= order.index(best)
