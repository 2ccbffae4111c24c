"""`can --claims`: whom a token becomes, and what is refused."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.cli.run import run
from tests.cli.conftest import ACCOUNT, CAPTURED, Say

SIGNATURE = "c2VjcmV0LXNpZ25hdHVyZQ"
CLAIMS = {
    "iss": "https://accounts.google.com",
    "sub": "1234",
    "azp": "1234",
    "aud": "https://example.com",
    "email_verified": True,
    "exp": 1893456000,
    "google": {"compute_engine": {"project_id": "app"}},
    "groups": ["a", "b"],
    "nothing": None,
}
INSIDE = f"arn:aws:iam::{ACCOUNT}:role/from-inside"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/from-google"


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(name: str, action: str, number: int, **more: Any) -> dict[str, Any]:
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": "accounts.google.com"},
        "Condition": {"StringEquals": {"accounts.google.com:sub": "1234"}, **more},
    }
    may = document({"Effect": "Allow", "Action": action, "Resource": "arn:aws:s3:::backups/*"})
    return {
        "Path": "/",
        "RoleName": name,
        "RoleId": f"AROAEXAMPLEEXAMPLE0{number}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "CreateDate": "2025-01-01T00:00:00+00:00",
        "AssumeRolePolicyDocument": document(trust),
        "RolePolicyList": [{"PolicyName": "may", "PolicyDocument": may}],
        "AttachedManagedPolicies": [],
        "InstanceProfileList": [],
        "Tags": [],
    }


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An account with two roles that trust Google, one from inside a network alone."""
    export, path = tmp_path_factory.mktemp("export"), tmp_path_factory.mktemp("claims") / "snapshot"
    roles = [
        role("from-google", "s3:GetObject", 1),
        role("from-inside", "s3:PutObject", 2, IpAddress={"aws:SourceIp": "192.0.2.0/24"}),
    ]
    details = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []}
    (export / "iam-get-account-authorization-details.json").write_text(json.dumps(details))
    argv = ["-q", "import", "aws", str(export), "--account", ACCOUNT, "-o", str(path), "--captured-at", CAPTURED]
    assert run(argv) == 0
    return str(path)


def token(claims: object) -> str:
    parts = [json.dumps(each).encode() for each in ({"alg": "RS256", "kid": "secret-header"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), SIGNATURE])


def written(tmp_path: Path, content: str | bytes) -> str:
    path = tmp_path / "claims"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def test_whom_claims_become(say: Say, trusting: str, tmp_path: Path) -> None:
    code, out, _ = say("can", "--claims", written(tmp_path, json.dumps(CLAIMS)), "-s", trusting)

    assert code == 0
    assert out.splitlines() == [
        "1234 of https://accounts.google.com becomes 1 identity, and perhaps 1 more",
        f"  becomes {ROLE} (aws), by a token of accounts.google.com",
        f"    by statement 1 of {ROLE}#trust (trust)",
        f"  may become {INSIDE} (aws), by a token of accounts.google.com",
        f"    by statement 1 of {INSIDE}#trust (trust)",
        "    open: `aws:SourceIp` must meet IpAddress 192.0.2.0/24",
    ]


def test_whom_claims_do_not_become(say: Say, trusting: str, tmp_path: Path) -> None:
    stranger = {**CLAIMS, "sub": "5678"}
    code, out, _ = say("can", "--claims", written(tmp_path, json.dumps(stranger)), "-s", trusting)
    assert (code, out) == (0, "5678 of https://accounts.google.com becomes nobody in the snapshot\n")


@pytest.mark.parametrize(
    ("asked", "verdict", "through"),
    [
        (("s3:GetObject", "arn:aws:s3:::backups/x"), "allowed", {ROLE: "allowed", INSIDE: "denied"}),
        (("s3:GetObject", "arn:aws:s3:::other/x"), "denied", {ROLE: "denied", INSIDE: "denied"}),
        # Whoever perhaps becomes somebody who may, perhaps may.
        (("s3:PutObject", "arn:aws:s3:::backups/x"), "conditional", {ROLE: "denied", INSIDE: "allowed"}),
    ],
)
def test_what_it_may_do_then(
    say: Say, trusting: str, tmp_path: Path, asked: tuple[str, str], verdict: str, through: dict[str, str]
) -> None:
    question = ("can", "--claims", written(tmp_path, json.dumps(CLAIMS)), *asked, "-s", trusting)
    assert say(*question)[1].startswith(f"{verdict}: {' on '.join(asked)} by 1234 of")
    answer = json.loads(say(*question, "-f", "json")[1])
    assert (answer["decision"], answer["signature_checked"], answer["subject"]) == (verdict, False, "1234")
    assert {one["identity"]: one["may"]["decision"] for one in answer["becomes"]} == through
    assert [(one["identity"], one["surely"], bool(one["open"])) for one in answer["becomes"]] == [
        (ROLE, True, False),
        (INSIDE, False, True),
    ]
    assert [one["statements"][0]["policy_id"] for one in answer["becomes"]] == [f"{ROLE}#trust", f"{INSIDE}#trust"]


def test_a_token_is_decoded_and_never_shown(say: Say, trusting: str, tmp_path: Path) -> None:
    given = token(CLAIMS)
    for content in (given, f"Bearer {given}\n"):
        code, out, err = say("-v", "can", "--claims", written(tmp_path, content), "-s", trusting)
        assert code == 0
        assert "(its signature was not checked)" in out.splitlines()[0]
        assert ROLE in out
        for part in (*given.split("."), "secret-header"):
            assert part not in out + err


