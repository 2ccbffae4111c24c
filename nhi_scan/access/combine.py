"""Three-valued logic: unknown stays unknown until another value settles it (Kleene)."""

Truth = bool | None
"""True, False, or None: it depends on what is unknown."""


def both(*values: Truth) -> Truth:
    """False where one is, else unknown where one is."""
    if False in values:
        return False
    return None if None in values else True


def either(*values: Truth) -> Truth:
    """True where one is, else unknown where one is."""
    if True in values:
        return True
    return None if None in values else False
