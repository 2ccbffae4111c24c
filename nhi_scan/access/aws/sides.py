"""Every layer held against a request, each alone."""

from typing import NamedTuple

from nhi_scan.access.aws import special
from nhi_scan.access.aws.collect import NOTHING, Match, Question, Side, collect, missing
from nhi_scan.access.aws.guardrails import rcps_apply, scps_apply
from nhi_scan.access.aws.layers import Layers
from nhi_scan.model.access import Layer
from nhi_scan.model.policy import Policy

_UNKNOWN_LEVEL = {"scp": (missing("scp"),), "rcp": (missing("rcp"),)}


class Sides(NamedTuple):
    """What each layer says. None: the layer is not there and limits nothing."""

    identity: Side
    boundary: Side | None
    session: Side | None
    scps: tuple[Side, ...]
    rcps: tuple[Side, ...]
    resource: Side
    endpoint: Side | None

    def denies(self) -> tuple[Match, ...]:
        """Every denying statement that matches or may match. An explicit deny in any layer overrides."""
        found: tuple[Match, ...] = self.identity.denies
        for side in (self.boundary, self.session, self.resource, self.endpoint, *self.scps, *self.rcps):
            if side is not None and side.denies:
                found += side.denies
        return found


def sides(question: Question, layers: Layers, resource_account: str | None) -> Sides:
    """Hold each layer that applies to this kind of requester against the request."""
    principal = question.asked.principal
    entity = principal.in_account and principal.kind != "root"
    return Sides(
        identity=_identity(question, layers) if entity else NOTHING,
        boundary=_limit(layers.boundary, "boundary", question, layers) if entity else None,
        session=_limit(layers.session, "session", question, layers) if entity else None,
        scps=_scps(question, layers),
        rcps=_rcps(question, layers),
        resource=_resource(question, layers, resource_account),
        endpoint=_endpoint(question, layers),
    )


def _identity(question: Question, layers: Layers) -> Side:
    side = collect(layers.identity, "identity", question)
    return _with_missing(side, "identity") if "identity" in layers.missing else side


def _limit(policies: tuple[Policy, ...] | None, layer: Layer, question: Question, layers: Layers) -> Side | None:
    if layer in layers.missing:
        return missing(layer)
    return None if policies is None else collect(policies, layer, question)


def _scps(question: Question, layers: Layers) -> tuple[Side, ...]:
    """One side a level: the action must be allowed at each, from the root down to the account.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
    """
    if not (layers.scps or "scp" in layers.missing) or not scps_apply(question.asked.principal):
        return ()
    levels = tuple([collect(level, "scp", question) for level in layers.scps])
    return levels + _UNKNOWN_LEVEL["scp"] if "scp" in layers.missing else levels


def _rcps(question: Question, layers: Layers) -> tuple[Side, ...]:
    """Of RCPs only denials count: RCPFullAWSAccess is attached everywhere and cannot be taken off.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_evaluation.html
    """
    if not (layers.rcps or "rcp" in layers.missing):
        return ()
    if not rcps_apply(question.asked.principal, question.action, question.asked.resource):
        return ()
    levels = tuple([collect(level, "rcp", question, by_principal=True) for level in layers.rcps])
    return levels + _UNKNOWN_LEVEL["rcp"] if "rcp" in layers.missing else levels


def _resource(question: Question, layers: Layers, resource_account: str | None) -> Side:
    asked = question.asked
    layer: Layer = "trust" if special.is_trust(question.action, asked.resource) else "resource"
    policies = tuple([policy for policy in (layers.resource, layers.grants) if policy is not None])
    side = collect(policies, layer, question, by_principal=True) if policies else NOTHING
    if "resource" in layers.missing or layer in layers.missing:
        side = _with_missing(side, layer)
    if side.denies and special.unlocks(asked.principal, question.action, resource_account):
        return Side(side.allows, ())
    return side


def _endpoint(question: Question, layers: Layers) -> Side | None:
    """A VPC endpoint's policy is a ceiling for what goes through it, whoever asks.

    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """
    if "endpoint" in layers.missing:
        return missing("endpoint")
    return None if layers.endpoint is None else collect(layers.endpoint, "endpoint", question, by_principal=True)


def _with_missing(side: Side, layer: Layer) -> Side:
    unknown = missing(layer)
    return Side(side.allows + unknown.allows, side.denies + unknown.denies)
