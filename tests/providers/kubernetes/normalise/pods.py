"""Pods and what makes them, as the API tells of them."""

from collections.abc import Callable
from typing import Any

from nhi_scan.model.identity import Workload
from nhi_scan.model.records import Records

Read = Callable[..., Records]
SHOP = "k8s:prod/namespaces/shop"
ROLLOUTS = "argoproj.io/v1alpha1"


def owner(kind: str, name: str, api: str = "apps/v1", *, controller: bool | None = True) -> dict[str, Any]:
    said = {} if controller is None else {"controller": controller}
    return {"apiVersion": api, "kind": kind, "name": name, "uid": "u", **said}


def thing(name: str, *owners: dict[str, Any], **more: Any) -> dict[str, Any]:
    meta = {"name": name, "namespace": "shop", **({"ownerReferences": list(owners)} if owners else {})}
    return {"metadata": meta | more.pop("metadata", {}), **more}


def pod(name: str, *owners: dict[str, Any], phase: str | None = "Running", **spec: Any) -> dict[str, Any]:
    status = {"status": {"phase": phase}} if phase else {}
    metadata = spec.pop("metadata", {})
    return thing(name, *owners, spec={"containers": [{"name": "app"}], **spec}, metadata=metadata, **status)


def template(account: str = "", **spec: Any) -> dict[str, Any]:
    named = {"serviceAccountName": account} if account else {}
    return {"template": {"spec": {"containers": [{"name": "app"}], **named, **spec}}}


def account(name: str, **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "shop"}, **more}


def said(one: Workload, *names: str) -> list[str | None]:
    found = dict(one.attributes)
    return [found.get(name) for name in names]
