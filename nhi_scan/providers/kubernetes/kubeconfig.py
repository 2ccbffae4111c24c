"""Reads kubeconfig files: which contexts there are, where their clusters are and how to sign in there.

As kubectl does it (https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/): `KUBECONFIG`
may name several files, of which the first that has something counts; relative paths lie beside the file that names
them. No message quotes a value of a file: any of them may be a secret.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from nhi_scan.model.errors import UserError

_DEFAULT = "~/.kube/config"
_LARGEST = 10_000_000  # bytes: a file of a thousand clusters has a tenth of that
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FILES = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
# Where a pod finds who it is: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
POD_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"
_HINT = "(`--kubeconfig` or `KUBECONFIG` names another file)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One context: a cluster, and who asks there. What signs in is not shown where this is printed.

    Attributes:
        context: its name; `in-cluster` for the cluster that this runs in.
        where: how a message names it.
        namespace: that the context says; empty where it says none.
        server: address of the API server.
        cluster: the cluster's fields, paths made absolute.
        user: the user's fields, paths made absolute.
    """

    context: str
    where: str
    namespace: str = ""
    server: str
    cluster: Mapping[str, Any] = field(repr=False)
    user: Mapping[str, Any] = field(repr=False)


def logins(kubeconfig: str, contexts: Iterable[str], environment: Mapping[str, str]) -> list[Login]:
    """Find the contexts that are asked for.

    Args:
        kubeconfig: path; empty for the usual ones.
        contexts: names; none for the current context, or the cluster of the pod that this runs in.
        environment: variables: `KUBECONFIG`, and those that a pod has.

    Raises:
        UserError: no file, one that cannot be read, or a context that is not whole.
    """
    wanted = list(dict.fromkeys(contexts))
    paths = _paths(kubeconfig, environment)
    if not paths:
        return [_in_cluster(wanted, environment)]
    files = [_File(path) for path in paths]
    if not wanted:
        current = next((file.current for file in files if file.current), "")
        if not current:
            raise UserError(f"{files[0].where} has no current context: name one with `--kube-context`")
        wanted = [current]
    return [_login(name, files) for name in wanted]


def _paths(kubeconfig: str, environment: Mapping[str, str]) -> list[Path]:
    """Name the files to read; none where there is no file at the usual place and nobody named another."""
    if kubeconfig:
        return [Path(kubeconfig).expanduser()]
    if named := [part for part in environment.get("KUBECONFIG", "").split(os.pathsep) if part]:
        paths = [Path(part).expanduser() for part in named]
        return [path for path in paths if path.exists()] or paths[:1]  # kubectl passes over those that are missing
    usual = Path(_DEFAULT).expanduser()
    return [usual] if usual.exists() else []


def _in_cluster(wanted: list[str], environment: Mapping[str, str]) -> Login:
    host, port = environment.get("KUBERNETES_SERVICE_HOST", ""), environment.get("KUBERNETES_SERVICE_PORT", "443")
    token = Path(POD_FOLDER, "token")
    if wanted or not host or not token.is_file():
        raise UserError(f"there is no kubeconfig at `{_DEFAULT}` {_HINT}")
    server = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    return Login(
        context="in-cluster",
        where="the cluster that this runs in",
        server=server,
        cluster={"server": server, "certificate-authority": str(Path(POD_FOLDER, "ca.crt"))},
        user={"tokenFile": str(token)},
    )


class _File:
    """One kubeconfig."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.where = f"`{path}`"
        value = self._loaded()
        if not isinstance(value, dict):
            raise UserError(f"{self.where} is no kubeconfig: it holds no mapping")
        current = value.get("current-context")
        self.current = current if isinstance(current, str) else ""
        self.contexts = self._named(value, "contexts", "context")
        self.clusters = self._named(value, "clusters", "cluster")
        self.users = self._named(value, "users", "user")

    def _loaded(self) -> Any:
        try:
            with self.path.open("rb") as stream:
                text = stream.read(_LARGEST + 1)
        except OSError as error:
            raise UserError(f"{self.where} cannot be read: {error.strerror or type(error).__name__} {_HINT}") from error
        if len(text) > _LARGEST:
            raise UserError(f"{self.where} is no kubeconfig: it has more than {_LARGEST // 1_000_000} MB")
        try:
            return yaml.load(text, Loader=_LOADER)  # noqa: S506 - both are safe loaders
        except yaml.MarkedYAMLError as error:  # its message may quote a line: only where it stands is told
            mark = error.problem_mark
            place = f", line {mark.line + 1}, column {mark.column + 1}," if mark else ""
            raise UserError(f"{self.where}{place} is not YAML") from None
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError):
            raise UserError(f"{self.where} is not YAML") from None

    def _named(self, value: Mapping[str, Any], key: str, inner: str) -> dict[str, Mapping[str, Any]]:
        """Read a list of `{name, <inner>}`; the first of a name counts."""
        items = value.get(key)
        if items is None:
            return {}
        if not isinstance(items, list):
            raise UserError(f"{self.where}: `{key}` is no list")
        found: dict[str, Mapping[str, Any]] = {}
        for number, item in enumerate(items):
            name = item.get("name") if isinstance(item, dict) else None
            body = item.get(inner) if isinstance(item, dict) else None
            if not isinstance(name, str) or not isinstance(body, dict | None):
                raise UserError(f"{self.where}: `{key}[{number}]` is no `name` with a `{inner}`")
            found.setdefault(name, self._absolute(body or {}))
        return found

    def _absolute(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make paths absolute; a program that signs in is looked for beside the file where its name has a slash."""
        whole = dict(body)
        for key in _FILES:
            if isinstance(path := whole.get(key), str) and path:
                whole[key] = str(self.path.parent / Path(path).expanduser())
        program = whole.get("exec")
        command = program.get("command") if isinstance(program, dict) else None
        if isinstance(program, dict) and isinstance(command, str) and os.sep in command:
            whole["exec"] = {**program, "command": str(self.path.parent / command)}
        return whole


def _login(name: str, files: list[_File]) -> Login:
    where = " or ".join(file.where for file in files)
    known = sorted({context for file in files for context in file.contexts})
    context = _first(files, "contexts", name)
    if context is None:
        there = f" (there are: {', '.join(f'`{one[:80]}`' for one in known[:20])})" if known else ""
        raise UserError(f"{where} has no context `{name[:80]}`{there}")
    asked = f"context `{name[:80]}` of {where}"
    cluster = _part(files, "clusters", context.get("cluster"), asked, "cluster")
    user = _part(files, "users", context.get("user"), asked, "user") if context.get("user") else {}
    server = cluster.get("server")
    if not isinstance(server, str) or not server.startswith(("https://", "http://")):
        raise UserError(f"{asked}: its cluster has no `server` with an address (`https://host:port`)")
    namespace = context.get("namespace")
    return Login(
        context=name,
        where=asked,
        namespace=namespace if isinstance(namespace, str) else "",
        server=server,
        cluster=cluster,
        user=user,
    )


def _first(files: list[_File], key: str, name: str) -> Mapping[str, Any] | None:
    tables: list[dict[str, Mapping[str, Any]]] = [getattr(file, key) for file in files]
    return next((table[name] for table in tables if name in table), None)


def _part(files: list[_File], key: str, name: Any, asked: str, what: str) -> Mapping[str, Any]:
    if not isinstance(name, str) or not name:
        raise UserError(f"{asked} names no {what}")
    found = _first(files, key, name)
    if found is None:
        raise UserError(f"{asked} names the {what} `{name[:80]}`, which is not there")
    return found
