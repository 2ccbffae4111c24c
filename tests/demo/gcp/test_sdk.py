"""Google's own client libraries, asking the local server."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import grpc
import pytest
from google.api_core.exceptions import Forbidden, NotFound, PermissionDenied, ResourceExhausted
from google.auth.credentials import AnonymousCredentials
from google.cloud import asset_v1, iam_admin_v1, iam_v2, iam_v3, resourcemanager_v3
from google.cloud.iam_admin_v1.services.iam.transports import IAMGrpcTransport

from nhi_scan.demo.gcp.estate import Estate
from nhi_scan.demo.gcp.gate import Conduct
from nhi_scan.demo.gcp.server import Served, serve

WEB = "projects/shop/serviceAccounts/web@shop.iam.gserviceaccount.com"

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def served(small: Estate, now: datetime) -> Iterator[Served]:
    with serve(small, now) as server:
        yield server
        assert server.breaches == []


@pytest.fixture
def rest() -> Iterator[Open]:
    """Make clients whose connections are closed in the end."""
    made: list[Any] = []

    def make(class_: Any, server: Served, host: str) -> Any:
        client = class_(
            transport="rest",
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": f"{server.endpoint}/{host}.googleapis.com"},
        )
        made.append(client)
        return client

    yield make
    for client in made:
        client.transport.close()


@pytest.fixture
def admin() -> Iterator[Open]:
    channels: list[grpc.Channel] = []

    def make(server: Served) -> Any:
        channels.append(grpc.insecure_channel(server.grpc_endpoint))
        return iam_admin_v1.IAMClient(transport=IAMGrpcTransport(channel=channels[-1]))

    yield make
    for channel in channels:
        channel.close()


def test_assets_are_paged_through(served: Served, rest: Open) -> None:
    client = rest(asset_v1.AssetServiceClient, served, "cloudasset")
    request = {
        "parent": "organizations/1",
        "content_type": "RESOURCE",
        "asset_types": ["iam.googleapis.com/ServiceAccount"],
        "page_size": 10,
    }
    pages = list(client.list_assets(request=request).pages)
    assert [len(page.assets) for page in pages] == [10, 10, 6]
    assert dict(pages[0].assets[0].resource.data)["uniqueId"] == "1001"


def test_policies_come_with_their_conditions(served: Served, rest: Open) -> None:
    client = rest(asset_v1.AssetServiceClient, served, "cloudasset")
    results = list(client.search_all_iam_policies(request={"scope": "folders/2"}))
    conditions = [one.condition.expression for result in results for one in result.policy.bindings]
    assert [text for text in conditions if text] == ['request.time < timestamp("2026-02-01T00:00:00Z")']


def test_a_list_of_deny_policies_leaves_the_rules_out(served: Served, rest: Open) -> None:
    client = rest(iam_v2.PoliciesClient, served, "iam")
    parent = "policies/cloudresourcemanager.googleapis.com%2Fprojects%2F77/denypolicies"
    (listed,) = client.list_policies(parent=parent)
    assert not listed.rules
    whole = client.get_policy(name=listed.name)
    assert list(whole.rules[0].deny_rule.denied_permissions) == ["iam.googleapis.com/roles.list"]


def test_boundaries_and_what_binds_them(served: Served, rest: Open) -> None:
    client = rest(iam_v3.PrincipalAccessBoundaryPoliciesClient, served, "iam")
    (policy,) = client.list_principal_access_boundary_policies(parent="organizations/1/locations/global")
    (binding,) = client.search_principal_access_boundary_policy_bindings(name=policy.name)
    assert binding.policy == policy.name
    assert policy.details.rules[0].effect.name == "ALLOW"
    direct = rest(iam_v3.PolicyBindingsClient, served, "iam")
    assert list(direct.list_policy_bindings(parent="organizations/1/locations/global")) == [binding]


def test_projects_and_their_policies(served: Served, rest: Open) -> None:
    client = rest(resourcemanager_v3.ProjectsClient, served, "cloudresourcemanager")
    assert [project.project_id for project in client.list_projects(parent="folders/2")] == ["shop"]
    policy = client.get_iam_policy(request={"resource": "projects/shop", "options": {"requested_policy_version": 3}})
    assert policy.version == 3
    with pytest.raises(NotFound):
        client.get_project(name="projects/nowhere")


def test_refusals_become_the_sdks_exceptions(small: Estate, now: datetime, rest: Open, admin: Open) -> None:
    conduct = Conduct(permissions={}, quotas={"google.iam.admin.v1.IAM/ListRoles": 0})
    with serve(small, now, conduct) as server:
        client = rest(asset_v1.AssetServiceClient, server, "cloudasset")
        with pytest.raises(Forbidden) as denied:
            client.list_assets(parent="organizations/1")
        assert denied.value.reason == "IAM_PERMISSION_DENIED"
        assert denied.value.metadata["permission"] == "cloudasset.assets.list"
        iam = admin(server)
        with pytest.raises(PermissionDenied) as refused:
            iam.list_service_accounts(name="projects/shop")
        assert refused.value.metadata == {"permission": "iam.serviceAccounts.list", "resource": "projects/shop"}
        with pytest.raises(ResourceExhausted) as exhausted:
            iam.list_roles(request={"view": "FULL"})
        assert [type(detail).__name__ for detail in exhausted.value.details] == ["ErrorInfo", "RetryInfo"]


def test_roles_over_grpc(served: Served, admin: Open) -> None:
    client = admin(served)
    (owner,) = client.list_roles(request={"view": "FULL", "page_size": 1000})
    assert list(owner.included_permissions) == ["a.b.c", "iam.roles.list"]
    (bare,) = client.list_roles(request={})
    assert not bare.included_permissions
    names = [role.name for role in client.list_roles(request={"parent": "projects/shop", "show_deleted": True})]
    assert names == ["projects/shop/roles/x", "projects/shop/roles/gone"]
    assert client.get_role(request={"name": "roles/owner"}).title == "Owner"
    with pytest.raises(NotFound):
        client.get_role(request={"name": "roles/nobody"})


def test_accounts_keys_and_policies_over_grpc(served: Served, admin: Open) -> None:
    client = admin(served)
    assert [account.unique_id for account in client.list_service_accounts(name="projects/shop")] == ["1001"]
    assert client.get_service_account(name=WEB).email == "web@shop.iam.gserviceaccount.com"
    keys = client.list_service_account_keys(name=WEB).keys
    assert [(key.key_type.name, key.disabled) for key in keys] == [("USER_MANAGED", True), ("SYSTEM_MANAGED", False)]
    user = iam_admin_v1.ListServiceAccountKeysRequest.KeyType.USER_MANAGED
    assert len(client.list_service_account_keys(name=WEB, key_types=[user]).keys) == 1
    policy = client.get_iam_policy(request={"resource": WEB, "options": {"requested_policy_version": 3}})
    assert [binding.role for binding in policy.bindings] == ["roles/iam.serviceAccountTokenCreator"]
    assert served.requests["google.iam.admin.v1.IAM/GetIamPolicy"] == 1
