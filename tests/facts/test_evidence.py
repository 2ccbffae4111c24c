"""Proof: each builder finds what its name says, and is silent about subjects that it does not know."""

from typing import Any

import pytest

from nhi_scan.facts.catalogue import SUBJECTS
from nhi_scan.facts.evidence import BUILDERS
from nhi_scan.facts.tables import FactTables
from nhi_scan.model.access import Privilege, StatementRef, Step
from nhi_scan.model.finding import Evidence
from nhi_scan.model.identity import NEVER_USED, LastUsed, Resource, UnusedAccess, Usage, Workload
from nhi_scan.model.policy import Binding, Condition, Effect, Policy, Statement, Trust

ROLE = "arn:aws:iam::111122223333:role/app"
ADMIN = "arn:aws:iam::111122223333:role/admin"
POLICY = "arn:aws:iam::111122223333:policy/p"
SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db"
FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:hook"
ANALYZER = "arn:aws:access-analyzer:eu-west-1:111122223333:analyzer/unused"
TRUST = f"{ROLE}#trust/lambda.amazonaws.com"


@pytest.fixture
def tables(facts: Any, make: Any) -> FactTables:
    role = make.role(
        created_at=make.ago(10), last_authenticated=LastUsed.on(make.ago(1), "s3"), tags=(("stage", "dev"),)
    )
    admin = make.role("admin")
    step = Step(
        technique="iam-put-role-policy-assume",
        source_id=role.id,
        target_id=admin.id,
        statements=(StatementRef(POLICY, 0, "Write"),),
        conditional=True,
        detail="Rewrite it",
    )
    return facts(  # type: ignore[no-any-return]
        {
            role.id: Privilege(identity_id=role.id, level="can_become_administrator", path=(step,)),
            admin.id: Privilege(identity_id=admin.id, level="administrator", statements=(StatementRef(POLICY, 1),)),
        },
        identities=[role, admin],
        credentials=[make.key("app", identity_id=role.id, created_at=make.ago(5), last_used=NEVER_USED)],
        policies=[
            Policy(
                id=POLICY,
                provider="aws",
                kind="identity",
                name="p",
                scope_id=make.account,
                created_at=make.ago(3),
                statements=(
                    Statement(sid="Write", effect=Effect.ALLOW, actions=("iam:PutRolePolicy",), resources=("*",)),
                    Statement(effect=Effect.ALLOW, actions=("iam:PassRole",), resources=("*",), index=1),
                ),
            )
        ],
        bindings=[Binding(id="b", principal_id=role.id, policy_id=POLICY, scope_id=make.account)],
        trusts=[
            Trust(
                id=TRUST,
                identity_id=role.id,
                subject="lambda.amazonaws.com",
                subject_kind="service",
                policy_id=f"{ROLE}#trust",
                conditions=(Condition("StringEquals", "aws:SourceAccount", ("111122223333",)),),
            )
        ],
        workloads=[
            Workload(
                id=FUNCTION,
                provider="aws",
                kind="lambda_function",
                name="hook",
                scope_id=make.account,
                runs_as=(role.id,),
            )
        ],
        resources=[
            Resource(
                id=SECRET,
                provider="aws",
                kind="secret",
                name="db",
                scope_id=make.account,
                policy_id=f"{SECRET}#policy",
                attributes=(("rotation_enabled", "false"),),
            )
        ],
        usage=[Usage(identity_id=role.id, service="s3", last_used=NEVER_USED)],
        unused=[
            UnusedAccess(
                id="f-1#sqs",
                identity_id=role.id,
                kind="permission",
                analyzer_id=ANALYZER,
                window_days=90,
                service="sqs",
                actions=("sqs:SendMessage",),
            )
        ],
        coverage=make.covered("lambda-functions"),
    )


