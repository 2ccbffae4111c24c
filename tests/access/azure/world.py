"""Reads a world: a few assignments as YAML, and the questions that they answer. See worlds/README.md."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

import yaml

from nhi_scan.access.azure import Questions
from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model import arm_ids
from nhi_scan.model.access import Decision
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.entra import EVERYONE
from nhi_scan.model.identity import Group, Identity, Nature, Resource
from nhi_scan.model.policy import Binding, Condition, Effect, Guardrail, Policy, PrincipalPattern
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from tests.access.azure.world_roles import permissions, role_id

FOLDER = Path(__file__).parent / "worlds"
VERDICTS = ("allowed", "conditional", "denied", "unknown")
KEYS = {
    *VERDICTS, "rule", "see", "places", "who", "groups", "units", "roles", "bindings", "access_policies", "deny", "now",
    "denied_records", "never_asked", "listed",
}  # fmt: skip
DEFAULT = yaml.safe_load((FOLDER / "README.md").read_text().split("```yaml\n")[1].split("```")[0])
OF_TENANT = (
    "arg-role-assignments", "arg-role-definitions", "arm-deny-assignments", "graph-applications",
    "graph-service-principals", "graph-groups", "graph-group-owners", "graph-directory-role-assignments",
    "graph-app-role-assignments", "graph-oauth2-permission-grants", "graph-administrative-units",
)  # fmt: skip
OF_SUBSCRIPTION = ("arg-role-assignments", "arm-deny-assignments")
GIVES = "gives:"


def guid(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, name))


class Question(NamedTuple):
    action: str
    place: str | None
    rest: tuple[str, ...]  # what is stated; of a role that is given, to which type and whom


class Asked(NamedTuple):
    verdict: str
    who: str
    question: Question
    remarks: tuple[str, ...]


class World:
    def __init__(self, path: Path) -> None:
        self.given: dict[str, Any] = yaml.safe_load(path.read_text())
        assert set(self.given) <= KEYS, f"unknown: {set(self.given) - KEYS}"
        self.now = self.given.get("now", datetime(2026, 1, 1, tzinfo=UTC))
        self.places = {**DEFAULT["places"], **self.given.get("places", {})}
        self.who = {**DEFAULT["who"], **self.given.get("who", {})}
        self.roles = {**DEFAULT["roles"], **self.given.get("roles", {})}
        self.role_ids: dict[str, str] = {}
        self.inventory = self.build()
        self.questions = Questions(self.inventory, now=self.now)

    def id_of(self, name: str) -> str:
        """The id that a name of this world stands for; what is none of its names is an id already."""
        if name not in self.places:
            known = name in self.who or name in self.given.get("groups", {})
            return guid(name) if known else EVERYONE if name == "all" else name
        kind, _, above = self.spec(name)["is"].partition(" in ")
        inside = self.id_of(above) if above not in ("", "nowhere") else ""
        fixed = {
            "tenant": arm_ids.tenant(guid(name)),
            "management group": arm_ids.management_group(name),
            "subscription": f"/subscriptions/{guid(name)}",
            "resource group": f"{inside}/resourcegroups/{name}",
            "unit": f"/administrativeunits/{guid(name)}",
            "application": guid(name),
        }
        part = f"providers/{kind}/{name}" if "." in kind else f"{kind}/{name}"
        return fixed.get(kind) or arm_ids.canonical(f"{inside}/{part}")

    def spec(self, name: str) -> dict[str, str]:
        found = self.places[name]
        return {"is": found} if isinstance(found, str) else found

    def build(self) -> Inventory:
        records = Records(identities=[self.identity(name, spec) for name, spec in self.who.items()])
        for name in self.places:
            self.place(records, name)
        for name, spec in self.given.get("groups", {}).items():
            records.groups.append(self.group(name, spec if isinstance(spec, dict) else {"members": spec}))
        for name, spec in self.roles.items():
            role = self.role(name, spec)
            self.role_ids[name] = role.id
            if spec is not None:
                records.policies.append(role)
        records.bindings = [self.binding(each) for each in self.given.get("bindings", ())]
        for each in self.given.get("access_policies", ()):
            self.access_policy(records, each)
        for number, each in enumerate(self.given.get("deny", ())):
            self.deny(records, f"{self.id_of(each['at'])}/denyassignments/{number}", each)
        self.cover(records)
        return build([records])

    def identity(self, name: str, spec: Any) -> Identity:
        spec = {"kind": spec} if isinstance(spec, str) else spec
        human = spec["kind"] == "user"
        return Identity(
            id=guid(name),
            provider="azure",
            kind=spec["kind"],
            nature=Nature[spec["nature"]] if "nature" in spec else Nature.HUMAN if human else Nature.NON_HUMAN,
            nature_reason="",
            name=name,
            scope_id=self.id_of("tenant"),
            status=spec.get("status", "active"),
            attributes=(("agent_blueprint", "true"),) if spec.get("blueprint") else (),
        )

    def place(self, records: Records, name: str) -> None:
        spec = self.spec(name)
        kind, _, above = spec["is"].partition(" in ")
        id_, parent = self.id_of(name), self.id_of(above) if above not in ("", "nowhere") else ""
        if kind in ("tenant", "management group", "subscription", "resource group"):
            scope: Any = kind.replace(" ", "_")
            known = None if above == "nowhere" else parent
            row = Scope(id=id_, provider="azure", kind=scope, name=name, parent_id=known, collected=True)
            records.scopes.append(row)
        elif kind == "unit":
            members = tuple(self.id_of(each) for each in self.given.get("units", {}).get(name, ()))
            restricted = (("restricted", "true"),) if spec.get("restricted") else ()
            records.groups.append(
                Group(
                    id=id_,
                    provider="azure",
                    kind="administrative_unit",
                    name=name,
                    scope_id=parent,
                    member_ids=members,
                    attributes=restricted,
                )
            )
        elif "." in kind or kind == "application":
            attributes = tuple(sorted((key, value) for key, value in spec.items() if key != "is"))
            kinds = {"microsoft.keyvault/vaults": "key_vault"}
            home = arm_ids.subscription_of(id_) or self.id_of("tenant")
            records.resources.append(
                Resource(
                    id=id_,
                    provider="azure",
                    kind=kinds.get(kind, kind),
                    name=name,
                    scope_id=home,
                    attributes=attributes,
                )
            )

    def group(self, name: str, spec: dict[str, Any]) -> Group:
        assignable = spec.get("role_assignable", "false")
        return Group(
            id=guid(name),
            provider="azure",
            kind="entra_group",
            name=name,
            scope_id=self.id_of("tenant"),
            member_ids=tuple(self.id_of(each) for each in spec.get("members") or ()),
            eligible_member_ids=tuple(self.id_of(each) for each in spec.get("eligible", ())),
            complete=spec.get("members") is not None,
            attributes=tuple(
                (key, value)
                for key, value in (
                    ("dynamic", spec.get("dynamic")),
                    ("foreign", spec.get("foreign")),
                    ("role_assignable", assignable),
                )
                if value
            ),
        )

    def role(self, name: str, spec: Any) -> Policy:
        sets = spec if isinstance(spec, list) and spec and isinstance(spec[0], dict) else [spec or {}]
        statements = [row for number, each in enumerate(sets) for row in permissions(number, each, Effect.ALLOW)]
        first = sets[0] if isinstance(sets[0], dict) else {}
        id_ = role_id(guid(name), first)
        return Policy(
            id=id_,
            provider="azure",
            kind="role",
            name=name,
            scope_id=self.id_of("tenant"),
            statements=tuple(statements),
        )

    def binding(self, spec: Any) -> Binding:
        spec = {"give": spec} if isinstance(spec, str) else spec
        who, rest = spec["give"].split(" ", 1)
        role, place = rest.rsplit(" ", 1)
        condition = None
        if "when" in spec:
            condition = Condition("ABAC", spec.get("version", "2.0"), (spec["when"],))
        elif "delegated" in (self.roles[role] or {}):
            condition = Condition("Delegated", "AllPrincipals", ("",))
        return Binding(
            id=f"{self.id_of(place)}/roleassignments/{guid(str(spec))}",
            principal_id=self.id_of(who),
            policy_id=self.role_ids[role],
            scope_id=self.id_of(place),
            condition=condition,
            expires_at=spec.get("until"),
            eligible=spec.get("eligible", False),
        )

    def access_policy(self, records: Records, spec: dict[str, Any]) -> None:
        vault, who = self.id_of(spec["of"]), self.id_of(spec["to"])
        through = f"#{spec['through']}" if "through" in spec else ""
        id_ = f"{vault}#accesspolicy/{who}{through}"
        statements = tuple(permissions(0, {"data": spec["data"]}, Effect.ALLOW))
        policy = Policy(
            id=id_, provider="azure", kind="role", name="access policy", scope_id=vault, statements=statements
        )
        records.policies.append(policy)
        condition = Condition("KeyVault", "applicationId", (spec["through"],)) if through else None
        records.bindings.append(Binding(id=id_, principal_id=who, policy_id=id_, scope_id=vault, condition=condition))

    def deny(self, records: Records, id_: str, spec: dict[str, Any]) -> None:
        place = self.id_of(spec["at"])
        people = {
            "principals": self.patterns(spec.get("to", ())),
            "not_principals": self.patterns(spec.get("except", ())),
        }
        policy = Policy(
            id=id_,
            provider="azure",
            kind="guardrail",
            name="deny",
            scope_id=place,
            statements=tuple(permissions(0, spec, Effect.DENY, **people)),
            complete=not spec.get("lost"),
        )
        records.policies.append(policy)
        guardrail = Guardrail(
            policy_id=id_, scope_id=place, kind="deny_assignment", inherited=not spec.get("alone", False)
        )
        records.guardrails.append(guardrail)

    def patterns(self, names: list[str]) -> tuple[PrincipalPattern, ...]:
        return tuple(PrincipalPattern("member", self.id_of(each)) for each in names)

    def cover(self, records: Records) -> None:
        lost, never = self.given.get("denied_records", {}), self.given.get("never_asked", {})
        for name in self.places:
            kind = self.spec(name)["is"].partition(" in ")[0]
            kinds = {"tenant": OF_TENANT, "subscription": OF_SUBSCRIPTION}.get(kind, ())
            gone = lost.get(name, ())
            listed = self.given.get("listed", {}).get(name, ())
            for one in sorted({*kinds, *gone, *listed} - set(never.get(name, ()))):
                status = CoverageStatus.DENIED if one in gone else CoverageStatus.COMPLETE
                row = Coverage(provider="azure", scope_id=self.id_of(name), record_kind=one, status=status)
                records.coverage.append(row)

    def asked(self) -> Iterator[Asked]:
        for verdict in VERDICTS:
            for line in self.given.get(verdict) or ():
                text, *remarks = [part.strip() for part in line.split(" | ")]
                who, action, *rest = text.split()
                place = self.id_of(rest[0]) if rest and rest[0] != "-" else None
                yield Asked(verdict, who, Question(action, place, tuple(rest[1:])), tuple(remarks))

    def decide(self, who: str, question: Question, *, strict: bool = False) -> Decision:
        if question.action.startswith(GIVES):
            role = self.role_ids[question.action.removeprefix(GIVES)]
            type_, *to = (*question.rest, None) if question.rest else (None, None)
            whom = self.id_of(to[0]) if to and to[0] else None
            assert question.place is not None
            return self.questions.may_assign(guid(who), question.place, role, type_, whom)
        return self.questions.ask(guid(who), question.action, question.place, stated(question), strict=strict)

    def remarks(self, decision: Decision) -> set[str]:
        """What a world may remark about a decision."""
        said = {f"{'if' if each.must else 'unless'} {each.condition.values[0]}" for each in decision.residual}
        names = {id_: name for name, id_ in self.role_ids.items()}
        said |= {f"by {names.get(each.policy_id, each.policy_id)}" for each in decision.statements}
        if decision.blocked_by:
            said.add(f"explicit {decision.blocked_by}" if decision.explicit else decision.blocked_by)
        said.add(f"since {decision.reason}")
        return said


def stated(question: Question) -> dict[str, str]:
    return dict(key.split("=", 1) for key in question.rest)
