"""What is found in a job, each with its line."""

from typing import Literal

from nhi_scan.model.record import record

FactKind = Literal[
    "role",  # an AWS role that the job asks for with its own token
    "chained_role",  # one that is assumed with other credentials: keys, or a role before it
    "azure_client",
    "azure_tenant",
    "azure_subscription",
    "gcp_provider",
    "gcp_service_account",
    "vault_role",
    "audience",  # a token is asked for with this audience
    "static_secret",  # the name of a secret that holds a key which does not expire by itself
    "literal_key",  # the name of a variable or an input at which such a key is written out
    "secret",  # the name of any secret that the job reads
    "unpinned_action",
    "unpinned_third_party",
    "checks_out_head",
    "may_check_out_head",
    "may_inject",  # as the next, where the step's condition may keep outsiders away
    "injects",  # an expression of the event that somebody outside writes, in a script
    "requests_id_token",  # the token is asked for without an action that is known
    "unknown_action",  # a local action that was not collected
]


@record
class Fact:
    """One thing that a job does."""

    kind: FactKind
    value: str
    line: int
    file: str = ""  # of which file the line is, where it is not that of the job

    @property
    def place(self) -> str:
        """Where it stands: `#L12`, with the file before it where that is another one."""
        return f"{self.file}#L{self.line}"


def ordered(facts: "list[Fact]") -> tuple[Fact, ...]:
    """Each once, sorted by place."""
    return tuple(sorted(set(facts), key=lambda one: (one.file, one.line, one.kind, one.value)))
