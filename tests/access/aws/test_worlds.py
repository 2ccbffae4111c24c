"""Every world forwards (may this principal?) and backwards (who may?). The format is in worlds/README.md."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from nhi_scan.access.aws.context import context
from nhi_scan.access.aws.evaluate import decide
from nhi_scan.access.aws.layers import Layers, public_access_block
from nhi_scan.access.aws.principal import Principal, parse_principal
from nhi_scan.access.aws.request import Request, owner
from nhi_scan.model.access import Decision
from nhi_scan.model.policy import Policy
from nhi_scan.providers.aws.policy import parse_document

FOLDER = Path(__file__).parent / "worlds"
WORLDS = sorted(FOLDER.glob("*.yaml"))
VERDICTS = ("allowed", "conditional", "denied", "unknown")
KEYS = {
    *VERDICTS,
    "rule",
    "see",
    "policies",
    "principals",
    "resources",
    "scps",
    "rcps",
    "endpoint",
    "missing",
    "context",
    "absent",
    "complete",
    "now",
}
FULL = {"full": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


class Question(NamedTuple):
    action: str
    resource: str
    keys: tuple[str, ...]


class Asked(NamedTuple):
    verdict: str
    who: str
    question: Question
    remarks: tuple[str, ...]


class World:
    def __init__(self, path: Path) -> None:
        self.given: dict[str, Any] = yaml.safe_load(path.read_text())
        assert set(self.given) <= KEYS, f"unknown: {set(self.given) - KEYS}"
        documents = {**FULL, **self.given.get("policies", {})}
        self.policies = {name: policy(name, document) for name, document in documents.items()}

    def named(self, names: list[str] | None) -> tuple[Policy, ...] | None:
        return None if names is None else tuple(self.policies[name] for name in names)

    def asked(self) -> Iterator[Asked]:
        for verdict in VERDICTS:
            for line in self.given.get(verdict) or ():
                text, *remarks = [part.strip() for part in line.split("|")]
                who, action, resource, *keys = text.split()
                yield Asked(verdict, who, Question(action, resource, tuple(keys)), tuple(remarks))

    def principal(self, name: str) -> tuple[Principal, dict[str, Any]]:
        spec = self.given["principals"][name]
        spec = {"arn": spec} if isinstance(spec, str) else spec
        return replace(parse_principal(spec["arn"]), unique_id=spec.get("unique_id")), spec

    def decide(self, who: str, question: Question, *, strict: bool = False) -> Decision:
        principal, spec = self.principal(who)
        name, slash, rest = question.resource.partition("/")
        thing = self.given.get("resources", {}).get(name, {"arn": name})
        request = Request(
            principal=principal,
            action=question.action,
            resource=thing["arn"] + slash + rest,
            resource_account=thing.get("account"),
            context=self.context(question.keys),
        )
        scps, rcps = self.given.get("scps", {}), self.given.get("rcps", {})
        layers = Layers(
            identity=self.named(spec.get("identity")) or (),
            boundary=self.named(spec.get("boundary")),
            session=self.named(spec.get("session")),
            scps=tuple(self.named(level) or () for level in scps.get(principal.account, ())),
            rcps=tuple(self.named(level) or () for level in rcps.get(owner(request) or principal.account, ())),
            resource=self.policies[thing["policy"]] if "policy" in thing else None,
            endpoint=self.named(self.given.get("endpoint")),
            public_access=public_access_block(thing["public_access_block"]) if "public_access_block" in thing else None,
            missing=frozenset(self.given.get("missing", ())),
        )
        return decide(request, layers, strict=strict)

    def context(self, keys: tuple[str, ...]) -> Any:
        values = {key: value.split(",") for key, _, value in (each.partition("=") for each in keys)}
        fixed = {key: str(value) for key, value in self.given.get("context", {}).items()}
        now = self.given.get("now")
        assert now is None or isinstance(now, datetime)
        return context(
            {**fixed, **values},
            absent=self.given.get("absent", ()),
            complete=self.given.get("complete", False),
            now=now,
        )


def policy(name: str, document: Any) -> Policy:
    if isinstance(document, list):
        document = {"Version": "2012-10-17", "Statement": document}
    parsed = parse_document(document)
    return Policy(
        id=name,
        provider="aws",
        kind="identity",
        name=name,
        scope_id="",
        statements=parsed.statements,
        version=parsed.version,
        complete=not parsed.malformed,
    )


def remarks(decision: Decision) -> list[str]:
    """What a world may remark about a decision."""
    said = [f"if {each.condition.key}" if each.must else f"unless {each.condition.key}" for each in decision.residual]
    if decision.blocked_by:
        said += [f"explicit {decision.blocked_by}"] if decision.explicit else [decision.blocked_by]
    return said


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_a_world_is_as_it_says(path: Path) -> None:
    world = World(path)
    asked = list(world.asked())
    assert asked, "a world without a question proves nothing"
    for each in asked:
        decision = world.decide(each.who, each.question)
        assert decision.verdict.value == each.verdict, f"{each.who} {each.question}: {decision}"
        assert set(each.remarks) <= set(remarks(decision)), f"{each.who} {each.question}: {decision}"
        if each.verdict == "conditional" and each.remarks:
            assert set(each.remarks) == set(remarks(decision))


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_a_world_answers_backwards_as_forwards(path: Path) -> None:
    world = World(path)
    expected: dict[Question, dict[str, str]] = defaultdict(dict)
    for each in world.asked():
        expected[each.question][each.who] = each.verdict
    for question, said in expected.items():
        for who in world.given["principals"]:
            assert world.decide(who, question).verdict.value == said.get(who, "denied"), f"{who} {question}"


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_strictly_nothing_stays_open(path: Path) -> None:
    world = World(path)
    for each in world.asked():
        verdict = world.decide(each.who, each.question, strict=True).verdict.value
        assert verdict != "conditional"
        if each.verdict in ("allowed", "unknown"):
            assert verdict == each.verdict


def test_there_are_enough_worlds_and_each_names_its_rule_and_page() -> None:
    assert len(WORLDS) >= 150
    for path in WORLDS:
        world = World(path)
        assert world.given["rule"]
        assert world.given["see"]
