"""Take what `kubectl get` prints into a snapshot, for those who cannot run a collector.

A folder is one cluster's: files of JSON or YAML, recognised by what they hold and not by their names. A `List` of one
kind or of several, lists as `--raw` prints them, single objects, an object a line, documents of YAML; what `kubectl
version`, `kubectl cluster-info` and `kubectl get --raw /.well-known/openid-configuration` print; audit logs, plain or
compressed. Objects are cut down as the collector does it before anything is written (see `trim`): the data of a Secret
never is. What the import lacks becomes coverage: see `import_lacks`. A malformed or truncated file is refused with its
line.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from nhi_scan.model import kube_ids
from nhi_scan.model.errors import UserError
from nhi_scan.providers.kubernetes.import_cluster import ClusterImport
from nhi_scan.snapshot.store import SnapshotWriter

Warn = Callable[[str], None]


def import_native(sources: Sequence[tuple[str, Path]], writer: SnapshotWriter, warn: Warn) -> None:
    """Write dumps into a snapshot; the caller finishes the writer.

    Args:
        sources: what a cluster is called (empty: as its folder) and the folder of its dump.
        writer: a new snapshot.
        warn: told one sentence for each thing that is not imported, or only taken for something.

    Raises:
        UserError: a folder cannot be read, two are called alike, a file is no JSON or YAML, or there is nothing in a
            folder that anybody knows.
    """
    clusters: dict[str, ClusterImport] = {}
    unnamed: dict[str, Path] = {}
    for scope, folder in sources:
        name = scope.removeprefix("k8s:") or folder.resolve().name
        if not name:
            raise UserError(f"`{folder}` has no name to call its cluster by: say one with `--account NAME`")
        if not scope and name in clusters:
            other = unnamed.get(name, folder)
            said = "say what each is called: one `--account NAME` for each DIR"
            raise UserError(f"`{other}` and `{folder}` would both be the cluster `{name}`: {said}")
        if not scope:
            unnamed[name] = folder
        clusters.setdefault(name, ClusterImport(kube_ids.cluster(name), warn)).read(folder)
    for cluster in clusters.values():
        cluster.write(writer)
