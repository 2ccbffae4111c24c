import pytest

from nhi_scan.access.aws.principal import parse_principal
from nhi_scan.model.errors import UserError


@pytest.mark.parametrize(
    ("text", "kind", "account", "name"),
    [
        ("arn:aws:iam::111111111111:user/staff/eu/alice", "user", "111111111111", "alice"),
        ("arn:aws:iam::111111111111:role/service-role/app", "role", "111111111111", "app"),
        ("arn:aws-us-gov:iam::111111111111:role/app", "role", "111111111111", "app"),
        ("arn:aws:sts::111111111111:assumed-role/app/one@example.com", "session", "111111111111", "app"),
        ("arn:aws:sts::111111111111:federated-user/bob", "federated_user", "111111111111", "bob"),
        ("arn:aws:iam::111111111111:root", "root", "111111111111", ""),
        ("111111111111", "root", "111111111111", ""),
        ("arn:aws:iam::111111111111:saml-provider/corp", "federated", None, ""),
        ("arn:aws:iam::111111111111:oidc-provider/gitlab.com/group", "federated", None, ""),
        ("accounts.google.com", "federated", None, ""),
        ("lambda.amazonaws.com", "service", None, ""),
        ("logs.eu-west-1.amazonaws.com", "service", None, ""),
        ("0" * 64, "canonical_user", None, ""),
        ("anonymous", "anonymous", None, ""),
        ("*", "anonymous", None, ""),
    ],
)
def test_what_a_requester_is(text: str, kind: str, account: str | None, name: str) -> None:
    principal = parse_principal(text)
    assert (principal.kind, principal.account, principal.name) == (kind, account, name)


def test_a_session_tells_its_role_and_its_name() -> None:
    session = parse_principal("arn:aws:sts::111111111111:assumed-role/app/one")
    assert session.entity_arn == "arn:aws:iam::111111111111:role/app"
    assert session.session_name == "one"


def test_a_path_is_kept() -> None:
    assert parse_principal("arn:aws:iam::111111111111:user/staff/eu/alice").path == "/staff/eu/"
    assert parse_principal("arn:aws:iam::111111111111:user/alice").path == "/"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice",
        "arn:aws:s3:::logs",
        "arn:aws:iam::111111111111:group/admins",
        "arn:aws:iam::111111111111:user/",
        "arn:aws:iam::aws:user/alice",
        "arn:aws:sts::111111111111:assumed-role/",
        "11111111111",
    ],
)
def test_what_cannot_make_a_request_is_said_in_a_sentence(text: str) -> None:
    with pytest.raises(UserError, match=r"^`"):
        parse_principal(text)
