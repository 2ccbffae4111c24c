"""Every world forwards (may this identity?), backwards (who may?) and fast. The format is in worlds/README.md."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from nhi_scan.access.kubernetes.summarise import summarise
from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model import kube_ids
from nhi_scan.model.access import Verdict
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Identity, Nature
from nhi_scan.model.kube_actions import patterns
from nhi_scan.model.policy import Binding, Effect, Policy, Statement
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

FOLDER = Path(__file__).parent / "worlds"
WORLDS = sorted(FOLDER.glob("*.yaml"))
VERDICTS = ("allowed", "conditional", "denied", "unknown")
KEYS = {*VERDICTS, "rule", "see", "who", "roles", "bindings", "uncollected"}
DEFAULT = yaml.safe_load((FOLDER / "README.md").read_text().split("```yaml\n")[1].split("```")[0])
CLUSTER = kube_ids.cluster("c")
SPACES = ("shop", "web")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Question(NamedTuple):
    action: str
    place: str | None
    groups: tuple[str, ...] | None


class Asked(NamedTuple):
    verdict: str
    who: str
    question: Question
    remarks: tuple[str, ...]


class World:
    def __init__(self, path: Path) -> None:
        self.given: dict[str, Any] = yaml.safe_load(path.read_text())
        assert set(self.given) <= KEYS, f"unknown: {set(self.given) - KEYS}"
        named = {**DEFAULT["who"], **self.given.get("who", {})}
        self.who = {name: _id(text) for name, text in named.items()}
        self.access = summarise(self._build(), NOW)

    def _build(self) -> Inventory:
        records = Records()
        records.scopes = [Scope(id=CLUSTER, provider="kubernetes", kind="cluster", name="c", parent_id="")]
        for name in SPACES:
            id_ = kube_ids.namespace(CLUSTER, name)
            records.scopes.append(Scope(id=id_, provider="kubernetes", kind="namespace", name=name, parent_id=CLUSTER))
        records.identities = [_identity(id_) for id_ in self.who.values()]
        roles = {**DEFAULT["roles"], **self.given.get("roles", {})}
        records.policies = [_role(name, rules) for name, rules in roles.items()]
        records.bindings = [self._binding(line) for line in self.given.get("bindings", ())]
        records.coverage = list(self._coverage())
        return build([records])

    def _binding(self, line: str) -> Binding:
        given, _, space = line.partition(" in ")
        who, role = given.split()
        principal = self.who.get(who) or kube_ids.group(CLUSTER, who.removeprefix("group:"))
        return Binding(
            id=f"{CLUSTER}/{line}",
            principal_id=principal,
            policy_id=_role_id(role),
            scope_id=kube_ids.namespace(CLUSTER, space) if space else CLUSTER,
        )

    def _coverage(self) -> Iterator[Coverage]:
        lost = self.given.get("uncollected", ())
        for plural in ("rolebindings", "clusterrolebindings"):
            for space in ("", *SPACES):
                missing = plural in lost or f"{plural} in {space}" in lost
                if not space or (missing and plural not in lost):
                    yield Coverage(
                        provider="kubernetes",
                        scope_id=kube_ids.namespace(CLUSTER, space) if space else CLUSTER,
                        record_kind=f"k8s-{plural}",
                        status=CoverageStatus.DENIED if missing else CoverageStatus.COMPLETE,
                    )

    def asked(self) -> Iterator[Asked]:
        for verdict in VERDICTS:
            for line in self.given.get(verdict) or ():
                text, *remarks = [part.strip() for part in line.split(" | ")]
                who, verb, thing, place, *stated = text.split()
                groups = tuple(one.removeprefix("group=") for one in stated) if stated else None
                question = Question(f"{verb} {thing}", _place(place), groups)
                yield Asked(verdict, who, question, tuple(remarks))


def _id(text: str) -> str:
    space, slash, name = text.partition("/")
    return kube_ids.service_account(CLUSTER, space, name) if slash else kube_ids.user(CLUSTER, text)


def _identity(id_: str) -> Identity:
    place = kube_ids.take_apart(id_)
    node = place.name.startswith("system:node:")
    return Identity(
        id=id_,
        provider="kubernetes",
        kind="service_account" if place.namespace else "node" if node else "user",
        nature=Nature.UNKNOWN,
        nature_reason="",
        name=place.name,
        scope_id=kube_ids.namespace(CLUSTER, place.namespace) if place.namespace else CLUSTER,
    )


def _role_id(name: str) -> str:
    space, slash, own = name.partition("/")
    return kube_ids.object_id(CLUSTER, "roles", own, space) if slash else f"{CLUSTER}/clusterroles/{name}"


def _role(name: str, rules: list[dict[str, Any]] | None) -> Policy:
    return Policy(
        id=_role_id(name),
        provider="kubernetes",
        kind="role",
        name=name,
        scope_id=CLUSTER,
        complete=rules is not None,
        statements=tuple(
            Statement(
                effect=Effect.ALLOW,
                actions=patterns(rule),
                resources=tuple(rule.get("resourceNames", ())),
                index=index,
            )
            for index, rule in enumerate(rules or ())
        ),
    )


def _place(text: str) -> str | None:
    if text in "-*/":
        return {"-": None, "*": "*", "/": CLUSTER}[text]
    parts = text.split("/", 2)
    if len(parts) == 1:
        return kube_ids.namespace(CLUSTER, text)
    return kube_ids.object_id(CLUSTER, parts[1], parts[2], parts[0])


def _context(question: Question) -> dict[str, tuple[str, ...]] | None:
    return None if question.groups is None else {"group": question.groups}


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_forwards(path: Path) -> None:
    world = World(path)
    assert list(world.asked())
    for verdict, who, question, remarks in world.asked():
        decision = world.access.decide(world.who[who], question.action, question.place, _context(question))
        assert decision.verdict.value == verdict, (who, question, decision)
        for remark in remarks:
            word, named = remark.split(" ", 1)
            if word == "by":
                assert {ref.policy_id for ref in decision.statements} == set(map(_role_id, named.split()))
            else:
                assert (word, {value for one in decision.residual for value in one.condition.values}) == (
                    "if",
                    set(named.split()),
                )


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_backwards(path: Path) -> None:
    world = World(path)
    wanted: dict[Question, dict[str, str]] = defaultdict(dict)
    for verdict, who, question, _ in world.asked():
        wanted[question][world.who[who]] = verdict
    for question, verdicts in wanted.items():
        found = world.access.who_can(question.action, question.place, _context(question))
        assert [id_ for id_, _ in found] == sorted(id_ for id_, _ in found)
        named = {id_: verdict for id_, verdict in verdicts.items() if verdict != "denied"}
        assert {id_: decision.verdict.value for id_, decision in found} == named, question


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_fast(path: Path) -> None:
    world = World(path)
    for verdict, who, question, _ in world.asked():
        id_ = world.who[who]
        if question.groups is not None or who == "node":
            continue
        if question.place is None:
            # A summary knows no places: something that was not collected anywhere leaves all of it open.
            lost = {Verdict.UNKNOWN} if "uncollected" in world.given and verdict == "denied" else set()
            assert world.access.summary(id_).verdict(question.action) in {Verdict(verdict), *lost}, (who, question)
            held = [one.state for one in world.access.holdings(id_, question.action)]
            assert (True in held) is (verdict == "allowed")
            continue
        place = CLUSTER if question.place == "*" else question.place
        said = world.access.may(id_, question.action, place)
        found = (None, False) if verdict == "unknown" else ({"allowed": True, "denied": False}.get(verdict),)
        assert said in found, (who, question)
        assert bool(world.access.statements(id_, question.action, place)) is (said is not False)
