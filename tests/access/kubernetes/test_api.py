from textwrap import dedent
from typing import Any

from nhi_scan.access import kubernetes
from nhi_scan.model.access import StatementRef, Verdict


def test_the_example_of_the_package_does_what_it_says() -> None:
    text = kubernetes.__doc__ or ""
    names: dict[str, Any] = {}
    exec(dedent(text.split("another tool:\n")[1].split("`decide` is")[0]), names)  # noqa: S102 - our own documentation
    assert names["answer"].verdict is Verdict.ALLOWED
    assert names["answer"].statements == (StatementRef("k8s:c/clusterroles/reader", 0, "", "allow", "1"),)
