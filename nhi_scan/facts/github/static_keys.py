"""Facts about keys of clouds that jobs of GitHub's workflows use, and what takes their place.

Every cloud takes the token of a job instead of a key:
https://docs.github.com/actions/how-tos/secure-your-work/security-harden-deployments.
"""

import json
import shlex
from collections.abc import Mapping

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.github.jobs import only_called, repository_in
from nhi_scan.facts.registry import fact
from nhi_scan.model import github_ids
from nhi_scan.model.identity import Identity

_ISSUER = "token.actions.githubusercontent.com"
_CLOUDS: Mapping[str, frozenset[str]] = {  # words in the names of what holds their keys
    "AWS": frozenset({"AWS"}),
    "Azure": frozenset({"AZURE", "ARM", "ENTRA"}),
    "Google Cloud": frozenset({"GCP", "GOOGLE", "GCLOUD", "GCR", "GKE", "CLOUDSDK"}),
}
_ELSE = (
    "Whichever cloud the key is of: let it take this job's own tokens, of the issuer https://{issuer} with the subject "
    "{subject} (https://docs.github.com/actions/concepts/security/openid-connect)."
)
_NO_JOB = "it is no job of a workflow"


@fact("identity", "text", unknown=_NO_JOB)
def identity_static_keys(estate: Estate) -> list[str | None]:
    """What holds keys of clouds that a job uses: `AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY`; empty: none."""
    return [_keys(row) if row.kind == "workflow_job" else None for row in estate.identities]


@fact("identity", "text", unknown=_NO_JOB)
def identity_static_clouds(estate: Estate) -> list[str | None]:
    """The clouds whose keys a job uses, as the names of what holds them say."""
    return [
        " and ".join(_clouds(row)) or "a cloud" if row.kind == "workflow_job" else None for row in estate.identities
    ]


@fact("identity", "text")
def identity_federated_fix(estate: Estate) -> list[str]:
    """What takes the place of a job's keys of clouds, exactly: trust for its own tokens, and the step; else empty."""
    return [_fix(estate, row) if dict(row.attributes).get("static_secrets") else "" for row in estate.identities]


def _keys(row: Identity) -> str:
    told = dict(row.attributes)
    written = set(told.get("literal_keys", "").split())
    names = () if only_called(row) else told.get("static_secrets", "").split()
    return ", ".join(f"{name} (written out in the file)" if name in written else name for name in names)


def _clouds(row: Identity) -> list[str]:
    names = dict(row.attributes).get("static_secrets", "").split()
    return [cloud for cloud in _CLOUDS if any(_is_of(name, cloud) for name in names)]


def _is_of(name: str, cloud: str) -> bool:
    return not set(name.upper().split("_")).isdisjoint(_CLOUDS[cloud])


def _fix(estate: Estate, row: Identity) -> str:
    if row.kind != "workflow_job":
        return ""
    subject, issuer, repository = exact_subject(estate, row), issuer_host(row), shlex.quote(repository_in(row.id))
    parts = ["In the workflow, for this job: permissions: id-token: write, contents: read"]
    told = dict(row.attributes)
    names, written = told.get("static_secrets", "").split(), set(told.get("literal_keys", "").split())
    clouds = _clouds(row)
    for cloud in clouds:
        parts += [
            _WRITERS[cloud](subject, issuer),
            *_deleting([name for name in names if _is_of(name, cloud)], written, repository),
        ]
    rest = [name for name in names if not any(_is_of(name, cloud) for cloud in clouds)]
    if rest:
        parts += [_ELSE.format(subject=subject, issuer=issuer), *_deleting(rest, written, repository)]
    return "\n".join(parts)


def _deleting(names: list[str], written: set[str], repository: str) -> list[str]:
    """Say what is to be deleted: the key itself, its copies among the secrets, and what is written out."""
    kept = [name for name in names if name not in written]
    parts = ["Then delete the key there, and its copies here:" if kept else "Then delete the key there."]
    parts += [f"gh secret delete {shlex.quote(name)} --repo {repository}" for name in kept]
    return [*parts, *(f"Take {name} out of the file." for name in names if name in written)]


