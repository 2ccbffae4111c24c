"""Times the analysis of a snapshot of Google Cloud.

Run as `python -m tests.perf.measure_gcp SNAPSHOT`, so that its memory is its own; see `stages.measure`.
"""

import sys
from pathlib import Path

from nhi_scan.access.gcp.privilege import judge
from nhi_scan.access.gcp.summarise import summarise
from nhi_scan.providers.gcp.escalation import techniques
from nhi_scan.providers.gcp.normalise import normalise
from tests.perf.stages import Cloud, measure

GCP = Cloud(
    provider="gcp",
    normalise=normalise,
    summarise=summarise,
    judge=lambda inventory, engine: judge(inventory, engine, techniques()),
    somebody=lambda inventory: next(one for one in inventory.identities if one.startswith("serviceAccount:")),
    place=lambda inventory: next(iter(inventory.resources)),
    place_kind="bucket",
    action="storage.objects.get",
)


if __name__ == "__main__":
    measure(GCP, Path(sys.argv[1]))
