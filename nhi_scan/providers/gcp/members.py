"""The members of allow policies, taken apart.

Every form that a member can have stands at https://cloud.google.com/iam/docs/principal-identifiers#allow; what a
deleted one looks like at https://cloud.google.com/iam/docs/principal-identifiers#deleted-principals.
"""

from functools import lru_cache
from typing import Literal

from nhi_scan.model.record import value

MemberKind = Literal[
    "user",
    "service_account",
    "group",
    "domain",
    "everyone",
    "authenticated",
    "project_role",
    "federated",
    "federated_set",
    "native_set",
    "unknown",
]
"""`native_set`: a principal set of Google's own principals, such as all service accounts of a project."""

_DELETED = "deleted:"
_UID = "?uid="
_WORKLOADS = ".svc.id.goog["
_EVERYBODY: dict[str, MemberKind] = {"allUsers": "everyone", "allAuthenticatedUsers": "authenticated"}
_PLAIN: dict[str, MemberKind] = {
    "user": "user",
    "group": "group",
    "domain": "domain",
    "projectOwner": "project_role",
    "projectEditor": "project_role",
    "projectViewer": "project_role",
}
_NAMED = frozenset({"service_account", *_PLAIN.values()})
_POOLS = ("/workloadIdentityPools/", "/workforcePools/")


@value
class Member:
    """Who a member string stands for."""

    kind: MemberKind
    name: str  # the email address, domain or project; the whole string for what has no shorter name
    deleted: bool = False
    uid: str = ""  # the unique id of a deleted one


@lru_cache(maxsize=65536)  # the same few thousand stand in every policy of an organization
def parse_member(member: str) -> Member:
    """Tell who a member stands for; never raises: what nobody has documented is `unknown`."""
    if member.startswith(_DELETED):
        name, _, uid = member[len(_DELETED) :].partition(_UID)
        living = _living(name)
        return Member(living.kind, living.name, deleted=True, uid=uid)
    return _living(member)


def _living(member: str) -> Member:
    if member in _EVERYBODY:
        return Member(_EVERYBODY[member], member)
    prefix, colon, name = member.partition(":")
    kind = _kind(prefix, name) if colon and name else "unknown"
    return Member(kind, name if kind in _NAMED else member)


def _kind(prefix: str, name: str) -> MemberKind:
    if prefix == "serviceAccount":
        # A Kubernetes service account stands in this form, too, and is nobody's email address.
        return "federated" if _WORKLOADS in name else "service_account"
    if prefix in ("principal", "principalSet") and name.startswith("//"):
        if prefix == "principal":
            return "federated"
        return "federated_set" if any(word in name for word in _POOLS) else "native_set"
    return _PLAIN.get(prefix, "unknown")
