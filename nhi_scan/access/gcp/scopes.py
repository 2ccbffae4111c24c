"""OAuth scopes: what the token of a virtual machine can be used for, whatever the roles of its service account.

A machine's access scopes limit its token for Google's APIs
(https://cloud.google.com/compute/docs/access/service-accounts#accesscopesiam): both the roles and the scopes must allow
a call. Which scope an API accepts is in https://developers.google.com/identity/protocols/oauth2/scopes. A token of the
same service account that is had otherwise, by a key or by `iam.serviceAccounts.getAccessToken`, is not limited.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from nhi_scan.access.combine import Truth, either

PREFIX = "https://www.googleapis.com/auth/"
_READS = ("get", "list", "search", "query", "read", "fetch", "view")
_TOKENS = ("getAccessToken", "getOpenIdToken")  # what hands out credentials reads nothing
_ACTING = "iam.serviceAccounts.actAs"  # no call of its own: what attaches an account asks for it, whoever's API that is
_EVERYTHING = ("cloud-platform",)
_NOTHING = (
    "email",
    "openid",
    "profile",
    "userinfo.email",
    "userinfo.profile",
)


class _Scope(NamedTuple):
    services: tuple[str, ...]  # as permissions name them
    reads: bool = False  # only what reads
    but: tuple[str, ...] = ()  # permissions, or beginnings of them, that it is not enough for
    only: tuple[str, ...] = ()  # beginnings of the only permissions it is for


_POLICIES_OF_STORAGE = (
    "storage.buckets.setIamPolicy",
    "storage.buckets.getIamPolicy",
    "storage.objects.setIamPolicy",
    "storage.objects.getIamPolicy",
    "storage.hmacKeys.",
)
_SCOPES: dict[str, _Scope] = {
    "devstorage.full_control": _Scope(("storage",)),
    "devstorage.read_write": _Scope(("storage",), but=_POLICIES_OF_STORAGE),
    "devstorage.read_only": _Scope(("storage",), reads=True, but=_POLICIES_OF_STORAGE),
    "devstorage.write_only": _Scope(("storage",), only=("storage.objects.create", "storage.objects.delete")),
    "bigquery": _Scope(("bigquery",)),
    "bigquery.readonly": _Scope(("bigquery",), reads=True),
    "bigquery.insertdata": _Scope(("bigquery",), only=("bigquery.tables.updateData",)),
    "bigtable.admin": _Scope(("bigtable",)),
    "bigtable.data": _Scope(("bigtable",), only=("bigtable.tables.",)),
    "bigtable.data.readonly": _Scope(("bigtable",), reads=True, only=("bigtable.tables.",)),
    "cloud_debugger": _Scope(("clouddebugger",)),
    "cloudkms": _Scope(("cloudkms",)),
    "cloudplatformfolders": _Scope(("resourcemanager",), only=("resourcemanager.folders.",)),
    "cloudplatformorganizations": _Scope(("resourcemanager",), only=("resourcemanager.organizations.",)),
    "cloudplatformprojects": _Scope(("resourcemanager",), only=("resourcemanager.projects.",)),
    "cloudruntimeconfig": _Scope(("runtimeconfig",)),
    "compute": _Scope(("compute",)),
    "compute.readonly": _Scope(("compute",), reads=True),
    "datastore": _Scope(("datastore",)),
    "iam": _Scope(("iam",)),
    "logging.admin": _Scope(("logging",)),
    "logging.read": _Scope(("logging",), reads=True),
    "logging.write": _Scope(("logging",), only=("logging.logEntries.create",)),
    "monitoring": _Scope(("monitoring",)),
    "monitoring.read": _Scope(("monitoring",), reads=True),
    "monitoring.write": _Scope(
        ("monitoring",),
        only=(
            "monitoring.timeSeries.create",
            "monitoring.metricDescriptors.",
            "monitoring.monitoredResourceDescriptors.",
        ),
    ),
    "ndev.clouddns.readonly": _Scope(("dns",), reads=True),
    "ndev.clouddns.readwrite": _Scope(("dns",)),
    "ndev.cloudman": _Scope(("deploymentmanager",)),
    "ndev.cloudman.readonly": _Scope(("deploymentmanager",), reads=True),
    "pubsub": _Scope(("pubsub",)),
    "service.management": _Scope(("servicemanagement",)),
    "service.management.readonly": _Scope(("servicemanagement",), reads=True),
    "servicecontrol": _Scope(
        ("servicemanagement", "servicecontrol"), only=("servicemanagement.services.", "servicecontrol.")
    ),
    "source.full_control": _Scope(("source",)),
    "source.read_only": _Scope(("source",), reads=True),
    "source.read_write": _Scope(("source",), but=("source.repos.setIamPolicy",)),
    "spanner.admin": _Scope(("spanner",)),
    "spanner.data": _Scope(("spanner",), only=("spanner.databases.", "spanner.sessions.")),
    "sqlservice.admin": _Scope(("cloudsql",)),
    "taskqueue": _Scope(("cloudtasks", "appengine")),
    "trace.append": _Scope(("cloudtrace",), only=("cloudtrace.traces.patch",)),
    "trace.readonly": _Scope(("cloudtrace",), reads=True),
    "appengine.admin": _Scope(("appengine",)),
}


def scoped(permission: str, scopes: Iterable[str]) -> Truth:
    """Say whether a token with these scopes can be used where a permission is needed.

    Args:
        permission: as roles write it.
        scopes: full addresses, or names without `https://www.googleapis.com/auth/`.

    Returns:
        True: one of the scopes is enough; False: none is, as with no scopes at all; None where one of them is not
        known here, and no other is enough, and for `iam.serviceAccounts.actAs`: that is for the call to tell that asks
        for it.
    """
    return either(*(_enough(permission, scope.removeprefix(PREFIX)) for scope in scopes))


@lru_cache(maxsize=1 << 16)
def _enough(permission: str, scope: str) -> Truth:
    if scope in _EVERYTHING:
        return True
    if scope in _NOTHING:
        return False
    verb = permission.rpartition(".")[2]
    reads = verb.startswith(_READS) and verb not in _TOKENS
    if scope == "cloud-platform.read-only":
        return reads
    found = _SCOPES.get(scope)
    if found is None or permission == _ACTING:
        return None
    return (
        permission.partition(".")[0] in found.services
        and (reads or not found.reads)
        and not permission.startswith(found.but or ("\0",))
        and (not found.only or permission.startswith(found.only))
    )
