"""Who asks: what the ARN, the service name or the word `anonymous` of a requester says about it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import re
from enum import Enum
from functools import lru_cache
from typing import Literal

from nhi_scan.model.errors import UserError
from nhi_scan.model.record import record

PrincipalKind = Literal[
    "root",
    "user",
    "role",  # a role of which some session asks; which one is not said
    "session",  # an assumed-role session
    "federated_user",  # a session of GetFederationToken
    "service",
    "federated",  # an identity provider, before a role is assumed
    "canonical_user",
    "anonymous",
]

_ARN = re.compile(r"arn:([^:]+):(iam|sts)::(\d+):(.+)\Z", re.DOTALL)
_ACCOUNT = re.compile(r"\d{12}\Z")
_CANONICAL = re.compile(r"[0-9a-f]{32,}\Z")
_ORIGIN_ACCESS_IDENTITY = re.compile(r"arn:[^:]+:iam::cloudfront:user/.+\Z", re.DOTALL)
_HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(/\S*)?\Z")
_SERVICE_LINKED_PATH = "role/aws-service-role/"
_SERVICE_LINKED_NAME = "AWSServiceRoleFor"
_IN_ACCOUNT = frozenset({"root", "user", "role", "session", "federated_user"})


class Level(Enum):
    """How closely an entry of a Principal element names the requester; what limits the grant depends on it."""

    NONE = 0
    ACCOUNT = 1  # delegates to the account, whose own policies decide
    ENTITY = 2  # the role behind a session, or the user behind a federated session
    DIRECT = 3  # the requester itself, or everyone


@record
class Principal:
    """A requester. `parse_principal` makes one from text; what only an inventory knows can be added."""

    id: str  # as given: an ARN, `lambda.amazonaws.com`, an issuer, `anonymous`
    kind: PrincipalKind
    account: str | None = None  # None: belongs to no account
    partition: str = "aws"
    name: str = ""  # user name; role name of a role or a session
    path: str = "/"  # not known (and `/`) for a session
    session_name: str | None = None
    entity_arn: str = ""  # the role behind a session, the user behind a federated session; else the ARN itself
    unique_id: str | None = None  # `AIDA...` or `AROA...`, where the inventory has it
    service_linked: bool = False  # a role that belongs to an AWS service

    def known_as(self, unique_id: str | None) -> "Principal":
        """Return the principal with the id that only an inventory knows."""
        return Principal(
            id=self.id,
            kind=self.kind,
            account=self.account,
            partition=self.partition,
            name=self.name,
            path=self.path,
            session_name=self.session_name,
            entity_arn=self.entity_arn,
            unique_id=unique_id,
            service_linked=self.service_linked,
        )

    @property
    def in_account(self) -> bool:
        """Whether it has an account whose policies apply: an IAM entity, a session of one or the root user."""
        return self.kind in _IN_ACCOUNT


@lru_cache(maxsize=1 << 15)
def parse_principal(text: str) -> Principal:
    """Read who asks.

    Args:
        text: an IAM or STS ARN, an account number (its root user), `anonymous` or `*`, a service
            (`lambda.amazonaws.com`), an identity provider's ARN or host name, a canonical user id, or the ARN of an
            origin access identity of CloudFront, which is the other name of one.

    Raises:
        UserError: it is none of these.
    """
    if text in ("anonymous", "*"):
        return Principal(id="anonymous", kind="anonymous")
    if _ACCOUNT.match(text):
        return Principal(id=f"arn:aws:iam::{text}:root", kind="root", account=text)
    arn = _ARN.match(text)
    if arn:
        return _from_arn(text, *arn.groups())
    if _CANONICAL.match(text) or _ORIGIN_ACCESS_IDENTITY.match(text):
        return Principal(id=text, kind="canonical_user")
    if _HOST.match(text):
        service = text.endswith((".amazonaws.com", ".amazonaws.com.cn", ".aws.internal"))
        return Principal(id=text, kind="service" if service else "federated")
    raise UserError(f"`{text}` is not a principal: give an ARN, an account number, a service or `anonymous`")


def _from_arn(arn: str, partition: str, service: str, account: str, rest: str) -> Principal:
    kind, _, tail = rest.partition("/")
    if service == "iam" and rest == "root":
        return Principal(id=arn, kind="root", account=account, partition=partition, entity_arn=arn)
    if service == "iam" and kind in ("user", "role") and tail:
        path, _, name = rest[len(kind) :].rpartition("/")
        return Principal(
            id=arn,
            kind="user" if kind == "user" else "role",
            account=account,
            partition=partition,
            name=name,
            path=f"{path}/",
            entity_arn=arn,
            service_linked=rest.startswith(_SERVICE_LINKED_PATH),
        )
    if service == "iam" and kind in ("saml-provider", "oidc-provider") and tail:
        return Principal(id=arn, kind="federated", partition=partition)
    if service == "sts" and kind == "assumed-role" and tail:
        name, _, session = tail.partition("/")
        return Principal(
            id=arn,
            kind="session",
            account=account,
            partition=partition,
            name=name,
            session_name=session or None,
            entity_arn=f"arn:{partition}:iam::{account}:role/{name}",
            service_linked=name.startswith(_SERVICE_LINKED_NAME),
        )
    if service == "sts" and kind == "federated-user" and tail:
        user = f"arn:{partition}:iam::{account}:user/{tail}"
        return Principal(
            id=arn, kind="federated_user", account=account, partition=partition, name=tail, entity_arn=user
        )
    raise UserError(f"`{arn}` cannot make requests: it is no user, role, session, provider or account")
