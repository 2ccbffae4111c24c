"""`google.iam.admin.v1.IAM` over gRPC, from the same handlers that answer IAM's REST requests.

Messages: https://github.com/googleapis/googleapis/blob/master/google/iam/admin/v1/iam.proto
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from google.cloud import iam_admin_v1
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.protobuf import json_format
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from nhi_scan.demo.gcp.asking import HANDLERS, Asked
from nhi_scan.demo.gcp.errors import ApiError
from nhi_scan.demo.gcp.rest import Rest, paged

SERVICE = "google.iam.admin.v1.IAM"
_HOST = "iam.googleapis.com"
_NEWER = ("disableReason", "extendedStatus")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rpc:
    """How a call becomes a request of the REST API, and its answer a message."""

    request: Any
    response: Any
    method: Callable[[Mapping[str, Any]], str]
    resource: str = "name"  # the request's field that names what it is about
    rename: Mapping[str, str] | None = None  # REST's field -> the message's


def _roles(action: str, field: str) -> Callable[[Mapping[str, Any]], str]:
    """The REST method of a call about roles depends on where they lie."""

    def method(request: Mapping[str, Any]) -> str:
        place = str(request.get(field, "")).partition("/")[0]
        return f"iam.{place}.roles.{action}" if place in {"projects", "organizations"} else f"iam.roles.{action}"

    return method


def _plain(method: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda _: f"iam.projects.serviceAccounts.{method}"


_ADMIN: Any = iam_admin_v1
_RPCS: Mapping[str, _Rpc] = {
    "ListServiceAccounts": _Rpc(
        request=_ADMIN.ListServiceAccountsRequest.pb(),
        response=_ADMIN.ListServiceAccountsResponse.pb(),
        method=_plain("list"),
    ),
    "GetServiceAccount": _Rpc(
        request=_ADMIN.GetServiceAccountRequest.pb(), response=_ADMIN.ServiceAccount.pb(), method=_plain("get")
    ),
    "ListServiceAccountKeys": _Rpc(
        request=_ADMIN.ListServiceAccountKeysRequest.pb(),
        response=_ADMIN.ListServiceAccountKeysResponse.pb(),
        method=_plain("keys.list"),
    ),
    "GetIamPolicy": _Rpc(
        request=iam_policy_pb2.GetIamPolicyRequest,
        response=policy_pb2.Policy,
        method=_plain("getIamPolicy"),
        resource="resource",
    ),
    "ListRoles": _Rpc(
        request=_ADMIN.ListRolesRequest.pb(),
        response=_ADMIN.ListRolesResponse.pb(),
        method=_roles("list", "parent"),
        resource="parent",
    ),
    "GetRole": _Rpc(request=_ADMIN.GetRoleRequest.pb(), response=_ADMIN.Role.pb(), method=_roles("get", "name")),
}


def handlers(rest: Rest) -> grpc.GenericRpcHandler:
    """Return what a gRPC server needs to answer from `rest`."""
    return grpc.method_handlers_generic_handler(
        SERVICE, {name: _handler(rest, name, rpc) for name, rpc in _RPCS.items()}
    )


def _handler(rest: Rest, name: str, rpc: _Rpc) -> grpc.RpcMethodHandler:
    def serve(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return _answer(rest, name, rpc, request)
        except ApiError as error:
            context.abort_with_status(rpc_status.to_status(_status(error)))
        except Exception as error:
            rest.breaches.append(f"{SERVICE}/{name}: {error!r}")
            raise

    return grpc.unary_unary_rpc_method_handler(
        serve, request_deserializer=rpc.request.FromString, response_serializer=rpc.response.SerializeToString
    )


def _answer(rest: Rest, name: str, rpc: _Rpc, request: Any) -> Any:
    values = json_format.MessageToDict(request)
    options = values.pop("options", {})
    query = {field: value if isinstance(value, list) else [str(value)] for field, value in values.items()}
    if "requestedPolicyVersion" in options:
        query["options.requestedPolicyVersion"] = [str(options["requestedPolicyVersion"])]
    if "showDeleted" in query:
        query["showDeleted"] = [query["showDeleted"][0].lower()]
    parts = {rpc.resource: str(values.get(rpc.resource, ""))}
    fault = rest.gate.enter(f"{SERVICE}/{name}", _HOST)
    if fault is not None:
        raise ApiError("UNAVAILABLE", f"{fault.kind} cannot happen to gRPC here")
    asked = Asked(
        method=rpc.method(values),
        service=_HOST,
        parts=parts,
        query=query,
        body={},
        world=rest.world,
        gate=rest.gate,
    )
    answer = paged(asked, HANDLERS[asked.method](asked))
    # Protobuf refuses what the message does not have, so this is also where the answer is held against it.
    return json_format.ParseDict(_known(answer), rpc.response())


def _known(answer: dict[str, Any]) -> dict[str, Any]:
    """Leave out what REST shows of keys and the messages of google-cloud-iam do not have a field for."""
    if "keys" in answer:
        answer["keys"] = [{name: value for name, value in key.items() if name not in _NEWER} for key in answer["keys"]]
    return answer


def _status(error: ApiError) -> status_pb2.Status:
    """Return an error as gRPC carries it, details and all."""
    number = next(code.value[0] for code in grpc.StatusCode if code.name == error.status)
    status = status_pb2.Status(code=number, message=error.message)
    for detail in error.details:
        kind = getattr(error_details_pb2, str(detail["@type"]).rpartition(".")[2])
        values = {field: value for field, value in detail.items() if field != "@type"}
        status.details.add().Pack(json_format.ParseDict(values, kind()))
    return status
