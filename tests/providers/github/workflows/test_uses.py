"""What stands behind `uses:`."""

import pytest

from nhi_scan.providers.github.workflows.uses import called_workflow, read_uses

SHA = "a" * 40


@pytest.mark.parametrize(
    ("text", "kind", "pinned", "official"),
    [
        (f"actions/checkout@{SHA}", "remote", True, True),
        ("actions/checkout@v4", "remote", False, True),
        ("Actions/Checkout@main", "remote", False, True),
        (f"acme/x/sub/dir@{SHA}", "remote", True, False),
        (f"acme/x@{SHA[:7]}", "remote", False, False),
        (f"acme/x@{SHA.upper()}", "remote", False, False),
        ("github/codeql-action/init@v3", "remote", False, True),
        ("./.github/actions/own", "local", True, False),
        ("docker://alpine:3.20", "docker", False, False),
        (f"docker://alpine@sha256:{'0' * 64}", "docker", True, False),
        ("acme/x", "unknown", False, False),
        ("checkout@v4", "unknown", False, False),
    ],
)
def test_references(text: str, kind: str, *, pinned: bool, official: bool) -> None:
    found = read_uses(text)
    assert (found.kind, found.pinned, found.official) == (kind, pinned, official)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("./.github/workflows/x.yml", ("", ".github/workflows/x.yml", "")),
        ("acme/ci/.github/workflows/x.yaml@v1", ("acme/ci", ".github/workflows/x.yaml", "v1")),
        ("acme/ci@v1", None),
        ("acme/ci/.github/workflows/x.yml", None),
    ],
)
def test_called_workflows(text: str, expected: tuple[str, str, str] | None) -> None:
    assert called_workflow(text) == expected
