"""What a level means, beyond the techniques: `escalation/test_worlds.py` has those."""

import random
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.access.aws.actions import load
from nhi_scan.access.aws.privilege import judge
from nhi_scan.access.aws.summarise import summarise
from nhi_scan.access.catalogue import Catalogue
from nhi_scan.inventory.build import build
from nhi_scan.model.access import Privilege
from nhi_scan.model.identity import Identity, Nature, Resource
from nhi_scan.model.policy import Binding, Policy, Trust
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.providers.aws.escalation import techniques
from nhi_scan.providers.aws.policy import parse_document

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ACCOUNT = "111122223333"
BUCKET = "arn:aws:s3:::ledger"
Judge = Callable[[Records], dict[str, Privilege]]


@pytest.fixture(scope="module")
def judged() -> Judge:
    actions: Catalogue = load(None)

    def judge_all(records: Records) -> dict[str, Privilege]:
        inventory = build([records])
        return judge(inventory, summarise(inventory, NOW, actions), techniques()).privileges

    return judge_all


def arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def estate(policies: dict[str, Any], trusts: dict[str, list[Any]] | None = None) -> Records:
    """Roles by name, each with one policy, and who may assume them: names, or a name and conditions."""
    records = Records()
    records.scopes.append(Scope(id=ACCOUNT, provider="aws", kind="account", name="a", parent_id=""))
    for name, statements in policies.items():
        _role(records, name, statements, (trusts or {}).get(name, []))
    return records


def _role(records: Records, name: str, statements: Any, trusted: list[Any]) -> None:
    role_id = arn(name)
    document = [
        {
            "Effect": "Allow",
            "Principal": {"AWS": arn(who if isinstance(who, str) else who[0])},
            "Action": "sts:AssumeRole",
            **({} if isinstance(who, str) else {"Condition": who[1]}),
        }
        for who in trusted
    ]
    for policy_id, kind, content in (
        (f"{role_id}#own", "identity", statements),
        (f"{role_id}#trust", "trust", document),
    ):
        parsed = parse_document({"Version": "2012-10-17", "Statement": content})
        records.policies.append(
            Policy(
                id=policy_id,
                provider="aws",
                kind=kind,  # type: ignore[arg-type] # one of the kinds, seen through a loop
                name=name,
                scope_id=ACCOUNT,
                statements=parsed.statements,
                version=parsed.version,
                complete=not parsed.malformed,
            )
        )
        if kind == "trust":
            records.trusts += [
                Trust(
                    id=f"{policy_id}/{row.index}",
                    identity_id=role_id,
                    subject=row.principals[0].value,
                    subject_kind="identity",
                    conditions=row.conditions,
                    policy_id=policy_id,
                    statement_index=row.index,
                )
                for row in parsed.statements
            ]
    records.identities.append(_identity(role_id, "iam_role"))
    records.bindings.append(
        Binding(id=f"{role_id}-own", principal_id=role_id, policy_id=f"{role_id}#own", scope_id=ACCOUNT, inline=True)
    )


def _identity(identity_id: str, kind: Any) -> Identity:
    return Identity(
        id=identity_id,
        provider="aws",
        kind=kind,
        nature=Nature.NON_HUMAN,
        nature_reason="a test says so",
        name=identity_id.rpartition("/")[2],
        scope_id=ACCOUNT,
        trust_policy_id=f"{identity_id}#trust",
    )


def allow(*actions: str, on: str = "*") -> list[dict[str, Any]]:
    return [{"Effect": "Allow", "Action": list(actions), "Resource": on}]


ALL, NONE = allow("*"), allow("sts:GetCallerIdentity")
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def test_the_root_user_is_an_administrator(judged: Judge) -> None:
    records = estate({})
    root = f"arn:aws:iam::{ACCOUNT}:root"
    records.identities.append(_identity(root, "root_user"))
    assert judged(records)[root].level == "administrator"


def test_a_longer_way_without_a_condition_is_named_before_a_short_one_with_one(judged: Judge) -> None:
    found = judged(
        estate(
            {"start": NONE, "middle": NONE, "boss": ALL},
            {"boss": [("start", MFA), "middle"], "middle": ["start"]},
        )
    )[arn("start")]
    assert (found.level, found.conditional) == ("can_become_administrator", False)
    assert [step.target_id for step in found.path] == [arn("middle"), arn("boss")]


def test_a_reason_goes_on_from_the_sentence_that_names_the_level(judged: Judge) -> None:
    trusts = {"boss": ["middle"], "middle": ["start"]}
    lists = {
        "start": NONE,
        "middle": NONE,
        "boss": ALL,
        "own": allow("iam:PutRolePolicy", on=arn("own")),
        "ready": allow("iam:CreateAccessKey"),
    }
    found = judged(estate(lists, trusts))
    assert {name: found[arn(name)].reason for name in lists} == {
        "start": "in 2 steps, beginning with: assume a role that trusts the principal",
        "middle": "in one step: assume a role that trusts the principal",
        "boss": "its policies allow every action on every resource",
        "own": "it can put an inline policy on itself",
        "ready": "once this finds a target: make an access key for another user",
    }


