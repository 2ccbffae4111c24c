"""Projects of worlds: providers of pools as Google writes them, members as policies write them."""

import json
from typing import Any

from nhi_scan.access.gcp.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model.identity import Identity, Nature, Resource, Workload
from nhi_scan.model.policy import Trust
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from tests.access.federation.world import NOW

HOME = "//iam.googleapis.com/projects/app/locations/global/workloadIdentityPools"
NAMED = "iam.googleapis.com/projects/42/locations/global/workloadIdentityPools"


def engine(given: dict[str, Any]) -> tuple[Access, dict[str, str]]:
    """The engine over a project, and what the world calls each member."""
    records = Records()
    number = "42" if given.get("number", True) else ""
    records.scopes.append(Scope(id="projects/app", provider="gcp", kind="project", name="app", number=number))
    for pool in sorted({name.partition("/")[0] for name in given.get("providers", {})}):
        said = (("disabled", "true" if pool in given.get("disabled", ()) else "false"),)
        records.resources.append(_resource(f"{HOME}/{pool}", "workload_identity_pool", said))
    for name, one in given.get("providers", {}).items():
        pool, _, own = name.partition("/")
        kind = one.get("kind", "oidc")
        attributes = {
            "pool": f"{HOME}/{pool}",
            "kind": kind,
            "issuer": one.get("issuer", ""),
            "condition": one.get("condition", ""),
            "mapping": json.dumps(one["mapping"]) if "mapping" in one else "",
            "audiences": " ".join(one.get("audiences", ())),
            "disabled": "true" if one.get("disabled") else "false",
        }
        pairs = tuple(sorted((key, text) for key, text in attributes.items() if text))
        records.resources.append(_resource(f"{HOME}/{pool}/providers/{own}", "workload_identity_provider", pairs))
    for name, pool in given.get("clusters", {}).items():
        records.workloads.append(
            Workload(
                id=f"//container.googleapis.com/projects/app/locations/europe-west1/clusters/{name}",
                provider="gcp",
                kind="gke_cluster",
                name=name,
                scope_id="projects/app",
                attributes=(("workload_pool", pool),) if pool else (),
            )
        )
    names = {_member(member): name for name, member in given["members"].items()}
    records.identities += [
        Identity(
            id=id_,
            provider="gcp",
            kind="federated_principal",
            nature=Nature.NON_HUMAN,
            nature_reason="a test says so",
            name=id_,
            scope_id="projects/app",
        )
        for id_ in names
    ]
    for account, member in given.get("impersonate", {}).items():
        records.trusts.append(
            Trust(
                id=f"binding-{account}",
                identity_id=f"serviceAccount:{account}",
                subject=_member(given["members"][member]),
                subject_kind="federated",
                mechanism="federate",
            )
        )
    return summarise(build([records]), NOW), names


def _member(written: str) -> str:
    """`one:pool/subject/x`, `set:pool/attribute.a/x`: the rest of the name is always the same."""
    form, _, rest = written.partition(":")
    return {"one": f"principal://{NAMED}/{rest}", "set": f"principalSet://{NAMED}/{rest}"}.get(form, written)


def _resource(id_: str, kind: str, attributes: tuple[tuple[str, str], ...]) -> Resource:
    return Resource(id=id_, provider="gcp", kind=kind, name=id_, scope_id="projects/app", attributes=attributes)
