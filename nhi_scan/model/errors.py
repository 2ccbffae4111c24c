"""The one error that a user sees as a sentence."""


class UserError(Exception):
    """Something the user can mend, said in one sentence: lower case, the word in backticks, where it stands.

    The command line prints it and ends with exit code 2, without a traceback.

    Args:
        sentence: what is wrong. It may quote what somebody else wrote: line breaks in that become spaces.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(" ".join(sentence.splitlines()))


class NothingReadError(UserError):
    """A provider that read nothing at all: nothing of it is in the snapshot that could be completed or kept."""
