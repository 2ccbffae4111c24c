"""Commands that let an identity trust exactly one token of another cloud, and nothing wider: for fixes.

What is trusted today is replaced, so that the sentence above a command says what else it would take away.
"""

import json
import shlex

from nhi_scan.access.federation import Bridge
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.github.static_keys import exact_subject, issuer_host
from nhi_scan.model.identity import Identity
from nhi_scan.model.kube_ids import cluster_of, take_apart, user_of_account
from nhi_scan.model.policy import Trust

_USUAL = "repo context"
_FEDERATED = "#federated/"
_OIDC = ":oidc-provider/"
_ACCOUNT = "serviceAccount:"
_AUDIENCES = {"aws": "sts.amazonaws.com", "azure": "api://AzureADTokenExchange"}
_WORKLOAD_USER = "roles/iam.workloadIdentityUser"


def narrowing(estate: Estate, bridge: Bridge) -> str:
    """Return the sentence and the command that narrow what a bridge goes over; empty where nobody can tell them.

    Args:
        estate: what was collected.
        bridge: from whom to whom; where the trusting side says more than one may come, its own token is taken.
    """
    source = estate.inventory.identities.get(bridge.source_id)
    target = estate.inventory.identities.get(bridge.target_id)
    if source is None or target is None:
        return ""
    subject, issuer = _shown(estate, bridge, source)
    trust = estate.inventory.trusts.get(bridge.trust_id)
    if not subject or not issuer:
        return ""
    if target.kind == "iam_role" and trust is not None:
        return _aws(estate, target, trust, subject)
    if target.provider == "azure" and _FEDERATED in bridge.trust_id:
        return _azure(target, bridge.trust_id.partition(_FEDERATED)[2], subject, issuer)
    if target.provider == "gcp" and trust is not None:
        return _google(target, trust, subject)
    return ""


def _shown(estate: Estate, bridge: Bridge, source: Identity) -> tuple[str, str]:
    """Return the subject and the issuer of the token that the source shows; empty where they are not known."""
    if source.provider == "kubernetes" and source.kind == "service_account":
        cluster = estate.inventory.scopes.get(cluster_of(source.id))
        issuers = dict(cluster.attributes).get("oidc_issuer", "").split() if cluster is not None else []
        at = take_apart(source.id)
        return user_of_account(at.namespace, at.name), issuers[0] if len(issuers) == 1 else ""
    if source.provider != "github" or _customised(estate, source):
        return "", ""
    # Of a repository, what its own jobs say that ask for this: else its default branch.
    into = (one for one in estate.access.bridges.into(bridge.target_id) if one.declared)
    jobs = sorted({one.source_id for one in into} & estate.inventory.identities.keys())
    own = [one for one in jobs if estate.inventory.identities[one].scope_id == source.scope_id]
    row = estate.inventory.identities[own[0]] if own and source.kind == "repository" else source
    return exact_subject(estate, row), f"https://{issuer_host(row)}"


def _customised(estate: Estate, source: Identity) -> bool:
    """Say whether the subjects of a repository's tokens may be made of claims that its owner chose.

    https://docs.github.com/actions/reference/security/oidc#customizing-the-token-claims
    """
    place = estate.inventory.scopes.get(source.scope_id)
    above = estate.inventory.scopes.get(place.parent_id or "") if place is not None else None
    told = [dict(one.attributes) if one is not None else {} for one in (place, above)]
    if told[0].get("oidc_use_default") == "true":
        return False
    return any(one.get("oidc_sub_keys", _USUAL) != _USUAL for one in told)


def _aws(estate: Estate, role: Identity, trust: Trust, subject: str) -> str:
    """https://docs.aws.amazon.com/cli/latest/reference/iam/update-assume-role-policy.html."""
    issuer = trust.subject.partition(_OIDC)[2]
    if not issuer:
        return ""
    condition = {"StringEquals": {f"{issuer}:aud": _AUDIENCES["aws"], f"{issuer}:sub": subject}}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": trust.subject},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    others = any(one.subject != trust.subject for one in estate.inventory.trusts_of.get(role.id, ()))
    besides = "; add the statements for whom else it trusts" if others else ""
    return f"""This token alone, in place of the whole trust policy{besides}:
aws iam update-assume-role-policy --role-name {shlex.quote(role.name)} --policy-document {shlex.quote(document)}"""


def _azure(target: Identity, name: str, subject: str, issuer: str) -> str:
    """https://learn.microsoft.com/cli/azure/ad/app/federated-credential, and ../identity/federated-credential."""
    said = "This token alone, in place of what the credential takes now:"
    if target.kind == "managed_identity":
        resource = dict(target.attributes).get("resource_id", "")
        words = ["az", "identity", "federated-credential", "update", "--issuer", issuer, "--subject", subject]
        words += ["--ids", f"{resource}/federatedIdentityCredentials/{name}"]
        return f"{said}\n{shlex.join([*words, '--audiences', _AUDIENCES['azure']])}"
    made = {"name": name, "issuer": issuer, "subject": subject, "audiences": [_AUDIENCES["azure"]]}
    words = ["az", "ad", "app", "federated-credential", "update", "--id", target.unique_id or target.id]
    words += ["--federated-credential-id", name, "--parameters", json.dumps(made)]
    return f"{said}\n{shlex.join(words)}"


def _google(target: Identity, trust: Trust, subject: str) -> str:
    """https://cloud.google.com/iam/docs/workload-identity-federation-with-other-providers#impersonation."""
    pool = trust.subject.partition("://")[2].partition("/subject/")[0].partition("/attribute.")[0]
    pool = pool.partition("/group/")[0].removesuffix("/*")
    if not target.id.startswith(_ACCOUNT) or "/workloadIdentityPools/" not in pool:
        return ""
    member, account = f"principal://{pool}/subject/{subject}", target.id.removeprefix(_ACCOUNT)
    begin = ["gcloud", "iam", "service-accounts"]
    add = [*begin, "add-iam-policy-binding", account, f"--role={_WORKLOAD_USER}", f"--member={member}"]
    remove = [*begin, "remove-iam-policy-binding", account, f"--role={_WORKLOAD_USER}", f"--member={trust.subject}"]
    wider = [shlex.join(remove)] if trust.subject != member else []
    return "\n".join(["This subject alone, in place of the wider member:", shlex.join(add), *wider])
