"""Every world forwards (may this identity?) and backwards (who may?). The format is in worlds/README.md."""

from collections import defaultdict
from pathlib import Path

import pytest

from nhi_scan.access.azure.summarise import summarise
from nhi_scan.model.access import Verdict
from tests.access.azure.world import FOLDER, GIVES, Asked, Question, World, guid, stated

WORLDS = sorted(FOLDER.glob("*.yaml"))
TRUTHS = {Verdict.ALLOWED: True, Verdict.DENIED: False}


def expected(asked: list[Asked]) -> dict[Question, dict[str, str]]:
    found: dict[Question, dict[str, str]] = defaultdict(dict)
    for each in asked:
        found[each.question][each.who] = each.verdict
    return found


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_a_world_is_as_it_says(path: Path) -> None:
    world = World(path)
    asked = list(world.asked())
    assert asked, "a world without a question proves nothing"
    for each in asked:
        decision = world.decide(each.who, each.question)
        assert decision.verdict.value == each.verdict, f"{each.who} {each.question}: {decision}"
        assert set(each.remarks) <= world.remarks(decision), f"{each.who} {each.question}: {decision}"
        assert decision.reason
        assert (each.verdict == "conditional") <= bool(decision.residual)
        assert (each.verdict == "allowed") <= bool(decision.statements)


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_a_world_answers_backwards_as_forwards(path: Path) -> None:
    world = World(path)
    for question, said in expected(list(world.asked())).items():
        for who in world.who:
            assert world.decide(who, question).verdict.value == said.get(who, "denied"), f"{who} {question}"


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_the_engine_names_the_same_identities(path: Path) -> None:
    world = World(path)
    access = summarise(world.inventory, world.now)
    names = {guid(name): name for name in world.who}
    for question, said in expected(
        [each for each in world.asked() if not each.question.action.startswith(GIVES)]
    ).items():
        found = access.who_can(question.action, question.place, stated(question))
        verdicts = {names[id_]: decision.verdict.value for id_, decision in found}
        assert verdicts == {who: verdict for who, verdict in said.items() if verdict != "denied"}, question


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_the_engine_says_the_same_of_a_place(path: Path) -> None:
    world = World(path)
    access = summarise(world.inventory, world.now)
    for question in {each.question for each in world.asked()}:
        if question.action.startswith(GIVES) or question.place is None or question.rest:
            continue
        for who in world.who:
            id_ = guid(who)
            decision, found = world.decide(who, question), access.truth(id_, question.action, question.place)
            assert found is TRUTHS.get(decision.verdict), f"{who} {question}: {decision}"
            decision = world.questions.as_found(id_, question.action, question.place)
            found = access.as_found(id_, question.action, question.place)
            assert found is TRUTHS.get(decision.verdict), f"{who} {question}: {decision}"


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_strictly_nothing_stays_open(path: Path) -> None:
    world = World(path)
    for each in world.asked():
        if not each.question.action.startswith(GIVES):
            verdict = world.decide(each.who, each.question, strict=True).verdict.value
            assert verdict != "conditional", each
            if each.verdict == "allowed":
                assert verdict == each.verdict, each


def test_there_are_enough_worlds_and_each_names_its_rule_and_page() -> None:
    assert len(WORLDS) >= 70
    for path in WORLDS:
        world = World(path)
        assert world.given["rule"]
        assert world.given["see"].startswith("https://learn.microsoft.com/")
