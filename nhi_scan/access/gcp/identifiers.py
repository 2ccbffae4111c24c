"""Names of principals: those of allow policies and those of deny policies, made one.

https://cloud.google.com/iam/docs/principal-identifiers
"""

import re
from functools import lru_cache

EVERYONE = "allUsers"
AUTHENTICATED = "allAuthenticatedUsers"
USER, ACCOUNT, GROUP, DOMAIN, DELETED = "user:", "serviceAccount:", "group:", "domain:", "deleted:"
PODS = "gke:"
"""`gke:project/namespace/account`: a Kubernetes service account, however it is written."""
SCOPE_SET = "set:"
"""`set:projects/app`, `set:projects/app/type/ServiceAccount`: the principals of a scope."""
CUSTOMER = "customer:"
"""`customer:C01`: the principals of a Google Workspace or Cloud Identity account."""

_MAILS = (USER, ACCOUNT, GROUP, DOMAIN)
_OLD_POD = re.compile(r"serviceAccount:([^\[\]]+)\.svc\.id\.goog\[([^/\]]+)/([^\]]+)\]\Z")
_NEW_POD = re.compile(
    r"iam\.googleapis\.com/projects/[^/]+/locations/global/workloadIdentityPools/([^/]+)\.svc\.id\.goog"
    r"/subject/ns/([^/]+)/sa/([^/]+)\Z"
)
_V2_ACCOUNT = re.compile(r"iam\.googleapis\.com/projects/[^/]+/serviceAccounts/([^/]+)\Z")
_SCOPES = re.compile(r"cloudresourcemanager\.googleapis\.com/((?:organizations|folders|projects)/[^/]+)(?:/\*)?\Z")
_TYPED = re.compile(
    r"cloudresourcemanager\.googleapis\.com/((?:organizations|folders|projects)/[^/]+)(/type/[A-Za-z]+)\Z"
)
_SCOPE = re.compile(r"(?:organizations|folders|projects)/[^/]+\Z")
_POOL = re.compile(
    r"(iam\.googleapis\.com/(?:projects/[^/]+/locations/global/workloadIdentityPools|locations/global/workforcePools)"
    r"/[^/]+)(/.*)?\Z",
    re.DOTALL,
)
_WORKSPACE = re.compile(r"iam\.googleapis\.com/locations/global/workspace/([^/]+)\Z")


@lru_cache(maxsize=1 << 18)
def canonical(member: str) -> str:
    """Return the one name of a principal, for comparing.

    Args:
        member: of an allow policy (`user:a@b`), of a deny policy (`principal://goog/subject/a@b`), or the principal set
            that a principal access boundary is bound to (`projects/app`, `//iam.googleapis.com/.../workforcePools/p`).

    Returns:
        E-mail addresses in lower case, as Google compares them; project numbers as they are written.
    """
    if member.startswith(DELETED):
        name, mark, uid = member.removeprefix(DELETED).partition("?")
        return f"{DELETED}{canonical(name)}{mark}{uid}"
    pod = _OLD_POD.match(member)
    if pod is not None:
        return f"{PODS}{pod[1]}/{pod[2]}/{pod[3]}"
    if member.startswith(_MAILS):
        kind, _, name = member.partition(":")
        return f"{kind}:{name.lower()}"
    if _SCOPE.match(member):
        return SCOPE_SET + member
    scheme, found, name = member.partition("//")
    if not found or scheme not in ("principal:", "principalSet:", ""):
        return member
    return _of_address(name)


def _of_address(name: str) -> str:  # noqa: PLR0911 - one for each way to write a principal
    """What follows `principal://`, `principalSet://` or, for a boundary's principals, `//`."""
    google, _, rest = name.partition("/")
    if google == "goog":
        kind, _, value = rest.partition("/")
        if rest == "public:all":
            return EVERYONE
        known = {"subject": USER + value.lower(), "group": GROUP + value.lower()}
        return known.get(kind, CUSTOMER + value if kind == "cloudIdentityCustomerId" else name)
    account = _V2_ACCOUNT.match(name)
    if account is not None:
        return ACCOUNT + account[1].lower()
    pod = _NEW_POD.match(name)
    if pod is not None:
        return f"{PODS}{pod[1]}/{pod[2]}/{pod[3]}"
    scope = _SCOPES.match(name) or _TYPED.match(name)
    if scope is not None:
        return SCOPE_SET + "".join(scope.groups())
    workspace = _WORKSPACE.match(name)
    if workspace is not None:
        return CUSTOMER + workspace[1]
    pool = _POOL.match(name)
    return pool[1] + (pool[2] or "/*") if pool is not None else name


def pool_of(name: str) -> str:
    """Return the pool that a canonical name belongs to; empty where it belongs to none."""
    pool = _POOL.match(name)
    return pool[1] if pool is not None else ""


def scope_of_set(name: str) -> tuple[str, str]:
    """Part `set:projects/app/type/ServiceAccount` into the scope and the kind of principal; empty where it has none."""
    scope, _, kind = name.removeprefix(SCOPE_SET).partition("/type/")
    return scope, kind
