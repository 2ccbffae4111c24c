"""Who may assume which role: trust policies and the permissions of those they name, put together.

A trust policy that names a principal of its own account needs nothing more; one that names an account leaves it to that
account's policies; between accounts both must allow
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html).
"""

from collections import defaultdict
from collections.abc import Iterator

from nhi_scan.access.aws.ask import RCP
from nhi_scan.access.aws.conditions.variables import Look
from nhi_scan.access.aws.context import UNKNOWN, Found
from nhi_scan.access.aws.documents import holds
from nhi_scan.access.aws.escalation.about import About
from nhi_scan.access.aws.escalation.candidates import Candidates, Hits
from nhi_scan.access.aws.escalation.judge import Judge
from nhi_scan.access.aws.escalation.subject import Subject
from nhi_scan.access.aws.escalation.technique import Requirement
from nhi_scan.access.aws.reach import Reach, Sides, matches
from nhi_scan.access.aws.summarise import Access
from nhi_scan.access.combine import Truth
from nhi_scan.model.access import Decision, Verdict
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Condition, Effect, Trust

ASSUME = Requirement(action="sts:AssumeRole", on=("target",))
_SECURE = {"aws:SecureTransport": "true"}
_BY_PLACE = frozenset({"aws:principalorgid", "aws:principalaccount", "aws:principalorgpaths"})


