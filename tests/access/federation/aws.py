"""AWS accounts of worlds: roles by their trust policies, identity providers, associations of pods."""

from typing import Any

from nhi_scan.access.aws.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Identity, Nature, Resource, Workload
from nhi_scan.model.policy import Binding, Guardrail, Policy
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.providers.aws.normalise.trusts import TrustReader
from nhi_scan.providers.aws.policy import parse_document
from tests.access.federation.world import NOW

ACCOUNT = "111111111111"
GITHUB = {"token.actions.githubusercontent.com": ["sts.amazonaws.com"]}


def arn(role: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:role/{role}"


def engine(given: dict[str, Any]) -> tuple[Access, dict[str, str]]:
    """The engine over a world's accounts, and what the world calls each role."""
    records = Records()
    accounts = {ACCOUNT, *(spec["account"] for spec in given["roles"].values() if "account" in _said(spec))}
    for account in sorted(accounts):
        _account(records, account, given)
    for name, spec in given["roles"].items():
        _role(records, name, _said(spec))
    for number, one in enumerate(given.get("pods", ())):
        _association(records, number, one)
    for name, roles in given.get("profiles", {}).items():
        _anywhere(records, name, roles, given)
    return summarise(build([records]), NOW), {one.id: one.name for one in records.identities}


def _said(spec: Any) -> dict[str, Any]:
    return {"trust": spec} if isinstance(spec, list) else spec


def _account(records: Records, account: str, given: dict[str, Any]) -> None:
    kinds = ("resource_control_policy",) if "rcp" in given else ()
    records.scopes += [
        Scope(id=f"r-{account}", provider="aws", kind="root", name="root", parent_id="", guardrail_kinds=kinds),
        Scope(id=account, provider="aws", kind="account", name=account, parent_id=f"r-{account}"),
    ]
    if "rcp" in given:
        parsed = parse_document({"Version": "2012-10-17", "Statement": given["rcp"]})
        records.policies.append(
            Policy(
                id=f"rcp-{account}",
                provider="aws",
                kind="guardrail",
                name="rcp",
                scope_id=account,
                statements=parsed.statements,
                version=parsed.version,
            )
        )
        for scope_id in (account, f"r-{account}"):
            records.guardrails.append(
                Guardrail(policy_id=f"rcp-{account}", scope_id=scope_id, kind="resource_control_policy")
            )
    status = CoverageStatus.COMPLETE if given.get("collected", True) else CoverageStatus.DENIED
    records.coverage.append(Coverage(provider="aws", scope_id=account, record_kind="iam-oidc-providers", status=status))
    for issuer, client_ids in given.get("providers", GITHUB).items():
        records.resources.append(
            Resource(
                id=f"arn:aws:iam::{account}:oidc-provider/{issuer}",
                provider="aws",
                kind="oidc_provider",
                name=issuer,
                scope_id=account,
                attributes=(("client_ids", " ".join(client_ids)), ("url", issuer)),
            )
        )
    for name, issuer in given.get("clusters", {}).items():
        records.resources.append(
            Resource(
                id=f"arn:aws:eks:eu-west-1:{account}:cluster/{name}",
                provider="aws",
                kind="eks_cluster",
                name=name,
                scope_id=account,
                region="eu-west-1",
                attributes=(("oidc_issuer", issuer),),
            )
        )


def _role(records: Records, name: str, spec: dict[str, Any]) -> None:
    account = spec.get("account", ACCOUNT)
    parsed = parse_document({"Version": "2012-10-17", "Statement": spec["trust"]})
    id_ = arn(name, account)
    records.identities.append(
        Identity(
            id=id_,
            provider="aws",
            kind="iam_role",
            nature=Nature.NON_HUMAN,
            nature_reason="a test says so",
            name=name,
            scope_id=account,
            unique_id=f"AROA{name.upper()}",
            trust_policy_id=f"{id_}#trust",
        )
    )
    records.policies.append(
        Policy(
            id=f"{id_}#trust",
            provider="aws",
            kind="trust",
            name="trust",
            scope_id=account,
            statements=parsed.statements,
            version=parsed.version,
            complete=spec.get("complete", True),
        )
    )
    if "may" in spec:
        policy = parse_document({"Version": "2012-10-17", "Statement": spec["may"]})
        own = f"{id_}#inline/may"
        records.policies.append(
            Policy(id=own, provider="aws", kind="identity", name="may", scope_id=account, statements=policy.statements)
        )
        records.bindings.append(Binding(id=own, principal_id=id_, policy_id=own, scope_id=account))
    records.trusts += TrustReader().read(id_, f"{id_}#trust", parsed.statements)


def _association(records: Records, number: int, said: dict[str, Any]) -> None:
    records.workloads.append(
        Workload(
            id=f"arn:aws:eks:eu-west-1:{ACCOUNT}:podidentityassociation/{said['cluster']}/a-{number}",
            provider="aws",
            kind="eks_pod_identity",
            name=f"{said['cluster']}/{said['account']}",
            scope_id=ACCOUNT,
            region="eu-west-1",
            runs_as=tuple(sorted(arn(said[key]) for key in ("role", "target") if key in said)),
            attributes=(
                *((("session_tags", "false"),) if said.get("untagged") else ()),
                *((("target_role", arn(said["target"])),) if "target" in said else ()),
            ),
        )
    )


def _anywhere(records: Records, name: str, roles: list[str], given: dict[str, Any]) -> None:
    home = f"arn:aws:rolesanywhere:eu-west-1:{ACCOUNT}"
    records.workloads.append(
        Workload(
            id=f"{home}:profile/{name}",
            provider="aws",
            kind="rolesanywhere_profile",
            name=name,
            scope_id=ACCOUNT,
            region="eu-west-1",
            runs_as=tuple(arn(role) for role in roles),
            active=name not in given.get("disabled", ()),
        )
    )
    for anchor in given["anchors"]:
        records.resources.append(
            Resource(
                id=f"{home}:trust-anchor/{anchor}",
                provider="aws",
                kind="rolesanywhere_trust_anchor",
                name=anchor,
                scope_id=ACCOUNT,
                region="eu-west-1",
                attributes=(("enabled", "false" if anchor in given.get("disabled", ()) else "true"),),
            )
        )
