"""How a collection goes, as a test hears of it."""


class Steps:
    """Progress that remembers what it was told."""

    def __init__(self, dies: tuple[int, type[Exception]] | None = None) -> None:
        self.told: list[tuple[str, str]] = []
        self._dies = dies

    def start(self, account: str, total: int = 0) -> None:  # noqa: ARG002 - as the protocol names it
        self.told.append(("start", account))

    def advance(self, account: str, service: str, region: str = "") -> None:  # noqa: ARG002 - as above
        self.told.append(("advance", account))
        if self._dies and sum(what == "advance" for what, _ in self.told) >= self._dies[0]:
            raise self._dies[1]

    def done(self, account: str) -> None:
        self.told.append(("done", account))
