"""Small estates from a few lines of YAML: one account, an attacker, and what there is to get at."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.access.aws.actions import load
from nhi_scan.access.aws.privilege import Report, judge
from nhi_scan.access.aws.summarise import summarise
from nhi_scan.access.catalogue import Catalogue
from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Credential, Group, Identity, Nature, Resource, Workload
from nhi_scan.model.policy import Binding, Guardrail, Policy
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.providers.aws.escalation import techniques
from nhi_scan.providers.aws.normalise.trusts import TrustReader
from nhi_scan.providers.aws.policy import parse_document

NOW = datetime(2026, 11, 1, tzinfo=UTC)
HOME = "111122223333"
EVERYTHING = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]


class Estate:
    """Turns a world into records."""

    def __init__(self, world: Mapping[str, Any]) -> None:
        self.records = Records()
        self._world = world
        guarded = "scps" in world
        managing = world.get("managed_organization", False)
        accounts = {HOME, *(row.get("account", HOME) for row in world.get("others", {}).values())}
        kinds = ("service_control_policy",) if guarded else ()
        self.records.scopes.append(
            Scope(id="r-1", provider="aws", kind="root", name="root", guardrail_kinds=kinds if guarded else None)
        )
        for account in sorted(accounts):
            parent = "r-1" if guarded else ""
            self.records.scopes.append(
                Scope(
                    id=account,
                    provider="aws",
                    kind="account",
                    name=account,
                    parent_id=parent,
                    collected=True,
                    management=managing and account == HOME,
                )
            )
        self._identities = {"attacker": world["attacker"], **world.get("others", {})}
        for name, row in world.get("groups", {}).items():
            self._group(name, row)
        for name, row in self._identities.items():
            self._identity(name, row)
        for name, row in world.get("policies", {}).items():
            self._policy(f"arn:aws:iam::{HOME}:policy/{name}", row, versions=world.get("versions", {}).get(name))
        for i, row in enumerate(world.get("workloads", ())):
            self._workload(i, row)
        for name, kind in world.get("resources", {}).items():
            self.records.resources.append(
                Resource(id=name, provider="aws", kind=kind, name=name, scope_id=HOME, sensitivity="data")
            )
        for kind in world.get("listed", ()):
            self.records.coverage.append(
                Coverage(provider="aws", scope_id=HOME, record_kind=kind, status=CoverageStatus.COMPLETE, records=1)
            )
        self._guardrails(world.get("scps", []))

    def id_of(self, name: str) -> str:
        """Return the ARN of somebody in the world; other texts stay as they are."""
        row = self._identities.get(name)
        if row is None:
            return name
        return f"arn:aws:iam::{row.get('account', HOME)}:{row['kind']}/{name}"

    def _identity(self, name: str, row: Mapping[str, Any]) -> None:
        identity_id = self.id_of(name)
        account = row.get("account", HOME)
        is_role = row["kind"] == "role"
        trust_id = f"{identity_id}#trust" if is_role else None
        self.records.identities.append(
            Identity(
                id=identity_id,
                provider="aws",
                kind="iam_role" if is_role else "iam_user",
                nature=Nature.NON_HUMAN,
                nature_reason="a test says so",
                name=name,
                scope_id=account,
                trust_policy_id=trust_id,
                has_console_password=row.get("password"),
                tags=tuple(sorted(row.get("tags", {}).items())),
            )
        )
        allow = EVERYTHING if row.get("admin") else statements(row)
        if allow:
            self._bind(identity_id, self._policy(f"{identity_id}#inline/own", allow, account), inline=True)
        for policy in row.get("attached", ()):
            self._bind(identity_id, f"arn:aws:iam::{HOME}:policy/{policy}")
        if "boundary" in row:
            self._bound(identity_id, f"arn:aws:iam::{account}:policy/bound-{name}", row["boundary"], account)
        if trust_id is not None:
            self._trust(identity_id, trust_id, row.get("trusts", ()), account)
        for number in range(row.get("keys", 0)):
            self.records.credentials.append(
                Credential(
                    id=f"{identity_id}#access-key-{number}",
                    provider="aws",
                    identity_id=identity_id,
                    scope_id=account,
                    kind="access_key",
                )
            )
        if row.get("profile"):
            self.records.resources.append(
                Resource(
                    id=f"arn:aws:iam::{account}:instance-profile/{name}",
                    provider="aws",
                    kind="instance_profile",
                    name=name,
                    scope_id=account,
                    attributes=(("role_ids", identity_id),),
                )
            )
        for group, members in self._world.get("groups", {}).items():
            if name in members.get("members", ()):
                for policy_id in self.records.group_policies[f"arn:aws:iam::{HOME}:group/{group}"]:
                    self._bind(identity_id, policy_id, source="group")

    def _bound(self, identity_id: str, policy_id: str, boundary: Any, account: str) -> None:
        if boundary != "unread":
            self._policy(policy_id, allowing(boundary), account)
        self._bind(identity_id, policy_id, purpose="bounds")

    def _group(self, name: str, row: Mapping[str, Any]) -> None:
        group_id = f"arn:aws:iam::{HOME}:group/{name}"
        members = tuple(self.id_of(member) for member in row.get("members", ()))
        self.records.groups.append(
            Group(id=group_id, provider="aws", kind="iam_group", name=name, scope_id=HOME, member_ids=members)
        )
        allow = EVERYTHING if row.get("admin") else statements(row)
        policies = (self._policy(f"{group_id}#inline/own", allow),) if allow else ()
        attached = tuple(f"arn:aws:iam::{HOME}:policy/{policy}" for policy in row.get("attached", ()))
        self.records.group_policies[group_id] = (*policies, *attached)

    def _policy(
        self, policy_id: str, document: Any, account: str = HOME, kind: str = "identity", versions: Any = None
    ) -> str:
        others = tuple(
            self._written(f"{policy_id}#version/{name}", row, account, kind) for name, row in (versions or {}).items()
        )
        self.records.policies.append(replace(self._written(policy_id, document, account, kind), other_versions=others))
        return policy_id

    @staticmethod
    def _written(policy_id: str, document: Any, account: str, kind: str) -> Policy:
        parsed = parse_document({"Version": "2012-10-17", "Statement": document})
        assert not parsed.malformed
        return Policy(
            id=policy_id,
            provider="aws",
            kind=kind,  # type: ignore[arg-type] # one of the kinds
            name=policy_id,
            scope_id=account,
            statements=parsed.statements,
            version=parsed.version,
        )

    def _bind(self, identity_id: str, policy_id: str, **fields: Any) -> None:
        self.records.bindings.append(
            Binding(
                id=f"{identity_id} {policy_id}",
                principal_id=identity_id,
                policy_id=policy_id,
                scope_id=HOME,
                **fields,
            )
        )

    def _trust(self, role_id: str, policy_id: str, trusts: Any, account: str) -> None:
        document = [self._trust_statement(row) for row in trusts] or [
            {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        ]
        self._policy(policy_id, document, account, "trust")
        parsed = next(row for row in self.records.policies if row.id == policy_id).statements
        self.records.trusts += TrustReader().read(role_id, policy_id, parsed)

    def _trust_statement(self, row: Any) -> dict[str, Any]:
        who, effect, condition = (
            (row, "Allow", {}) if isinstance(row, str) else (row["who"], "Allow", row.get("if", {}))
        )
        if isinstance(row, dict) and row.get("deny"):
            effect = "Deny"
        kind, action = "Service" if who.endswith(".amazonaws.com") else "AWS", "sts:AssumeRole"
        if ":saml-provider/" in who:
            kind, action = "Federated", "sts:AssumeRoleWithSAML"
        found = {"Effect": effect, "Principal": {kind: self.id_of(who)}, "Action": action}
        return {**found, "Condition": condition} if condition else found

    def _workload(self, number: int, row: Mapping[str, Any]) -> None:
        self.records.workloads.append(
            Workload(
                id=row.get("id", f"workload-{number}"),
                provider="aws",
                kind=row["kind"],
                name=str(number),
                scope_id=HOME,
                runs_as=tuple(self.id_of(name) for name in row.get("runs_as", ())),
                tags=tuple(sorted(row.get("tags", {}).items())),
            )
        )

    def _guardrails(self, denies: Any) -> None:
        if "scps" not in self._world:
            return
        for scope in self.records.scopes:
            name = f"scp-{scope.id}"
            document = [*EVERYTHING, *(denying(denies) if scope.id == "r-1" else [])]
            self._policy(name, document, kind="guardrail")
            self.records.guardrails.append(Guardrail(policy_id=name, scope_id=scope.id, kind="service_control_policy"))


def statements(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the statements that somebody's `allow` and `deny` stand for."""
    return allowing(row.get("allow", ())) + denying(row.get("deny", ()))


def allowing(rows: Any) -> list[dict[str, Any]]:
    return [_statement(row, "Allow") for row in rows]


def denying(rows: Any) -> list[dict[str, Any]]:
    return [_statement(row, "Deny") for row in rows]


def _statement(row: Any, effect: str) -> dict[str, Any]:
    if isinstance(row, str):
        return {"Effect": effect, "Action": row, "Resource": "*"}
    key = "NotAction" if "all_but" in row else "Action"
    found = {"Effect": effect, key: row.get("all_but", row.get("do")), "Resource": row.get("at", "*")}
    return {**found, "Condition": row["if"]} if "if" in row else found


@pytest.fixture(scope="session")
def aws_actions() -> Catalogue:
    return load(None)


@pytest.fixture(scope="session")
def judge_world(aws_actions: Catalogue) -> Callable[[Mapping[str, Any]], tuple[Report, Callable[[str], str]]]:
    """Return what judges a world: the report, and what turns names into ids."""

    def judged(world: Mapping[str, Any]) -> tuple[Report, Callable[[str], str]]:
        estate = Estate(world)
        inventory = build([estate.records])
        return judge(inventory, summarise(inventory, NOW, aws_actions), techniques()), estate.id_of

    return judged
