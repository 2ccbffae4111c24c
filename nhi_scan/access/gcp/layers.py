"""The policies that apply to a request, each in its layer."""

from collections.abc import Mapping
from dataclasses import field

from nhi_scan.model.access import Layer
from nhi_scan.model.policy import Binding, Guardrail, Policy
from nhi_scan.model.record import record, value


@value
class Attached:
    """A guardrail and what it says."""

    guardrail: Guardrail
    policy: Policy


@record
class Layers:
    """What may apply. What is attached outside the request's chain, or for somebody else, is left aside by `decide`."""

    bindings: tuple[Binding, ...] = ()  # of allow policies
    roles: Mapping[str, Policy] = field(default_factory=dict)  # by id; a role that is not there grants who knows what
    denies: tuple[Attached, ...] = ()
    boundaries: tuple[Attached, ...] = ()  # principal access boundaries
    missing: frozenset[Layer] = frozenset()  # layers whose policies were not all collected
