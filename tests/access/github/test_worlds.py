"""Every world forwards (may this identity?) and backwards (who may?).

A world is what `conftest.py` reads, the rule that it is about (`rule`) with its page (`see`), and lists of questions
under the verdict that each must get: `who action place`, the place left out for "anywhere".
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from nhi_scan.model.access import Verdict
from nhi_scan.model.errors import UserError

FOLDER = Path(__file__).with_name("worlds")
WORLDS = [
    pytest.param(world, id=f"{path.stem}-{world['rule'].replace(' ', '-')[:60]}")
    for path in sorted(FOLDER.glob("*.yaml"))
    for world in yaml.safe_load(path.read_text("utf-8"))
]
VERDICTS = ("allowed", "conditional", "denied", "unknown")
Make = Callable[[Any], Any]


def asked(world: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(verdict, question.split()) for verdict in VERDICTS for question in world.get(verdict, ())]


@pytest.mark.parametrize("world", WORLDS)
def test_forwards(world: dict[str, Any], make_world: Make) -> None:
    _, access, id_of = make_world(world)
    assert asked(world)
    for verdict, (who, action, *place) in asked(world):
        decision = access.decide(id_of(who), action, id_of(place[0]) if place else None)
        assert decision.verdict is Verdict(verdict), (who, action, place, decision)
        assert decision.reason
        if verdict == "conditional":
            assert decision.residual
            strict = access.decide(id_of(who), action, id_of(place[0]) if place else None, strict=True)
            assert strict.verdict is not Verdict.CONDITIONAL


@pytest.mark.parametrize("world", WORLDS)
def test_backwards(world: dict[str, Any], make_world: Make) -> None:
    _, access, id_of = make_world(world)
    for verdict, (who, action, *place) in asked(world):
        found = dict(access.who_can(action, id_of(place[0]) if place else None))
        if verdict == "denied":
            assert id_of(who) not in found
        else:
            assert found[id_of(who)].verdict is Verdict(verdict)


@pytest.mark.parametrize("world", WORLDS)
def test_a_summary_never_misses_what_is_granted(world: dict[str, Any], make_world: Make) -> None:
    _, access, id_of = make_world(world)
    for verdict, (who, action, *place) in asked(world):
        summary = access.summary(id_of(who))
        if verdict == "allowed" and access.statements(id_of(who), action):
            assert summary.allows(action), (who, action)
        if verdict == "unknown" and not place:
            assert not summary.complete


def test_what_has_the_form_of_an_action(make_world: Make) -> None:
    _, access, _ = make_world({})
    assert access.understands("contents=write")
    assert access.understands("pull-requests=read")
    for other in ("s3:GetObject", "storage.objects.get", "get pods", "Microsoft.Web/sites/write", "contents", "=write"):
        assert not access.understands(other)


def test_a_place_that_is_not_there_is_refused(make_world: Make) -> None:
    _, access, id_of = make_world({})
    with pytest.raises(UserError, match=r"`github\.com/other/app` is no organization"):
        access.decide(id_of("app#code"), "contents=write", "github.com/other/app")
    named = access.decide(id_of("app#code"), "contents=write", "https://github.com/Acme/App/")
    assert named.verdict is Verdict.ALLOWED


def test_a_level_holds_those_below_it(make_world: Make) -> None:
    _, access, id_of = make_world({"apps": {"bot": {"may": ["organization_projects=admin", "contents=read"]}}})
    names = set(access.catalogue.expand(access.summary(id_of("bot")).actions))
    assert names == {f"organization_projects={level}" for level in ("read", "write", "admin")} | {"contents=read"}
    assert access.catalogue.level("contents=write") == "write"
    assert access.catalogue.level("administration=write") == "permissions management"
