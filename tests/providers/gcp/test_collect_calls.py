"""The table of Google's calls is read-only, true to Google's own documents, and drops what may be secret."""

import json
import re
from collections import Counter
from importlib import import_module
from typing import Any

import jmespath
import pytest
from googleapiclient.discovery_cache import get_static_doc

from nhi_scan.providers import Call
from nhi_scan.providers.gcp import kinds
from nhi_scan.providers.gcp.calls import ASSETS, CALLS, DENY
from nhi_scan.providers.gcp.calls.drops import DROPS
from nhi_scan.providers.gcp.calls.hierarchy import HIERARCHY
from nhi_scan.providers.gcp.calls.policies import ABOVE
from nhi_scan.providers.gcp.client_rest import method_of
from nhi_scan.providers.gcp.client_sdk import LIBRARIES
from nhi_scan.providers.gcp.places import Place
from nhi_scan.snapshot import redact

EVERY = tuple({(call.kind, call.operation): call for call in (*CALLS, *HIERARCHY, *ABOVE)}.values())
READS = re.compile(r"(?:list|get|search|query|lookup|aggregated)(?:_|[A-Z]|$)")
# They read, and what they read is secret, or access, or the most expensive quota there is.
FORBIDDEN = re.compile(
    r"getKeyString|get_key_string|accessSecretVersion|access_secret|versions\.access|generateAccessToken|signBlob|signJwt|"
    r"generateIdToken|getCredentials|getSerialPortOutput|generateDownloadUrl|generateUploadUrl|getClusterCredentials|"
    r"analyze_?iam_?policy",
    re.IGNORECASE,
)
DIRECTORY = {"cloudidentity-groups", "cloudidentity-memberships"}  # an administrator's right of the directory
ANYBODY = {"iam-predefined-roles"}
PLACE = Place(id="projects/p", number="5", organization="organizations/1")

every_call = pytest.mark.parametrize("call", EVERY, ids=lambda call: f"{call.kind}-{call.operation}")
rest_calls = pytest.mark.parametrize(
    "call", [call for call in EVERY if ":" in call.service], ids=lambda call: call.kind
)
library_calls = pytest.mark.parametrize(
    "call", [call for call in EVERY if ":" not in call.service], ids=lambda call: call.kind
)


def test_a_kind_has_one_row_but_for_names_and_scopes() -> None:
    twice = {kind for kind, count in Counter(call.kind for call in CALLS).items() if count > 1}
    activities = {"policyanalyzer-service-account-activities", "policyanalyzer-key-activities"}

    assert twice == {DENY[0].kind, *activities}, (
        "names and rules of deny policies; activities by organization and project"
    )


@every_call
def test_reads_only(call: Call) -> None:
    assert READS.match(call.operation.rpartition(".")[2])
    assert not FORBIDDEN.search(call.operation)


@pytest.mark.parametrize(
    "operation",
    [
        "apikeys.projects.locations.keys.getKeyString",
        "secretmanager.projects.secrets.versions.access",
        "getSerialPortOutput",
        "analyze_iam_policy",
        "iamcredentials.projects.serviceAccounts.generateAccessToken",
    ],
)
def test_the_list_of_what_is_secret_bites(operation: str) -> None:
    assert FORBIDDEN.search(operation)


@pytest.mark.parametrize(
    "operation", ["setIamPolicy", "create_role", "delete_policy", "testIamPermissions", "undelete"]
)
def test_the_verbs_bite(operation: str) -> None:
    assert not READS.match(operation)


@rest_calls
def test_rest_methods_are_in_googles_documents(call: Call) -> None:
    method = method_of(call.service, call.operation)

    assert method is not None
    assert method.http == "GET" or call.operation.endswith(("getIamPolicy", "getAncestry"))
    body = {"options"} if method.http == "POST" else set()
    assert set(call.params) <= method.parameters | body


@rest_calls
def test_the_one_scope_that_is_asked_for_is_enough(call: Call) -> None:
    name, _, version = call.service.partition(":")
    text = get_static_doc(name, version) or ""

    methods = re.findall(rf'"id": "{re.escape(call.operation)}",.*?"scopes": \[(.*?)\]', text, re.DOTALL)
    assert methods
    assert all("https://www.googleapis.com/auth/cloud-platform" in scopes for scopes in methods)


