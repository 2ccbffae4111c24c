"""What groups give their members: effective access in which each group can be asked about like an identity."""

from dataclasses import replace

from nhi_scan.access.azure.summarise import Access, summarise
from nhi_scan.model.identity import Group, Identity, Nature


class Grouped:
    """Effective access with the groups of a directory as principals; worked out where somebody asks."""

    def __init__(self, access: Access) -> None:
        """Take effective access."""
        self._access = access
        self._made: Access | None = None

    @property
    def access(self) -> Access:
        """Effective access of groups. Of identities that are no groups it says what the other one says."""
        if self._made is None:
            inventory = self._access.inventory
            groups = {
                one.id: _as_identity(one)
                for one in inventory.groups.values()
                if one.provider == "azure" and one.kind == "entra_group" and one.id not in inventory.identities
            }
            self._made = summarise(replace(inventory, identities=groups), self._access.now)
        return self._made


def _as_identity(group: Group) -> Identity:
    return Identity(
        id=group.id,
        provider=group.provider,
        kind="user",
        nature=Nature.HUMAN,  # an owner that is a group owns as a person does: its members do
        nature_reason="it stands for the members of a group",
        name=group.name,
        scope_id=group.scope_id,
    )
