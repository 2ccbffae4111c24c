"""A question: may this identity do this there?"""

from collections.abc import Callable
from dataclasses import field

from nhi_scan.access.azure.conditions import Known
from nhi_scan.access.azure.scoped import Kind
from nhi_scan.access.azure.vaults import Mode
from nhi_scan.access.combine import Truth
from nhi_scan.model.record import record


@record
class Request:
    """One request, as Azure or Entra would see it."""

    action: str  # as roles write it, in any case
    plane: str  # of the action: `control`, `data`, `directory`, `app_role`, `delegated`
    chain: tuple[str, ...]  # places from the outermost down to the one that is asked about, which is the last
    stands: Callable[[str], Truth]  # whether a principal stands for the one who asks; None: perhaps, or once activated
    stands_directly: Callable[[str], Truth] | None = None  # the same, where only direct members of a group count
    eligible: frozenset[str] = frozenset()  # groups that the one who asks is in once a membership is activated
    known: Known = field(default_factory=Known)
    identity_id: str = ""  # who asks
    owned: Truth = None  # whether the one who asks owns what is asked about
    role_assignable: Truth = False  # whether what is asked about is a group that may be given directory roles
    restricted: frozenset[str] = frozenset()  # administrative units whose administrators alone may change it
    kind: Kind = ""  # of what is asked about, where it is a place of the directory and known
    by_rule: bool = False  # whether what is asked about is a group whose members a rule chooses
    own_entity: str = ""  # what permissions call what is asked about, where that is an agent's: `agentIdentities`
    part: frozenset[str] | None = None  # the parts of its kind that it surely belongs to; None: nobody can tell
    vault: Mode = ""  # how the vault that is asked about authorizes
    perhaps_above: frozenset[str] = frozenset()  # places that may be above the first of the chain
    gap: str = ""  # what was not collected of what may give it there, one clause; empty: nothing
    unguarded: str = ""  # what was not collected of deny assignments there, one clause; empty: nothing

    @property
    def place(self) -> str:
        """What is asked about."""
        return self.chain[-1]
