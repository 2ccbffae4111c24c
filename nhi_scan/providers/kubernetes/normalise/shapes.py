"""The objects that come by the ten thousand, typed so that they are decoded straight into their fields.

https://kubernetes.io/docs/reference/kubernetes-api/. The server leaves out what is empty, so nothing here has to be
there; a list may be `null`.
"""

from dataclasses import dataclass, field
from typing import Any

from nhi_scan.snapshot.codec import Raw

_ABSENT: Any = None  # the codec keeps a field raw only where its type is exactly that, so None cannot be in the type


@dataclass(slots=True)
class OwnerReference:
    """Who made an object. At most one of several is its controller."""

    kind: str = ""
    name: str = ""
    apiVersion: str = ""  # noqa: N815 - the API's spelling
    controller: bool | None = None


@dataclass(slots=True)
class Meta:
    """`ObjectMeta`."""

    name: str = ""
    namespace: str | None = None
    uid: str | None = None
    creationTimestamp: str | None = None  # noqa: N815 - the API's spelling
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    ownerReferences: list[OwnerReference] | None = None  # noqa: N815 - the API's spelling


@dataclass(slots=True)
class Named:
    """An object of which nothing but its metadata is read, and what refers to one by name."""

    metadata: Meta = field(default_factory=Meta)


@dataclass(slots=True)
class Reference:
    """A reference by name."""

    name: str | None = None


@dataclass(slots=True)
class ServiceAccount:
    """`ServiceAccount`."""

    metadata: Meta = field(default_factory=Meta)
    automountServiceAccountToken: bool | None = None  # noqa: N815 - the API's spelling
    imagePullSecrets: list[Reference] | None = None  # noqa: N815 - the API's spelling


@dataclass(slots=True)
class Selector:
    """`aggregationRule`."""

    clusterRoleSelectors: list[dict[str, Any]] | None = None  # noqa: N815 - the API's spelling


@dataclass(slots=True)
class Role:
    """`Role` and `ClusterRole`. Equal rules are read once, so they stay as they are."""

    metadata: Meta = field(default_factory=Meta)
    rules: Raw = _ABSENT
    aggregationRule: Selector | None = None  # noqa: N815 - the API's spelling


@dataclass(slots=True)
class Subject:
    """Whom a binding names."""

    kind: str = ""
    name: str = ""
    namespace: str | None = None


@dataclass(slots=True)
class RoleRef:
    """Which role a binding gives."""

    kind: str = ""
    name: str = ""


@dataclass(slots=True)
class Bound:
    """`RoleBinding` and `ClusterRoleBinding`."""

    metadata: Meta = field(default_factory=Meta)
    subjects: list[Subject] | None = None
    roleRef: RoleRef = field(default_factory=RoleRef)  # noqa: N815 - the API's spelling


@dataclass(slots=True)
class Capabilities:
    """Linux capabilities."""

    add: list[str] | None = None


@dataclass(slots=True)
class SecurityContext:
    """Of one container."""

    privileged: bool | None = None
    capabilities: Capabilities | None = None


@dataclass(slots=True)
class ValueFrom:
    """Where a variable's value comes from."""

    secretKeyRef: Reference | None = None  # noqa: N815 - the API's spelling


@dataclass(slots=True)
class Variable:
    """A variable of a container; its value is never read."""

    name: str = ""
    valueFrom: ValueFrom | None = None  # noqa: N815 - the API's spelling


@dataclass(slots=True)
class VariablesFrom:
    """All of a Secret's entries as variables."""

    secretRef: Reference | None = None  # noqa: N815 - the API's spelling


@dataclass(slots=True)
class Container:
    """A container of any of the three sorts."""

    env: list[Variable] | None = None
    envFrom: list[VariablesFrom] | None = None  # noqa: N815 - the API's spelling
    securityContext: SecurityContext | None = None  # noqa: N815 - the API's spelling


@dataclass(slots=True)
class HostPath:
    """A folder of the node."""

    path: str | None = None


@dataclass(slots=True)
class SecretVolume:
    """A Secret as files."""

    secretName: str | None = None  # noqa: N815 - the API's spelling


@dataclass(slots=True)
class TokenProjection:
    """A token that the kubelet asks for and renews."""

    audience: str | None = None
    expirationSeconds: int | None = None  # noqa: N815 - the API's spelling


@dataclass(slots=True)
class Projection:
    """One source of a projected volume."""

    serviceAccountToken: TokenProjection | None = None  # noqa: N815 - the API's spelling
    secret: Reference | None = None


@dataclass(slots=True)
class Projected:
    """A volume of several sources."""

    sources: list[Projection] | None = None


@dataclass(slots=True)
class Volume:
    """A volume of a pod."""

    hostPath: HostPath | None = None  # noqa: N815 - the API's spelling
    secret: SecretVolume | None = None
    projected: Projected | None = None


@dataclass(slots=True)
class PodSpec:
    """What is told of a pod before it runs."""

    serviceAccountName: str | None = None  # noqa: N815 - the API's spelling
    serviceAccount: str | None = None  # noqa: N815 - the older name of the same
    automountServiceAccountToken: bool | None = None  # noqa: N815 - the API's spelling
    nodeName: str | None = None  # noqa: N815 - the API's spelling
    hostNetwork: bool | None = None  # noqa: N815 - the API's spelling
    hostPID: bool | None = None  # noqa: N815 - the API's spelling
    hostIPC: bool | None = None  # noqa: N815 - the API's spelling
    containers: list[Container] | None = None
    initContainers: list[Container] | None = None  # noqa: N815 - the API's spelling
    ephemeralContainers: list[Container] | None = None  # noqa: N815 - the API's spelling
    volumes: list[Volume] | None = None
    imagePullSecrets: list[Reference] | None = None  # noqa: N815 - the API's spelling


@dataclass(slots=True)
class Phase:
    """How far a pod is."""

    phase: str | None = None


@dataclass(slots=True)
class Pod:
    """`Pod`."""

    metadata: Meta = field(default_factory=Meta)
    spec: PodSpec = field(default_factory=PodSpec)
    status: Phase | None = None


@dataclass(slots=True)
class Template:
    """What a controller makes pods from."""

    spec: PodSpec | None = None


@dataclass(slots=True)
class ControllerSpec:
    """Of a Deployment, ReplicaSet, StatefulSet, DaemonSet, Job or ReplicationController."""

    replicas: int | None = None
    template: Template | None = None


@dataclass(slots=True)
class Controller:
    """What makes pods from a template."""

    metadata: Meta = field(default_factory=Meta)
    spec: ControllerSpec = field(default_factory=ControllerSpec)


@dataclass(slots=True)
class JobTemplate:
    """What a CronJob makes Jobs from."""

    spec: ControllerSpec | None = None


@dataclass(slots=True)
class CronSpec:
    """Of a CronJob."""

    schedule: str | None = None
    suspend: bool | None = None
    jobTemplate: JobTemplate | None = None  # noqa: N815 - the API's spelling


@dataclass(slots=True)
class CronJob:
    """`CronJob`."""

    metadata: Meta = field(default_factory=Meta)
    spec: CronSpec = field(default_factory=CronSpec)


@dataclass(slots=True)
class Secret:
    """`Secret`, without its data."""

    metadata: Meta = field(default_factory=Meta)
    type: str | None = None


@dataclass(slots=True)
class NodeSpec:
    """What a node says of the machine that it is."""

    providerID: str | None = None  # noqa: N815 - the API's spelling


@dataclass(slots=True)
class Node:
    """`Node`."""

    metadata: Meta = field(default_factory=Meta)
    spec: NodeSpec | None = None
