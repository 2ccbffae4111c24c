"""Permissions in the two ways in which Google writes them.

Roles say `iam.roles.list` (the v1 format), deny policies and boundaries `iam.googleapis.com/roles.list`
(https://cloud.google.com/iam/docs/deny-permissions-support).
"""

from functools import lru_cache

_HOST = ".googleapis.com"
# Where the host in the v2 format is not `<service>.googleapis.com`: of a service, or of one kind of resource of it.
_HOSTS = {
    "resourcemanager": "cloudresourcemanager",
    "bigquery.transfers": "bigquerydatatransfer",
}
_SERVICES = {host: name.partition(".")[0] for name, host in _HOSTS.items()}


@lru_cache(maxsize=1 << 16)
def v2_name(permission: str) -> str:
    """Write a permission of a role as deny policies do.

    Args:
        permission: `iam.roles.list`, or already in the v2 format.
    """
    if "/" in permission:
        return permission
    service, _, rest = permission.partition(".")
    kind = f"{service}.{rest.partition('.')[0]}"
    return f"{_HOSTS.get(kind) or _HOSTS.get(service, service)}{_HOST}/{rest}"


@lru_cache(maxsize=1 << 16)
def v1_name(permission: str) -> str:
    """Write a permission of a deny policy as roles do; what is none comes back as it is."""
    host, slash, rest = permission.partition("/")
    if not slash or not host.endswith(_HOST):
        return permission
    name = host.removesuffix(_HOST)
    return f"{_SERVICES.get(name, name)}.{rest}"


@lru_cache(maxsize=1 << 18)
def covers(pattern: str, permission: str) -> bool:
    """Say whether a permission of a deny policy, or a group of permissions, stands for a permission of a role.

    A group ends in `*`, and may have one for the resource too: `iam.googleapis.com/roles.*`,
    `cloudsql.googleapis.com/*.*`, `secretmanager.googleapis.com/*.get`
    (https://cloud.google.com/iam/docs/deny-permissions-support#permission-groups).

    Args:
        pattern: as a deny policy or the list of a boundary's version has it.
        permission: as a role has it, or as a deny policy has it.
    """
    name = v2_name(permission)
    if pattern == name:
        return True
    host, _, wanted = pattern.partition("/")
    its_host, _, rest = name.partition("/")
    if host != its_host or "*" not in wanted:
        return False
    if wanted == "*":
        return True
    resource, _, verb = wanted.rpartition(".")
    its_resource, _, its_verb = rest.rpartition(".")
    return resource in ("*", its_resource) and verb in ("*", its_verb)
