"""What a row of the call table asks, and in which order rows are asked: against a server that counts."""

import json
from typing import Any

import pytest

from nhi_scan.providers import Call
from nhi_scan.providers.aws.answers import questions, records_of
from nhi_scan.providers.aws.calls import CALLS
from nhi_scan.providers.aws.plan import steps
from tests.providers.aws.collect.fake_aws import (
    ACCOUNT,
    LIST_USERS,
    Aws,
    Collector,
    Handler,
    error,
    row,
    rows,
    users,
    xml,
)


def asked(call: Call, parents: list[dict[str, Any]], known: frozenset[Any] = frozenset()) -> list[dict[str, Any]]:
    return [dict(question.params) for question in questions(call, parents, known)]


def test_parents_are_asked_about_once_and_only_if_the_row_wants_them() -> None:
    call = row("x", "iam", "o", "@", for_each="p", only_if="Active", params={"Name": "$.Name", "Max": 5})
    parents = [{"Name": "a", "Active": True}, {"Name": "b"}, {"Name": "a", "Active": True}, {"Active": True}]
    assert asked(call, parents) == [{"Name": "a", "Max": 5}]


def test_batches_never_mix_what_must_not_be_mixed() -> None:
    call = row(
        "x", "ecs", "o", "@", for_each="p", batch=2, params={"cluster": "$.c", "services": ["$.s"], "include": ["T"]}
    )
    parents = [{"c": c, "s": f"{c}{number}"} for number in range(3) for c in "AB"]
    assert asked(call, parents) == [
        {"cluster": "A", "services": ["A0", "A1"], "include": ["T"]},
        {"cluster": "B", "services": ["B0", "B1"], "include": ["T"]},
        {"cluster": "A", "services": ["A2"], "include": ["T"]},
        {"cluster": "B", "services": ["B2"], "include": ["T"]},
    ]


def test_fields_of_the_grandparent_are_kept() -> None:
    call = row("x", "eks", "o", "@", for_each="p", params={"n": "$.name"}, keep=("cluster", "name"))
    (question,) = questions(call, [{"cluster": "c", "name": "n", "more": 1}], frozenset())
    assert question.of == {"cluster": "c", "name": "n"}


def test_what_another_kind_has_is_not_asked_for() -> None:
    call = row("x", "iam", "o", "@", for_each="p", params={"Arn": "$.B"}, unless_known="iam-policies Arn")
    assert asked(call, [{"B": "one"}, {"B": "two"}], frozenset({"one"})) == [{"Arn": "two"}]


@pytest.mark.parametrize(
    ("result", "page", "expected"),
    [
        ("Items", {"Items": [1, 2]}, [1, 2]),
        ("Item", {"Item": {"a": 1}}, [{"a": 1}]),
        ("Item", {}, []),
        ("Items", {"Items": []}, []),
        ("@", {"a": 1}, [{"a": 1}]),
        ("names[].{n: @}", {"names": ["x"]}, [{"n": "x"}]),
        ("length(Items)", {"Items": 3}, []),
        (
            "Content",
            {"Content": b"user,arn\nann,a\nb\xff,c\n"},
            [{"user": "ann", "arn": "a"}, {"user": "b\ufffd", "arn": "c"}],
        ),
    ],
)
def test_records_of_a_page(result: str, page: dict[str, Any], expected: list[Any]) -> None:
    assert list(records_of(row("x", "iam", "o", result), page)) == expected


def test_the_built_in_table_can_be_put_in_order() -> None:
    ordered = steps(CALLS)
    assert sorted(kind for step in ordered for kind in step.kinds) == sorted(call.kind for call in CALLS)
    seen: set[str] = set()
    for step in ordered:
        assert set(step.parents) - set(step.kinds) <= seen
        seen.update(step.kinds)


def test_a_table_that_refers_to_nothing_or_to_itself_in_a_circle_is_refused() -> None:
    with pytest.raises(ValueError, match="`b` depends on `a`, which no row yields"):
        steps([row("b", "iam", "o", "@", for_each="a")])
    with pytest.raises(ValueError, match="cycle"):
        steps([row("a", "iam", "o", "@", for_each="b"), row("b", "iam", "p", "@", for_each="a")])


