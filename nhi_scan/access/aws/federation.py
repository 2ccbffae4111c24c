"""Which roles somebody becomes by a token of an outside issuer: the roles' trust policies, asked with it.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html: the role's account must have an
identity provider for the issuer, the token's audience be among its client ids, and the trust policy allow it. The
policy is judged by the definition, as everything is (`evaluate.decide`).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from nhi_scan.access.aws.anywhere import Anywhere
from nhi_scan.access.aws.claims import Keys, besides
from nhi_scan.access.aws.context import Context
from nhi_scan.access.aws.doors import BUILT_IN, Door, Doors
from nhi_scan.access.aws.evaluate import decide
from nhi_scan.access.aws.layers import Layers
from nhi_scan.access.aws.pod_identity import May, PodIdentities
from nhi_scan.access.aws.principal import Principal
from nhi_scan.access.aws.request import Request
from nhi_scan.access.aws.serving_trust import residual_of
from nhi_scan.access.federation import Entry
from nhi_scan.access.match import action_matcher
from nhi_scan.access.witnesses import Token, tokens
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Decision, Verdict
from nhi_scan.model.assertion import Assertion, Claim
from nhi_scan.model.policy import Effect, Policy, Statement, Trust

_ASSUME = "sts:AssumeRoleWithWebIdentity"
_PROVIDERS = "iam-oidc-providers"
_NOT_COLLECTED = "the identity provider `{}` was not collected"
_NO_ISSUER = "who issues the holder's tokens is not known: `{}` is what the role trusts"


class Federation:
    """Roles by the issuers that they trust. Read-only once it was made."""

    def __init__(self, inventory: Inventory, now: datetime, may: May) -> None:
        """Index the trusts.

        Args:
            inventory: has the roles.
            now: decides conditions on the time; aware.
            may: says what an identity may do.
        """
        self._inventory = inventory
        self._now = now
        self._pods = PodIdentities(inventory, now, may)
        self._anywhere = Anywhere(inventory, now)
        self._parts: dict[tuple[str, int], Policy] = {}
        self._doors = Doors(inventory)
        self._joined: dict[tuple[int, ...], tuple[Entry, ...]] = {}

    @cached_property
    def trusted_issuers(self) -> frozenset[str]:
        """See `access.engine.Engine`."""
        return self._doors.issuers | self._pods.issuers | self._anywhere.issuers

    def entries(self, assertion: Assertion) -> tuple[Entry, ...]:
        """See `access.engine.Engine`."""
        more = [*self._pods.entries(assertion), *self._anywhere.entries(assertion)]
        if not assertion.issuer or more:
            given = self._doors.ask(assertion, self._enter) if assertion.issuer else [tuple(self._asked_for(assertion))]
            return _sorted([*(one for some in given for one in some), *more])
        parts = tuple(self._doors.ask(assertion, self._enter))
        key = tuple(map(id, parts))  # the doors keep them
        if key not in self._joined:
            self._joined[key] = _sorted([one for some in parts for one in some])
        return self._joined[key]

    def _asked_for(self, assertion: Assertion) -> Iterator[Entry]:
        """Where nobody knows the issuer, a role that the holder asks for may trust it."""
        for role_id in assertion.asks_for:
            role = self._inventory.identities.get(role_id)
            for trust in self._inventory.trusts_of.get(role_id, ()) if role is not None else ():
                for door in self._doors.of(role, trust) if role is not None else ():
                    entry = self._enter(door, replace(assertion, issuer=f"https://{door.issuer}"))
                    if entry is not None:
                        residual = (*entry.residual, _NO_ISSUER.format(door.issuer))
                        yield replace(entry, state=None, residual=residual)

    def _enter(self, door: Door, assertion: Assertion) -> Entry | None:
        """Ask a role's trust policy; None where no token of the holder is let in."""
        policy, _ = self._doors.policies(door)
        if policy is None:
            return None
        keys = Keys(door.issuer)
        shown = keys.shown(assertion)
        if self._refuted(keys, shown, policy, door.trust):
            return None
        audiences = self._audiences(door, shown)
        if audiences is None:
            return None
        open_ = () if audiences is not _ANY else (_NOT_COLLECTED.format(door.provider),)
        best: Entry | None = None
        for narrowed in _narrowed(shown, audiences):
            entry = self._ask(door, policy, keys, narrowed, open_)
            if entry is not None and entry.state:
                return entry
            best = best or entry
        return best

    def _refuted(self, keys: Keys, shown: Assertion, policy: Policy, trust: Trust) -> bool:
        """Say whether a statement surely lets no token of the holder's in."""
        index = trust.statement_index
        statement = next((one for one in policy.statements if one.index == index), None)
        if statement is None or statement.effect is not Effect.ALLOW:
            return False
        return any(keys.refutes(shown, condition) for condition in statement.conditions)

    def _ask(self, door: Door, policy: Policy, keys: Keys, shown: Assertion, open_: tuple[str, ...]) -> Entry | None:
        _, rcps = self._doors.policies(door)
        policies = [policy, *[one for level in rcps for one in level]]
        layers = {_ASSUME: Layers(resource=self._alone(policy, door.trust), rcps=rcps)}
        layers |= {action: Layers(resource=policy, rcps=rcps) for action in besides(shown)}

        def decided(token: Token) -> Decision:
            context = keys.context(shown, token, policies, self._now)
            return _both([self._decide(door, action, context, each) for action, each in layers.items()])

        found = _best((token.together, decided(token)) for token in tokens(shown, keys.asked(policies)))
        if found is None:
            found = self._unproven(door, keys, shown, policies, decided)
        if found is None:
            return None
        sure, decision = found
        residual = (*open_, *residual_of(decision), *(() if sure or decision.residual else (_TOGETHER,)))
        return Entry(
            identity_id=door.role.id,
            trust_id=door.trust.id,
            state=True if sure and not open_ else None,
            statements=tuple(sorted(decision.statements, key=lambda one: (one.policy_id, one.index))),
            residual=residual,
            detail=f"by a token of {door.issuer}",
        )

    def _alone(self, policy: Policy, trust: Trust) -> Policy:
        """What is left of a trust policy where of all that lets somebody in one statement is looked at."""
        key = (policy.id, trust.statement_index)
        if key not in self._parts:
            kept = [
                one
                for one in policy.statements
                if one.effect is Effect.DENY or one.malformed or one.index == trust.statement_index
            ]
            whole = len(kept) == len(policy.statements)
            self._parts[key] = policy if whole else replace(policy, statements=tuple(kept))
        return self._parts[key]

    def _unproven(
        self, door: Door, keys: Keys, shown: Assertion, policies: list[Policy], decided: Callable[[Token], Decision]
    ) -> tuple[bool, Decision] | None:
        """Where no token that was made up is let in, another one may be, unless something surely keeps all out."""
        asked = keys.asked(policies)
        open_ = {one.name for one in shown.claims if one.form != "exact" and one.name in asked}
        if not open_ or any(
            self._keeps_out(door, keys, shown, each) for policy in policies for each in policy.statements
        ):
            return None
        fixed = tuple((one.name, one.values) for one in shown.claims if one.form == "exact" and one.name in asked)
        decision = decided(Token(fixed))
        return None if decision.verdict is Verdict.DENIED else (False, decision)

    @staticmethod
    def _keeps_out(door: Door, keys: Keys, shown: Assertion, statement: Statement) -> bool:
        """Say whether a statement denies, whatever token of the holder's is shown; that it excepts some, it may not."""
        named = any(one.kind == "any" or one.value == door.provider for one in statement.principals)
        named = named or not (statement.principals or statement.not_principals)
        if statement.effect is not Effect.DENY or statement.malformed or statement.not_actions or not named:
            return False
        if not any(action_matcher(one)(_ASSUME.lower()) for one in statement.actions):
            return False
        return all(keys.surely_met(shown, one) for one in statement.conditions)

    def _decide(self, door: Door, action: str, context: Context, layers: Layers) -> Decision:
        principal = Principal(id=door.provider, kind="federated", partition=door.role.id.split(":")[1])
        asked = Request(
            principal=principal,
            action=action,
            resource=door.role.id,
            resource_account=door.role.scope_id,
            context=context,
        )
        return decide(asked, layers)

    def _audiences(self, door: Door, shown: Assertion) -> tuple[str, ...] | None:
        """Return the audiences that the provider takes; None where it surely takes none of the holder's tokens.

        https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
        """
        if door.provider in BUILT_IN:
            return ()
        resource = self._inventory.resources.get(door.provider)
        if resource is None:
            return None if self._inventory.covered(door.role.scope_id, _PROVIDERS) else _ANY
        client_ids = tuple(dict(resource.attributes).get("client_ids", "").split())
        claim = shown.claim("aud")
        if claim is None:
            return None if shown.complete else client_ids
        if claim.form in {"exact", "one_of"}:
            client_ids = tuple(one for one in client_ids if one in claim.values)
        return client_ids or None


