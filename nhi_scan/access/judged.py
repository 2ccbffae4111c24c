"""What was judged to be no escalation technique: the same in every provider's catalogue."""

from nhi_scan.model.record import value


@value
class NotByItself:
    """Permissions that others call escalating and that are not by themselves."""

    why: str  # one sentence
    permissions: tuple[str, ...]  # as the provider writes them