EXPECTED = [
    ("analysis", "identity", ROLE, [f"found unused for 90 days by {ANALYZER}: sqs (sqs:SendMessage)"]),
    ("attributes", "resource", SECRET, ["rotation_enabled: false"]),
    ("coverage", "identity", ROLE, ["lambda-functions of 111122223333 collected completely"]),
    ("credentials", "identity", ROLE, ["access key 1: active, created 2026-05-27, never used"]),
    ("dates", "identity", ROLE, ["created 2026-05-22", "last used 2026-05-31 for s3"]),
    ("dates", "policy", POLICY, ["created 2026-05-29"]),
    ("grants", "identity", ROLE, ["granted by policy p"]),
    ("iam_write", "identity", ROLE, ["statement `Write` of policy p"]),
    ("nature", "identity", ROLE, ["its name says so"]),
    ("pass_role", "identity", ROLE, ["statement number 2 of policy p"]),
    (
        "privilege",
        "workload",
        FUNCTION,
        [
            f"step 1: iam-put-role-policy-assume on {ADMIN} if its conditions hold: Rewrite it",
            "statement `Write` of policy p",
        ],
    ),
    ("privilege", "identity", ADMIN, ["statement number 2 of policy p"]),
    ("resource_policy", "resource", SECRET, ["policy of db"]),
    ("runs_as", "workload", FUNCTION, [f"runs as {ROLE}"]),
    ("tags", "trust", TRUST, ["stage=dev"]),
    (
        "trust",
        "trust",
        TRUST,
        ["statement 1 trusts lambda.amazonaws.com: StringEquals aws:SourceAccount 111122223333"],
    ),
    (
        "trusts",
        "identity",
        ROLE,
        ["statement 1 trusts lambda.amazonaws.com: StringEquals aws:SourceAccount 111122223333"],
    ),
    ("usage", "identity", ROLE, ["s3: never used"]),
    ("workloads", "identity", ROLE, ["Lambda function hook"]),
]


@pytest.mark.parametrize(("name", "subject", "subject_id", "texts"), EXPECTED)
def test_what_the_builders_find(tables: FactTables, name: str, subject: Any, subject_id: str, texts: list[str]) -> None:
    assert tables.estate is not None
    assert [piece.text for piece in BUILDERS[name](tables.estate, subject, subject_id)] == texts


def test_every_builder_is_shown() -> None:
    elsewhere = {
        "api_keys",
        "impersonators",
        "ownerless",
        "public_bindings",
        "holders",
        "owners",
        "subscription_owners",
        "bridges",
        "reached_from",
        "action_lines",
        "key_lines",
        "outsider_lines",
    }  # of one cloud alone, or of several: test_google_access.py, test_azure_evidence.py, test_crossing.py, and others
    assert {row[0] for row in EXPECTED} | elsewhere == set(BUILDERS)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_no_builder_fails_on_any_subject(tables: FactTables, subject: Any) -> None:
    assert tables.estate is not None
    for subject_id in tables[subject].index:
        for build in BUILDERS.values():
            assert all(isinstance(piece, Evidence) for piece in build(tables.estate, subject, subject_id))


def test_of_many_pieces_the_first_are_named_and_the_rest_counted(facts: Any, make: Any) -> None:
    role = make.role(tags=tuple((f"tag-{number}", "x") for number in range(1_207)))
    few = make.role("few", tags=tuple((f"tag-{number}", "x") for number in range(5)))
    estate = facts({}, identities=[role, few]).estate
    pieces = BUILDERS["tags"](estate, "identity", role.id)
    assert [piece.text for piece in pieces] == [*(f"tag-{number}=x" for number in range(5)), "and 1,202 more"]
    assert {piece.kind for piece in pieces} == {"tag"}
    assert [piece.text for piece in BUILDERS["tags"](estate, "identity", few.id)][-1] == "tag-4=x"


def test_a_statement_is_named_once_and_each_step_counts_its_own_rest(facts: Any, make: Any) -> None:
    role, admin = make.role(), make.role("admin")
    refs = tuple(StatementRef(POLICY, number) for number in range(14))
    steps = tuple(
        Step(technique=name, source_id=role.id, target_id=admin.id, statements=held)
        for name, held in (("first", refs[:7]), ("second", refs[7:]), ("third", refs[:7]))
    )
    level = Privilege(identity_id=role.id, level="can_become_administrator", path=steps)
    estate = facts({role.id: level}, identities=[role, admin]).estate
    texts = [piece.text for piece in BUILDERS["privilege"](estate, "identity", role.id)]
    assert len(texts) == len(set(texts)) + 1 == 15
    assert [text for text in texts if text.endswith("more")] == ["and 2 more", "and 2 more"]