_ANY: tuple[str, ...] = ("*",)
_TOGETHER = "that one token has all that is asked for"


def _narrowed(shown: Assertion, audiences: tuple[str, ...]) -> Iterator[Assertion]:
    """The assertion with each audience that the provider takes, where the holder picks it."""
    claim = shown.claim("aud")
    if claim is None or claim.form == "exact" or not audiences or audiences is _ANY:
        yield shown
        return
    others = tuple(one for one in shown.claims if one.name != "aud")
    for audience in audiences:
        yield replace(shown, claims=(*others, Claim("aud", (audience,))))


def _sorted(found: list[Entry]) -> tuple[Entry, ...]:
    """Sort by role and trust; of several over the same trust the first that is sure, else the first."""
    best: dict[tuple[str, str], Entry] = {}
    for one in found:
        known = best.get((one.identity_id, one.trust_id))
        if known is None or (known.state is None and one.state):
            best[one.identity_id, one.trust_id] = one
    return tuple([best[key] for key in sorted(best)])


def _best(found: Iterable[tuple[bool, Decision]]) -> tuple[bool, Decision] | None:
    """The first of several answers that is sure, else the first that is no refusal.

    Args:
        found: whether one token surely has all that was made up, and what it comes to.
    """
    best: tuple[bool, Decision] | None = None
    for together, decision in found:
        if decision.verdict is not Verdict.DENIED:
            sure = decision.verdict is Verdict.ALLOWED and together
            if sure:
                return True, decision
            best = best or (False, decision)
    return best


def _both(decisions: list[Decision]) -> Decision:
    """The worst of several decisions that all must allow."""
    order = (Verdict.DENIED, Verdict.UNKNOWN, Verdict.CONDITIONAL, Verdict.ALLOWED)
    return min(decisions, key=lambda one: order.index(one.verdict))
