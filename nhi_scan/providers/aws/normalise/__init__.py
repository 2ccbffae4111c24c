"""Raw AWS records to model records. Pure: the same snapshot gives the same records, on any machine, at any time."""

from collections.abc import Sequence

from nhi_scan.inventory.coverage import CoverageIndex
from nhi_scan.model.arns import is_account
from nhi_scan.model.records import Records
from nhi_scan.providers.aws.normalise.analysis import read_analysis
from nhi_scan.providers.aws.normalise.bindings import read_managed
from nhi_scan.providers.aws.normalise.credentials import read_credentials
from nhi_scan.providers.aws.normalise.identities import read_identities
from nhi_scan.providers.aws.normalise.identity_center import read_identity_center
from nhi_scan.providers.aws.normalise.organization import Accounts, account_scope, read_organization
from nhi_scan.providers.aws.normalise.owners import OWNER_TAGS, OwnerRules, mark_departed
from nhi_scan.providers.aws.normalise.platform import read_platform
from nhi_scan.providers.aws.normalise.report import read_report
from nhi_scan.providers.aws.normalise.roles import read_roles
from nhi_scan.providers.aws.normalise.secrets import read_secrets
from nhi_scan.providers.aws.normalise.source import PROVIDER, Source
from nhi_scan.providers.aws.normalise.stores import read_stores
from nhi_scan.providers.aws.normalise.tags import read_tags
from nhi_scan.providers.aws.normalise.trusts import TrustReader
from nhi_scan.providers.aws.normalise.usage import read_usage
from nhi_scan.providers.aws.normalise.workloads import read_workloads
from nhi_scan.providers.aws.policy import Documents
from nhi_scan.snapshot.reader import Snapshot

__all__ = ["OWNER_TAGS", "normalise"]


def normalise(
    snapshot: Snapshot,
    *,
    owner_tags: Sequence[str] = OWNER_TAGS,
    people: frozenset[str] | None = None,
) -> Records:
    """Read everything that a snapshot holds of AWS.

    Args:
        snapshot: what was collected.
        owner_tags: tag keys that name an owner, the most telling first.
        people: e-mail addresses and names of present staff; an owner who is not among them is gone.

    Returns:
        Model records, not joined yet. A record that cannot be read becomes a coverage row, never an exception.

    Raises:
        UserError: a file of the snapshot is damaged.
    """
    records = Records(coverage=[row for row in snapshot.manifest.coverage if row.provider == PROVIDER])
    coverage = CoverageIndex(records.coverage)
    owners = OwnerRules(tuple(owner_tags), people)
    documents, trusts = Documents(), TrustReader()
    scope_ids = sorted({*snapshot.scopes(PROVIDER), *(row.scope_id for row in records.coverage)})
    sources = [Source(snapshot, id_, records, coverage, owners, documents, trusts) for id_ in scope_ids]
    accounts = Accounts()
    for source in sources:
        read_organization(source, accounts)
    for source in sources:
        if is_account(source.scope_id):
            _read_account(source, accounts)
    for source in sources:
        read_identity_center(source, records.identities)
        source.finish()
    collected = {scope.id for scope in records.scopes}
    records.scopes += [scope for id_, scope in accounts.scopes.items() if id_ not in collected]
    users = frozenset(identity.id for identity in records.identities if identity.kind == "iam_user")
    complete = frozenset(scope for scope in scope_ids if coverage.covered(scope, "iam-users"))
    mark_departed(records.identities, records.workloads, users, complete)
    return records


def _read_account(source: Source, accounts: Accounts) -> None:
    source.begin()
    scope = account_scope(source, accounts)
    source.records.scopes.append(scope)
    source.scope_tags = scope.tags
    source.tagged = read_tags(source)
    report = read_report(source)
    read_managed(source)
    profiles = read_identities(source, report)
    read_credentials(source, report)
    read_usage(source)
    read_analysis(source)
    roles = read_roles(source, profiles)
    read_workloads(source, roles)
    read_stores(source)
    read_secrets(source)
    read_platform(source, roles)
