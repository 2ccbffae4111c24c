"""The least that somebody must be allowed for a collection of a cluster, computed from the table of calls.

`nhi-scan permissions kubernetes` prints it as a cluster role and its binding, for `kubectl apply -f -`: as YAML, and as
JSON. Nothing is written by hand: a new row of the table widens the role by what it needs. RBAC cannot tell a list of
metadata from a list of secrets with what they hold (https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets),
so that rule stands by itself: who leaves it out says `secrets: false`, and loses the age and use of token secrets.
"""

import json
from collections.abc import Iterable
from typing import Any

import yaml

from nhi_scan.model.errors import UserError
from nhi_scan.providers.kubernetes.calls import (
    DISCOVERY,
    IDENTITY,
    LISTINGS,
    NAMESPACES,
    RBAC,
    READINGS,
    SECRETS,
    Listing,
    Reading,
)

NAME = "nhi-scan"
FORMATS = ("yaml", "json")
_NOTE = """\
# What nhi-scan reads of a cluster; generated from its table of calls. Apply it with `kubectl apply -f -`, and let
# the service account nhi-scan in the namespace nhi-scan, or whoever else stands under `subjects`, collect.
# It asks for the metadata of token secrets only, but the right to list them is the right to read them. Without that
# rule, set `providers.kubernetes.secrets: false`.
"""


def rules(
    listings: Iterable[Listing] = (NAMESPACES, *LISTINGS), readings: Iterable[Reading] = (IDENTITY, *READINGS)
) -> list[dict[str, Any]]:
    """Return the rules of the cluster role: one for each API group, secrets and single objects by themselves.

    https://kubernetes.io/docs/reference/access-authn-authz/rbac/#role-and-clusterrole
    """
    wanted = list(listings)
    resources: dict[str, set[str]] = {}
    for listing in wanted:
        if listing is not SECRETS:
            resources.setdefault(listing.group, set()).add(listing.resource)
    found: list[dict[str, Any]] = [
        {"apiGroups": [group], "resources": sorted(resources[group]), "verbs": ["list"]} for group in sorted(resources)
    ]
    if SECRETS in wanted:
        found.append({"apiGroups": [SECRETS.group], "resources": [SECRETS.resource], "verbs": ["list"]})
    addresses = list(DISCOVERY)
    for reading in readings:
        if reading.resource:
            named = {"apiGroups": [""], "resources": [reading.resource], "resourceNames": [reading.name]}
            found.append({**named, "verbs": ["get"]})
        else:
            addresses.append(reading.path)
    return [*found, {"nonResourceURLs": sorted(addresses), "verbs": ["get"]}]


def objects() -> list[dict[str, Any]]:
    """Return the cluster role and the binding that gives it to a service account."""
    role = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": NAME},
        "rules": rules(),
    }
    binding = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": NAME},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": NAME},
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": NAME}],
    }
    return [role, binding]


def render(
    format: str,  # noqa: A002 - the word of the command line
    *,
    usage: bool,  # noqa: ARG001 - every provider is told
    organization: bool,
    project: bool = False,
) -> str:
    """Write the cluster role and its binding down.

    Args:
        format: `yaml` or `json`.
        usage: changes nothing: who used what stands in audit logs, which are files.
        organization: refused, as a cluster is in none.
        project: refused likewise.

    Raises:
        UserError: no such format, or an option that means nothing here.
    """
    for given, option in ((organization, "--organization"), (project, "--project")):
        if given:
            raise UserError(f"`{option}` means nothing for `kubernetes`: a collection is of whole clusters")
    if format == "json":
        return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects()}, indent=2) + "\n"
    if format == "yaml":
        return _NOTE + "".join("---\n" + yaml.safe_dump(thing, sort_keys=False, width=120) for thing in objects())
    raise UserError(f"unknown format `{format}`: it is one of {', '.join(f'`{name}`' for name in FORMATS)}")
