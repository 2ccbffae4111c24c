"""One scope of a snapshot, as the readers of record kinds see it, and the records that they make of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from nhi_scan.inventory.coverage import CoverageIndex
from nhi_scan.model.arns import partition_of
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Identity, IdentityKind
from nhi_scan.model.policy import Policy, PolicyKind
from nhi_scan.model.records import Records
from nhi_scan.providers.aws.normalise.owners import OwnerRules
from nhi_scan.providers.aws.normalise.trusts import TrustReader
from nhi_scan.providers.aws.normalise.values import Tags
from nhi_scan.providers.aws.policy import Documents, ParsedDocument
from nhi_scan.snapshot import codec
from nhi_scan.snapshot.envelope import Envelope
from nhi_scan.snapshot.reader import Snapshot

T = TypeVar("T")

PROVIDER = "aws"

_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
)
"""How the names of regions begin in each partition but `aws`, as botocore's `partitions.json` has them."""


@dataclass(slots=True)
class Source:
    """An account (or an organization) of the snapshot, and where its model records go.

    Attributes:
        snapshot: what was collected.
        scope_id: the account number, or `o-...`.
        records: receives everything that is read.
        coverage: tells whether a record kind was collected completely.
        owners: how an owner is found in tags.
        documents: policy documents already parsed in this run.
        trusts: trust policies already read in this run.
        scope_tags: the account's own tags.
        tagged: tags by ARN, of things whose own records have none.
    """

    snapshot: Snapshot
    scope_id: str
    records: Records
    coverage: CoverageIndex
    owners: OwnerRules
    documents: Documents
    trusts: TrustReader
    scope_tags: Tags = ()
    tagged: Mapping[str, Tags] = field(default_factory=dict)
    _unreadable: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    _first_identity: int = 0

    def begin(self) -> None:
        """Note where in `records` this scope's identities begin: to search all would take quadratic time."""
        self._first_identity = len(self.records.identities)

    @property
    def captured_at(self) -> datetime:
        """When the snapshot was taken: "expired" means before this."""
        return self.snapshot.manifest.captured_at

    def collected(self, kind: str) -> bool | None:
        """Whether a record kind of this scope was collected completely; None where it was not asked for."""
        return self.coverage.covered(self.scope_id, kind)

    def pairs(self, kind: str, type_: type[T]) -> Iterator[tuple[Envelope, T]]:
        """Records of a kind, decoded into a type, with their envelopes.

        One that has another shape is counted in the coverage.
        """
        for envelope in self.snapshot.records(PROVIDER, self.scope_id, kind):
            try:
                record = codec.decode(envelope.record, type_)
            except codec.CodecError as fault:
                self._note(kind, envelope.region, str(fault))
            else:
                yield envelope, record

    def typed(self, kind: str, type_: type[T]) -> Iterator[T]:
        """Records of a kind, decoded into a type, without their envelopes."""
        return (record for _, record in self.pairs(kind, type_))

    def plain(self, kind: str) -> Iterator[tuple[Envelope, Mapping[str, Any]]]:
        """Records of a kind as they came, with their envelopes. One that is no object is counted in the coverage."""
        for envelope in self.snapshot.records(PROVIDER, self.scope_id, kind):
            try:
                value = codec.decode_any(envelope.record)
            except codec.CodecError as fault:
                self._note(kind, envelope.region, str(fault))
                continue
            if isinstance(value, dict):
                yield envelope, value
            else:
                self._note(kind, envelope.region, "expected an object")

    def parse(self, document: object) -> ParsedDocument:
        """Read a policy document: JSON bytes, JSON text, or the decoded object."""
        return self.documents.parse(document if isinstance(document, bytes) else codec.encode(document))

    def policy(self, policy_id: str, kind: PolicyKind, name: str, document: object) -> Policy:
        """Read a document and add its policy. What cannot be read is a policy that is not complete."""
        parsed = self.parse(document)
        policy = Policy(
            id=policy_id,
            provider=PROVIDER,
            kind=kind,
            name=name,
            scope_id=self.scope_id,
            statements=parsed.statements,
            version=parsed.version,
            complete=not parsed.malformed,
        )
        self.records.policies.append(policy)
        return policy

    def arn(self, tail: str, region: str) -> str:
        """An ARN of this account for what the API only gives a name: `tail` is `<service>:<resource>`."""
        service, _, resource = tail.partition(":")
        return f"arn:{self.partition(region)}:{service}:{region}:{self.scope_id}:{resource}"

    def partition(self, region: str = "") -> str:
        """The partition of a region; of what is not regional, that of the identities that were read."""
        if not region:
            return next((partition_of(one.id) for one in self.records.identities[self._first_identity :]), "aws")
        return next((word for start, word in _PARTITIONS if region.startswith(start)), "aws")

    def identities_of(self, kind: IdentityKind) -> Iterator[Identity]:
        """Identities of a kind that were read in this scope since it began."""
        return (one for one in self.records.identities[self._first_identity :] if one.kind == kind)

    def finish(self) -> None:
        """Add a coverage row for each record kind of which something could not be read."""
        for (kind, region), (count, fault) in sorted(self._unreadable.items()):
            self.records.coverage.append(
                Coverage(
                    provider=PROVIDER,
                    scope_id=self.scope_id,
                    record_kind=kind,
                    region=region,
                    status=CoverageStatus.PARTIAL,
                    detail=f"records of an unexpected shape: {count}; the first: {fault}",
                ),
            )

    def _note(self, kind: str, region: str, fault: str) -> None:
        count, first = self._unreadable.get((kind, region), (0, fault))
        self._unreadable[kind, region] = (count + 1, first)
