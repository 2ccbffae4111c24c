"""`decide`: the definition of effective access on AWS.

Each layer is held against the request alone, then all are combined once. The logic is AWS's own, within an account:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
and between accounts:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from dataclasses import replace
from typing import NamedTuple

from nhi_scan.access.aws import special
from nhi_scan.access.aws.collect import Match, Question, Side, truth
from nhi_scan.access.aws.explain import allowed, conditional, denied_by_default, denied_explicitly
from nhi_scan.access.aws.layers import Layers
from nhi_scan.access.aws.principal import Level
from nhi_scan.access.aws.public import is_public, restricted
from nhi_scan.access.aws.request import Look, Request, owner
from nhi_scan.access.aws.sides import Sides, sides
from nhi_scan.access.combine import Truth, both, either
from nhi_scan.model.access import Decision, Layer


def decide(asked: Request, layers: Layers, *, strict: bool = False) -> Decision:
    """Answer whether a request is allowed, and why.

    Args:
        asked: who wants to do what to what, in which context.
        layers: the policies that apply.
        strict: read a condition that stays open as not met, in allowing and denying statements alike.

    Returns:
        Allowed; conditional, with every condition that stayed open; denied, explicitly or because nothing allows it;
        unknown where a statement that could change the answer cannot be read or was not collected.
    """
    action = asked.action.lower()
    about = special.asked_about(action, asked.resource)
    if about is not asked.resource:
        asked = replace(asked, resource=about)
    if special.needs_no_permission(asked.principal, action):
        return allowed(())
    principal = asked.principal
    resource_account = owner(asked) or principal.account
    question = Question(asked, action, Look(asked, resource_account), strict, layers.boundary is not None)
    found = sides(question, layers, resource_account)
    denies = found.denies()
    if denies:
        certain = [match for match in denies if match.certain]
        if certain:
            return denied_explicitly(certain)
    if special.refuses(principal, action, asked.resource):
        return denied_by_default("identity")
    grant = _grant(question, found, same_account=principal.account == resource_account)
    ceilings = _ceilings(question, layers, found, resource_account)
    answer = both(grant.holds, *[holds for _, holds in ceilings]) if ceilings else grant.holds
    if answer is False:
        return denied_by_default(next((layer for layer, holds in ceilings if holds is False), grant.lacking))
    if answer is None or denies:
        return conditional(_open(found, grant, ceilings), denies, grant.by)
    return allowed(grant.by)


class _Grant(NamedTuple):
    """Whether the request is granted, guardrails left aside."""

    holds: Truth
    by: tuple[Match, ...] = ()  # the statements that surely grant it
    lacking: Layer = "identity"  # the layer to blame where nothing does


def _grant(question: Question, found: Sides, *, same_account: bool) -> _Grant:
    principal = question.asked.principal
    layer: Layer = "trust" if special.is_trust(question.action, question.asked.resource) else "resource"
    resource = _Resource(found.resource.allows)
    if not principal.in_account:
        # A service, an identity provider or nobody in particular has no identity policies.
        return _Grant(resource.direct, _certain(found.resource.allows), layer)
    identity = True if principal.kind == "root" else found.identity.allow
    without_policy = principal.kind == "federated_user" and found.session is None
    if without_policy:
        # Without a session policy GetFederationToken hands out none of its user's permissions; what resource policies
        # grant stays. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getfederationtoken.html
        identity = False
    limits = both(_allows(found.boundary), _allows(found.session))
    through_identity = both(identity, limits)
    by = _certain(found.identity.allows + found.resource.allows)
    lacking: Layer = "session" if without_policy else _lacking(found, either(identity, resource.entity))
    if not same_account:
        # Both accounts must allow it.
        holds = both(through_identity, either(resource.direct, resource.entity, resource.account))
        return _Grant(holds, by, lacking if through_identity is False else layer)
    # The role or user behind a session is named: what limits the session limits this too. The requester itself or
    # everyone is named: an implicit deny elsewhere does not matter.
    by_resource = either(resource.direct, both(resource.entity, limits))
    if layer == "trust" or special.is_key(question.action, question.asked.resource):
        # The resource's policy must speak, and may leave it to the account's own policies.
        spoken = resource.account is not False or resource.entity is not False
        holds = either(by_resource, both(resource.account, through_identity))
        return _Grant(holds, by, lacking if spoken else layer)
    return _Grant(either(through_identity, by_resource), by, lacking)


class _Resource:
    """How closely the resource's policy names the requester where it allows."""

    __slots__ = ("account", "direct", "entity")

    def __init__(self, allows: tuple[Match, ...]) -> None:
        self.direct: Truth = False
        self.entity: Truth = False
        self.account: Truth = False
        if allows:
            self.direct = truth([match for match in allows if match.level is Level.DIRECT])
            self.entity = truth([match for match in allows if match.level is Level.ENTITY])
            self.account = truth([match for match in allows if match.level is Level.ACCOUNT])


def _allows(side: Side | None) -> Truth:
    return True if side is None else side.allow


def _certain(matches: tuple[Match, ...]) -> tuple[Match, ...]:
    return tuple([match for match in matches if match.certain]) if matches else ()


def _lacking(found: Sides, granted: Truth) -> Layer:
    """Which limit took away what was granted; the identity policies where nothing was."""
    if granted is False:
        return "identity"
    if _allows(found.boundary) is False:
        return "boundary"
    return "session" if _allows(found.session) is False else "identity"


def _ceilings(
    question: Question,
    layers: Layers,
    found: Sides,
    resource_account: str | None,
) -> list[tuple[Layer, Truth]]:
    """What can only lower an answer: guardrails, the VPC endpoint, S3 Block Public Access."""
    ceilings: list[tuple[Layer, Truth]] = []
    if found.scps:
        ceilings.append(("scp", both(*[side.allow for side in found.scps])))
    if found.endpoint is not None:
        ceilings.append(("endpoint", found.endpoint.allow))
    block = layers.public_access
    if block is not None and block.restrict_public_buckets and question.action.startswith("s3:"):
        public = layers.resource is not None and is_public(layers.resource)
        if public and restricted(question.asked.principal, resource_account):
            ceilings.append(("public_access_block", False))
    return ceilings


def _open(found: Sides, grant: _Grant, ceilings: list[tuple[Layer, Truth]]) -> list[Match]:
    """The allowing statements on whose open conditions the answer depends."""
    pending: list[Side] = []
    if grant.holds is None:
        pending += [side for side in (found.identity, found.boundary, found.session) if side and side.allow is None]
        pending.append(found.resource)
    for layer, holds in ceilings:
        if holds is None:
            pending += (found.scps if layer == "scp" else ()) if layer != "endpoint" else (found.endpoint or Side(),)
    return [match for side in pending for match in side.allows if not match.certain]