def test_rows_that_ask_the_same_share_one_answer(aws: Aws, collector: Collector) -> None:
    aws.script["ListUsers"] = users("a", "b")
    snapshot = collector.run(LIST_USERS, row("iam-names", "iam", "list_users", "Users[].{n: UserName}"))
    assert aws.seen.count("ListUsers") == 1
    assert [envelope.value() for envelope in snapshot.records("aws", ACCOUNT, "iam-names")] == [{"n": "a"}, {"n": "b"}]


def test_a_row_that_feeds_itself_walks_a_tree_and_no_circle(aws: Aws, collector: Collector) -> None:
    children = {"r": ["a", "b"], "a": ["c"], "c": ["a"], "b": []}

    def units(handler: Handler) -> None:
        parent = json.loads(handler.body)["ParentId"]
        found = [{"Id": f"ou-{name}", "Name": name} for name in children[parent.removeprefix("ou-")]]
        handler.answer(200, json.dumps({"OrganizationalUnits": found}).encode())

    aws.script |= {
        "ListRoots": b'{"Roots": [{"Id": "r"}]}',
        "ListOrganizationalUnitsForParent": units,
    }
    roots = row("organizations-roots", "organizations", "list_roots", "Roots")
    tree = row(
        "organizations-organizational-units", "organizations", "list_organizational_units_for_parent",
        "OrganizationalUnits", for_each="organizations-roots organizations-organizational-units",
        params={"ParentId": "$.Id"}, keep=("Id",),
    )  # fmt: skip
    snapshot = collector.run(tree, roots)
    found = [
        (e.of["Id"], e.value()["Id"]) for e in snapshot.records("aws", ACCOUNT, "organizations-organizational-units")
    ]
    assert found == [("r", "ou-a"), ("r", "ou-b"), ("ou-a", "ou-c"), ("ou-c", "ou-a")]
    assert aws.seen.count("ListOrganizationalUnitsForParent") == 4


@pytest.mark.parametrize(("repositories", "expected"), [("[]", "skipped"), ('[{"repositoryName": "r"}]', "complete")])
def test_a_row_that_needs_another_kind_waits_for_every_region(
    repositories: str, expected: str, aws: Aws, collector: Collector
) -> None:
    aws.script |= {
        "ListUsers": users("a"),
        "ListRepositories": f'{{"repositories": {repositories}}}'.encode(),
        "ListSSHPublicKeys": xml("ListSSHPublicKeys", "<SSHPublicKeys/>"),
    }
    keys = row(
        "iam-ssh-public-keys", "iam", "list_ssh_public_keys", "SSHPublicKeys",
        for_each="iam-users", params={"UserName": "$.UserName"}, needs="codecommit-repositories",
    )  # fmt: skip
    repos = row("codecommit-repositories", "codecommit", "list_repositories", "repositories", scope="region")
    snapshot = collector.run(keys, LIST_USERS, repos)
    assert rows(snapshot, "iam-ssh-public-keys")[0].status.value == expected
    assert ("ListSSHPublicKeys" in aws.seen) is (expected == "complete")


def test_usage_rows_are_skipped_unless_asked_for(aws: Aws, collector: Collector) -> None:
    aws.script["ListUsers"] = users("a")
    calls = (row("iam-users", "iam", "list_users", "Users", when="usage"),)
    assert rows(collector.run(*calls), "iam-users")[0].status.value == "skipped"
    assert "ListUsers" not in aws.seen
    assert rows(collector.run(*calls, usage=True), "iam-users")[0].status.value == "complete"


def test_what_a_row_drops_is_not_written(aws: Aws, collector: Collector) -> None:
    aws.script["ListUsers"] = users("a")
    call = row("iam-users", "iam", "list_users", "Users", drop=("UserName",))
    snapshot = collector.run(call)
    assert [envelope.value() for envelope in snapshot.records("aws", ACCOUNT, "iam-users")] == [{}]


def test_credentials_that_expire_on_the_way_are_renewed_and_nothing_comes_twice(aws: Aws, collector: Collector) -> None:
    def pages(handler: Handler) -> None:
        if handler.number == 2:
            handler.answer(403, error("ExpiredToken"))
        elif handler.params.get("Marker"):
            handler.answer(200, users("c"))
        else:
            handler.answer(200, users("a", "b", marker="m"))

    aws.script["ListUsers"] = pages
    snapshot = collector.run(LIST_USERS)
    assert [envelope.value()["UserName"] for envelope in snapshot.records("aws", ACCOUNT, "iam-users")] == [
        "a",
        "b",
        "c",
    ]
    assert rows(snapshot, "iam-users")[0].status.value == "complete"