@library_calls
def test_library_methods_take_what_is_asked(call: Call) -> None:
    library = LIBRARIES[call.service]
    module = import_module(library.module)
    operation = getattr(getattr(module, library.client), call.operation)
    request = getattr(module, "".join(word.capitalize() for word in call.operation.split("_")) + "Request")

    assert callable(operation)
    assert set(call.params) <= set(request.meta.fields)


@every_call
def test_a_page_is_as_large_as_google_allows(call: Call) -> None:
    sizes = {name: call.params[name] for name in ("page_size", "pageSize", "maxResults") if name in call.params}

    assert len(sizes) <= 1
    assert all(isinstance(size, int) and 50 <= size <= 1000 for size in sizes.values())


@every_call
def test_parameters_are_read_from_what_is_known(call: Call) -> None:
    for value in call.params.values():
        for name in re.findall(r"\{(\w+)\}", value) if isinstance(value, str) else ():
            assert name in PLACE.words
    jmespath.compile(call.result)


@every_call
def test_permissions_only_read(call: Call) -> None:
    assert call.permissions or call.kind in DIRECTORY | ANYBODY
    for permission in call.permissions:
        assert re.fullmatch(r"[a-z]+(\.[A-Za-z]+){2}", permission)
        verb = permission.rpartition(".")[2]
        assert re.match(r"(list|get|search|query)", verb) or permission == "serviceusage.services.use"


def test_what_a_row_is_made_for_exists_before_it() -> None:
    for number, call in enumerate(CALLS):
        if call.for_each:
            assert call.for_each in {earlier.kind for earlier in CALLS[:number]}


def test_one_listing_asks_for_every_asset_type() -> None:
    assert [call.params["asset_types"] for call in ASSETS] == [[asset_type] for asset_type in kinds.ASSET_TYPES]
    shared = [{name: value for name, value in call.params.items() if name != "asset_types"} for call in ASSETS]
    assert all(params == shared[0] for params in shared)


def test_asset_types_are_sorted_and_their_kinds_are_apart() -> None:
    assert list(kinds.ASSET_TYPES) == sorted(set(kinds.ASSET_TYPES))
    assert len({kinds.asset_kind(asset_type) for asset_type in kinds.ASSET_TYPES}) == len(kinds.ASSET_TYPES)


@pytest.mark.parametrize(
    ("asset_type", "kind"),
    [
        ("iam.googleapis.com/ServiceAccountKey", "asset-iam-service-account-key"),
        ("apikeys.googleapis.com/Key", "asset-apikeys-key"),
        ("x.googleapis.com/HTTPRoute", "asset-x-http-route"),
        ("", "asset--"),
        ("../../etc/passwd", "asset-----etc-passwd"),
    ],
)
def test_kinds_of_assets(asset_type: str, kind: str) -> None:
    assert kinds.asset_kind(asset_type) == kind


@pytest.mark.parametrize(
    ("scope", "folder"),
    [("organizations/123", "organizations-123"), ("projects/example.com:my-app", "projects-example.com-my-app")],
)
def test_folders_of_scopes(scope: str, folder: str) -> None:
    assert kinds.scope_dir(scope) == folder


def test_deny_policies_are_asked_by_an_encoded_name() -> None:
    assert PLACE.words["attachment"] == "cloudresourcemanager.googleapis.com%2Fprojects%2Fp"


def _paths(schemas: dict[str, Any], shape: dict[str, Any], path: tuple[str, ...], seen: tuple[str, ...]) -> Any:
    for field, schema in shape.get("properties", {}).items():
        here, inner = (*path, field), schema.get("items", schema)
        yield ".".join(here)
        reference = inner.get("$ref", "")
        if reference not in seen and len(here) < 8:
            yield from _paths(schemas, schemas.get(reference, inner), here, (*seen, reference) if reference else seen)


