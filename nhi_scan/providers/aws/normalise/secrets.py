"""Keys, secrets and parameters: never a value, always who may use it.

Attributes, each a text, left out where not known:

- `kms_key`: `key_manager` (`CUSTOMER`, `AWS`), `key_state`, `origin`, `key_usage`, `multi_region` (`true`, `false`),
  `deletion_at`, `description`. Grants are `KeyGrant` records.
- `secret`: `rotation_enabled` (`true`, `false`), `rotation_days`, `last_rotated_at`, `last_changed_at`,
  `last_accessed_at` (a day), `deleted_at`, `kms_key_id`, `owning_service` (set where a service manages it).
- `ssm_parameter`: `type` (`String`, `StringList`, `SecureString`), `tier`, `last_modified_at`, `kms_key_id`.
"""

from collections.abc import Mapping
from typing import Any

from nhi_scan.model.policy import KeyGrant
from nhi_scan.providers.aws.normalise.source import Source
from nhi_scan.providers.aws.normalise.stores import Policies, add
from nhi_scan.providers.aws.normalise.values import distinct, moment, tags_of, text, texts, within
from nhi_scan.snapshot.paths import reach


def read_secrets(source: Source) -> None:
    """KMS keys and grants, Secrets Manager secrets, SSM parameters."""
    _read_keys(source)
    _read_grants(source)
    _read_secrets(source)
    _read_parameters(source)


def _read_keys(source: Source) -> None:
    policies = Policies(source, "kms-key-policies", "Arn", "Policy")
    for envelope, record in source.plain("kms-keys"):
        arn, name = text(record, "Arn"), text(record, "KeyId")
        customer = text(record, "KeyManager") != "AWS"
        add(
            source,
            arn,
            "kms_key",
            name=name,
            region=envelope.region,
            sensitivity="key" if customer else "none",
            # The policies of AWS's own keys were not asked for: they cannot be changed and admit no one else.
            policy_id=policies.attach(arn, arn, name) if customer else None,
            created_at=record.get("CreationDate"),
            attributes=(
                ("key_manager", text(record, "KeyManager")),
                ("key_state", text(record, "KeyState")),
                ("origin", text(record, "Origin")),
                ("key_usage", text(record, "KeyUsage")),
                ("multi_region", record.get("MultiRegion")),
                ("deletion_at", _date(record, "DeletionDate")),
                ("description", text(record, "Description")),
            ),
        )


def _read_grants(source: Source) -> None:
    for envelope, record in source.plain("kms-grants"):
        key_id = text(envelope.of, "Arn") or text(record, "KeyId")
        if not key_id.startswith("arn:"):
            key_id = source.arn(f"kms:key/{key_id}", envelope.region)
        source.records.key_grants.append(
            KeyGrant(
                id=f"{key_id}#grant/{text(record, 'GrantId')}",
                key_id=key_id,
                grantee=text(record, "GranteePrincipal"),
                retiring=text(record, "RetiringPrincipal"),
                operations=distinct(texts(record.get("Operations"))),
                constraints=_constraints(within(record, "Constraints")),
                issuer=text(record, "IssuingAccount"),
                name=text(record, "Name"),
                created_at=moment(record.get("CreationDate")),
            ),
        )


def _constraints(record: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        sorted(
            (kind, key, value)
            for kind in record
            for key, value in within(record, kind).items()
            if isinstance(value, str)
        ),
    )


def _read_secrets(source: Source) -> None:
    policies = Policies(source, "secretsmanager-policies", "ARN", "ResourcePolicy")
    for envelope, record in source.plain("secretsmanager-secrets"):
        arn, name = text(record, "ARN"), text(record, "Name")
        add(
            source,
            arn,
            "secret",
            name=name,
            region=envelope.region,
            sensitivity="secret",
            policy_id=policies.attach(arn, arn, name),
            created_at=record.get("CreatedDate"),
            attributes=(
                # The list leaves the field out where rotation was never configured.
                ("rotation_enabled", record.get("RotationEnabled") is True),
                ("rotation_days", next(iter(reach(record, "RotationRules.AutomaticallyAfterDays")), None)),
                ("last_rotated_at", _date(record, "LastRotatedDate")),
                ("last_changed_at", _date(record, "LastChangedDate")),
                ("last_accessed_at", _date(record, "LastAccessedDate")),
                ("deleted_at", _date(record, "DeletedDate")),
                ("kms_key_id", text(record, "KmsKeyId")),
                ("owning_service", text(record, "OwningService")),
            ),
            tags=tags_of(record),
        )


def _read_parameters(source: Source) -> None:
    for envelope, record in source.plain("ssm-parameters"):
        name = text(record, "Name")
        type_ = text(record, "Type")
        arn = text(record, "ARN") or source.arn(f"ssm:parameter/{name.lstrip('/')}", envelope.region)
        add(
            source,
            arn if name else "",
            "ssm_parameter",
            name=name,
            region=envelope.region,
            sensitivity="secret" if type_ == "SecureString" else "data",
            attributes=(
                ("type", type_),
                ("tier", text(record, "Tier")),
                ("last_modified_at", _date(record, "LastModifiedDate")),
                ("kms_key_id", text(record, "KeyId")),
            ),
        )


def _date(record: Mapping[str, Any], name: str) -> str:
    at = moment(record.get(name))
    return at.isoformat() if at else ""
