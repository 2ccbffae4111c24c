"""Times the analysis of a snapshot of Azure and Entra.

Run as `python -m tests.perf.measure_azure SNAPSHOT`, so that its memory is its own; see `stages.measure`.
"""

import sys
from pathlib import Path

from nhi_scan.access.azure.privilege import judge
from nhi_scan.access.azure.summarise import summarise
from nhi_scan.providers.azure.escalation import techniques
from nhi_scan.providers.azure.normalise import normalise
from tests.perf.stages import Cloud, measure

AZURE = Cloud(
    provider="azure",
    normalise=normalise,
    summarise=summarise,
    judge=lambda inventory, engine: judge(inventory, engine, techniques()),
    somebody=lambda inventory: next(iter(inventory.identities)),
    place=lambda inventory: next(id_ for id_, one in inventory.resources.items() if one.kind == "storage_account"),
    place_kind="storage account",
    action="Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
)


if __name__ == "__main__":
    measure(AZURE, Path(sys.argv[1]))
