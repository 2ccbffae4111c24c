"""Worlds of users and roles, built as inventories: `who_can` must name exactly whom the world names."""

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from nhi_scan.access.aws.principal import parse_principal
from nhi_scan.access.aws.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model.identity import Identity, Nature, Resource
from nhi_scan.model.policy import Binding, Guardrail, Policy
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.providers.aws.policy import parse_document

FULL = {"full": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
KINDS = (("scps", "service_control_policy"), ("rcps", "resource_control_policy"))
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def expressible(given: dict[str, Any]) -> bool:
    """Whether an inventory can say what the world says: no sessions, endpoints, gaps or keys of every request."""
    if {"endpoint", "missing", "context", "absent", "complete", "now"} & given.keys():
        return False
    specs = [{"arn": spec} if isinstance(spec, str) else spec for spec in given["principals"].values()]
    arns = [spec["arn"] for spec in specs]
    if len(set(arns)) < len(arns) or any("session" in spec for spec in specs):
        return False
    if not any(parse_principal(arn).kind in ("user", "role") for arn in arns):
        return False
    if {len(levels) for _, levels in _guardrails(given)} - {len(levels) for _, levels in _guardrails(given)[:1]}:
        return False
    # The clock of an inventory always stands at some moment, and a list of permissions has none that all have.
    said = str(given)
    return not any(word in said for word in ("CurrentTime", "EpochTime", "TokenIssueTime", "GetCallerIdentity"))


def _guardrails(given: dict[str, Any]) -> list[tuple[str, list[list[str]]]]:
    return [(account, levels) for word, _ in KINDS for account, levels in given.get(word, {}).items()]


def load() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for path in sorted((Path(__file__).parent / "worlds").glob("*.yaml")):
        given = yaml.safe_load(path.read_text())
        if expressible(given):
            found.append((path.stem, given))
    return found


WORLDS = load()


def policy(name: str, document: Any) -> Policy:
    document = {"Version": "2012-10-17", "Statement": document} if isinstance(document, list) else document
    parsed = parse_document(document)
    return Policy(
        id=name,
        provider="aws",
        kind="identity",
        name=name,
        scope_id="",
        statements=parsed.statements,
        version=parsed.version,
    )


def scopes(account: str, given: dict[str, Any]) -> list[Scope]:
    """The account below as many scopes as its guardrails have levels."""
    kinds = tuple(kind for word, kind in KINDS if account in given.get(word, {}))
    depth = max((len(given[word][account]) for word, _ in KINDS if account in given.get(word, {})), default=0)
    if not depth:
        return [Scope(id=account, provider="aws", kind="account", name=account)]
    found = []
    parent = None
    for level in range(depth):
        scope_id = account if level == depth - 1 else f"{'r' if not level else 'ou'}-{account}-{level}"
        kind = "account" if scope_id == account else "organizational_unit" if level else "root"
        found.append(
            Scope(
                id=scope_id,
                provider="aws",
                kind=kind,  # type: ignore[arg-type] # a literal, seen through a variable
                name=scope_id,
                parent_id=parent,
                guardrail_kinds=None if level else kinds,
            )
        )
        parent = scope_id
    return found


def access(given: dict[str, Any]) -> tuple[Access, dict[str, str]]:
    records = Records()
    documents = {**FULL, **given.get("policies", {})}
    records.policies = [policy(name, document) for name, document in documents.items()]
    accounts: set[str] = set()
    ids: dict[str, str] = {}
    for name, spec in given["principals"].items():
        spec = {"arn": spec} if isinstance(spec, str) else spec  # noqa: PLW2901 - one shape for both
        principal = parse_principal(spec["arn"])
        if principal.kind not in ("user", "role"):
            continue
        assert principal.account
        accounts.add(principal.account)
        ids[name] = principal.id
        records.identities.append(
            Identity(
                id=principal.id,
                provider="aws",
                kind="iam_role",  # whose tags are not all known: a session may bring more
                nature=Nature.NON_HUMAN,
                nature_reason="a test says so",
                name=principal.name,
                scope_id=principal.account,
                unique_id=spec.get("unique_id"),
            )
        )
        for word, purpose in (("identity", "grants"), ("boundary", "bounds")):
            records.bindings += [
                Binding(
                    id=f"{principal.id}-{purpose}-{policy_name}",
                    principal_id=principal.id,
                    policy_id=policy_name,
                    scope_id=principal.account,
                    purpose=purpose,  # type: ignore[arg-type] # a literal, seen through a loop
                )
                for policy_name in spec.get(word) or ()
            ]
    for thing in given.get("resources", {}).values():
        account = thing.get("account") or thing["arn"].split(":")[4]
        accounts.add(account)
        records.resources.append(
            Resource(
                id=thing["arn"],
                provider="aws",
                kind="thing",
                name=thing["arn"],
                scope_id=account,
                policy_id=thing.get("policy"),
                public_access_blocked=thing.get("public_access_block", {}).get("RestrictPublicBuckets"),
            )
        )
    for account in sorted(accounts):
        chain = scopes(account, given)
        records.scopes += chain
        for word, kind in KINDS:
            for scope, level in zip(chain, given.get(word, {}).get(account, ()), strict=False):
                records.guardrails += [
                    Guardrail(policy_id=name, scope_id=scope.id, kind=kind)  # type: ignore[arg-type] # as above
                    for name in level
                ]
    return summarise(build([records]), NOW), ids


@pytest.mark.parametrize("given", [given for _, given in WORLDS], ids=[name for name, _ in WORLDS])
def test_who_can_names_whom_the_world_names(given: dict[str, Any]) -> None:
    asked, ids = access(given)
    expected: dict[str, dict[str, str]] = defaultdict(dict)
    for verdict in ("allowed", "conditional", "denied", "unknown"):
        for line in given.get(verdict) or ():
            who, _, question = line.split("|")[0].strip().partition(" ")
            expected[question][who] = verdict
    for question, said in expected.items():
        action, resource, *keys = question.split()
        name, slash, rest = resource.partition("/")
        arn = given.get("resources", {}).get(name, {"arn": name})["arn"] + slash + rest
        context = {key: value.split(",") for key, _, value in (each.partition("=") for each in keys)}
        answers = {found: decision.verdict.value for found, decision in asked.who_can(action, arn, context)}
        for who, identity_id in ids.items():
            assert answers.get(identity_id, "denied") == said.get(who, "denied"), f"{who} {question}"


def test_most_worlds_can_be_told_as_an_inventory() -> None:
    assert len(WORLDS) >= 100
