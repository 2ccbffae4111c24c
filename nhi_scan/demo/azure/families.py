"""Families of clean identities: a line of data becomes managed identities, workloads and a pipeline everywhere."""

from collections.abc import Mapping
from typing import Any

from nhi_scan.demo.azure import things
from nhi_scan.demo.azure.applications import add_application
from nhi_scan.demo.azure.draft import Draft, guid
from nhi_scan.demo.wording import between

_GITHUB = "https://token.actions.githubusercontent.com"


def add_services(draft: Draft, content: Mapping[str, Any], tenant: str, apis: Mapping[str, Any]) -> None:
    """Add the services of every environment."""
    for environment in content["environments"]:
        for team, services in content["teams"].items():
            for service in services:
                _add_service(draft, service, environment, team, (tenant, apis))


def _add_service(
    draft: Draft, service: Mapping[str, Any], environment: str, team: str, known: tuple[str, Mapping[str, Any]]
) -> None:
    """Add a service of one environment.

    Each component runs as a user-assigned identity of its own, which reads and writes the service's storage and reads
    its secrets; an application that GitHub federates with deploys it.
    """
    tenant, apis = known
    name = f"{service['name']}-{environment}"
    place: dict[str, Any] = {
        "sub": environment,
        "group": f"rg-{name}",
        "tags": {"owner": team, "service": service["name"], "env": environment},
    }
    storage = things.add_resource(draft, {**place, "kind": "storage", "name": f"nw{name.replace('-', '')}"}, apis)
    vault = things.add_resource(draft, {**place, "kind": "vault", "name": f"kv-{name}"}, apis)
    for component, kind in service["components"].items():
        identity = f"id-{name}-{component}"
        things.add_identity(draft, {**place, "name": identity}, apis)
        runs = {**place, "kind": kind, "name": f"{kind}-{name}-{component}", "identities": [identity]}
        things.add_resource(draft, runs, apis)
        principal = guid(f"mi {identity}")
        draft.assign(principal, {"role": "Storage Blob Data Contributor", "scope": storage})
        draft.assign(principal, {"role": "Key Vault Secrets User", "scope": vault})
        draft.assign(principal, {"role": "Monitoring Metrics Publisher", "scope": f"{{res:{environment}/rg-{name}}}"})
    deploys = {
        "name": f"{name}-deploy",
        "title": f"Pipeline of {service['name']} ({environment})",
        "owners": service.get("owners", ["anna.kovac", "bertil.lund"]),
        "signed_in": between(f"{name} used", 0, 20),
        "federated": [
            {
                "name": "github",
                "issuer": _GITHUB,
                "subject": f"repo:northwind/{service['name']}:environment:{environment}",
            }
        ],
        "roles": [{"role": "AcrPush", "scope": "{res:nwimages}"}],
    }
    add_application(draft, deploys, tenant, apis)