def test_a_file_of_windows_begins_with_a_mark(say: Say, trusting: str, tmp_path: Path) -> None:
    marked = b"\xef\xbb\xbf" + json.dumps(CLAIMS).encode()
    assert ROLE in say("can", "--claims", written(tmp_path, marked), "-s", trusting)[1]


def test_what_aws_says_of_a_caller(say: Say, trusting: str, tmp_path: Path) -> None:
    caller = {"UserId": "AIDA1", "Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/ci"}
    code, out, _ = say("can", "--claims", written(tmp_path, json.dumps(caller)), "-s", trusting)
    assert (code, out.partition(" becomes")[0]) == (0, f"arn:aws:iam::{ACCOUNT}:user/ci of https://sts.amazonaws.com")


SECRET = "hunter2-do-not-show"
NEITHER = "is neither a JSON object of claims nor a JSON Web Token"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", NEITHER),
        (f'"{SECRET}"', NEITHER),
        (f"[{json.dumps(SECRET)}]", NEITHER),
        (SECRET, NEITHER),
        (f"{SECRET}.{SECRET}", NEITHER),
        (f"{SECRET}.{SECRET}.{SECRET}", NEITHER),
        (f"{SECRET}.{SECRET}.{SECRET}.{SECRET}.{SECRET}", NEITHER),
        (token([SECRET]), NEITHER),
        (b"\xff\xfe\x00" + SECRET.encode(), NEITHER),
        ("[" * 60_000, NEITHER),
        ('{"a":' * 12_000, NEITHER),
        (json.dumps({"sub": SECRET}), "names no issuer"),
        (json.dumps({"iss": [SECRET]}), "names no issuer"),
        (token({"sub": SECRET}), "names no issuer"),
        ('{"iss": "https://x", "a": ' + '{"a": ' * 30 + '"' + SECRET + '"' + "}" * 31, "nested more than 8 times"),
        (json.dumps({"iss": "https://x", "sub": SECRET * 10_000}), "is too large for the claims of a token"),
    ],
)
def test_what_is_refused(say: Say, trusting: str, tmp_path: Path, content: str | bytes, sentence: str) -> None:
    code, out, err = say("can", "--claims", written(tmp_path, content), "-s", trusting)
    assert (code, out) == (2, "")
    assert sentence in err
    assert SECRET not in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (("can",), "Missing argument 'IDENTITY'"),
        (("can", "somebody"), "Missing argument 'ACTION'"),
        (("can", "a", "s3:GetObject", "arn:aws:s3:::b", "more"), "unexpected extra argument (more)"),
        (("can", "--claims", "absent.json"), "cannot read `absent.json`: no such file or directory"),
        (("can", "--claims", "absent.json", "s3:*"), "`s3:*` is a pattern"),
        (("can", "--claims", "absent.json", "s3:GetObject", "b"), "`b` is no ARN"),
        (("can", "--claims", "absent.json", "s3:GetObject", "arn:aws:s3:::b", "more"), "unexpected extra argument"),
    ],
)
def test_what_is_typed_wrong(say: Say, trusting: str, argv: tuple[str, ...], sentence: str) -> None:
    code, out, err = say(*argv, "-s", trusting)
    assert (code, out) == (2, "")
    assert sentence in err


def test_an_action_of_a_cloud_that_is_not_there(say: Say, trusting: str, tmp_path: Path) -> None:
    code, _, err = say("can", "--claims", written(tmp_path, json.dumps(CLAIMS)), "storage.objects.get", "-s", trusting)
    assert code == 2
    assert "`storage.objects.get` is no action of what is in the snapshot" in err


def test_claims_may_come_by_standard_input(
    say: Say, trusting: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with Path(written(tmp_path, json.dumps(CLAIMS))).open() as given:
        monkeypatch.setattr("sys.stdin", given)
        assert ROLE in say("can", "--claims", "-", "-s", trusting)[1]


@pytest.mark.parametrize(
    ("more", "action", "note"),
    [
        ({"exp": 1000}, (), "it has expired (`exp`) by the moment that is asked about, 2026-01-01 00:00 UTC"),
        ({"nbf": 9e9}, (), "it is not valid yet (`nbf`) at the moment that is asked about, 2026-01-01 00:00 UTC"),
        ({"iss": "https://nobody.example"}, (), "nothing here trusts its issuer"),
        ({"sub": "5", "azp": "5"}, ("s3:GetObject",), "it becomes nobody there (aws)"),
        ({"exp": "soon"}, (), None),
    ],
)
def test_what_stands_against_a_token_is_said(
    say: Say, trusting: str, tmp_path: Path, more: dict[str, Any], action: tuple[str, ...], note: str | None
) -> None:
    claims = written(tmp_path, json.dumps({**CLAIMS, **more}))
    argv = ("can", "--claims", claims, *action, "-s", trusting, "--now", "2026-01-01T00:00:00Z")
    told = json.loads(say(*argv, "--format", "json")[1])
    assert told["notes"] == ([note] if note else [])
    lines = say(*argv)[1].splitlines()
    assert [line for line in lines if note and line == f"  {note}"] == ([f"  {note}"] if note else [])
