"""A role's trust policy asked for a service of AWS that assumes the role for somebody from outside."""

from collections.abc import Iterator

from nhi_scan.access.aws.context import Context
from nhi_scan.access.aws.evaluate import decide
from nhi_scan.access.aws.layers import Layers
from nhi_scan.access.aws.principal import Principal
from nhi_scan.access.aws.request import Request
from nhi_scan.access.combine import both
from nhi_scan.access.federation import Entry
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Decision, Verdict
from nhi_scan.model.identity import Identity
from nhi_scan.model.record import record

_TRUTHS = {Verdict.ALLOWED: True, Verdict.DENIED: False}


@record
class Serving:
    """A service, and what it does to a role."""

    service: str  # `pods.eks.amazonaws.com`
    actions: tuple[str, ...]  # all of these the role must let it do
    context: Context  # of its requests


def serve(inventory: Inventory, role_id: str, serving: Serving, fallback: str, detail: str) -> Iterator[Entry]:
    """Yield the entry into a role, if the service may let somebody in.

    Args:
        inventory: has the role and its trust policy.
        role_id: of a role, which need not be there.
        serving: the service and its requests.
        fallback: what lets in, by id, where no statement of the policy names the service.
        detail: how, for a person.
    """
    role = inventory.identities.get(role_id)
    policy = inventory.policies.get(role.trust_policy_id or "") if role is not None else None
    if role is None or policy is None:
        return
    layers = Layers(resource=policy, rcps=inventory.guardrails_for(role.scope_id, "resource_control_policy") or ())
    decisions = [decide(_request(role, serving, action), layers) for action in serving.actions]
    state = both(*[_TRUTHS.get(one.verdict) for one in decisions])
    if state is False:
        return
    trusts = inventory.trusts_of.get(role.id, ())
    yield Entry(
        identity_id=role.id,
        trust_id=next((one.id for one in trusts if one.subject == serving.service), fallback),
        state=state,
        statements=tuple(
            sorted({ref for one in decisions for ref in one.statements}, key=lambda ref: (ref.policy_id, ref.index))
        ),
        residual=tuple(dict.fromkeys(text for one in decisions for text in residual_of(one))),
        detail=detail,
    )


def _request(role: Identity, serving: Serving, action: str) -> Request:
    return Request(
        principal=Principal(id=serving.service, kind="service"),
        action=action,
        resource=role.id,
        resource_account=role.scope_id,
        context=serving.context,
    )


def residual_of(decision: Decision) -> tuple[str, ...]:
    """What stayed open, a sentence each."""
    found = [
        f"`{one.condition.key or one.condition.operator}` {'must' if one.must else 'must not'} meet "
        f"{one.condition.operator} {', '.join(one.condition.values)}"
        for one in decision.residual
    ]
    if decision.verdict is Verdict.UNKNOWN:
        found.append(decision.reason)
    return tuple(dict.fromkeys(found))