def test_where_every_way_has_a_condition_it_is_conditional(judged: Judge) -> None:
    found = judged(estate({"start": NONE, "boss": ALL}, {"boss": [("start", MFA)]}))[arn("start")]
    assert (found.level, found.conditional) == ("can_become_administrator", True)
    assert found.path[0].conditional
    assert [(ref.policy_id, ref.layer) for ref in found.path[0].statements] == [(arn("boss") + "#trust", "trust")]


def test_what_cannot_be_read_is_unknown_and_not_ordinary(judged: Judge) -> None:
    found = judged(estate({"odd": [{"Effect": "Allowed", "Action": "*", "Resource": "*"}], "plain": NONE}))
    assert found[arn("odd")].level == "unknown"
    assert found[arn("plain")].level == "ordinary"


def test_an_administrator_with_an_unreadable_policy_is_known_to_be_one(judged: Judge) -> None:
    found = judged(estate({"boss": [*ALL, {"Effect": "Allowed", "Action": "s3:*", "Resource": "*"}]}))
    assert found[arn("boss")].level == "administrator"


def with_bucket(records: Records) -> Records:
    records.resources.append(
        Resource(id=BUCKET, provider="aws", kind="s3_bucket", name="ledger", scope_id=ACCOUNT, sensitivity="data")
    )
    return records


def test_reading_what_is_sensitive_is_a_level_and_so_is_becoming_who_does(judged: Judge) -> None:
    found = judged(
        with_bucket(
            estate(
                {
                    "reader": allow("s3:GetObject", on=f"{BUCKET}/*"),
                    "part": allow("s3:GetObject", on=f"{BUCKET}/2026/*"),
                    "hop": NONE,
                    "other": allow("s3:GetObject", on="arn:aws:s3:::diary/*"),
                    "barred": [
                        *allow("s3:GetObject", on=f"{BUCKET}/2026/*"),
                        {"Effect": "Deny", "Action": "s3:*", "Resource": f"{BUCKET}/*"},
                    ],
                },
                {"reader": ["hop"]},
            )
        )
    )
    levels = {name: found[arn(name)].level for name in ("reader", "part", "hop", "other", "barred")}
    assert levels == {
        "reader": "reaches_sensitive",
        "part": "reaches_sensitive",
        "hop": "reaches_sensitive",
        "other": "ordinary",
        "barred": "ordinary",
    }
    assert [(step.technique, step.target_id) for step in found[arn("hop")].path] == [
        ("sts-assume-role", arn("reader")),
        ("access", BUCKET),
    ]


def test_almost_everything_is_judged_by_what_it_yields(judged: Judge) -> None:
    but_one = [{"Effect": "Allow", "NotAction": ["s3:*"], "Resource": "*"}]
    no_iam = [{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"}]
    found = judged(estate({"but-one": but_one, "no-iam": no_iam}))
    assert found[arn("but-one")].level == "administrator"
    assert found[arn("no-iam")].level not in ("administrator", "can_become_administrator")


def test_permissions_that_are_split_over_policies_add_up(judged: Judge) -> None:
    records = estate({"split": allow("iam:CreateRole"), "half": allow("iam:CreateRole")})
    parsed = parse_document({"Version": "2012-10-17", "Statement": allow("iam:AttachRolePolicy", on=arn("x-*"))})
    records.policies.append(
        Policy(
            id="second",
            provider="aws",
            kind="identity",
            name="second",
            scope_id=ACCOUNT,
            statements=parsed.statements,
            version=parsed.version,
        )
    )
    records.bindings.append(
        Binding(id="second", principal_id=arn("split"), policy_id="second", scope_id=ACCOUNT, source="direct")
    )
    found = judged(records)
    assert found[arn("split")].level == "administrator"
    assert {ref.policy_id for ref in found[arn("split")].statements} == {"second", arn("split") + "#own"}
    assert found[arn("half")].level == "ordinary"


def test_the_order_of_records_does_not_matter(judged: Judge) -> None:
    records = with_bucket(
        estate(
            {"start": NONE, "middle": allow("iam:PutRolePolicy"), "boss": ALL, "reader": allow("s3:*")},
            {"boss": ["start", ("reader", MFA)], "middle": ["start"]},
        )
    )
    expected = judged(records)
    for seed in range(3):
        shuffled = replace(records)
        for field in fields(shuffled):
            value = getattr(shuffled, field.name)
            if isinstance(value, list):
                setattr(shuffled, field.name, random.Random(seed).sample(value, len(value)))  # noqa: S311 - repeatable
        assert judged(shuffled) == expected