SCHEMAS = {
    **{
        f"aiplatform.googleapis.com/{name}": ("aiplatform", "v1", f"GoogleCloudAiplatformV1{name}")
        for name in ("CustomJob", "Endpoint", "NotebookRuntimeTemplate", "PipelineJob", "ReasoningEngine")
    },
    "appengine.googleapis.com/Application": ("appengine", "v1", "Application"),
    "appengine.googleapis.com/Version": ("appengine", "v1", "Version"),
    "cloudbuild.googleapis.com/BuildTrigger": ("cloudbuild", "v1", "BuildTrigger"),
    "cloudfunctions.googleapis.com/CloudFunction": ("cloudfunctions", "v1", "CloudFunction"),
    "cloudfunctions.googleapis.com/Function": ("cloudfunctions", "v2", "Function"),
    "cloudscheduler.googleapis.com/Job": ("cloudscheduler", "v1", "Job"),
    "composer.googleapis.com/Environment": ("composer", "v1", "Environment"),
    "compute.googleapis.com/Instance": ("compute", "v1", "Instance"),
    "compute.googleapis.com/InstanceTemplate": ("compute", "v1", "InstanceTemplate"),
    "compute.googleapis.com/Project": ("compute", "v1", "Project"),
    "container.googleapis.com/Cluster": ("container", "v1", "Cluster"),
    "container.googleapis.com/NodePool": ("container", "v1", "NodePool"),
    "dataproc.googleapis.com/Cluster": ("dataproc", "v1", "Cluster"),
    "dataflow.googleapis.com/Job": ("dataflow", "v1b3", "Job"),
    "deploymentmanager.googleapis.com/Deployment": ("deploymentmanager", "v2", "Deployment"),
    "notebooks.googleapis.com/Instance": ("notebooks", "v2", "Instance"),
    "pubsub.googleapis.com/Subscription": ("pubsub", "v1", "Subscription"),
    "run.googleapis.com/Job": ("run", "v2", "GoogleCloudRunV2Job"),
    "run.googleapis.com/Service": ("run", "v2", "GoogleCloudRunV2Service"),
    "sqladmin.googleapis.com/Instance": ("sqladmin", "v1", "DatabaseInstance"),
    "workflows.googleapis.com/Workflow": ("workflows", "v1", "Workflow"),
}


@pytest.mark.parametrize("asset_type", sorted(SCHEMAS))
def test_what_is_dropped_is_where_google_has_it(asset_type: str) -> None:
    service, version, name = SCHEMAS[asset_type]
    schemas = json.loads(get_static_doc(service, version) or "{}")["schemas"]
    paths = set(_paths(schemas, schemas[name], (), (name,)))
    for drop in DROPS.get(asset_type, ()):
        plain = drop.removesuffix(".*").removesuffix("?")
        if asset_type.startswith("run.") and plain.startswith("spec."):
            continue  # the inventory shows Cloud Run by its first API as well
        if asset_type.startswith("notebooks.") and not plain.startswith("gceSetup."):
            continue  # and notebooks as well
        assert plain in paths, f"{asset_type} has no {plain}"


SECRET_PLACE = re.compile(
    r"(?i)(password|passwd|secretkey|token|clientkey|privatekey|envvariables|environmentvariables|envmap|"
    r"substitutions|^args|^command|^script|uploadurl|^body|^headers|keystring)$"
)
# Switches, references to secrets and names of accounts, by what they are called in Google's documents.
HARMLESS = re.compile(
    r"(httpTarget|pushConfig)\.(oauth|oidc)Token|(automap|dynamic)Substitutions|\w+ExecutionToken|(apiConfig|handlers)\.script|"
    r"secretEnvironmentVariables|enableK8sTokensViaDns"
)


@pytest.mark.parametrize("asset_type", sorted(SCHEMAS))
def test_places_that_smell_of_secrets_are_dropped(asset_type: str) -> None:
    service, version, name = SCHEMAS[asset_type]
    schemas = json.loads(get_static_doc(service, version) or "{}")["schemas"]
    dropped = [drop.removesuffix(".*") for drop in DROPS.get(asset_type, ())]
    everywhere = redact._NAMED_KEYS | redact._DROPPED_KEYS
    left = [
        path
        for path in _paths(schemas, schemas[name], (), (name,))
        if SECRET_PLACE.search(path.rpartition(".")[2])
        and not HARMLESS.search(path)
        and not any(path == drop or path.startswith(f"{drop}.") for drop in dropped)
        and not any(part.lower() in everywhere for part in path.split("."))
    ]

    assert left == []
