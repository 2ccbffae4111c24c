"""Commands that ask a snapshot one question about access."""

COMMANDS = ()
