"""Google's client libraries: which class serves which API, and one page of an answer as REST would write it."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import grpc
from google.api_core.gapic_v1.client_info import ClientInfo
from google.protobuf.json_format import MessageToDict

from nhi_scan.providers.gcp.client_rest import AGENT


@dataclass(frozen=True, slots=True)
class Library:
    """One class of a client library."""

    module: str
    client: str
    host: str
    transport: str = "rest"


LIBRARIES: Mapping[str, Library] = {
    "asset_v1": Library("google.cloud.asset_v1", "AssetServiceClient", "cloudasset.googleapis.com"),
    # IAM's administration has no REST transport in the library.
    "iam_admin_v1": Library("google.cloud.iam_admin_v1", "IAMClient", "iam.googleapis.com", "grpc"),
    "iam_v2": Library("google.cloud.iam_v2", "PoliciesClient", "iam.googleapis.com"),
    "iam_v3": Library("google.cloud.iam_v3", "PrincipalAccessBoundaryPoliciesClient", "iam.googleapis.com"),
    "organizations_v3": Library(
        "google.cloud.resourcemanager_v3", "OrganizationsClient", "cloudresourcemanager.googleapis.com"
    ),
    "folders_v3": Library("google.cloud.resourcemanager_v3", "FoldersClient", "cloudresourcemanager.googleapis.com"),
    "projects_v3": Library("google.cloud.resourcemanager_v3", "ProjectsClient", "cloudresourcemanager.googleapis.com"),
    "recommender_v1": Library("google.cloud.recommender_v1", "RecommenderClient", "recommender.googleapis.com"),
}


def open_library(service: str, credentials: Any, endpoint: str, grpc_endpoint: str) -> Any:
    """Make a client of a library.

    Args:
        service: key of `LIBRARIES`.
        credentials: of `google.auth`.
        endpoint: address that stands in for Google's, the service's host being the first part of the path; or empty.
        grpc_endpoint: host and port that stand in, without TLS; or empty.
    """
    library = LIBRARIES[service]
    client = getattr(import_module(library.module), library.client)
    if library.transport == "grpc" and grpc_endpoint:
        # No limit, as the library's own channel: a page of roles with their permissions is larger than gRPC's default.
        channel = grpc.insecure_channel(grpc_endpoint, options=[("grpc.max_receive_message_length", -1)])
        return client(transport=client.get_transport_class("grpc")(channel=channel))
    options = {"api_endpoint": f"{endpoint}/{library.host}"} if endpoint else None
    return client(
        transport=library.transport,
        credentials=credentials,
        client_options=options,
        client_info=ClientInfo(user_agent=AGENT),
    )


def library_page(client: Any, operation: str, params: Mapping[str, Any], token: str, timeout: float) -> Any:
    """Ask for one page.

    Args:
        client: from `open_library`.
        operation: the method's name: `list_assets`.
        params: fields of its request.
        token: of the page; empty for the first.
        timeout: seconds.

    Returns:
        Google's REST JSON: camelCase, enumerations by name, what is unset left out.
    """
    request = {**params, **({"page_token": token} if token else {})}
    answer = getattr(client, operation)(request=request, retry=None, timeout=timeout)
    page = next(iter(answer.pages)) if hasattr(answer, "pages") else answer  # a pager holds its first page already
    return MessageToDict(getattr(page, "_pb", page))


def close_library(client: Any) -> None:
    """Give its connections back."""
    client.transport.close()
