"""Resources that hold data or pass it on, with their resource policies.

Attributes, each a text, left out where not known:

- `s3_bucket`: `block_public_acls`, `ignore_public_acls`, `block_public_policy`, `restrict_public_buckets`: `true` or
  `false`, the bucket's and the account's settings taken together.
- `sqs_queue`: `kms_key_id`, `encrypted` (`true`, `false`).
- `sns_topic`: `kms_key_id`.
- `ecr_repository`: `tag_mutability`.
- `dynamodb_table`: `deletion_protection` (`true`, `false`), `status`.
- `lambda_function`: `runtime`, `last_modified`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from nhi_scan.model.arns import name_of
from nhi_scan.model.identity import Resource
from nhi_scan.model.policy import Policy
from nhi_scan.providers.aws.normalise.source import PROVIDER, Source
from nhi_scan.providers.aws.normalise.values import Tags, moment, tags_of, text

Sensitivity = Literal["none", "data", "secret", "key", "control"]
Attributes = Iterable[tuple[str, object]]

_BLOCKS = (
    ("block_public_acls", "BlockPublicAcls"),
    ("ignore_public_acls", "IgnorePublicAcls"),
    ("block_public_policy", "BlockPublicPolicy"),
    ("restrict_public_buckets", "RestrictPublicBuckets"),
)


def read_stores(source: Source) -> None:
    """Buckets, queues, topics, repositories, tables and functions."""
    _read_buckets(source)
    _read_queues(source)
    _read_topics(source)
    _read_repositories(source)
    _read_tables(source)
    _read_functions(source)


def add(  # noqa: PLR0913 - a resource has this many sides, all but three by name
    source: Source,
    id_: str,
    kind: str,
    *,
    name: str = "",
    region: str = "",
    sensitivity: Sensitivity | None = None,
    policy_id: str | None = None,
    public_access_blocked: bool | None = None,
    used_by: tuple[str, ...] = (),
    created_at: object = None,
    attributes: Attributes = (),
    tags: Tags = (),
) -> None:
    """Add a resource; one without an id is not there."""
    if not id_:
        return
    source.records.resources.append(
        Resource(
            id=id_,
            provider=PROVIDER,
            kind=kind,
            name=name or name_of(id_),
            scope_id=source.scope_id,
            region=region,
            sensitivity=sensitivity,
            policy_id=policy_id,
            public_access_blocked=public_access_blocked,
            used_by=used_by,
            created_at=moment(created_at),
            attributes=tuple(sorted((key, _word(value)) for key, value in attributes if value not in (None, ""))),
            tags=tags or source.tagged.get(id_, ()),
        ),
    )


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class Policies:
    """The resource policies of one record kind, by what they belong to."""

    def __init__(self, source: Source, kind: str, key: str, document: str) -> None:
        self._source = source
        self._collected = source.collected(kind)
        self._documents = dict(_documents(source, kind, key, document))

    def attach(self, key: str, resource_id: str, name: str) -> str | None:
        """Add the policy of a resource.

        Returns:
            Its id. None where there is none; where it could not be fetched there is one that is not complete.
        """
        policy_id = f"{resource_id}#policy"
        document = self._documents.get(key)
        if document:
            return self._source.policy(policy_id, "resource", name, document).id
        if self._collected is True:
            return None
        self._source.records.policies.append(
            Policy(
                id=policy_id,
                provider=PROVIDER,
                kind="resource",
                name=name,
                scope_id=self._source.scope_id,
                complete=False,
            ),
        )
        return policy_id


def _documents(source: Source, kind: str, key: str, document: str) -> Iterator[tuple[str, object]]:
    for envelope, record in source.plain(kind):
        subject = envelope.of.get(key) or record.get(key)
        if isinstance(subject, str):
            yield subject, record.get(document)


def embedded_policy(source: Source, resource_id: str, name: str, document: object) -> str | None:
    """Add a policy that stands in its resource's own record; None where there is none."""
    return source.policy(f"{resource_id}#policy", "resource", name, document).id if document else None


