"""What is known of a request when a condition is asked."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from nhi_scan.model.record import record

ACTION = "action"
SUB_OPERATION = "suboperation"
UTC_NOW = "environment[utcnow]"
_SUB_OPERATION_OLD = "request[suboperation]"  # how it was asked for before `SubOperationMatches`
_NOTHING: tuple[str, ...] = ()
_ASSIGNMENT = "[microsoft.authorization/roleassignments:"
# By action, how the attributes begin that each such request has, and whatever it acts on.
# https://learn.microsoft.com/azure/role-based-access-control/conditions-authorization-actions-attributes
ASSIGNING = {
    "microsoft.authorization/roleassignments/write": f"request{_ASSIGNMENT}",
    "microsoft.authorization/roleassignments/delete": f"resource{_ASSIGNMENT}",
}


def attribute_key(source: str, name: str) -> str:
    """Return the one key of an attribute, whose name is read without case, but for keys of tags.

    Args:
        source: `Request`, `Resource`, `Principal` or `Environment`.
        name: `Microsoft.Authorization/roleAssignments:PrincipalId`, `.../tags:Project<$key_case_sensitive$>`.
    """
    kind, colon, rest = name.strip().partition(":")
    return f"{source.lower()}[{kind.lower()}{colon}{rest if '<$' in rest else rest.lower()}]"


@record
class Known:
    """What is known of a request. None, and a key that is not there, is "nobody can tell", never "there is none".

    https://learn.microsoft.com/azure/role-based-access-control/conditions-format#attributes
    """

    action: str | None = None  # as roles write it, in any case
    sub_operation: str | None = None  # `Blob.List`; empty: the request has none
    now: datetime | None = None  # what `@Environment[UtcNow]` is, aware
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by key; no value: there surely is none

    def values(self, key: str) -> tuple[str, ...] | None:
        """Return the values of an attribute; empty where it is missing, None where nobody can tell."""
        found = self.attributes.get(key)
        if found is None and key == UTC_NOW and self.now is not None:
            return (self.now.isoformat(),)
        if found is None and key == _SUB_OPERATION_OLD and self.sub_operation is not None:
            return (self.sub_operation,) if self.sub_operation else _NOTHING
        return found

    def has_one(self, key: str) -> bool:
        """Say whether an attribute surely has one value, whichever it is: of the role assignment that is acted on."""
        start = ASSIGNING.get((self.action or "").lower())
        return start is not None and key.startswith(start)
