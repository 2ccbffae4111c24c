"""What a pod's specification says of who it runs as and what it could reach from where it runs.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from nhi_scan.model.record import value
from nhi_scan.providers.kubernetes.normalise.shapes import Container, PodSpec, Projection, Volume
from nhi_scan.snapshot.values import Tags

DEFAULT = "default"
_KEYS = frozenset({"AWS_SECRET_ACCESS_KEY", "AZURE_CLIENT_SECRET", "GOOGLE_APPLICATION_CREDENTIALS"})
"""Variables that hold a cloud's key that does not expire, or name the file that it lies in."""
_NONE: tuple[str, ...] = ()


@value
class Features:
    """What a specification says; equal ones are equal, so that a thousand pods of one Deployment are one."""

    account: str
    automount: bool | None = None  # None: as the account says
    api_token: bool = False  # whether a token for the API server is mounted besides
    privileged: bool = False
    host_network: bool = False
    host_pid: bool = False
    host_ipc: bool = False
    host_paths: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    expiration: int = 0  # seconds of the projected token that lasts longest; 0: none says
    pull_secrets: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


def features_of(spec: PodSpec) -> Features:
    """Read one specification.

    An account that is not named is `default`; `serviceAccount` is the older name of the field:
    https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/.
    """
    containers = [*(spec.containers or ()), *(spec.initContainers or ()), *(spec.ephemeralContainers or ())]
    volumes = spec.volumes or ()
    sources = [one for volume in volumes if volume.projected for one in volume.projected.sources or ()]
    tokens = [one.serviceAccountToken for one in sources if one.serviceAccountToken]
    contexts = [one.securityContext for one in containers if one.securityContext]
    return Features(
        account=spec.serviceAccountName or spec.serviceAccount or DEFAULT,
        automount=spec.automountServiceAccountToken,
        api_token=any(not one.audience for one in tokens),
        privileged=any(one.privileged for one in contexts),
        host_network=bool(spec.hostNetwork),
        host_pid=bool(spec.hostPID),
        host_ipc=bool(spec.hostIPC),
        host_paths=_sorted((one.hostPath.path or "").replace(" ", "%20") for one in volumes if one.hostPath),
        capabilities=_sorted(name for one in contexts if one.capabilities for name in one.capabilities.add or ()),
        audiences=_sorted(one.audience for one in tokens),
        expiration=max([one.expirationSeconds or 0 for one in tokens if one.audience], default=0),
        pull_secrets=_sorted(one.name for one in spec.imagePullSecrets or ()),
        secrets=_sorted(_secrets(containers, volumes, sources)),
        variables=_sorted(one.name for container in containers for one in container.env or ()),
    )


def attributes_of(features: Collection[Features], said: Mapping[str, str]) -> Tags:
    """What the attributes of a workload are; see `workloads`.

    Args:
        features: of its template and its pods.
        said: attributes that are known otherwise; empty ones are left out.
    """
    found = {**said, **dict(_attributes(features))} if features else said
    return tuple((key, found[key]) for key in sorted(found) if found[key])


def _attributes(features: Collection[Features]) -> Iterator[tuple[str, str]]:
    yield "privileged", _word(one.privileged for one in features)
    yield "host_network", _word(one.host_network for one in features)
    yield "host_pid", _word(one.host_pid for one in features)
    yield "host_ipc", _word(one.host_ipc for one in features)
    yield "host_path", _all(one.host_paths for one in features) or "false"
    yield "capabilities", _all(one.capabilities for one in features)
    yield "token_audiences", _all(one.audiences for one in features)
    yield "token_expiration", str(max(one.expiration for one in features) or "")
    yield "image_pull_secrets", _all(one.pull_secrets for one in features)
    yield "secrets", _all(one.secrets for one in features)
    yield "static_keys", _all(tuple(_KEYS.intersection(one.variables)) for one in features)


def _all(names: Iterable[tuple[str, ...]]) -> str:
    return " ".join(sorted({name for several in names for name in several}))


def _word(answers: Iterable[bool]) -> str:
    return "true" if any(answers) else "false"


def _secrets(
    containers: Iterable[Container], volumes: Iterable[Volume], sources: Iterable[Projection]
) -> Iterator[str | None]:
    """Names of the Secrets that containers see, as files or as variables."""
    for container in containers:
        for one in container.env or ():
            if one.valueFrom and one.valueFrom.secretKeyRef:
                yield one.valueFrom.secretKeyRef.name
        for source in container.envFrom or ():
            if source.secretRef:
                yield source.secretRef.name
    for volume in volumes:
        if volume.secret:
            yield volume.secret.secretName
    for projection in sources:
        if projection.secret:
            yield projection.secret.name


def _sorted(names: Iterable[str | None]) -> tuple[str, ...]:
    found = {name for name in names if name}
    return tuple(sorted(found)) if found else _NONE