def exact_subject(estate: Estate, row: Identity) -> str:
    """Return the subject of the tokens of a job, or of a repository's default branch, as exactly as it is known."""
    told = dict(row.attributes)
    scope = estate.inventory.scopes.get(row.scope_id)
    above = estate.inventory.scopes.get(github_ids.organization_of(row.id))
    place = dict(scope.attributes) if scope is not None else {}
    name = f"{above.name if above else ''}/{scope.name.rpartition('/')[2] if scope else ''}"
    prefix = place.get("oidc_sub_prefix", "").removeprefix("repo:").rstrip(":") or name
    owner_number = dict(above.attributes).get("organization_id", "") if above else ""
    if place.get("oidc_immutable") == "true" and "@" not in prefix and owner_number:
        owner, _, repository = prefix.partition("/")
        prefix = f"{owner}@{owner_number}/{repository}@{place.get('repository_id', '')}"
    environment = told.get("environment", "")
    if environment and environment != "?":
        return f"repo:{prefix}:environment:{environment.replace(':', '%3A')}"
    branch = _branch(told, place)
    return f"repo:{prefix}:ref:refs/heads/{branch}"


def _branch(told: Mapping[str, str], place: Mapping[str, str]) -> str:
    branches = [one for one in told.get("branches", "").split() if not set("*?![") & set(one)]
    return branches[0] if len(branches) == 1 else place.get("default_branch", "BRANCH")


def issuer_host(row: Identity) -> str:
    """Return the issuer of the tokens of an identity of GitHub, without its scheme."""
    host = github_ids.host_in(row.id)
    if host == github_ids.HOST:
        return _ISSUER
    return f"token.actions.{host}" if host.endswith(".ghe.com") else f"{host}/_services/token"


def _aws(subject: str, issuer: str) -> str:
    """https://docs.github.com/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws."""
    condition = {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": subject}}
    url = shlex.quote(f"https://{issuer}")
    return f"""AWS: trust the issuer once in the account, and exactly this job in the role's trust policy:
aws iam create-open-id-connect-provider --url {url} --client-id-list sts.amazonaws.com
"Action": "sts:AssumeRoleWithWebIdentity", "Condition": {json.dumps(condition)}
The step: uses: aws-actions/configure-aws-credentials, with: role-to-assume: ROLE_ARN, aws-region: REGION"""


def _azure(subject: str, issuer: str) -> str:
    """https://docs.github.com/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-azure."""
    credential = {
        "name": "github",
        "issuer": f"https://{issuer}",
        "subject": subject,
        "audiences": ["api://AzureADTokenExchange"],
    }
    return f"""Azure: let the application take exactly this job's tokens:
az ad app federated-credential create --id APPLICATION_ID --parameters {shlex.quote(json.dumps(credential))}
The step: uses: azure/login, with: client-id: CLIENT_ID, tenant-id: TENANT_ID, subscription-id: SUBSCRIPTION_ID"""


def _google(subject: str, issuer: str) -> str:
    """https://docs.github.com/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-google-cloud-platform."""
    pool = "iam.googleapis.com/projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/github"
    url, member = shlex.quote(f"https://{issuer}"), shlex.quote(f"principal://{pool}/subject/{subject}")
    # A text of CEL is quoted as JSON's are: https://github.com/google/cel-spec/blob/master/doc/langdef.md
    condition = shlex.quote(f"assertion.sub == {json.dumps(subject)}")
    mapping, role = "--attribute-mapping=google.subject=assertion.sub", "--role=roles/iam.workloadIdentityUser"
    return f"""Google Cloud: a provider that takes exactly this job's tokens, and the service account for its subject:
gcloud iam workload-identity-pools create github --location=global
gcloud iam workload-identity-pools providers create-oidc github --workload-identity-pool=github --location=global \
  --issuer-uri={url} {mapping} --attribute-condition={condition}
gcloud iam service-accounts add-iam-policy-binding SERVICE_ACCOUNT {role} --member={member}
The step: uses: google-github-actions/auth, with: workload_identity_provider: PROVIDER, service_account: ACCOUNT"""


_WRITERS = {"AWS": _aws, "Azure": _azure, "Google Cloud": _google}