class Assumable:
    """The roles of an inventory by who may assume them."""

    def __init__(self, access: Access, judge: Judge) -> None:
        """Index the trusts.

        Args:
            access: whose inventory.
            judge: answers for sts:AssumeRole.
        """
        self._access = access
        self._judge = judge
        self._assuming = judge.actions.bit("sts:assumerole")
        self._about = About(access)
        self._named: dict[str, set[str]] = defaultdict(set)
        self._outright: set[tuple[str, str]] = set()  # who is named by which role with no condition
        self._simple: dict[str, dict[str, bool]] = defaultdict(dict)  # account -> role -> conditional
        self._open_to_all: dict[str, dict[str, bool]] = defaultdict(dict)  # account -> role -> conditional
        self._intricate: dict[str, set[str]] = defaultdict(set)  # account -> roles to be asked about one by one
        self._trusting: dict[str, tuple[Hits, Hits]] = {}  # account -> roles that leave it to its policies, all others
        self._looks: dict[str, Look] = {}
        self._of_account = {row.scope_id: row for row in access.inventory.identities.values()}
        by_unique_id = {row.unique_id: row.id for row in access.inventory.identities.values() if row.unique_id}
        for role_id, trusts in access.inventory.trusts_of.items():
            role = access.inventory.identities.get(role_id)
            if role is not None and role.kind == "iam_role":
                self._index(role, trusts, by_unique_id)

    def _index(self, role: Identity, trusts: tuple[Trust, ...], by_unique_id: dict[str, str]) -> None:
        inventory = self._access.inventory
        intricate = self._is_intricate(role)
        for trust in trusts:
            if trust.mechanism != "assume":
                continue
            if trust.subject_kind == "identity":
                subject = inventory.identity_of(trust.subject)
                self._named[subject.id if subject else trust.subject].add(role.id)
                if not intricate and not trust.conditions and subject and subject.id == trust.subject:
                    self._outright.add((subject.id, role.id))
            elif trust.subject_kind == "deleted" and trust.subject in by_unique_id:
                self._named[by_unique_id[trust.subject]].add(role.id)
            elif trust.subject_kind == "account":
                self._add(trust.subject, role, trust, intricate=intricate)
            elif trust.subject_kind == "anyone":
                for account in inventory.scopes:
                    self._add(account, role, trust, intricate=intricate or account != role.scope_id)
                self._add(role.scope_id, role, trust, intricate=intricate, everyone=True)

    def _add(self, account: str, role: Identity, trust: Trust, *, intricate: bool, everyone: bool = False) -> None:
        if intricate or any(_names_principal(condition) for condition in trust.conditions):
            self._intricate[account].add(role.id)
            return
        met = self._met(trust, account) if trust.conditions else True
        if met is False:
            return
        found = (self._open_to_all if everyone else self._simple)[account]
        found[role.id] = found.get(role.id, True) and met is None

    def _met(self, trust: Trust, account: str) -> Truth:
        """Say whether a trust's conditions hold for an account; what the caller picks, it picks so that they do."""
        look = self._look(account)
        met = holds(trust.conditions, look, variables=True)
        if met is None:
            unpicked = [condition for condition in trust.conditions if condition.key not in self._judge.chosen]
            met = holds(unpicked, look, variables=True)
        return met

    def _look(self, account: str) -> Look:
        """Return what finds the keys that are the same for everyone in an account."""
        look = self._looks.get(account)
        if look is None:
            secure = {key.lower(): (value,) for key, value in _SECURE.items()}
            anyone = self._of_account.get(account)
            inner = None if anyone is None else self._access.principals.look(anyone)

            def look(key: str) -> Found:
                if key in secure:
                    return secure[key]
                return inner(key) if inner is not None and key in _BY_PLACE else UNKNOWN

            self._looks[account] = look
        return look

    def _is_intricate(self, role: Identity) -> bool:
        """Say whether a role's trust policy says more than whom it trusts."""
        inventory = self._access.inventory
        policy = inventory.policies.get(role.trust_policy_id or "")
        if policy is None or not policy.complete:
            return True
        if any(row.effect is Effect.DENY or row.not_principals or row.malformed for row in policy.statements):
            return True
        levels = inventory.guardrails_for(role.scope_id, RCP)
        return any(not row.managed_by_provider for level in levels or () for row in level)

    def shared(self, subject: Subject) -> Iterator[Hits]:
        """Yield the roles that all who share a stack and an account may assume."""
        simple, _ = self._trusting_account(subject.account)
        if simple and subject.focus & self._assuming:
            yield simple.both(self._judge.hits(subject, ASSUME, simple.candidates, self._about))
        everyone = self._left_of_all(subject)
        if everyone:
            yield everyone

    def _trusting_account(self, account: str) -> tuple[Hits, Hits]:
        """Return the roles that leave it to an account's policies who may assume them, and those open to all in it."""
        found = self._trusting.get(account)
        if found is None:
            simple, everyone = self._simple.get(account, {}), self._open_to_all.get(account, {})
            found = self._trusting[account] = (
                Candidates(simple).hits_among(simple),
                Candidates(everyone).hits_among(everyone),
            )
        return found

    def own(self, identity: Identity, subject: Subject) -> Hits | None:
        """Return the roles about which just this identity can be asked; None where there are none."""
        asked = set(self._named.get(identity.id, ()))
        intricate = self._intricate.get(identity.scope_id)
        if intricate:
            possible = self._judge.reach(subject, "sts:assumerole").possible
            asked |= {role for role in intricate if self._may(identity, role, possible)}
        if self._left_of_all(subject) is None:
            asked |= self._open_to_all[identity.scope_id].keys()
        found: dict[str, bool] = {}
        if not asked:
            return None
        freely = subject.complete and self._is_plain(subject) and self._boundary_allows(subject)
        for role_id in sorted(asked):
            if freely and (identity.id, role_id) in self._outright and self._is_near(identity, role_id):
                found[role_id] = False
                continue
            decision = self._access.decide(identity.id, "sts:AssumeRole", role_id, _SECURE)
            if decision.verdict is not Verdict.DENIED:
                found[role_id] = decision.verdict is not Verdict.ALLOWED and not self._picked(decision)
        return Candidates(found).hits_among(found)

    def _picked(self, decision: Decision) -> bool:
        """Say whether a decision depends on nothing but what the caller picks: the name of the session, say."""
        return bool(decision.residual) and all(row.condition.key in self._judge.chosen for row in decision.residual)

    def _left_of_all(self, subject: Subject) -> Hits | None:
        """Return the roles open to all that denies leave; None where each identity has to be asked about by itself."""
        everyone = self._trusting_account(subject.account)[1]
        if not everyone or self._is_plain(subject):
            return everyone
        known = subject.memo.get("left of all", self)
        if known is self:
            known = subject.memo["left of all"] = self._find_left(subject, everyone)
        return known  # type: ignore[return-value] # the memo holds answers of many kinds

    def _find_left(self, subject: Subject, everyone: Hits) -> Hits | None:
        reach = self._judge.reach(subject, "sts:assumerole")
        denies = [term for sides in reach.levels for term in sides.denies]
        if any(term.open for term in denies) or not _guardrails_allow(subject, reach):
            return None
        return everyone.candidates.hits_among(
            {role: doubt for role, doubt in everyone.items() if not any(matches(term, role) for term in denies)}
        )

    def _is_plain(self, subject: Subject) -> bool:
        """Say whether nothing denies assuming roles and the guardrails leave it alone."""
        known = subject.memo.get("plain")
        if known is None:
            reach = self._judge.reach(subject, "sts:assumerole")
            plain = not any(sides.denies for sides in reach.levels) and _guardrails_allow(subject, reach)
            known = subject.memo["plain"] = plain
        return bool(known)

    def _boundary_allows(self, subject: Subject) -> bool:
        return subject.boundary is None or _allows_all(self._judge.reach(subject, "sts:assumerole").levels[1])

    def _may(self, identity: Identity, role_id: str, possible: bool) -> bool:  # noqa: FBT001 - what was just computed
        """Leave out what needs a permission that the identity has on nothing."""
        return possible or self._is_near(identity, role_id)

    def _is_near(self, identity: Identity, role_id: str) -> bool:
        return self._access.inventory.identities[role_id].scope_id == identity.scope_id


def _guardrails_allow(subject: Subject, reach: Reach) -> bool:
    above = reach.levels[len(reach.levels) - len(subject.above) :]
    return all(map(_allows_all, above))


def _allows_all(sides: Sides) -> bool:
    return any(term.rule.everywhere and not term.open for term in sides.allows)


def _names_principal(condition: Condition) -> bool:
    key = condition.key.lower()
    if key in _BY_PLACE:
        return False
    return key.startswith(("aws:principal", "aws:user")) or any("${" in value for value in condition.values)
