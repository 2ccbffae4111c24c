"""An estate at a moment: what is where, under which name now, and when things happened."""

from datetime import UTC, datetime, timedelta

from nhi_scan.demo.github.estate import Estate, Repository


class World:
    """An estate, and the moment at which it plays (aware).

    Attributes:
        endpoint: address of the API: links in answers begin with it.
        web: address of the web site.
    """

    def __init__(self, estate: Estate, now: datetime) -> None:
        self.estate = estate
        self.now = now.astimezone(UTC).replace(microsecond=0)
        self.endpoint = "https://api.github.com"
        self.web = "https://github.com"
        self._names = {one.id: one.name for one in estate.repositories}
        self._older: dict[str, int] = {}
        self._gone: set[int] = set()

    def date(self, days: float) -> str:
        """Return the moment so many days ago, as GitHub writes it."""
        return (self.now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def repositories(self) -> list[Repository]:
        """All repositories that are there, by the names they have now."""
        found = [one for one in self.estate.repositories if one.id not in self._gone]
        return sorted(found, key=lambda one: self.name(one).lower())

    def installed(self) -> list[Repository]:
        """The repositories that the scanner is installed in."""
        names = self.estate.installed
        return [one for one in self.repositories() if names is None or one.name in names]

    def name(self, repository: Repository) -> str:
        """Return a repository's name now."""
        return self._names[repository.id]

    def full_name(self, repository: Repository) -> str:
        """Return `owner/name`."""
        return f"{self.estate.login}/{self.name(repository)}"

    def find(self, owner: str, name: str) -> tuple[Repository | None, bool]:
        """Find a repository, and whether it has another name now."""
        if owner.lower() != self.estate.login.lower():
            return None, False
        for one in self.repositories():
            if self.name(one).lower() == name.lower():
                return one, False
        number = self._older.get(name.lower())
        return next((one for one in self.repositories() if one.id == number), None), True

    def by_id(self, number: int) -> Repository | None:
        """Find a repository by its number."""
        return next((one for one in self.repositories() if one.id == number), None)

    def rename(self, number: int, name: str) -> None:
        """Give a repository another name; the old one leads to it."""
        self._older[self._names[number].lower()] = number
        self._names[number] = name

    def delete(self, number: int) -> None:
        """Take a repository away."""
        self._gone.add(number)
