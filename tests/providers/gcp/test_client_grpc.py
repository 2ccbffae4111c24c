"""The seam over real gRPC, for IAM's administration, which has no REST transport in Google's library."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.cloud import iam_admin_v1
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from nhi_scan.providers.gcp.client import Clients
from nhi_scan.providers.gcp.faults import CallError
from nhi_scan.providers.gcp.settings import parse

ROLES = ("iam_admin_v1", "list_roles", {"view": "FULL", "page_size": 1000})
Answer = Callable[[Any, grpc.ServicerContext], Any]


class Iam:
    """Answers ListRoles, one answer after the other; the last one is repeated."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[Any] = []
        self.slept: list[float] = []
        self.address = ""

    def list_roles(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.asked.append(request)
        return self.answers[min(len(self.asked), len(self.answers)) - 1](request, context)

    def pages(self, **section: Any) -> list[dict[str, Any]]:
        chosen = {"endpoint": "http://127.0.0.1:1", "grpc_endpoint": self.address, **section}
        clients = Clients(parse(chosen), clock=lambda: 0.0, sleep=self.slept.append)
        try:
            return list(clients.pages(*ROLES))
        finally:
            clients.close()


def _page(*names: str, token: str = "") -> Answer:
    roles = [iam_admin_v1.Role(name=name, included_permissions=["a.b.c"], stage="GA") for name in names]
    return lambda *_: iam_admin_v1.ListRolesResponse(roles=roles, next_page_token=token)


def _refusal(code: grpc.StatusCode, *details: Any) -> Answer:
    packed = []
    for detail in details:
        packed.append(any_pb2.Any())
        packed[-1].Pack(detail)
    status = status_pb2.Status(code=code.value[0], message="Said so.", details=packed)

    def refuse(_: Any, context: grpc.ServicerContext) -> None:
        context.abort_with_status(rpc_status.to_status(status))

    return refuse


@pytest.fixture
def iam() -> Iterator[Iam]:
    iam = Iam()
    handler = grpc.unary_unary_rpc_method_handler(
        iam.list_roles,
        request_deserializer=iam_admin_v1.ListRolesRequest.deserialize,
        response_serializer=iam_admin_v1.ListRolesResponse.serialize,
    )
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("google.iam.admin.v1.IAM", {"ListRoles": handler}),)
    )
    iam.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield iam
    server.stop(None).wait()


def test_pages_come_as_googles_json(iam: Iam) -> None:
    iam.answers = [_page("roles/a", token="t"), _page("roles/b")]

    assert iam.pages() == [
        {"roles": [{"name": "roles/a", "includedPermissions": ["a.b.c"], "stage": "GA"}]},
        {"roles": [{"name": "roles/b", "includedPermissions": ["a.b.c"], "stage": "GA"}]},
    ]
    assert [(request.page_token, request.view.name, request.page_size) for request in iam.asked] == [
        ("", "FULL", 1000),
        ("t", "FULL", 1000),
    ]


def test_a_stage_that_is_alpha_is_shown_as_google_shows_it(iam: Iam) -> None:
    """ALPHA is the first value of its enumeration, which protobuf leaves out: nothing may be made of its absence."""
    iam.answers = [lambda *_: iam_admin_v1.ListRolesResponse(roles=[iam_admin_v1.Role(name="r", stage="ALPHA")])]

    assert iam.pages() == [{"roles": [{"name": "r"}]}]


def test_a_refusal_for_haste_is_obeyed_for_as_long_as_the_server_says(iam: Iam) -> None:
    retry = error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(seconds=2, nanos=500_000_000))
    iam.answers = [_refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, retry), _page("roles/a")]

    assert len(iam.pages()) == 1
    assert iam.slept == [2.5]


def test_a_denial_names_the_permission(iam: Iam) -> None:
    info = error_details_pb2.ErrorInfo(reason="IAM_PERMISSION_DENIED", metadata={"permission": "iam.roles.list"})
    iam.answers = [_refusal(grpc.StatusCode.PERMISSION_DENIED, info)]

    with pytest.raises(CallError) as told:
        iam.pages()

    assert (told.value.kind, told.value.permission) == ("denied", "iam.roles.list")


@pytest.mark.parametrize(
    ("code", "kind", "tries"),
    [
        (grpc.StatusCode.UNAVAILABLE, "failed", 3),
        (grpc.StatusCode.INTERNAL, "failed", 3),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "failed", 3),
        (grpc.StatusCode.NOT_FOUND, "absent", 1),
        (grpc.StatusCode.INVALID_ARGUMENT, "refused", 1),
        (grpc.StatusCode.UNAUTHENTICATED, "expired", 1),
        (grpc.StatusCode.UNIMPLEMENTED, "failed", 1),
    ],
)
def test_each_code_is_one_typed_error(iam: Iam, code: grpc.StatusCode, kind: str, tries: int) -> None:
    iam.answers = [_refusal(code)]

    with pytest.raises(CallError) as told:
        iam.pages(max_attempts=3)

    assert (told.value.kind, told.value.code) == (kind, code.name)
    assert len(iam.asked) == tries


def test_an_answer_larger_than_grpc_usually_takes_comes_whole(iam: Iam) -> None:
    permissions = [f"service.resource{number:06}.verb" for number in range(200_000)]
    iam.answers = [
        lambda *_: iam_admin_v1.ListRolesResponse(roles=[{"name": "roles/x", "included_permissions": permissions}])
    ]

    assert iam.pages()[0]["roles"][0]["includedPermissions"] == permissions
