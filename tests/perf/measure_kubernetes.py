"""Times the analysis of a snapshot of a cluster.

Run as `python -m tests.perf.measure_kubernetes SNAPSHOT`, so that its memory is its own; see `stages.measure`.
"""

import sys
from pathlib import Path

from nhi_scan.access.kubernetes.privilege import judge
from nhi_scan.access.kubernetes.summarise import summarise
from nhi_scan.providers.kubernetes.escalation import techniques
from nhi_scan.providers.kubernetes.normalise import normalise
from tests.perf.stages import Cloud, measure

KUBERNETES = Cloud(
    provider="kubernetes",
    normalise=normalise,
    summarise=summarise,
    judge=lambda inventory, engine: judge(inventory, engine, techniques()),
    somebody=lambda inventory: next(one for one in inventory.identities if "/serviceaccounts/" in one),
    place=lambda inventory: next(one.id for one in inventory.scopes.values() if one.kind == "namespace"),
    place_kind="namespace",
    action="get secrets",
)


if __name__ == "__main__":
    measure(KUBERNETES, Path(sys.argv[1]))
