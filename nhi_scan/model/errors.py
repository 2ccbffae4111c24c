"""The one error that a user sees as a sentence."""


class UserError(Exception):
    """Something the user can mend, said in one sentence: lower case, the word in backticks, where it stands.

    The command line prints it and ends with exit code 2, without a traceback.
    """
