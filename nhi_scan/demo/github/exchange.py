"""One request and one answer, without the wire."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nhi_scan.demo.github.estate import Repository
from nhi_scan.demo.github.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked.

    Attributes:
        method: `GET` and so on.
        path: encoded, below the API's address, without the query.
        query: parameter -> value, decoded.
        headers: by lower-case name.
        body: decoded JSON; None: there was none.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(slots=True, kw_only=True)
class Answer:
    """What is answered; `wire` is how a fault leaves it there."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    wire: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and its answer, for a test to hold against GitHub's description; the headers without the token."""

    method: str
    template: str
    words: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    status: int
    body: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a route answers from.

    Attributes:
        world: the estate now.
        words: what stood where the path has names.
        repository: that it is about, where it is about one.
        seen: repositories that the caller's installation has.
        settings: whether the caller may read the organization's administration.
    """

    world: World
    words: Mapping[str, str]
    repository: Repository | None
    seen: Sequence[Repository]
    settings: bool

    @property
    def one(self) -> Repository:
        """The repository that it is about."""
        if self.repository is None:
            raise LookupError(self.words)
        return self.repository

    @property
    def base(self) -> str:
        """Address of what it is about."""
        about = f"repos/{self.world.full_name(self.one)}" if self.repository else f"orgs/{self.world.estate.login}"
        return f"{self.world.endpoint}/{about}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Rows that are paged, and the name that they stand under; empty: the answer is the list."""

    rows: Sequence[Any]
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A path of the description, the permission it takes, and what answers it."""

    template: str
    permission: str
    answer: Callable[[Scene], Any]
    person: bool = True  # whether a person's token may ask
    app: bool = True  # whether an app's may
