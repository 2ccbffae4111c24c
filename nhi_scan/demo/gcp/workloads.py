"""What runs, and what holds data: from a line of an estate to what Google shows of it.

Cloud Asset Inventory shows Cloud Run in the form of its older API, the service itself in that of the newer one:
https://cloud.google.com/asset-inventory/docs/asset-types.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nhi_scan.demo.gcp.estate import Project, Thing
from nhi_scan.demo.wording import between

PLATFORM_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One line of an estate about something that a project holds."""

    kind: str
    name: str
    project: Project
    location: str
    account: str = ""  # email of who it runs as
    labels: Mapping[str, str] | None = None
    scopes: tuple[str, ...] = (PLATFORM_SCOPE,)
    more: Mapping[str, Any] | None = None  # further fields of the data
    rotates: bool = True  # a key of Cloud KMS

    @property
    def id(self) -> str:
        """A number that looks like one of Google's and is the same in every run."""
        return str(between(f"{self.project.id}{self.kind}{self.name}", 10**8, 4 * 10**8) * 10**10)

    @property
    def parent(self) -> str:
        """`projects/shop/locations/europe-west1`."""
        return f"{self.project.id}/locations/{self.location}"

    def data(self, **fields: Any) -> dict[str, Any]:
        """Return data of an asset, with what the line adds to it."""
        data = {**fields, **({"labels": dict(self.labels)} if self.labels else {})}
        for name, value in (self.more or {}).items():
            data[name] = {**data[name], **value} if isinstance(data.get(name), dict) else value
        return data


def _image(asked: Asked) -> dict[str, Any]:
    return {"image": f"europe-docker.pkg.dev/{asked.project.id.partition('/')[2]}/apps/{asked.name}:stable"}


