"""Commands that show, and let one change, who can become an identity: for fixes."""

import shlex

from nhi_scan.access.federation import FEDERATES
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.narrowing import narrowing
from nhi_scan.facts.registry import fact
from nhi_scan.model.access import Privilege
from nhi_scan.model.identity import Identity
from nhi_scan.model.kube_ids import cluster_name, cluster_of, is_kubernetes

_ACCOUNT = "serviceAccount:"
_POOLS = "/workloadIdentityPools/"


@fact("identity", "text")
def identity_trust_fix(estate: Estate) -> list[str]:
    """The commands that show who can become it, as its provider has them."""
    return [trust_command(one) for one in estate.identities]


@fact("identity", "text")
def identity_crossing_fix(estate: Estate) -> list[str]:
    """The same of whom it becomes in another cloud on its way to more privilege, and what narrows it; else empty."""
    return [_crossing_fix(estate, estate.privileges.get(one.id)) for one in estate.identities]


def _crossing_fix(estate: Estate, level: Privilege | None) -> str:
    step = next((one for one in level.path if one.technique == FEDERATES), None) if level is not None else None
    if step is None:
        return ""
    if is_kubernetes(step.target_id):
        found = estate.access.bridges.between(step.source_id, step.target_id)
        return "\n".join(dict.fromkeys(_cluster(estate, one.target_id, one.trust_id) for one in found))
    target = estate.inventory.identities.get(step.target_id)
    if target is None:
        return ""
    found = estate.access.bridges.between(step.source_id, step.target_id)
    narrowed = next(filter(None, (narrowing(estate, one) for one in found)), "")
    return "\n".join(filter(None, (trust_command(target), narrowed)))


def _cluster(estate: Estate, target_id: str, trust_id: str) -> str:
    """https://docs.aws.amazon.com/eks/latest/userguide/grant-k8s-access.html."""
    entry = estate.inventory.resources.get(trust_id.partition("#")[0])
    if entry is not None and entry.kind == "eks_access_entry":
        said = dict(entry.attributes)
        cluster, arn = shlex.quote(said.get("cluster", "")), shlex.quote(said.get("principal_id", ""))
        return f"aws eks describe-access-entry --cluster-name {cluster} --principal-arn {arn}"
    context = shlex.quote(cluster_name(cluster_of(target_id)))
    return f"kubectl get configmap aws-auth --namespace kube-system --context {context} -o yaml"


def trust_command(one: Identity) -> str:
    """Return the commands for one identity, a line each; values are quoted for a shell.

    https://docs.aws.amazon.com/cli/latest/reference/iam/get-role.html,
    https://learn.microsoft.com/cli/azure/ad/app/federated-credential,
    https://cloud.google.com/sdk/gcloud/reference/iam/workload-identity-pools/providers/list
    """
    if one.provider == "azure":
        return _azure(one)
    if one.provider == "gcp":
        return _google(one)
    if one.kind == "iam_role":
        name = shlex.quote(one.name)
        return f"aws iam get-role --role-name {name} --query Role.AssumeRolePolicyDocument"
    if one.provider == "kubernetes":
        return "kubectl get rolebindings,clusterrolebindings --all-namespaces -o wide"
    return ""


def _azure(one: Identity) -> str:
    if one.kind == "managed_identity":
        resource = dict(one.attributes).get("resource_id", "")
        return f"az identity federated-credential list --ids {shlex.quote(resource)}"
    return f"az ad app federated-credential list --id {shlex.quote(one.unique_id or one.id)}"


def _google(one: Identity) -> str:
    if _POOLS not in one.id:
        email = one.id.removeprefix(_ACCOUNT)
        return "" if "[" in email else f"gcloud iam service-accounts get-iam-policy {shlex.quote(email)}"
    above, _, below = one.id.partition("iam.googleapis.com/")[2].partition(_POOLS)
    project, pool = shlex.quote(above.removeprefix("projects/").partition("/")[0]), shlex.quote(below.partition("/")[0])
    listing = "gcloud iam workload-identity-pools providers list"
    return f"{listing} --workload-identity-pool={pool} --project={project} --location=global"
