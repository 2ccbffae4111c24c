"""A question: may this principal do this to that, in this context?"""

from collections.abc import Iterable, Mapping
from dataclasses import field

from nhi_scan.access.aws.context import Context, Found, context, look_up
from nhi_scan.access.aws.principal import Principal, parse_principal
from nhi_scan.model.record import record

_ACCOUNT_PART = 4
_ARN_PARTS = 6


@record
class Request:
    """One request, as AWS would see it."""

    principal: Principal
    action: str  # as written: `s3:GetObject`
    resource: str = "*"  # an ARN, or `*` for an action that is about no resource in particular
    resource_account: str | None = None  # owner of the resource; None: as its ARN says, else the principal's account
    context: Context = field(default_factory=Context)


def request(
    principal: str | Principal,
    action: str,
    resource: str = "*",
    *,
    resource_account: str | None = None,
    keys: Mapping[str, Iterable[str] | str] | Context = Context(),  # noqa: B008 - frozen
) -> Request:
    """Build a request from text, for notebooks and tests.

    Args:
        principal: what `parse_principal` reads, or a Principal.
        action: `service:Action`.
        resource: an ARN or `*`.
        resource_account: the account that owns the resource, where its ARN does not say (S3).
        keys: condition keys and their values, others staying unknown; or a Context.

    Raises:
        UserError: the principal cannot be read.
    """
    return Request(
        principal=parse_principal(principal) if isinstance(principal, str) else principal,
        action=action,
        resource=resource,
        resource_account=resource_account,
        context=keys if isinstance(keys, Context) else context(keys),
    )


def owner(asked: Request) -> str | None:
    """The account that owns the resource, as far as the request tells; None for an S3 bucket without more said."""
    if asked.resource_account is not None:
        return asked.resource_account
    parts = asked.resource.split(":", _ARN_PARTS - 1)
    if len(parts) == _ARN_PARTS and parts[_ACCOUNT_PART].isdigit():
        return parts[_ACCOUNT_PART]
    return None


class Look:
    """Finds condition keys for one request, remembering what it found."""

    __slots__ = ("_asked", "_found", "_owner")

    def __init__(self, asked: Request, resource_account: str | None) -> None:
        self._asked = asked
        self._owner = resource_account
        self._found: dict[str, Found] = {}

    def __call__(self, key: str) -> Found:
        """Look a key up; its name is in lower case."""
        try:
            return self._found[key]
        except KeyError:
            found = look_up(self._asked.context, key, self._asked.principal, self._owner)
            self._found[key] = found
            return found
