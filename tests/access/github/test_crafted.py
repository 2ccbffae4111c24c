"""Whatever an import holds is answered, and never with more than was given."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nhi_scan.access.github.permissions import implied
from nhi_scan.access.github.privilege import judge
from nhi_scan.model.access import Verdict
from nhi_scan.providers.github.escalation import techniques

ODD = st.sampled_from(
    ["", "?", "true", "false", "=", "a=b=c", "contents=", "=write", "*", "?*[", "acme/lib@", "@main", "a/b/c@d@e",
     "../..", "#", "github.com/acme/app#code", "9" * 30, "\u0000", "contents=write", "push pull_request_target", "{}"]
)  # fmt: skip
TOLD = st.dictionaries(
    st.sampled_from(
        [
            "triggers",
            "branches",
            "tags",
            "permissions",
            "environment",
            "environments",
            "id_token",
            "uses",
            "secrets",
            "called_workflow",
            "called_ref",
            "called_as",
            "unpinned_actions",
            "injects",
            "checks_out_head",
            "self_hosted",
            "static_secrets",
            "guarded",
            "roles",
        ]
    ),
    ODD,
    max_size=8,
)
PLACE = st.dictionaries(
    st.sampled_from(
        [
            "visibility",
            "default_branch",
            "default_branch_protected",
            "actions_enabled",
            "oidc_use_default",
            "oidc_sub_keys",
            "oidc_sub_prefix",
            "oidc_immutable",
            "repository_id",
        ]
    ),
    ODD,
    max_size=5,
)
ISSUERS = frozenset({"token.actions.githubusercontent.com"})


@settings(max_examples=150, deadline=None)
@given(jobs=st.lists(TOLD, max_size=3), place=PLACE, actions=st.lists(ODD, max_size=3), read_only=ODD)
def test_nothing_breaks(make_world: Any, jobs: Any, place: Any, actions: Any, read_only: str) -> None:
    world = {
        "repos": {"app": place},
        "jobs": {f"job{i}": {**told, "repo": "app"} for i, told in enumerate(jobs)},
        "apps": {"bot": {"may": actions}},
        "keys": {"key": {"told": {"read_only": read_only}}},
        "environments": {"prod": {"reviewers": read_only, "branch_policy": "custom", "branches": read_only}},
        "secrets": {"KEY": {"in": "app"}, "ORG": {"in": "acme", "visibility": read_only}},
    }
    inventory, access, id_of = make_world(world)
    report = judge(inventory, access, techniques())
    assert set(report.privileges) == {one.id for one in access.identities}
    for assertion in access.issued(ISSUERS):
        assert all(len(claim.values) == (claim.form != "any") for claim in assertion.claims)
    given_ = {name for action in actions for name in implied(action)}
    assert (access.decide(id_of("bot"), "contents=write", id_of("lib")).verdict is Verdict.ALLOWED) == (
        "contents=write" in given_
    )


@settings(max_examples=100, deadline=None)
@given(
    permissions=st.lists(st.sampled_from(["contents=read", "contents=write", "issues=write", "id-token=write"])),
    asked=st.sampled_from(["contents=read", "contents=write", "issues=read", "issues=write", "packages=read"]),
)
def test_a_summary_says_what_the_definition_says_of_a_job(make_world: Any, permissions: Any, asked: str) -> None:
    _, access, id_of = make_world({"jobs": {"build": {"permissions": " ".join(permissions)}}})
    allowed = access.decide(id_of("build"), asked).verdict is Verdict.ALLOWED
    assert access.summary(id_of("build")).verdict(asked) is (Verdict.ALLOWED if allowed else Verdict.DENIED)
    expected = {name for one in permissions for name in implied(one)}
    assert allowed == (asked in expected)
