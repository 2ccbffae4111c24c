"""What is to be had in the containers of a workload: a token of its account, and the node that it runs on.

https://kubernetes.io/docs/concepts/security/pod-security-standards/ says what of a pod keeps it from its node.
"""

from typing import Final

from nhi_scan.access.combine import Truth, either
from nhi_scan.model.identity import Workload

_MOST_NODES: Final = 20  # so many nodes of a workload are named; of more, the rest is not told
# Folders of a node that give the node itself, or what its other pods hold, to who can read or write them.
# https://kubernetes.io/docs/concepts/storage/volumes/#hostpath
_HARMLESS: Final = (
    "/lib/modules", "/etc/localtime", "/usr/share/zoneinfo", "/usr/src", "/etc/ssl", "/etc/pki", "/usr/share/ca-cert",
    "/etc/machine-id", "/sys/fs/bpf", "/etc/os-release", "/usr/lib/os-release", "/var/lib/dbus/machine-id",
)  # fmt: skip
# https://man7.org/linux/man-pages/man7/capabilities.7.html: what loads code into the kernel, and what does if nothing
# else (AppArmor, seccomp, a mount) keeps it from it.
_BREAKING: Final = frozenset(("ALL", "SYS_MODULE"))
_HELPING: Final = frozenset(("SYS_ADMIN", "SYS_RAWIO", "DAC_READ_SEARCH", "BPF"))


def runs(workload: Workload) -> Truth:
    """Say whether a workload has a container now that somebody could get into."""
    if workload.kind == "pod":
        return workload.active is not False
    pods = dict(workload.attributes).get("pods", "")
    return True if pods not in ("", "0") else None


def shows_token(workload: Workload) -> Truth:
    """Say whether code in a workload's containers finds a token of its account that the API server takes."""
    said = dict(workload.attributes)
    if said.get("automount") == "false":
        return None if said.get("token_audiences") else False  # one of them may be the API server's own
    return True if said.get("automount") == "true" else None


def takes_node(workload: Workload) -> Truth:
    """Say whether code in a workload's containers takes over the node that it runs on."""
    said = dict(workload.attributes)
    if said.get("privileged") == "true":
        return True
    paths, shares = said.get("host_path", "false"), said.get("host_pid") == "true"
    states: list[Truth] = [None if shares or "privileged" not in said else False]
    added = {name.removeprefix("CAP_") for name in said.get("capabilities", "").upper().split()}
    if added & _BREAKING or (shares and "SYS_PTRACE" in added):
        return True
    if added & _HELPING:
        states.append(None)
    if paths == "true":
        states.append(None)
    elif paths != "false":
        states += [_gives_node(path) for path in paths.split()]
    return either(*states)


def nodes_of(workload: Workload) -> tuple[tuple[str, ...], bool]:
    """Return the names of the nodes that a workload's pods are on, and whether those are all."""
    said = dict(workload.attributes)
    if "nodes" not in said:
        return (), said.get("pods") == "0"
    names = tuple(said["nodes"].split())
    return names, len(names) < _MOST_NODES


def _gives_node(path: str) -> Truth:
    """Say whether a folder of a node gives the node away."""
    bare = path.rstrip("/")
    sockets = bare.endswith(".sock") or bare in ("/run", "/var/run", "/run/containerd", "/var/run/containerd")
    whole = ("", "/etc", "/root", "/var", "/var/lib", "/var/lib/kubelet", "/var/lib/kubelet/pods", "/home", "/proc")
    if sockets or bare in whole or bare.startswith(("/etc/kubernetes", "/var/lib/etcd", "/etc/cron", "/dev")):
        return True
    return False if bare.startswith(_HARMLESS) else None
