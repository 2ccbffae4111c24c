"""`decide`: the definition of effective access on Azure and in Microsoft Entra.

A deny assignment blocks what any role gives; else one assignment is enough
(https://learn.microsoft.com/azure/role-based-access-control/overview#how-azure-rbac-determines-if-a-user-has-access-to-a-resource).
Assignments add up: each gives its role's actions less that role's notActions, and takes away nothing that another
gives. They are inherited by everything below their scope. A condition narrows the one assignment, or the one set of
permissions in a role, that it is part of. Directory roles, permissions of APIs and ownership add up in the same way.

Resource locks and Azure Policy are no matter of who: they are not looked at. Classic administrators are retired
(https://learn.microsoft.com/azure/role-based-access-control/classic-administrators).
"""

from collections.abc import Iterator

from nhi_scan.access.azure import directory, scoped, vaults
from nhi_scan.access.azure.collect import (
    NO,
    YES,
    Match,
    Settled,
    activation,
    conditions_of,
    lapsed,
    matching,
    settle,
    standing,
    together,
    truth,
)
from nhi_scan.access.azure.deny import denying
from nhi_scan.access.azure.explain import allowed, conditional, denied_by_default, denied_explicitly, unseen
from nhi_scan.access.azure.layers import Layers
from nhi_scan.access.azure.request import Request
from nhi_scan.model.access import Decision, StatementRef
from nhi_scan.model.policy import Binding


def decide(asked: Request, layers: Layers, *, strict: bool = False) -> Decision:
    """Answer whether a request is allowed, and why.

    Args:
        asked: who wants to do what where.
        layers: the assignments that apply.
        strict: read a condition that stays open as not met, and what has to be activated as not activated.

    Returns:
        Allowed; conditional, with every condition that stayed open; denied, explicitly or because nothing allows it;
        unknown where something that could change the answer cannot be read or was not collected. What nothing was
        found to allow is unknown, too, where assignments that count there were not collected; what was found to be
        allowed stays so, also where nobody looked at deny assignments, and the reason says it.
    """
    denies = denying(layers.denies, asked, strict=strict)
    certain = [match for match in denies if match.certain]
    if certain:
        return denied_explicitly(certain, layers)
    allows = allowing(layers, asked, strict=strict)
    granted = truth(allows)
    if granted is False:
        return unseen(asked) if asked.gap else denied_by_default(asked.action)
    if granted is None or denies:
        return conditional(allows, denies)
    return allowed([match for match in allows if match.certain], layers, asked.unguarded)


def allowing(layers: Layers, asked: Request, *, strict: bool = False) -> list[Match]:
    """Return the assignments that allow a request, or may."""
    places = frozenset(asked.chain)
    return [
        match
        for binding in layers.bindings
        if binding.scope_id in places or binding.scope_id in asked.perhaps_above
        for match in _allows(binding, layers, asked, strict=strict)
    ]


def _allows(binding: Binding, layers: Layers, asked: Request, *, strict: bool) -> Iterator[Match]:
    if lapsed(binding, asked.known.now):
        return
    stands = standing(binding.principal_id, asked, direct=asked.plane == "app_role", strict=strict)
    given = [stands, _counts(binding, asked), _place(binding, asked), _eligible(binding, strict=strict)]
    if any(one.holds is False for one in given):
        return
    role = layers.roles.get(binding.policy_id)
    for statement, covered in matching(role, binding.policy_id, asked, strict=strict):
        parts = [*given, covered]
        parts += [settle(one, asked, strict=strict) for one in conditions_of(statement, binding.condition)]
        whole = together(parts)
        if whole.holds is not False:
            name = StatementRef(binding.policy_id, statement.index, statement.sid, "allow", binding.id)
            yield Match(name, binding.scope_id, binding.principal_id, whole.open, whole.unknown)


def _counts(binding: Binding, asked: Request) -> Settled:
    """Whether what an assignment gives of a vault's content counts there at all."""
    counts = vaults.counts(binding.policy_id, asked.vault) if asked.plane == "data" else True
    if counts is None:
        return Settled(None, (), "whether the vault goes by roles or by access policies was not collected")
    return Settled(counts)


def _place(binding: Binding, asked: Request) -> Settled:
    if asked.plane == directory.PLANE:
        return _in_directory(binding, asked)
    if binding.scope_id in asked.perhaps_above:
        return Settled(None, (), f"whether `{binding.scope_id}` is above it is not known")
    return YES


def _in_directory(binding: Binding, asked: Request) -> Settled:
    if asked.by_rule and directory.changes_members(asked.action):
        return NO
    kind = scoped.kind_at(binding, asked.kind if binding.scope_id == asked.place else "")
    if not scoped.concerns(kind, asked.action):
        return NO
    kept = directory.kept_away(binding.scope_id, asked)
    if kept is None:
        return Settled(None, (), f"whether `{asked.place}` can be given directory roles was not collected")
    return NO if kept else YES


def _eligible(binding: Binding, *, strict: bool) -> Settled:
    """An eligible assignment counts once it is activated.

    https://learn.microsoft.com/entra/id-governance/privileged-identity-management/pim-configure
    """
    if not binding.eligible:
        return YES
    return NO if strict else Settled(None, (activation(f"assignment `{binding.id}`"),))
