"""What groups give their members: effective access in which each group can be asked about like an identity."""

from dataclasses import replace

from nhi_scan.access.azure.summarise import Access, summarise
from nhi_scan.model.identity import Group, Identity, Nature
from nhi_scan.model.policy import Binding


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
            # What single identities are given would only take time to read.
            given = {name: rows for name, rows in inventory.bindings_of.items() if name in groups}
            bindings = {row.id: row for rows in given.values() for row in rows}
            by_role: dict[str, list[Binding]] = {}
            for row in bindings.values():
                by_role.setdefault(row.policy_id, []).append(row)
            limited = replace(
                inventory,
                identities=groups,
                bindings=bindings,
                bindings_of=given,
                bindings_to={role: tuple(rows) for role, rows in by_role.items()},
            )
            self._made = summarise(limited, self._access.now)
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
