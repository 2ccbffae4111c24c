"""Opens the HTTP client that lightkube makes of a kubeconfig: who signs in how, and which server is believed.

Certificates and keys that stand in a kubeconfig itself are read from files of a folder that is gone at once. A program
that signs in (`exec`) is told what kubectl tells it: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
"""

import base64
import json
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2 as httpx
from lightkube.config import client_adapter
from lightkube.config.kubeconfig import SingleConfig
from lightkube.config.models import Cluster, Context, NameValue, User, UserExec
from lightkube.core.exceptions import ConfigError

from nhi_scan.model.errors import UserError
from nhi_scan.providers.kubernetes.client_program import ProgramAuth
from nhi_scan.providers.kubernetes.kubeconfig import Login

_TO_CONNECT = 15.0  # seconds
_PROGRAM_ANSWERS = "client.authentication.k8s.io/v1beta1"  # the version that lightkube reads; v1 has the same token
_PROGRAM_VERSIONS = frozenset(
    {"client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1alpha1", _PROGRAM_ANSWERS}
)
_UNUSABLE = (httpx.InvalidURL, ConfigError, OSError, ValueError, TypeError)  # what opening a client raises
# Of a cluster, what a program that asks for it (`provideClusterInfo`) is told.
_CLUSTER = ("server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url")


def opened(login: Login, timeout: int) -> httpx.Client:
    """Open the client of one context.

    Args:
        login: the context.
        timeout: seconds to wait for an answer.

    Raises:
        UserError: something of it cannot be used; no value is quoted, only which it is.
    """
    patience = httpx.Timeout(timeout, connect=min(timeout, _TO_CONNECT))
    proxy = _text(login, login.cluster, "proxy-url")
    with tempfile.TemporaryDirectory(prefix="nhi-scan-") as folder:
        config = SingleConfig(
            context_name="context",
            context=Context(cluster="cluster", user="user"),
            cluster=Cluster(
                server=_server(login),
                certificate_auth=_file(login, login.cluster, "certificate-authority", folder),
                insecure=login.cluster.get("insecure-skip-tls-verify") is True,
            ),
            user=_user(login, folder),
        )
        try:
            client = client_adapter.Client(config, client_adapter.ConnectionParams(timeout=patience, proxy=proxy))
        except _UNUSABLE as error:
            raise UserError(f"{login.where} cannot be used: {_unusable(error)}") from None
    if type(client.auth) is client_adapter.ExecAuth and config.user and config.user.exec:
        client.auth = ProgramAuth(config.user.exec, timeout)
    return client


def impersonation(login: Login) -> list[tuple[str, str]]:
    """Return the headers that make a user somebody else, as `as` and its like in a kubeconfig say.

    https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation

    Raises:
        UserError: one is no text, or no list of texts.
    """
    said = login.user
    headers = [
        (header, value)
        for key, header in (("as", "Impersonate-User"), ("as-uid", "Impersonate-Uid"))
        if (value := _text(login, said, key))
    ]
    headers += [("Impersonate-Group", group) for group in _texts(login, "as-groups", said.get("as-groups"))]
    extra = said.get("as-user-extra") or {}
    if not isinstance(extra, dict):
        raise UserError(f"{login.where}: `as-user-extra` is no mapping")
    for key in sorted(extra, key=str):
        name = f"Impersonate-Extra-{quote(str(key), safe='')}"
        headers += [(name, value) for value in _texts(login, "as-user-extra", extra[key])]
    return headers


def _texts(login: Login, key: str, value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise UserError(f"{login.where}: `{key}` is no list of texts")
    return value


def _file(login: Login, part: Mapping[str, Any], key: str, folder: str) -> str | None:
    """Return the path of a certificate or key; one that stands in the kubeconfig itself is written down first."""
    data = _text(login, part, f"{key}-data")
    if data is None:
        return _text(login, part, key)
    path = Path(folder, key)
    try:
        path.write_bytes(base64.b64decode(data))
    except ValueError:
        raise UserError(f"{login.where}: `{key}-data` is not base64") from None
    return str(path)


def _unusable(error: Exception) -> str:
    """Say what is wrong with a kubeconfig by the kind of error: messages of the libraries quote values."""
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
        return f"a file that it names cannot be read ({error.strerror})"
    if isinstance(error, ssl.SSLError):
        return "a certificate or key in it is none, or they do not fit each other"
    return f"it says something that is not understood ({type(error).__name__})"


def _server(login: Login) -> str:
    """Take a user's name and password out of the address: they would be sent with every request, and logged."""
    if "@" in urlsplit(login.server).netloc:
        raise UserError(f"{login.where}: the address of its server holds a user's name: leave that to `users`")
    return login.server


def _text(login: Login, part: Mapping[str, Any], key: str) -> str | None:
    value = part.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise UserError(f"{login.where}: `{key}` is no text")
    return value


def _user(login: Login, folder: str) -> User:
    said = login.user
    if "auth-provider" in said and not any(key in said for key in ("exec", "token", "tokenFile")):
        raise UserError(
            f"{login.where}: its user has an `auth-provider`, which Kubernetes 1.26 took away: it needs an `exec`, "
            "a token or a certificate"
        )
    return User(
        exec=_program(login, said["exec"]) if said.get("exec") is not None else None,
        username=_text(login, said, "username"),
        password=_text(login, said, "password"),
        token=_text(login, said, "token"),
        token_file=_text(login, said, "tokenFile"),
        client_cert=_file(login, said, "client-certificate", folder),
        client_key=_file(login, said, "client-key", folder),
    )


def _program(login: Login, said: Any) -> UserExec:
    """Read which program signs in. It is told the version that its answer shall have, as kubectl tells it."""
    command, version = (said.get("command"), said.get("apiVersion")) if isinstance(said, dict) else (None, None)
    if not isinstance(command, str) or not command:
        raise UserError(f"{login.where}: its user's `exec` has no `command`")
    if version not in _PROGRAM_VERSIONS:
        raise UserError(f"{login.where}: its user's `exec` has an `apiVersion` that is not known")
    words, variables = said.get("args") or [], said.get("env") or []
    plain = isinstance(words, list) and all(isinstance(word, str) for word in words)
    if not plain or not isinstance(variables, list) or not all(map(_is_variable, variables)):
        raise UserError(f"{login.where}: its user's `exec` has `args` or `env` that are no lists of texts")
    spec: dict[str, Any] = {"interactive": False}
    if said.get("provideClusterInfo") is True:
        spec["cluster"] = {name: login.cluster[name] for name in _CLUSTER if login.cluster.get(name)}
    info = {"apiVersion": version, "kind": "ExecCredential", "spec": spec}
    env = [NameValue(name=one["name"], value=one["value"]) for one in variables]
    env.append(NameValue(name="KUBERNETES_EXEC_INFO", value=json.dumps(info)))
    return UserExec(apiVersion=_PROGRAM_ANSWERS, command=command, args=words, env=env)


def _is_variable(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str) and isinstance(value.get("value"), str)
