"""Full control in one step: writing one's own permissions, a new principal's, or lifting one's boundary."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from nhi_scan.access.aws.escalation.about import About
from nhi_scan.access.aws.escalation.edges import Engine
from nhi_scan.access.aws.escalation.subject import Subject
from nhi_scan.access.aws.escalation.technique import Requirement, Technique
from nhi_scan.access.aws.special import is_protected
from nhi_scan.access.combine import Truth
from nhi_scan.model.identity import Identity
from nhi_scan.model.record import value

_KINDS = {"iam_user": ("self", "self_user"), "iam_role": ("self", "self_role")}


@value
class Grip:
    """A way to full control in one step."""

    technique: Technique
    target: str  # what is written
    conditional: bool


class Oneself:
    """Judges the techniques that an identity uses on itself."""

    def __init__(self, engine: Engine) -> None:
        """Share what the engine has found."""
        self._engine = engine
        self._about = About(engine.access)
        self._itself: dict[tuple[int, str], tuple[Technique, ...]] = {}

    def grip(self, identity: Identity, subject: Subject) -> Grip | None:
        """Return the best way of an identity to full control in one step: one without open conditions, if any is."""
        found: Grip | None = None
        doubt = self._engine.targets.has_unread_boundary(identity.id)
        for grip in chain(self._grips(identity, subject), self._restored(identity, subject)):
            if doubt:
                return replace(grip, conditional=True)
            if not grip.conditional:
                return grip
            found = found or grip
        return found

    def without_boundary(self, identity: Identity) -> Truth:
        """Say whether an identity has full control once its boundary is gone."""
        subject = self._engine.subject(identity)
        return False if subject.boundary is None else _settled(self._grips(identity, subject.unbound()))

    def with_version(self, identity: Identity, policy_ids: Iterable[str]) -> Truth:
        """Say whether an identity has full control with another version of one of some policies."""
        result: Truth = False
        for policy_id in policy_ids:
            for restored in self.versions(identity, policy_id):
                met = _settled(self._grips(identity, restored))
                if met is True:
                    return True
                result = None if met is None else result
        return result

    def versions(self, identity: Identity, policy_id: str) -> Iterator[Subject]:
        """Yield what an identity would be with each other version of a policy."""
        engine = self._engine
        policy = engine.access.inventory.policies.get(policy_id)
        for version in policy.other_versions if policy is not None else ():
            stack = engine.access.stack_with(identity, {policy_id: version.id})
            yield engine.judge.subject(identity, stack)

    def _grips(self, identity: Identity, subject: Subject) -> Iterator[Grip]:
        ceiling = self._engine.control.lets_through(subject)
        for technique in self._on_itself(identity, subject):
            met, target = self._judge(technique, identity, subject, ceiling)
            if met is not False:
                yield Grip(technique, target, met is None)
        yield from self._made(subject)
        if subject.boundary is not None:
            yield from self._unbound(identity, subject)

    def _on_itself(self, identity: Identity, subject: Subject) -> tuple[Technique, ...]:
        """Return the techniques that are held and that this kind of identity uses on itself or on groups."""
        key = (subject.focus, identity.kind)
        found = self._itself.get(key)
        if found is None:
            kinds = _KINDS.get(identity.kind, ())
            if identity.kind == "iam_user":
                kinds = (*kinds, "own_group", "group")
            held = self._engine.held(subject)
            found = self._itself[key] = tuple(
                [row for row in held if row.target in kinds and row.yields in ("rewrite", "enrich", "join")]
            )
        return found

    def _judge(self, technique: Technique, identity: Identity, subject: Subject, ceiling: Truth) -> tuple[Truth, str]:
        """Judge a technique on oneself, and name what it writes."""
        if ceiling is False and technique.yields != "join":
            return False, ""
        if technique.target in _kinds(identity):
            return _worse(self._on_self(technique, identity, subject), ceiling), identity.id
        if technique.target == "own_group":
            return self._on_groups(technique, identity, subject, ceiling)
        if technique.target == "group" and technique.yields == "enrich":
            return self._on_any_group(technique, subject, ceiling)
        return False, ""

    def _on_self(self, technique: Technique, identity: Identity, subject: Subject) -> Truth:
        result: Truth = True
        for requirement in technique.requires:
            if "policy" in requirement.on:
                met = self._on_own_policy(requirement, identity, subject)
            elif "boundary" in requirement.on:
                met = self._on_own_boundary(requirement, identity, subject)
            else:
                met = self._engine.judge.on(subject, requirement, identity.id, self._about(identity.id))
            result = _worse(result, met)
        return result

    def _on_own_policy(self, requirement: Requirement, identity: Identity, subject: Subject) -> Truth:
        result: Truth = False
        for policy_id in self._engine.targets.attached(identity.id):
            met = self._engine.judge.on(subject, requirement, policy_id, {})
            if met is True:
                return True
            result = None if met is None else result
        return result

    def _on_own_boundary(self, requirement: Requirement, identity: Identity, subject: Subject) -> Truth:
        boundary = self._engine.targets.boundary(identity.id)
        return False if boundary is None else self._engine.judge.on(subject, requirement, boundary, {})

    def _on_groups(
        self, technique: Technique, identity: Identity, subject: Subject, ceiling: Truth
    ) -> tuple[Truth, str]:
        best: tuple[Truth, str] = (False, "")
        for group_id in self._engine.targets.groups_of.get(identity.id, ()):
            met: Truth = ceiling
            for requirement in technique.requires:
                met = _worse(met, self._engine.judge.on(subject, requirement, group_id, {}))
            if met is True:
                return True, group_id
            best = (None, group_id) if met is None else best
        return best

    def _on_any_group(self, technique: Technique, subject: Subject, ceiling: Truth) -> tuple[Truth, str]:
        hits = self._engine.on_groups(technique, subject)
        for group_id, conditional in sorted(hits.items(), key=lambda hit: (hit[1], hit[0])):
            return _worse(None if conditional else True, ceiling), group_id
        return False, ""

    def _made(self, subject: Subject) -> tuple[Grip, ...]:
        """Return the techniques that make a new principal, or give a permission set more."""
        found = subject.memo.get("made")
        if found is None:
            found = subject.memo["made"] = tuple(self._find_made(subject))
        return found  # type: ignore[return-value] # the memo holds answers of many kinds

    def _find_made(self, subject: Subject) -> Iterator[Grip]:
        ceiling = self._engine.control.above(subject)
        for technique in self._engine.held(subject):
            if technique.target != "new" or ceiling is False:
                continue
            there = self._engine.targets.exists(subject.account, technique.exists)
            if technique.exists and there is not True:
                continue
            met = _worse(self._engine.judge.somewhere(subject, technique.requires), ceiling)
            if met is not False:
                yield Grip(technique, f"account/{subject.account}", met is None)

    def _unbound(self, identity: Identity, subject: Subject) -> Iterator[Grip]:
        """Yield what lifting the boundary comes to: it does where the rest is control."""
        lifted: Subject | None = None
        for technique in self._engine.held(subject):
            if technique.yields != "unbind" or technique.target not in _kinds(identity):
                continue
            met = self._on_self(technique, identity, subject)
            if met is False:
                continue
            lifted = lifted or subject.unbound()
            grips = list(self._grips(identity, lifted))
            if grips:
                yield Grip(technique, identity.id, met is None or all(grip.conditional for grip in grips))

    def _restored(self, identity: Identity, subject: Subject) -> Iterator[Grip]:
        """Yield what putting another version of one's own policies in force comes to."""
        for technique in self._engine.held(subject):
            if technique.yields != "restore" or technique.target != "self":
                continue
            for policy_id in self._engine.targets.attached(identity.id):
                met = self._engine.judge.on(subject, technique.requires[0], policy_id, {})
                if met is not False:
                    met = _worse(met, self.with_version(identity, (policy_id,)))
                if met is not False:
                    yield Grip(technique, policy_id, met is None)

    def joining(self, identity: Identity, subject: Subject, group: Subject) -> Truth:
        """Say whether a user gets full control with the permissions of a group beside its own."""
        return _settled(self._grips(identity, self._engine.judge.subjects.joined(subject, group)))


def _settled(grips: Iterable[Grip]) -> Truth:
    """Say whether there is a grip; None where each depends on an open condition."""
    result: Truth = False
    for grip in grips:
        if not grip.conditional:
            return True
        result = None
    return result


def _kinds(identity: Identity) -> tuple[str, ...]:
    """Return the kinds of target that an identity is to itself: a role that belongs to a service cannot be changed."""
    return ("self",) if is_protected(identity.id) else _KINDS.get(identity.kind, ())


def _worse(one: Truth, other: Truth) -> Truth:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True
