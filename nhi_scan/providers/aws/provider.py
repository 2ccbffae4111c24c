"""AWS as a provider: what the table of providers points at."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from nhi_scan.inventory.build import Inventory
from nhi_scan.model.errors import UserError
from nhi_scan.model.records import Records
from nhi_scan.providers.protocol import Progress, Provider
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

if TYPE_CHECKING:
    from nhi_scan.access.engine import Engine, Report

_OPTIONS = MappingProxyType(
    {
        "profiles": "names in the shared configuration, one account each; none: the credentials that boto3 finds",
        "organization": "every active account of the organization",
        "role_name": "role to assume in each account of the organization",
        "external_id": "ExternalId to assume it with",
        "regions": "regions to ask; none: all that are enabled",
        "usage": "also ask when each service and action was last used",
        "max_attempts": "tries of one request, the first included",
        "connect_timeout": "seconds to wait for a connection",
        "read_timeout": "seconds to wait for an answer",
        "wait_seconds": "seconds to wait for a report or a job to be ready",
        "give_up_after": "requests of one kind that fail in a row before the rest is not asked",
        "accounts_at_once": "accounts that are open at a time",
    }
)


class AwsProvider:
    """Amazon Web Services. Every part is imported when it is used: analysis needs no SDK, collection no analysis."""

    name = "aws"
    options = _OPTIONS
    files = ()
    formats = ("json", "cloudformation", "terraform")

    def collect(
        self, section: Mapping[str, Any], writer: SnapshotWriter, progress: Progress, executor: Executor
    ) -> None:
        """Collect the accounts that the section names; see `collect.collect`."""
        from nhi_scan.providers.aws import collect, settings  # noqa: PLC0415 - see the class

        collect.collect(settings.parse(section), writer, progress, executor)

    def import_native(
        self, sources: Sequence[tuple[str, Path]], writer: SnapshotWriter, warn: Callable[[str], None]
    ) -> None:
        """Take what the AWS CLI printed; see `import_native.import_native`."""
        from nhi_scan.providers.aws import import_native  # noqa: PLC0415 - see the class

        import_native.import_native(sources, writer, warn)

    def normalise(
        self, snapshot: Snapshot, *, owner_tags: Sequence[str] = (), people: frozenset[str] | None = None
    ) -> Records:
        """Turn raw records into model records; no tags: the built-in list of those that name an owner."""
        from nhi_scan.providers.aws import normalise  # noqa: PLC0415 - see the class

        return normalise.normalise(snapshot, owner_tags=owner_tags or normalise.OWNER_TAGS, people=people)

    def permissions(self, format_: str, *, usage: bool, organization: bool, project: bool = False) -> str:
        """Write down the collector's policy as `json`, `cloudformation` or `terraform`."""
        from nhi_scan.providers.aws import permissions  # noqa: PLC0415 - see the class

        if project:
            raise UserError("`--project` is for `gcp`: without options the policy is of one account")
        return permissions.render(format_, usage=usage, organization=organization)

    def understand(self, inventory: Inventory, now: datetime) -> "tuple[Engine, Report]":
        """Work out what AWS identities may do, and who can become whom by the techniques of `escalation.yaml`."""
        from nhi_scan.access.aws import privilege, summarise  # noqa: PLC0415 - see the class
        from nhi_scan.providers.aws import escalation  # noqa: PLC0415 - see the class

        access = summarise.summarise(inventory, now)
        return access, privilege.judge(inventory, access, escalation.techniques())


PROVIDER: Provider = AwsProvider()
