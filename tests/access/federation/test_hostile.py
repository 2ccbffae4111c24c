"""Everything here was written by strangers: whatever it says, there is an answer, and the same one each time."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nhi_scan.access.engine import Engine
from nhi_scan.model.assertion import Assertion, Claim, Form
from tests.access.federation import aws, azure, gcp

ODD = st.sampled_from(
    [
        "",
        "*",
        "?",
        "**",
        "a*b",
        ":",
        "/",
        "//",
        "${",
        "${aws:x}",
        "system:serviceaccount:",
        "system:serviceaccount:a",
        "'",
        '"',
        "claims['",
        "refs/heads/*",
        "\x00",
        "\ud800",
        "é",
        "a" * 3000,
        "*a" * 300,
        "arn:aws:sts::1:assumed-role/x",
        "0",
        "true",
    ]
)
WORD = st.one_of(ODD, st.text(max_size=6))
NAMES = st.one_of(
    st.sampled_from(["sub", "aud", "azp", "amr", "account", "arn", "groups", "kubernetes.io.namespace"]), WORD
)
FORMS: st.SearchStrategy[Form] = st.sampled_from(["exact", "glob", "any", "one_of"])
CLAIM = st.builds(lambda name, values, form: Claim(name, tuple(values), form), NAMES, st.lists(WORD, max_size=2), FORMS)
ISSUER = "https://idp.example.com"
ISSUERS = st.sampled_from(
    [
        ISSUER,
        "https://sts.amazonaws.com",
        "https://container.googleapis.com/v1/projects/app/locations/l/clusters/c",
        "",
        "x",
        "https://container.googleapis.com/v1/",
        "https://oidc.eks.eu-west-1.amazonaws.com/id/ABC",
        "arn:aws:rolesanywhere:x",
    ]
)
ASSERTION = st.builds(
    lambda issuer, claims, asks, complete: Assertion(
        holder_id="h", provider="p", issuer=issuer, claims=tuple(claims), asks_for=tuple(asks), complete=complete
    ),
    ISSUERS,
    st.lists(CLAIM, max_size=4, unique_by=lambda one: one.name),
    st.lists(st.one_of(st.just(aws.arn("r")), st.just("client-app"), WORD), max_size=2),
    st.booleans(),
)


def check(engine: Engine, assertion: Assertion) -> None:
    found = engine.entries(assertion)
    assert found == engine.entries(assertion)
    assert [(one.identity_id, one.trust_id) for one in found] == sorted(
        (one.identity_id, one.trust_id) for one in found
    )
    assert all(one.state is not False and bool(one.residual) == (one.state is None) for one in found)


KEY = st.one_of(
    st.sampled_from(["idp.example.com:sub", "idp.example.com:aud", "aws:RequestTag/x", "sts:RoleSessionName"]), WORD
)
OPERATOR = st.one_of(
    st.sampled_from(
        ["StringLike", "StringNotLike", "StringEquals", "Null", "ForAllValues:StringLike", "NumericLessThan"]
    ),
    WORD,
)


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(OPERATOR, st.dictionaries(KEY, st.lists(WORD, max_size=2), max_size=2), max_size=2), ASSERTION)
def test_aws(condition: dict[str, Any], assertion: Assertion) -> None:
    provider = {"Federated": f"arn:aws:iam::{aws.ACCOUNT}:oidc-provider/idp.example.com"}
    trust = {"Effect": "Allow", "Action": "sts:*", "Principal": provider, "Condition": condition}
    denied = {"Effect": "Deny", "Action": "sts:*", "Principal": "*", "Condition": condition}
    pods = {
        "Effect": "Allow",
        "Action": "sts:*",
        "Principal": {"Service": "pods.eks.amazonaws.com"},
        "Condition": condition,
    }
    given = {
        "providers": {"idp.example.com": ["app", "*"]},
        "clusters": {"c": "oidc.eks.eu-west-1.amazonaws.com/id/ABC"},
        "pods": [{"cluster": "c", "account": "a/b", "role": "r"}],
        "roles": {"r": [trust, pods], "s": [trust, denied]},
    }
    check(aws.engine(given)[0], assertion)


@settings(max_examples=120, deadline=None)
@given(WORD, WORD, ASSERTION)
def test_azure(expression: str, subject: str, assertion: Assertion) -> None:
    written = (
        {"issuer": ISSUER, "claimsMatchingExpression": {"value": expression}},
        {"issuer": ISSUER, "subject": subject},
    )
    check(azure.engine({"credentials": {"app": list(written)}})[0], assertion)


CEL = st.one_of(
    st.sampled_from(
        [
            "assertion.sub",
            "assertion",
            "assertion.a.b",
            "assertion['sub']",
            "assertion[sub]",
            "google.subject",
            "attribute.x",
            "assertion.sub.extract('{x}')",
            "'a' in assertion",
            "has(assertion.sub)",
            "assertion.groups",
            "{'a': assertion}",
            "assertion.sub + 1",
            "assertion == assertion",
            "[assertion]",
            "assertion.sub.split(':')[0]",
            "assertion.arn.x.y",
        ]
    ),
    WORD,
)


@settings(max_examples=120, deadline=None)
@given(CEL, CEL, st.sampled_from(["oidc", "aws", "saml", ""]), ASSERTION)
def test_gcp(mapping: str, condition: str, kind: str, assertion: Assertion) -> None:
    provider = {
        "kind": kind,
        "issuer": "1" if kind == "aws" else ISSUER,
        "mapping": {"google.subject": mapping, "google.groups": mapping, "attribute.x": mapping, "": mapping},
        "condition": condition,
    }
    members = {"pool": "set:ci/*", "one": "one:ci/subject/a", "x": "set:ci/attribute.x/a", "g": "set:ci/group/a"}
    pods = {"pod": "serviceAccount:app.svc.id.goog[a/b]", "all": "set:app.svc.id.goog/*"}
    check(gcp.engine({"providers": {"ci/idp": provider}, "members": {**members, **pods}})[0], assertion)
