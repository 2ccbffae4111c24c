"""Every world forwards (may this identity?) and backwards (who may?). The format is in worlds/README.md."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from nhi_scan.access.gcp.ask import Questions
from nhi_scan.access.gcp.members import Members
from nhi_scan.access.gcp.places import Places
from nhi_scan.access.gcp.summarise import summarise
from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model.access import Decision
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Group, Identity, Nature, Resource
from nhi_scan.model.policy import Binding, Condition, Effect, Guardrail, Policy, PrincipalPattern, Statement
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope, ScopeKind

FOLDER = Path(__file__).parent / "worlds"
WORLDS = sorted(FOLDER.glob("*.yaml"))
VERDICTS = ("allowed", "conditional", "denied", "unknown")
SCOPES: dict[str, ScopeKind] = {"organizations": "organization", "folders": "folder", "projects": "project"}
KEYS = {
    *VERDICTS,
    "rule",
    "see",
    "places",
    "who",
    "groups",
    "roles",
    "bindings",
    "deny",
    "boundaries",
    "now",
    "collected",
}
DEFAULT = yaml.safe_load((FOLDER / "README.md").read_text().split("```yaml\n")[1].split("```")[0])


class Question(NamedTuple):
    permission: str
    place: str | None
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
        self.who = {**DEFAULT["who"], **self.given.get("who", {})}
        self.who = {name: self.identity(spec) for name, spec in self.who.items()}
        self.now = self.given.get("now", datetime(2026, 1, 1, tzinfo=UTC))
        self.inventory = self.build()
        places = Places(self.inventory)
        self.questions = Questions(self.inventory, places, Members(self.inventory, places), self.now)

    def build(self) -> Inventory:
        records = Records(identities=list(self.who.values()))
        for id_, spec in {**DEFAULT["places"], **self.given.get("places", {})}.items():
            self.place(records, id_, {"in": spec} if isinstance(spec, str) else spec or {})
        records.groups = [
            Group(
                id=id_,
                provider="gcp",
                kind="google_group",
                name=id_,
                scope_id="",
                member_ids=tuple(self.member(each) for each in members or ()),
                complete=members is not None,
            )
            for id_, members in self.given.get("groups", {}).items()
        ]
        roles = {**DEFAULT["roles"], **self.given.get("roles", {})}
        records.policies = [role(id_, permissions) for id_, permissions in roles.items()]
        records.bindings = [self.binding(each) for each in self.given.get("bindings", ())]
        for number, each in enumerate(self.given.get("deny", ())):
            records.policies.append(self.deny(f"deny-{number}", each))
            records.guardrails.append(Guardrail(policy_id=f"deny-{number}", scope_id=each["at"], kind="deny_policy"))
        for number, each in enumerate(self.given.get("boundaries", ())):
            records.policies.append(boundary(f"boundary-{number}", each))
            records.guardrails.append(
                Guardrail(
                    policy_id=f"boundary-{number}",
                    scope_id=each["for"],
                    kind="principal_access_boundary",
                    condition=cel(each.get("when")),
                )
            )
        scopes = [scope.id for scope in records.scopes]
        for id_, kinds in self.given.get("collected", {id_: ["asset-iam-policies"] for id_ in scopes}).items():
            records.coverage += [
                Coverage(provider="gcp", scope_id=id_, record_kind=kind, status=CoverageStatus.COMPLETE)
                for kind in kinds
            ]
        return build([records])

    @staticmethod
    def identity(spec: Any) -> Identity:
        spec = {"id": spec} if isinstance(spec, str) else spec
        id_ = spec["id"]
        project = id_.partition("@")[2].removesuffix(".iam.gserviceaccount.com")
        account = id_.startswith("serviceAccount:") and "[" not in id_
        person = id_.startswith("user:")
        return Identity(
            id=id_,
            provider="gcp",
            kind="service_account" if account else "user" if person else "federated_principal",
            nature=Nature.HUMAN if person else Nature.NON_HUMAN,
            nature_reason="",
            name=id_.partition(":")[2],
            scope_id=spec.get("in", f"projects/{project}" if account else ""),
            status=spec.get("status", "active"),
            managed_by_provider=spec.get("agent", False),
        )

    @staticmethod
    def place(records: Records, id_: str, spec: dict[str, Any]) -> None:
        tags = None if spec.get("tags", {}) is None else tuple(spec.get("tags", {}).items())
        if not id_.startswith("//"):
            records.scopes.append(
                Scope(
                    id=id_,
                    provider="gcp",
                    kind=SCOPES[id_.partition("/")[0]],
                    name=spec.get("name", id_),
                    parent_id=spec.get("in", ""),
                    number=str(spec.get("number", "")),
                    collected=True,
                    policy_tags=tags,
                    constraints=tuple(spec.get("constraints", {}).items()),
                )
            )
            return
        resource = Resource(
            id=id_,
            provider="gcp",
            kind="resource",
            name=id_,
            scope_id=spec["in"],
            policy_tags=tags,
            sensitivity=None,
            public_access_blocked=spec.get("prevented"),
        )
        records.resources.append(resource)

    def member(self, name: str) -> str:
        return self.who[name].id if name in self.who else name

    def binding(self, spec: Any) -> Binding:
        spec = {"give": spec} if isinstance(spec, str) else spec
        who, policy, place = spec["give"].rsplit(" ", 2)
        condition = cel(spec.get("when"))
        place = self.member(place)
        return Binding(
            id=f"{place}#{policy}#{who}#{spec.get('when', '')}",
            principal_id=self.member(who),
            policy_id=policy,
            scope_id=place,
            condition=condition,
        )

    def deny(self, id_: str, spec: dict[str, Any]) -> Policy:
        if spec.get("lost"):
            return Policy(id=id_, provider="gcp", kind="guardrail", name=id_, scope_id=spec["at"], complete=False)
        statement = Statement(
            effect=Effect.DENY,
            actions=tuple(spec["permissions"]),
            not_actions=tuple(spec.get("but", ())),
            principals=patterns(spec["to"]),
            not_principals=patterns(spec.get("except", ())),
            conditions=() if "when" not in spec else (Condition("CEL", "", (spec["when"],)),),
        )
        return Policy(id=id_, provider="gcp", kind="guardrail", name=id_, scope_id=spec["at"], statements=(statement,))

    def asked(self) -> Iterator[Asked]:
        for verdict in VERDICTS:
            for line in self.given.get(verdict) or ():
                text, *remarks = [part.strip() for part in line.split(" | ")]
                who, permission, *rest = text.split()
                place = self.member(rest[0]) if rest and rest[0] != "-" else None
                yield Asked(verdict, who, Question(permission, place, tuple(rest[1:])), tuple(remarks))

    def decide(self, who: str, question: Question, *, strict: bool = False) -> Decision:
        context = dict(key.split("=", 1) for key in question.keys)
        return self.questions.ask(self.who[who].id, question.permission, question.place, context, strict=strict)


def cel(expression: str | None) -> Condition | None:
    return None if expression is None else Condition("CEL", "", (expression,))


def patterns(names: list[str]) -> tuple[PrincipalPattern, ...]:
    return tuple(PrincipalPattern("member", name) for name in names)


def role(id_: str, permissions: list[str] | None) -> Policy:
    statements = (Statement(effect=Effect.ALLOW, actions=tuple(sorted(permissions))),) if permissions else ()
    return Policy(
        id=id_,
        provider="gcp",
        kind="role",
        name=id_,
        scope_id="",
        statements=statements,
        complete=permissions is not None,
    )


def boundary(id_: str, spec: dict[str, Any]) -> Policy:
    rule = Statement(effect=Effect.ALLOW, resources=tuple(spec.get("resources", ())))
    return Policy(
        id=id_,
        provider="gcp",
        kind="boundary",
        name=id_,
        scope_id="",
        statements=() if spec.get("lost") else (rule,),
        version=str(spec.get("version", "latest")),
        complete=not spec.get("lost"),
    )


def remarks(decision: Decision) -> set[str]:
    """What a world may remark about a decision."""
    said = {f"{'if' if each.must else 'unless'} {each.condition.values[0]}" for each in decision.residual}
    said |= {f"by {each.policy_id}" for each in decision.statements}
    if decision.blocked_by:
        said.add(f"explicit {decision.blocked_by}" if decision.explicit else decision.blocked_by)
    return said


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_a_world_is_as_it_says(path: Path) -> None:
    world = World(path)
    asked = list(world.asked())
    assert asked, "a world without a question proves nothing"
    for each in asked:
        decision = world.decide(each.who, each.question)
        assert decision.verdict.value == each.verdict, f"{each.who} {each.question}: {decision}"
        assert set(each.remarks) <= remarks(decision), f"{each.who} {each.question}: {decision}"
        assert decision.reason
        assert (each.verdict == "conditional") <= bool(decision.residual)
        assert (each.verdict == "allowed") <= bool(decision.statements)


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_a_world_answers_backwards_as_forwards(path: Path) -> None:
    world = World(path)
    expected: dict[Question, dict[str, str]] = defaultdict(dict)
    for each in world.asked():
        expected[each.question][each.who] = each.verdict
    for question, said in expected.items():
        for who in world.who:
            assert world.decide(who, question).verdict.value == said.get(who, "denied"), f"{who} {question}"


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_the_engine_names_the_same_identities(path: Path) -> None:
    world = World(path)
    access = summarise(world.inventory, world.now)
    names = {identity.id: name for name, identity in world.who.items()}
    expected: dict[Question, dict[str, str]] = defaultdict(dict)
    for each in world.asked():
        if each.verdict != "denied":
            expected[each.question][each.who] = each.verdict
    for question, said in expected.items():
        context = dict(key.split("=", 1) for key in question.keys)
        found = access.who_can(question.permission, question.place, context)
        assert {names[id_]: decision.verdict.value for id_, decision in found} == said, question


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_strictly_nothing_stays_open(path: Path) -> None:
    world = World(path)
    for each in world.asked():
        verdict = world.decide(each.who, each.question, strict=True).verdict.value
        assert verdict != "conditional"
        if each.verdict == "allowed":
            assert verdict == each.verdict


def test_there_are_enough_worlds_and_each_names_its_rule_and_page() -> None:
    assert len(WORLDS) >= 70
    for path in WORLDS:
        world = World(path)
        assert world.given["rule"]
        assert world.given["see"].startswith("https://cloud.google.com/")
