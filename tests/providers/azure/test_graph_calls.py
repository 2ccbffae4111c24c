"""The table of calls to Microsoft Graph is read-only, true to Graph's metadata, and drops what may be secret."""

import re
from collections import Counter
from typing import Any

import jmespath
import pytest

from nhi_scan.demo.azure import csdl
from nhi_scan.demo.azure.graph.routes import GET_BY_IDS, ROUTES
from nhi_scan.providers import Call
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.answers import question_of, records_of
from nhi_scan.providers.azure.calls import graph, graph_follow
from nhi_scan.providers.azure.calls.graph_follow import FEDERATED_APPLICATIONS, FLEXIBLE_CREDENTIALS
from nhi_scan.providers.azure.faults import CallError

CALLS = (
    *graph.SWEEP,
    *graph.USAGE,
    *graph_follow.FOLLOWED,
    *graph_follow.NAMED,
    FEDERATED_APPLICATIONS,
    FLEXIBLE_CREDENTIALS,
)
PARENT = {"id": "00000000-0000-4000-8000-000000000001", "in": "'a'", "ids": ["a"]}
every_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.kind}-{call.operation}")


def test_every_kind_of_the_directory_is_written_by_a_row_and_no_other() -> None:
    named = {
        value
        for name, value in vars(kinds).items()
        if name.isupper() and isinstance(value, str) and value[:6] == "graph-"
    }

    assert {call.kind for call in CALLS} == named


def test_a_kind_has_one_row_but_where_it_is_asked_in_two_ways() -> None:
    twice = {kind for kind, count in Counter(call.kind for call in CALLS).items() if count > 1}

    assert twice == {kinds.GROUPS, kinds.FEDERATED_CREDENTIALS}


@every_call
def test_reads_only(call: Call) -> None:
    method, _, path = call.operation.partition(" ")

    assert (method == "GET") or (method, path) == ("POST", "/directoryObjects/getByIds")
    assert not re.search(r"(?i)addPassword|addKey|getPasswordSingleSignOn|/logs|recoveryKey|/reset", path)
    for permission in call.permissions:
        assert re.fullmatch(r"[A-Za-z]+\.Read\.[A-Za-z]+", permission)
    assert call.permissions


# v1.0 has them and shows less: no expression of a flexible credential, no service principal in a group or as its owner
_MORE_IN_BETA = {kinds.FEDERATED_CREDENTIALS, kinds.GROUP_MEMBERS, kinds.GROUP_OWNERS}


@every_call
def test_what_is_asked_is_a_path_that_microsoft_has(call: Call) -> None:
    route = _route(call)

    assert route.beta is (call.service == "graph:beta" and call.kind not in _MORE_IN_BETA)
    assert set(call.permissions) & set(route.permissions)
    assert (call.result == "@") is route.single
    if top := call.params.get("$top"):
        assert int(top) <= route.most


def _route(call: Call) -> Any:
    path = call.operation.partition(" ")[2].lstrip("/")
    if path == GET_BY_IDS.path:
        return GET_BY_IDS
    plain = re.sub(r"/microsoft\.graph\.\w+(?=/)", "", path)
    found = [route for route in ROUTES if route.path == plain]
    assert len(found) == 1, plain
    return found[0]


@every_call
def test_what_is_selected_and_expanded_is_in_the_metadata(call: Call) -> None:
    kind = _route(call).kind
    for name in filter(None, call.params.get("$select", "").split(",")):
        assert name in csdl.properties(kind), f"{kind} has no {name}"
    for found in re.finditer(r"^(\w+)", call.params.get("$expand", "")):
        assert found[1] in csdl.relations(kind), f"{kind} has no {found[1]}"


@every_call
def test_what_an_expansion_falls_back_on_leaves_out_what_is_there(call: Call) -> None:
    for names in call.params.get("fallbacks", ()):
        assert set(names) <= {"$expand", "$select", "$top"}
    if "$expand" in call.params and call.kind != kinds.DIRECTORY_ROLE_POLICIES:
        assert ("$expand",) in call.params["fallbacks"]


@every_call
def test_parameters_and_parents_are_what_they_say(call: Call) -> None:
    question = question_of(call, PARENT)

    assert question is not None
    assert "{" not in question.url
    assert call is FEDERATED_APPLICATIONS or tuple(call.keep) == kinds.OF.get(call.kind, ())
    jmespath.compile(call.result)
    for kind in call.for_each.split():
        assert kind in {one.kind for one in graph.SWEEP}
    assert call.batch in (0, 20)


@pytest.mark.parametrize("kind", ["application", "servicePrincipal", "agentIdentity", "agentIdentityBlueprint"])
def test_whatever_shows_credentials_drops_their_secrets(kind: str) -> None:
    secret = {"passwordCredentials.secretText", "passwordCredentials.hint", "keyCredentials.key"}
    rows = [call for call in CALLS if _route(call).kind == kind]

    assert rows
    for call in rows:
        shown = call.params.get("$select", "")
        assert secret <= set(call.drop) or (shown and "Credentials" not in shown)
    own = {f"passwordCredentials.{name}" for name in csdl.properties("passwordCredential")}
    own |= {f"keyCredentials.{name}" for name in csdl.properties("keyCredential")}
    assert secret <= own


def test_filters_are_written_as_microsoft_reads_them() -> None:
    question = question_of(graph_follow.NAMED_USERS, {"in": "'a','b'"})

    assert question is not None
    assert question.relative.startswith("/users?$filter=id%20in%20('a','b')&$select=id,displayName,")


@pytest.mark.parametrize("page", [{}, {"value": None}, {"value": {"id": 1}}, {"value": "x"}, {"@odata.nextLink": "x"}])
def test_a_collection_without_a_list_is_an_error(page: dict[str, Any]) -> None:
    with pytest.raises(CallError, match="no list of records"):
        list(records_of(graph.GRANTS, page))


def test_a_setting_is_what_was_answered_without_where_it_was_asked() -> None:
    assert list(records_of(graph.AUTHORIZATION, {"@odata.context": "https://h", "id": "x"})) == [{"id": "x"}]
