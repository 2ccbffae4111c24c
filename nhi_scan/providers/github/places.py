"""What is asked about: organizations, and people who own repositories."""

from dataclasses import dataclass

from nhi_scan.model import github_ids
from nhi_scan.providers.github.faults import CallError
from nhi_scan.providers.github.kinds import scope_dir

PROVIDER = "github"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One owner of repositories.

    Attributes:
        host: of the web site.
        owner: its name as it was written or answered.
        repositories: full names of those that are asked about; none: all.
        installation: number of the app's installation in it; 0: the app is not what asks.
        selected: whether the app is installed in selected repositories only.
        lacking: why nothing can be asked about it.
    """

    host: str
    owner: str
    repositories: tuple[str, ...] = ()
    installation: int = 0
    selected: bool = False
    lacking: CallError | None = None

    @property
    def id(self) -> str:
        """Id of the scope: `github.com/northwind`."""
        return github_ids.organization(self.host, self.owner)

    @property
    def folder(self) -> str:
        """Name of its folder in the snapshot."""
        return scope_dir(self.id)
