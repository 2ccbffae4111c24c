"""The policies that apply to a request, each in its layer."""

from collections.abc import Mapping
from typing import Any

from nhi_scan.model.access import Layer
from nhi_scan.model.policy import Policy
from nhi_scan.model.record import record

BLOCK_SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
"""Names of the settings in S3's API."""


@record
class PublicAccessBlock:
    """S3 Block Public Access of a bucket and its account, each setting on where either has it on.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """

    block_public_acls: bool = False  # limits what may be written from now on
    ignore_public_acls: bool = False  # about ACLs, which are not evaluated here
    block_public_policy: bool = False  # limits what may be written from now on: a policy that is there stays in force
    restrict_public_buckets: bool = False  # a public policy serves only AWS services and the owner's account


def public_access_block(settings: Mapping[str, Any]) -> PublicAccessBlock:
    """Read the settings as S3's API names them (`RestrictPublicBuckets`)."""
    return PublicAccessBlock(
        block_public_acls=settings.get("BlockPublicAcls") is True,
        ignore_public_acls=settings.get("IgnorePublicAcls") is True,
        block_public_policy=settings.get("BlockPublicPolicy") is True,
        restrict_public_buckets=settings.get("RestrictPublicBuckets") is True,
    )


@record
class Layers:
    """What applies to one principal and one resource. Everything is optional: a layer that is not there limits nothing.

    The caller leaves out what does not apply by place (guardrails of the management account, of another organization);
    `decide` leaves out what does not apply by kind of principal or service.
    """

    identity: tuple[Policy, ...] = ()  # user or role, groups included
    boundary: tuple[Policy, ...] | None = None  # None: the identity has no permissions boundary
    session: tuple[Policy, ...] | None = None  # None: no session policy was passed
    scps: tuple[tuple[Policy, ...], ...] = ()  # of the principal's account, per level, root first; () where none apply
    rcps: tuple[tuple[Policy, ...], ...] = ()  # of the resource's account, likewise; RCPFullAWSAccess is implied
    resource: Policy | None = None  # bucket policy, key policy, a role's trust policy, ...
    grants: Policy | None = None  # KMS grants of the key, as statements (`kms_grants.grants_policy`)
    endpoint: tuple[Policy, ...] | None = None  # of the VPC endpoint that the request goes through; None: through none
    public_access: PublicAccessBlock | None = None
    missing: frozenset[Layer] = frozenset()  # layers whose policies were not collected: they could allow and deny
