"""Scopes as the collector walks them: organizations, folders and projects."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from nhi_scan.providers.gcp.kinds import scope_dir

PROVIDER = "gcp"
PART = "all"  # name of the one part of what is collected in one go


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One scope.

    Attributes:
        id: `organizations/1`, `folders/2`, `projects/my-app`.
        number: of a project, where it is known.
        organization: id of the one above, or itself; empty where it is not known.
    """

    id: str
    number: str = ""
    organization: str = ""

    @property
    def kind(self) -> str:
        """`organizations`, `folders` or `projects`."""
        return self.id.partition("/")[0]

    @property
    def folder(self) -> str:
        """Name of its folder in the snapshot."""
        return scope_dir(self.id)

    @property
    def attachment_point(self) -> str:
        """What a deny policy hangs on: https://cloud.google.com/iam/docs/deny-overview#attachment-point."""
        return f"cloudresourcemanager.googleapis.com/{self.id}"

    @property
    def _numbered(self) -> str:
        return f"projects/{self.number}" if self.number else self.id

    @property
    def words(self) -> Mapping[str, str]:
        """What `{name}` in a parameter stands for."""
        return {
            "scope": self.id,
            "project": self.id.partition("/")[2],
            "organization": self.organization or self.id,
            "attachment": quote(self.attachment_point, safe=""),
            "full_name": f"//cloudresourcemanager.googleapis.com/{self._numbered}",
        }
