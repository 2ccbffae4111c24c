"""What stands behind `uses:`: an action, a called workflow, an image; and whether it is fixed to one version.

https://docs.github.com/actions/reference/security/secure-use#using-third-party-actions: only the full SHA of a commit
cannot be moved.
"""

import re
from typing import Literal

from nhi_scan.model.record import record

_SHA = re.compile(r"[0-9a-f]{40}")
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_OFFICIAL = frozenset({"actions", "github"})
_WORKFLOW = re.compile(r"([^/@\s]+/[^/@\s]+)/(\.github/workflows/[^@\s]+\.ya?ml)@(\S+)")
_LOCAL = "./"


@record
class Uses:
    """One reference, taken apart."""

    kind: Literal["remote", "local", "docker", "unknown"]
    text: str
    action: str = ""  # `aws-actions/configure-aws-credentials`, in lower case, with the path below where there is one
    ref: str = ""

    @property
    def pinned(self) -> bool:
        """Whether nobody can change what it stands for without changing this file."""
        if self.kind == "local":
            return True
        if self.kind == "docker":
            return bool(_DIGEST.search(self.text))
        return bool(_SHA.fullmatch(self.ref))

    @property
    def official(self) -> bool:
        """Whether GitHub itself owns it."""
        return self.kind == "remote" and self.action.partition("/")[0] in _OFFICIAL


def read_uses(text: str) -> Uses:
    """Take a reference apart; one that is none is `unknown`."""
    written = text.strip()
    if written.startswith(_LOCAL):
        return Uses(kind="local", text=written, action=written.removeprefix(_LOCAL).strip("/"))
    if written.startswith("docker://"):
        return Uses(kind="docker", text=written)
    action, at, ref = written.partition("@")
    if "/" not in action or not at:
        return Uses(kind="unknown", text=written, action=action.lower())
    return Uses(kind="remote", text=written, action=action.lower().strip("/"), ref=ref)


def called_workflow(text: str) -> tuple[str, str, str] | None:
    """Take the reference of a called workflow apart.

    Returns:
        `owner/name` (empty: of the same repository), the path of the file, and the ref (empty: the same commit);
        None where it is none.
    """
    written = text.strip()
    if written.startswith(_LOCAL):
        return "", written.removeprefix(_LOCAL), ""
    found = _WORKFLOW.fullmatch(written)
    return (found[1], found[2], found[3]) if found else None
