"""Kubeconfig files of every kind, good and bad: what is used, and one sentence without a secret where one cannot be."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from nhi_scan.model.errors import UserError
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.kubeconfig import logins

Collect = Callable[..., Any]

CANARY = "s3cr3t-canary"
GOOD: dict[str, Any] = {
    "current-context": "prod",
    "contexts": [{"name": "prod", "context": {"cluster": "c", "user": "u", "namespace": "shop"}}],
    "clusters": [{"name": "c", "cluster": {"server": "https://c.example:6443", "certificate-authority": "ca.pem"}}],
    "users": [{"name": "u", "user": {"token": CANARY, "client-key": "keys/u.pem"}}],
}


def _write(path: Path, value: Any) -> Path:
    path.write_text(value if isinstance(value, str) else yaml.safe_dump(value), encoding="utf-8")
    return path


def test_a_context_is_found_with_paths_beside_the_file(tmp_path: Path) -> None:
    path = _write(tmp_path / "config", GOOD)

    (login,) = logins(str(path), [], {})

    assert (login.context, login.server, login.namespace) == ("prod", "https://c.example:6443", "shop")
    assert login.cluster["certificate-authority"] == str(tmp_path / "ca.pem")
    assert login.user["client-key"] == str(tmp_path / "keys" / "u.pem")
    assert CANARY not in repr(login)


def test_several_files_are_one_and_the_first_counts(tmp_path: Path) -> None:
    users = _write(tmp_path / "a", {"users": GOOD["users"]})
    other = {**GOOD, "current-context": "x", "users": [{"name": "u", "user": {"token": "of the second"}}]}
    rest = _write(tmp_path / "b", other)
    named = os.pathsep.join((str(users), str(tmp_path / "missing"), str(rest), ""))

    (login,) = logins("", ["prod"], {"KUBECONFIG": named})

    assert login.user["token"] == CANARY


def test_without_a_file_a_pod_is_who_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text(CANARY)
    monkeypatch.setattr("nhi_scan.providers.kubernetes.kubeconfig.POD_FOLDER", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    inside = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}

    (login,) = logins("", [], inside)

    assert (login.context, login.server) == ("in-cluster", "https://[fd00::1]:443")
    assert login.user == {"tokenFile": str(tmp_path / "token")}
    with pytest.raises(UserError, match=r"there is no kubeconfig at `~/\.kube/config`"):
        logins("", ["prod"], inside)
    with pytest.raises(UserError, match=r"there is no kubeconfig at `~/\.kube/config`"):
        logins("", [], {})


LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(22)
)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("", "is no kubeconfig: it holds no mapping"),
        ("- a", "is no kubeconfig: it holds no mapping"),
        (f"a: {CANARY}\n b: [", ", line 2, column 3, is not YAML"),
        ("a: !!python/object/apply:os.system [x]", ", line 1, column 4, is not YAML"),
        ("\x00\x01", "is not YAML"),
        ("[" * 5000, "is not YAML"),
        (LAUGHS, "has no current context"),
        ({**GOOD, "current-context": ""}, "has no current context: name one with `--kube-context`"),
        ({**GOOD, "current-context": ["prod"]}, "has no current context"),
        ({**GOOD, "current-context": "nope"}, "has no context `nope` (there are: `prod`)"),
        ({**GOOD, "contexts": None}, "has no context `prod`"),
        ({**GOOD, "contexts": CANARY}, "`contexts` is no list"),
        ({**GOOD, "contexts": [CANARY]}, "`contexts[0]` is no `name` with a `context`"),
        ({**GOOD, "users": [{"name": 1}]}, "`users[0]` is no `name` with a `user`"),
        ({**GOOD, "users": [{"name": "u", "user": [CANARY]}]}, "`users[0]` is no `name` with a `user`"),
        ({**GOOD, "clusters": []}, "names the cluster `c`, which is not there"),
        ({**GOOD, "users": []}, "names the user `u`, which is not there"),
        ({**GOOD, "contexts": [{"name": "prod"}]}, "names no cluster"),
        ({**GOOD, "clusters": [{"name": "c", "cluster": {}}]}, "its cluster has no `server` with an address"),
        ({**GOOD, "clusters": [{"name": "c", "cluster": {"server": "c.example"}}]}, "has no `server` with an address"),
    ],
)
def test_what_cannot_be_used_is_a_sentence_with_its_place(tmp_path: Path, value: Any, sentence: str) -> None:
    path = _write(tmp_path / "config", value)

    with pytest.raises(UserError) as raised:
        logins(str(path), [], {})

    assert sentence in str(raised.value)
    assert f"`{path}`" in str(raised.value)
    assert CANARY not in str(raised.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read: No such file"):
        logins(str(tmp_path / "missing"), [], {})
    with pytest.raises(UserError, match="cannot be read: Is a directory"):
        logins(str(tmp_path), [], {})
    with pytest.raises(UserError, match="it has more than 10 MB"):
        logins(str(_write(tmp_path / "huge", "#" * 10_000_001)), [], {})


def _user(**user: Any) -> dict[str, Any]:
    return {**GOOD, "users": [{"name": "u", "user": user}]}


def _cluster(**cluster: Any) -> dict[str, Any]:
    named = {"server": "https://127.0.0.1:1", **cluster}
    return {**_user(token=CANARY), "clusters": [{"name": "c", "cluster": named}]}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (_user(token=[CANARY]), "`token` is no text"),
        (_user(password=5, username="u"), "`password` is no text"),
        (
            _user(**{"client-certificate-data": "x", "client-key-data": CANARY}),
            "`client-certificate-data` is not base64",
        ),
        (_user(**{"client-certificate-data": "eHh4", "client-key-data": "eHh4"}), "a certificate or key in it is none"),
        (_user(**{"client-certificate": "x.pem", "client-key": "y.pem"}), "a file that it names cannot be read"),
        (_user(**{"auth-provider": {"name": "gcp", "config": {"token": CANARY}}}), "has an `auth-provider`"),
        (_user(**{"as": ["a"]}), "`as` is no text"),
        (_user(**{"as-groups": CANARY}), "`as-groups` is no list of texts"),
        (_user(**{"as-user-extra": CANARY}), "`as-user-extra` is no mapping"),
        (_user(exec=CANARY), "`exec` has no `command`"),
        (_user(exec={"command": "x", "apiVersion": CANARY}), "`exec` has an `apiVersion` that is not known"),
        (
            _user(exec={"command": "x", "apiVersion": "client.authentication.k8s.io/v1", "args": CANARY}),
            "`exec` has `args` or `env` that are no lists of texts",
        ),
        (_cluster(**{"certificate-authority-data": "eHh4"}), "a certificate or key in it is none"),
        (_cluster(**{"certificate-authority": "missing.pem"}), "a file that it names cannot be read"),
        (_cluster(server=f"https://u:{CANARY}@127.0.0.1:1"), "the address of its server holds a user's name"),
    ],
)
def test_what_cannot_sign_in_is_a_sentence(tmp_path: Path, collect: Collect, value: Any, sentence: str) -> None:
    whole = value if "127.0.0.1" in str(value) else {**value, "clusters": _cluster()["clusters"]}
    path = _write(tmp_path / "config", whole)

    with pytest.raises(UserError) as raised:
        collect(kubeconfig=str(path))

    assert sentence in str(raised.value)
    assert str(raised.value).startswith(f"context `prod` of `{path}`")
    assert CANARY not in str(raised.value)


def test_a_server_that_is_not_there_is_a_sentence(tmp_path: Path, collect: Collect) -> None:
    path = _write(tmp_path / "config", _cluster())

    with pytest.raises(UserError, match=r"does not work: `ConnectError`: .*refused"):
        collect(kubeconfig=str(path), max_attempts=1)


def _program(folder: Path, text: str) -> dict[str, Any]:
    path = folder / "sign-in"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return {"command": "./sign-in", "apiVersion": "client.authentication.k8s.io/v1", "args": ["get-token"]}


def test_a_program_signs_in_and_is_told_the_version(told: Any, tmp_path: Path, collect: Collect) -> None:
    said = '{"kind":"ExecCredential","status":{"token":"from-%s"}}'
    program = _program(tmp_path, f'echo "$KUBERNETES_EXEC_INFO" > "$OUT"; printf \'{said}\' "$1"')
    program["env"] = [{"name": "OUT", "value": str(tmp_path / "info")}]
    program["provideClusterInfo"] = True
    config = {**_user(exec=program), "clusters": [{"name": "c", "cluster": {"server": told.url}}]}
    found = collect(kubeconfig=str(_write(tmp_path / "config", config)))

    assert {dict(headers)["Authorization"] for headers in told.sent} == {"Bearer from-get-token"}
    assert json.loads((tmp_path / "info").read_text()) == {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "spec": {"interactive": False, "cluster": {"server": told.url}},
    }
    assert "from-get-token" not in found.bytes()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"echo {CANARY} >&2; exit 7", "sign-in`, ended with exit code 7"),
        (f"echo {CANARY}", "what the program that signs in printed, is none"),
        ('echo "{}"', "what the program that signs in printed, is none"),
        (f"echo '[\"{CANARY}\"]'", "what the program that signs in printed, is none"),
    ],
)
def test_a_program_that_fails_is_a_sentence_without_what_it_printed(
    told: Any, tmp_path: Path, collect: Collect, text: str, sentence: str
) -> None:
    user = _user(exec=_program(tmp_path, text))
    path = _write(tmp_path / "config", {**user, "clusters": [{"name": "c", "cluster": {"server": told.url}}]})

    with pytest.raises(UserError) as raised:
        collect(kubeconfig=str(path), max_attempts=1)

    assert sentence in str(raised.value)
    assert CANARY not in str(raised.value)


def test_a_user_that_acts_as_another_does(told: Any, tmp_path: Path, collect: Collect) -> None:
    user = {"token": CANARY, "as": "jane", "as-groups": ["dev", "ops"], "as-user-extra": {"a/b": ["x"]}}
    config = {**_user(**user), "clusters": [{"name": "c", "cluster": {"server": told.url}}]}
    collect(kubeconfig=str(_write(tmp_path / "config", config)))

    groups = [value for name, value in told.sent[0] if name == "Impersonate-Group"]
    assert groups == ["dev", "ops"]
    assert {("Impersonate-User", "jane"), ("Impersonate-Extra-a%2Fb", "x")} <= set(told.sent[0])


@pytest.mark.parametrize("token", [f"{CANARY}\n{CANARY}", f"{CANARY}\x00"])
def test_a_token_that_is_none_is_not_quoted(told: Any, tmp_path: Path, collect: Collect, token: str) -> None:
    config = {**_user(token=token), "clusters": [{"name": "c", "cluster": {"server": told.url}}]}

    with pytest.raises(UserError) as raised:
        collect(kubeconfig=str(_write(tmp_path / "config", config)))

    assert "the credential" in str(raised.value)
    assert CANARY not in str(raised.value)
    assert told.asked == []


def test_a_program_that_is_not_installed(told: Any, tmp_path: Path, collect: Collect) -> None:
    program = {"command": "no-such-program-at-all", "apiVersion": "client.authentication.k8s.io/v1beta1"}
    config = {**_user(exec=program), "clusters": [{"name": "c", "cluster": {"server": told.url}}]}

    said = "`FileNotFoundError`: the program that signs in, `no-such-program-at-all`, cannot be run: no such file"
    with pytest.raises(UserError, match=said):
        collect(kubeconfig=str(_write(tmp_path / "config", config)), max_attempts=1)


def test_a_program_that_does_not_end_is_not_waited_for(told: Any, tmp_path: Path, collect: Collect) -> None:
    program = {
        "command": "sleep",
        "args": ["600"],
        "apiVersion": "client.authentication.k8s.io/v1",
    }
    config = {**_user(exec=program), "clusters": [{"name": "c", "cluster": {"server": told.url}}]}

    with pytest.raises(UserError, match="the program that signs in, `sleep`, did not end in 1 seconds"):
        collect(kubeconfig=str(_write(tmp_path / "config", config)), max_attempts=1, timeout=1)


def test_a_token_that_is_not_taken_any_more_is_asked_for_again(told: Any, tmp_path: Path, collect: Collect) -> None:
    text = 'echo x >> "$OUT"; printf \'{"status":{"token":"%s"}}\' "$(wc -l < "$OUT" | tr -d " ")"'
    program = {**_program(tmp_path, text), "env": [{"name": "OUT", "value": str(tmp_path / "runs")}]}
    config = {**_user(exec=program), "clusters": [{"name": "c", "cluster": {"server": told.url}}]}
    told.answers["/apis"] = [(401, {}, {}), (200, {}, {"groups": []})]
    collect(kubeconfig=str(_write(tmp_path / "config", config)))

    shown = [dict(headers)["Authorization"] for headers in told.sent]
    assert shown == sorted(shown)
    assert set(shown) == {"Bearer 1", "Bearer 2"}


@pytest.fixture
def two(told: Any, tmp_path: Path) -> Path:
    """A kubeconfig with a cluster that answers, `eu/prod`, and one that does not, `down`."""
    config = {
        "contexts": [
            {"name": "eu/prod", "context": {"cluster": "up", "user": "u"}},
            {"name": "down", "context": {"cluster": "down", "user": "u"}},
        ],
        "clusters": [
            {"name": "up", "cluster": {"server": told.url}},
            {"name": "down", "cluster": {"server": "http://127.0.0.1:1"}},
        ],
        "users": GOOD["users"],
    }
    return _write(tmp_path / "config", config)


def test_one_cluster_of_several_that_does_not_answer_is_coverage(two: Path, collect: Collect) -> None:
    found = collect(kubeconfig=str(two), contexts=["down", "eu/prod"], max_attempts=1)

    assert {row.scope_id for row in found.snapshot.manifest.coverage} == {"k8s:down", "k8s:eu%2Fprod"}
    (row,) = found.rows("k8s:down").values()
    assert (row.record_kind, row.status.value) == (kinds.VERSION, "failed")
    assert set(found.statuses("k8s:eu%2Fprod").values()) == {"complete"}


def test_a_cluster_has_the_name_that_it_was_given(two: Path, collect: Collect) -> None:
    found = collect(kubeconfig=str(two), contexts=["eu/prod"], names={"eu/prod": "production"})

    assert {row.scope_id for row in found.snapshot.manifest.coverage} == {"k8s:production"}
    assert found.snapshot.scopes("kubernetes") == ("k8s-production",)
