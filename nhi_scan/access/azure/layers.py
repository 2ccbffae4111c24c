"""The assignments that apply to a request, each in its layer."""

from collections.abc import Mapping
from dataclasses import field

from nhi_scan.model.identity import Group
from nhi_scan.model.policy import Binding, Guardrail, Policy
from nhi_scan.model.record import record, value


@value
class Attached:
    """A deny assignment: where it is, and what it says."""

    guardrail: Guardrail
    policy: Policy


@record
class Layers:
    """What may apply. What is assigned elsewhere, or to somebody else, is left aside by `decide`."""

    bindings: tuple[Binding, ...] = ()  # role assignments, grants of APIs, ownership, entries of access policies
    roles: Mapping[str, Policy] = field(default_factory=dict)  # by id; a role that is not there grants who knows what
    denies: tuple[Attached, ...] = ()
    groups: Mapping[str, Group] = field(default_factory=dict)  # by id, for their names alone