def _read_buckets(source: Source) -> None:
    policies = Policies(source, "s3-bucket-policies", "Name", "Policy")
    account = next((record for _, record in source.plain("s3control-account-public-access-block")), None)
    if account is None and source.collected("s3control-account-public-access-block") is True:
        account = {}
    blocks = {
        of: record
        for envelope, record in source.plain("s3-public-access-blocks")
        if isinstance(of := envelope.of.get("Name"), str)
    }
    collected = source.collected("s3-public-access-blocks") is True
    for envelope, record in source.plain("s3-buckets"):
        name = text(record, "Name")
        region = text(record, "BucketRegion") or envelope.region
        arn = text(record, "BucketArn") or f"arn:{source.partition(region)}:s3:::{name}"
        block = blocks.get(name, {} if collected else None)
        settings = {key: _either(account, block, field) for key, field in _BLOCKS}
        add(
            source,
            arn if name else "",
            "s3_bucket",
            name=name,
            region=region,
            sensitivity="data",
            policy_id=policies.attach(name, arn, name),
            public_access_blocked=_all_of(settings.values()),
            created_at=record.get("CreationDate"),
            attributes=settings.items(),
        )


def _either(account: Mapping[str, Any] | None, bucket: Mapping[str, Any] | None, field: str) -> bool | None:
    """A setting holds where the account or the bucket has it.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    if (account or {}).get(field) is True or (bucket or {}).get(field) is True:
        return True
    return None if account is None or bucket is None else False


def _all_of(values: Iterable[bool | None]) -> bool | None:
    answers = list(values)
    if False in answers:
        return False
    return None if None in answers else True


def _read_queues(source: Source) -> None:
    for envelope, record in source.plain("sqs-queues"):
        arn = text(record, "QueueArn")
        managed = text(record, "SqsManagedSseEnabled").lower() == "true"
        name = arn.rsplit(":", 1)[-1]
        add(
            source,
            arn,
            "sqs_queue",
            name=name,
            region=envelope.region,
            sensitivity="data",
            policy_id=embedded_policy(source, arn, name, record.get("Policy")),
            created_at=_seconds(text(record, "CreatedTimestamp")),
            attributes=(
                ("kms_key_id", text(record, "KmsMasterKeyId")),
                ("encrypted", managed or bool(text(record, "KmsMasterKeyId"))),
            ),
        )


def _seconds(word: str) -> int | None:
    return int(word) if word.isdecimal() and word.isascii() else None


def _read_topics(source: Source) -> None:
    for envelope, record in source.plain("sns-topics"):
        arn = text(record, "TopicArn")
        name = arn.rsplit(":", 1)[-1]
        add(
            source,
            arn,
            "sns_topic",
            name=name,
            region=envelope.region,
            sensitivity="data",
            policy_id=embedded_policy(source, arn, name, record.get("Policy")),
            attributes=(("kms_key_id", text(record, "KmsMasterKeyId")),),
        )


def _read_repositories(source: Source) -> None:
    policies = Policies(source, "ecr-policies", "repositoryArn", "policyText")
    for envelope, record in source.plain("ecr-repositories"):
        arn, name = text(record, "repositoryArn"), text(record, "repositoryName")
        add(
            source,
            arn,
            "ecr_repository",
            name=name,
            region=envelope.region,
            sensitivity="data",
            policy_id=policies.attach(arn, arn, name),
            created_at=record.get("createdAt"),
            attributes=(("tag_mutability", text(record, "imageTagMutability")),),
        )


def _read_tables(source: Source) -> None:
    policies = Policies(source, "dynamodb-policies", "TableArn", "Policy")
    for envelope, record in source.plain("dynamodb-tables"):
        arn, name = text(record, "TableArn"), text(record, "TableName")
        add(
            source,
            arn,
            "dynamodb_table",
            name=name,
            region=envelope.region,
            sensitivity="data",
            policy_id=policies.attach(arn, arn, name),
            created_at=record.get("CreationDateTime"),
            attributes=(
                ("deletion_protection", record.get("DeletionProtectionEnabled")),
                ("status", text(record, "TableStatus")),
            ),
        )


def _read_functions(source: Source) -> None:
    policies = Policies(source, "lambda-policies", "FunctionArn", "Policy")
    for envelope, record in source.plain("lambda-functions"):
        arn, name = text(record, "FunctionArn"), text(record, "FunctionName")
        add(
            source,
            arn,
            "lambda_function",
            name=name,
            region=envelope.region,
            policy_id=policies.attach(arn, arn, name),
            attributes=(
                ("runtime", text(record, "Runtime")),
                ("last_modified", text(record, "LastModified")),
            ),
            tags=tags_of(record),
        )