def _knative(asked: Asked, kind: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    version = {"Service": "serving.knative.dev/v1", "Job": "run.googleapis.com/v1"}[kind]
    metadata: dict[str, Any] = {"name": asked.name, "namespace": asked.project.number}
    if asked.labels:
        metadata["labels"] = dict(asked.labels)
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": dict(spec)}


def _run_service(asked: Asked) -> Thing:
    name = f"{asked.parent}/services/{asked.name}"
    containers = [{**_image(asked), **(asked.more or {})}]
    return Thing(
        type="run.googleapis.com/Service",
        name=f"//run.googleapis.com/{name}",
        project=asked.project.id,
        location=asked.location,
        data=_knative(
            asked,
            "Service",
            {"template": {"spec": {"serviceAccountName": asked.account, "containers": containers}}},
        ),
        api={"name": name, "template": {"serviceAccount": asked.account, "containers": containers}},
    )


def _run_job(asked: Asked) -> Thing:
    name = f"{asked.parent}/jobs/{asked.name}"
    inner = {"serviceAccountName": asked.account, "containers": [_image(asked)]}
    return Thing(
        type="run.googleapis.com/Job",
        name=f"//run.googleapis.com/{name}",
        project=asked.project.id,
        location=asked.location,
        data=_knative(asked, "Job", {"template": {"spec": {"template": {"spec": inner}}}}),
        api={"name": name, "template": {"template": {"serviceAccount": asked.account, "containers": [_image(asked)]}}},
    )


def _function(asked: Asked) -> Thing:
    name = f"{asked.parent}/functions/{asked.name}"
    return Thing(
        type="cloudfunctions.googleapis.com/Function",
        name=f"//cloudfunctions.googleapis.com/{name}",
        project=asked.project.id,
        location=asked.location,
        data=asked.data(
            name=name,
            environment="GEN_2",
            state="ACTIVE",
            buildConfig={"runtime": "python312", "entryPoint": "main"},
            serviceConfig={"serviceAccountEmail": asked.account, "ingressSettings": "ALLOW_INTERNAL_ONLY"},
        ),
    )


def _compute(asked: Asked, path: str) -> str:
    return f"https://www.googleapis.com/compute/v1/{asked.project.id}/{path}"


def _machine(asked: Asked) -> dict[str, Any]:
    accounts = [{"email": asked.account, "scopes": list(asked.scopes)}] if asked.account else []
    return {"serviceAccounts": accounts, "networkInterfaces": [{"network": _compute(asked, "global/networks/default")}]}


def _instance(asked: Asked) -> Thing:
    path = f"zones/{asked.location}/instances/{asked.name}"
    return Thing(
        type="compute.googleapis.com/Instance",
        name=f"//compute.googleapis.com/{asked.project.id}/{path}",
        project=asked.project.id,
        location=asked.location,
        data=asked.data(
            id=asked.id,
            name=asked.name,
            status="RUNNING",
            zone=_compute(asked, f"zones/{asked.location}"),
            machineType=_compute(asked, f"zones/{asked.location}/machineTypes/e2-medium"),
            selfLink=_compute(asked, path),
            **_machine(asked),
        ),
    )


def _template(asked: Asked) -> Thing:
    path = f"global/instanceTemplates/{asked.name}"
    return Thing(
        type="compute.googleapis.com/InstanceTemplate",
        name=f"//compute.googleapis.com/{asked.project.id}/{path}",
        project=asked.project.id,
        data={
            "id": asked.id,
            "name": asked.name,
            "selfLink": _compute(asked, path),
            "properties": asked.data(machineType="e2-small", **_machine(asked)),
        },
    )


def _cluster(asked: Asked) -> Thing:
    config = {"serviceAccount": asked.account, "oauthScopes": list(asked.scopes)}
    pool = f"{asked.project.id.partition('/')[2]}.svc.id.goog"
    return Thing(
        type="container.googleapis.com/Cluster",
        name=f"//container.googleapis.com/{asked.parent}/clusters/{asked.name}",
        project=asked.project.id,
        location=asked.location,
        data={
            "name": asked.name,
            "location": asked.location,
            "status": "RUNNING",
            "nodeConfig": config,
            "nodePools": [{"name": "default", "config": config, "status": "RUNNING"}],
            "workloadIdentityConfig": {"workloadPool": pool},
            **({"resourceLabels": dict(asked.labels)} if asked.labels else {}),
        },
    )


def _trigger(asked: Asked) -> Thing:
    return Thing(
        type="cloudbuild.googleapis.com/BuildTrigger",
        name=f"//cloudbuild.googleapis.com/projects/{asked.project.number}/locations/global/triggers/{asked.id}",
        project=asked.project.id,
        data={
            "id": asked.id,
            "name": asked.name,
            "filename": "cloudbuild.yaml",
            "serviceAccount": f"{asked.project.id}/serviceAccounts/{asked.account}",
        },
    )


def _scheduler(asked: Asked) -> Thing:
    name = f"{asked.parent}/jobs/{asked.name}"
    target = {"uri": "https://northwind.example/tick", "oidcToken": {"serviceAccountEmail": asked.account}}
    return Thing(
        type="cloudscheduler.googleapis.com/Job",
        name=f"//cloudscheduler.googleapis.com/{name}",
        project=asked.project.id,
        location=asked.location,
        data={"name": name, "schedule": "*/10 * * * *", "state": "ENABLED", "httpTarget": target},
    )


def _bucket(asked: Asked) -> Thing:
    return Thing(
        type="storage.googleapis.com/Bucket",
        name=f"//storage.googleapis.com/{asked.name}",
        project=asked.project.id,
        location=asked.location,
        data=asked.data(
            kind="storage#bucket",
            id=asked.name,
            name=asked.name,
            location=asked.location.upper(),
            projectNumber=asked.project.number,
            iamConfiguration={
                "uniformBucketLevelAccess": {"enabled": True},
                "publicAccessPrevention": "inherited",
            },
        ),
    )


def _secret(asked: Asked) -> Thing:
    name = f"projects/{asked.project.number}/secrets/{asked.name}"
    return Thing(
        type="secretmanager.googleapis.com/Secret",
        name=f"//secretmanager.googleapis.com/{name}",
        project=asked.project.id,
        data=asked.data(name=name, replication={"automatic": {}}),
    )


def _key(asked: Asked) -> Thing:
    name = f"{asked.parent}/keyRings/northwind/cryptoKeys/{asked.name}"
    rotation = {"rotationPeriod": "7776000s", "nextRotationTime": "2099-01-01T00:00:00Z"} if asked.rotates else {}
    return Thing(
        type="cloudkms.googleapis.com/CryptoKey",
        name=f"//cloudkms.googleapis.com/{name}",
        project=asked.project.id,
        location=asked.location,
        data=asked.data(name=name, purpose="ENCRYPT_DECRYPT", **rotation),
    )


_SHAPES: Mapping[str, Callable[[Asked], Thing]] = {
    "service": _run_service,
    "job": _run_job,
    "function": _function,
    "instance": _instance,
    "template": _template,
    "cluster": _cluster,
    "trigger": _trigger,
    "scheduler": _scheduler,
    "bucket": _bucket,
    "secret": _secret,
    "key": _key,
}
_PLACES = {"instance": "europe-west1-b", "template": "global", "trigger": "global", "secret": "global"}
_REGION = "europe-west1"


def location_of(kind: str) -> str:
    """Return where things of a kind lie unless their line says otherwise."""
    return _PLACES.get(kind, _REGION)


def thing(asked: Asked) -> Thing:
    """Return a thing as Google shows it."""
    return _SHAPES[asked.kind](asked)
