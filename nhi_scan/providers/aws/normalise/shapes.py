"""The IAM records that come by the ten thousand, typed so that they are decoded straight into their fields.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from dataclasses import dataclass
from typing import Any

from nhi_scan.snapshot.codec import Raw

_ABSENT: Any = None  # the codec keeps a field raw only where its type is exactly that, so None cannot be in the type


def document_of(raw: Raw | None) -> bytes:
    """The JSON of a document, `null` where there is none."""
    return b"null" if raw is None else bytes(raw)


@dataclass(slots=True)
class Tag:
    """A key and its value."""

    Key: str = ""
    Value: str | None = ""


@dataclass(slots=True)
class Attached:
    """A managed policy, by reference. Some servers leave its name out."""

    PolicyArn: str
    PolicyName: str | None = None


@dataclass(slots=True)
class Inline:
    """A policy that exists in its owner only."""

    PolicyDocument: Raw = _ABSENT
    PolicyName: str | None = None


@dataclass(slots=True)
class Boundary:
    """A permissions boundary, by reference."""

    PermissionsBoundaryArn: str | None = None


@dataclass(slots=True)
class RoleUse:
    """When a role was last used; empty where it was not within the tracking period."""

    LastUsedDate: str | None = None
    Region: str | None = None


@dataclass(slots=True)
class InstanceProfile:
    """A role's way onto a virtual machine."""

    Arn: str
    InstanceProfileName: str | None = None
    CreateDate: str | None = None
    Roles: "list[RoleReference] | None" = None
    Tags: list[Tag] | None = None


@dataclass(slots=True)
class RoleReference:
    """A role, as far as an instance profile tells of it."""

    Arn: str = ""


@dataclass(slots=True)
class User:
    """`UserDetail`."""

    Arn: str
    UserName: str | None = None
    UserId: str | None = None
    Path: str | None = None
    CreateDate: str | None = None
    UserPolicyList: list[Inline] | None = None
    GroupList: list[str] | None = None
    AttachedManagedPolicies: list[Attached] | None = None
    PermissionsBoundary: Boundary | None = None
    Tags: list[Tag] | None = None


@dataclass(slots=True)
class UserGroup:
    """`GroupDetail`."""

    Arn: str
    GroupName: str | None = None
    CreateDate: str | None = None
    GroupPolicyList: list[Inline] | None = None
    AttachedManagedPolicies: list[Attached] | None = None


@dataclass(slots=True)
class Role:
    """`RoleDetail`."""

    Arn: str
    RoleName: str | None = None
    RoleId: str | None = None
    Path: str | None = None
    CreateDate: str | None = None
    Description: str | None = None
    AssumeRolePolicyDocument: Raw = _ABSENT
    InstanceProfileList: list[InstanceProfile] | None = None
    RolePolicyList: list[Inline] | None = None
    AttachedManagedPolicies: list[Attached] | None = None
    PermissionsBoundary: Boundary | None = None
    Tags: list[Tag] | None = None
    RoleLastUsed: RoleUse | None = None


@dataclass(slots=True)
class PolicyVersion:
    """One version of a managed policy."""

    Document: Raw = _ABSENT
    VersionId: str | None = None
    IsDefaultVersion: bool | None = None


@dataclass(slots=True)
class ManagedPolicy:
    """`ManagedPolicyDetail`; also a policy that is a boundary only, whose document was fetched on its own."""

    Arn: str = ""
    PolicyName: str | None = None
    DefaultVersionId: str | None = None
    AttachmentCount: int | None = None
    PermissionsBoundaryUsageCount: int | None = None
    IsAttachable: bool | None = None
    CreateDate: str | None = None
    UpdateDate: str | None = None
    PolicyVersionList: list[PolicyVersion] | None = None
    Document: Raw = _ABSENT
