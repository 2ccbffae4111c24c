"""What an API server serves is known as actions, which the engine of effective access reads."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from nhi_scan.access.kubernetes.summarise import summarise
from nhi_scan.inventory.build import build
from nhi_scan.model.records import Records
from nhi_scan.providers.kubernetes import kinds

Read = Callable[..., Records]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def served(group: str, version: str, *resources: Any) -> dict[str, Any]:
    return {"group": group, "version": version, "resources": list(resources)}


def resource(name: str, *verbs: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "kind": "Any", "verbs": list(verbs), **more}


def test_resources_of_a_cluster_are_actions_of_a_role_that_nobody_has(read: Read) -> None:
    records = read(
        {
            kinds.API_RESOURCES: [
                served("", "v1", resource("pods", "get", "list"), resource("pods/exec", "create")),
                served(
                    "example.org", "v1", resource("widgets", "get"), resource("widgets/scale", "get", group="other")
                ),
                served("example.org", "v2", resource("widgets", "get", "shake")),
            ]
        }
    )
    (found,) = records.policies
    assert (found.id, found.managed_by_provider, found.attachable) == ("k8s:prod/api-resources", True, False)
    assert [one.actions for one in found.statements] == [
        (
            "create pods/exec",
            "get pods",
            "get widgets.example.org",
            "get widgets.example.org/scale",
            "list pods",
            "shake widgets.example.org",
        )
    ]
    catalogue = summarise(build([records]), NOW).catalogue
    assert catalogue.knows("shake widgets.example.org")
    assert not catalogue.knows("shake gadgets.example.org")


def test_lists_that_make_no_sense_are_passed_over(read: Read) -> None:
    odd: list[Any] = [
        None,
        3,
        "pods",
        {},
        {"name": 4},
        {"name": "/x", "verbs": ["get"]},
        {"name": "a", "verbs": [1, None]},
    ]
    records = read({kinds.API_RESOURCES: [served("", "v1", *odd), {"group": 3, "resources": odd}, {}]})
    assert [one.statements[0].actions for one in records.policies] == [()]


def test_a_cluster_that_was_not_asked_has_no_such_role(read: Read) -> None:
    assert read({kinds.NAMESPACES: [{"metadata": {"name": "shop"}}]}).policies == []
