"""The permissions of Google Cloud that a snapshot's roles name, as a catalogue, with a kind of access for each.

Google publishes no kinds of access for permissions, so they are told from the verb that ends a permission's name:
https://cloud.google.com/iam/docs/permissions-reference
"""

from collections.abc import Iterable
from typing import Final

from nhi_scan.access.catalogue import Catalogue
from nhi_scan.model.policy import Policy

VERSION: Final = "roles of the snapshot"

_LISTING: Final = ("list", "search", "aggregatedlist")
_READING: Final = (
    "get", "read", "view", "query", "lookup", "fetch", "check", "test", "validate", "analyze", "export", "download",
    "access", "describe", "watch", "verify", "usetodecrypt",
)  # fmt: skip
_TAGGING: Final = ("createtagbinding", "deletetagbinding")
_TAG_BINDINGS: Final = ("tagvaluebindings", "tagbindings", "hierarchynodetagbindings")

# Whoever has one of these becomes somebody, makes a credential of somebody, or changes what somebody may do:
# https://cloud.google.com/iam/docs/service-account-permissions and
# https://cloud.google.com/iam/docs/permissions-reference
_BECOMING: Final = (
    "actas", "getaccesstoken", "getopenidtoken", "implicitdelegation", "signblob", "signjwt",
)  # fmt: skip
_CONTROLLING: Final = {  # resource -> it decides who may do what, so that changing it is managing permissions
    "iam": (
        "roles", "serviceaccountkeys", "serviceaccountapikeybindings", "denypolicies", "policybindings",
        "principalaccessboundarypolicies", "workloadidentitypools", "workloadidentitypoolproviders",
        "workloadidentitypoolproviderkeys", "workforcepools", "workforcepoolproviders", "workforcepoolproviderkeys",
    ),
    "orgpolicy": ("policy", "policies", "customconstraints"),
    "storage": ("hmackeys",),
    "apikeys": ("keys",),
}  # fmt: skip
_THREE: Final = 3


def gcp_catalogue(policies: Iterable[Policy]) -> Catalogue:
    """Return the permissions that any role of Google Cloud names, each once, whatever its case.

    Args:
        policies: those of the inventory; other kinds and other providers' are passed over.
    """
    names: dict[str, str] = {}
    for policy in policies:
        if policy.provider == "gcp" and policy.kind == "role":
            for statement in policy.statements:
                for name in statement.actions:
                    low = name.lower()
                    names[low] = min(name, names.get(low, name))
    ordered = sorted(names)
    return Catalogue([names[low] for low in ordered], "".join(map(level, ordered)), VERSION, separator=".")


def level(permission: str) -> str:
    """Return the letter (`access.catalogue.LEVELS`) of a permission's kind of access.

    Args:
        permission: `service.resource.verb`, in lower case; what is no such name is `?`.
    """
    parts = permission.split(".")
    if len(parts) < _THREE or not all(parts):
        return "?"
    service, resource, verb = parts[0], parts[-2], parts[-1]
    if verb in _TAGGING or (resource in _TAG_BINDINGS and not verb.startswith(("list", "get"))):
        return "T"
    if verb.startswith("setiam") or (service == "iam" and verb in _BECOMING):
        return "P"
    if verb.startswith(_LISTING):
        return "L"
    if verb.startswith(_READING):
        return "R"
    return "P" if resource in _CONTROLLING.get(service, ()) else "W"
