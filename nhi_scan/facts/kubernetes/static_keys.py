"""Facts about keys of clouds in the environment of what runs on Kubernetes, and what would be in their place.

https://kubernetes.io/docs/concepts/configuration/secret/#alternatives-to-secrets
"""

import shlex
from collections.abc import Callable, Mapping

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.kubernetes.accounts import PROVIDER
from nhi_scan.facts.registry import fact
from nhi_scan.model import kube_ids
from nhi_scan.model.identity import Workload

# Variables that hold the key of a cloud -> what would be in its place.
_KEYS: Mapping[str, str] = {"AWS_": "aws", "AZURE_": "azure", "ARM_": "azure", "GOOGLE_": "gcp"}


@fact("workload", "text")
def workload_static_keys(estate: Estate) -> list[str]:
    """Names of its environment variables that hold the key of a cloud, on Kubernetes. Values are never collected."""
    return [dict(one.attributes).get("static_keys", "") if one.provider == PROVIDER else "" for one in estate.workloads]


@fact("workload", "text")
def workload_federation_fix(estate: Estate) -> list[str]:
    """The commands that put an identity of the cloud in place of a key: its pods get it by their service account."""
    return [_federation(estate, one) for one in estate.workloads]


def _federation(estate: Estate, one: Workload) -> str:
    names = dict(one.attributes).get("static_keys", "").split() if one.provider == PROVIDER else []
    clouds = list(dict.fromkeys(cloud for name in names for start, cloud in _KEYS.items() if name.startswith(start)))
    account = next((kube_ids.take_apart(id_) for id_ in one.runs_as), None)
    if account is None:
        return ""
    return "\n".join(_COMMANDS[cloud](account, _issuer(estate, one)) for cloud in clouds)


def _issuer(estate: Estate, one: Workload) -> str:
    scope = estate.inventory.scopes.get(kube_ids.cluster_of(one.id))
    return (dict(scope.attributes).get("oidc_issuer", "").split() or ["ISSUER"])[0] if scope else "ISSUER"


def _aws(account: kube_ids.Place, issuer: str) -> str:
    """https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html."""
    host = issuer.removeprefix("https://")
    said = f"{host}:sub = system:serviceaccount:{account.namespace}:{account.name}, {host}:aud = sts.amazonaws.com"
    annotation = "eks.amazonaws.com/role-arn=ROLE_ARN"
    return f"A role that trusts {said}, then {_annotate(account, annotation)}"


def _azure(account: kube_ids.Place, issuer: str) -> str:
    """https://learn.microsoft.com/azure/aks/workload-identity-deploy-cluster."""
    subject = shlex.quote(f"system:serviceaccount:{account.namespace}:{account.name}")
    credential = "az identity federated-credential create --name KUBERNETES --identity-name IDENTITY"
    made = f"{credential} --resource-group GROUP --issuer {shlex.quote(issuer)} --subject {subject}"
    return f"{made}, then {_annotate(account, 'azure.workload.identity/client-id=CLIENT_ID')}"


def _gcp(account: kube_ids.Place, _issuer: str) -> str:
    """https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity."""
    member = f"principal://iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/subject/ns/{account.namespace}/sa/{account.name}"
    return f"gcloud projects add-iam-policy-binding PROJECT --role=ROLE --member={shlex.quote(member)}"


def _annotate(account: kube_ids.Place, annotation: str) -> str:
    context = shlex.quote(kube_ids.cluster_name(account.cluster_id))
    where = f"--namespace {shlex.quote(account.namespace)} --context {context}"
    return f"kubectl annotate serviceaccount {shlex.quote(account.name)} {where} {annotation}"


_COMMANDS: Mapping[str, Callable[[kube_ids.Place, str], str]] = {"aws": _aws, "azure": _azure, "gcp": _gcp}
