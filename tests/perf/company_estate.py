"""A company across clouds as a snapshot of raw records: clusters, AWS, Google Cloud, Entra and GitHub, with trust."""

from collections.abc import Iterator
from pathlib import Path

from nhi_scan.model import arm_ids, github_ids, kube_ids
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.snapshot.manifest import scope_folder
from nhi_scan.snapshot.store import SnapshotWriter
from tests.perf.company import ACCOUNTS, CLUSTERS, NOW, ORGANIZATION, OWNER, TENANT, Company, Row
from tests.perf.company_aws import Aws
from tests.perf.company_azure import Azure
from tests.perf.company_gcp import Gcp
from tests.perf.company_github import GitHub
from tests.perf.company_kubernetes import Kubernetes

Place = tuple[str, str, Iterator[tuple[str, Iterator[Row]]]]


class Estate:
    """Writes a company with some number of roles of AWS, the same for the same size."""

    def __init__(self, roles: int) -> None:
        """Lay it out."""
        self.company = Company(roles)

    def write(self, folder: Path) -> None:
        """Write the snapshot."""
        writer = SnapshotWriter.create(folder, NOW, "perf", overwrite=True)
        for provider, scope, kinds in self._places():
            for kind, rows in kinds:
                count = writer.write(provider, scope_folder(scope), kind, rows)
                writer.cover(
                    Coverage(
                        provider=provider,
                        scope_id=scope,
                        record_kind=kind,
                        status=CoverageStatus.COMPLETE,
                        records=count,
                    )
                )
        writer.finish()

    def _places(self) -> Iterator[Place]:
        aws, kubernetes = Aws(self.company), Kubernetes(self.company)
        for account in range(ACCOUNTS):
            yield "aws", self.company.account(account), aws.kinds(account)
        yield "azure", arm_ids.tenant(TENANT), Azure(self.company).kinds()
        yield "gcp", ORGANIZATION, Gcp(self.company).kinds()
        yield "github", github_ids.organization("github.com", OWNER), GitHub(self.company).kinds()
        for cluster in range(CLUSTERS):
            yield "kubernetes", kube_ids.cluster(f"cluster-{cluster}"), kubernetes.kinds(cluster)
