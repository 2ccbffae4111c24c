"""Whatever lies in an exported file, the import says one sentence or writes a snapshot that can be read back."""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nhi_scan.model.errors import UserError
from nhi_scan.providers.aws.import_files import accepted_names
from nhi_scan.providers.aws.import_native import import_native
from nhi_scan.snapshot.store import SnapshotWriter

NAMES = sorted(accepted_names())
MEMBERS = sorted({call.result.partition("[")[0] for calls in accepted_names().values() for call in calls})
ACCOUNT = "111122223333"

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.just(f"arn:aws:iam::{ACCOUNT}:user/a"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Arn", "Environment", "Id", "Content", *MEMBERS]) | st.text(max_size=4), inner, max_size=3
        )
    ),
    max_leaves=8,
)


def check(name: str, content: bytes) -> None:
    """Import one file; the only way out but success is the error made for the user."""
    with tempfile.TemporaryDirectory() as folder:
        export = Path(folder, "export")
        export.mkdir()
        Path(export, name).write_bytes(content)
        writer = SnapshotWriter.create(Path(folder, "snapshot"), datetime(2026, 1, 2, tzinfo=UTC), "test")
        try:
            import_native([(ACCOUNT, export)], writer, lambda _: None)
        except UserError as error:
            assert "\n" not in str(error)  # noqa: PT017 - the message is the subject
            return
        snapshot = writer.finish()
        written = sum(
            1
            for scope in snapshot.scopes("aws")
            for kind in snapshot.kinds("aws", scope)
            for line in snapshot.records("aws", scope, kind)
            if isinstance(line.value(), dict)
        )
        assert written == sum(row.records for row in snapshot.manifest.coverage if not row.region)


@settings(max_examples=150, deadline=None)
@example("ecs-describe-task-definition", "", {"taskDefinition": None, "tags": []})
@given(
    st.sampled_from(NAMES),
    st.sampled_from(["", ".a", "-2", ".1"]),
    st.dictionaries(st.sampled_from(MEMBERS), values, max_size=3),
)
def test_any_json(name: str, suffix: str, content: dict[str, Any]) -> None:
    check(f"{name}{suffix}.json", json.dumps(content).encode("utf-8", "surrogatepass"))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(NAMES), st.binary(max_size=64))
def test_any_bytes(name: str, content: bytes) -> None:
    check(f"{name}.json", content)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.text(max_size=5), max_size=4), max_size=4))
def test_any_table(rows: list[list[str]]) -> None:
    text = "user,arn\n" + "\n".join(",".join(row) for row in rows)
    check("credential-report.csv", text.encode("utf-8", "surrogatepass"))


DETAILS = json.dumps(
    {
        "UserDetailList": [{"Arn": f"arn:aws:iam::{ACCOUNT}:user/zoë", "Tags": [{"Key": "a", "Value": "b"}]}],
        "Policies": [],
    },
    indent=1,
    ensure_ascii=False,
).encode()


@pytest.mark.parametrize(
    "cut", [lambda i: DETAILS[:i], lambda i: DETAILS[:i] + b"\0" + DETAILS[i + 1 :]], ids=["cut", "overwritten"]
)
def test_every_place_where_a_file_may_be_damaged(cut: Callable[[int], bytes]) -> None:
    for place in range(0, len(DETAILS), 3):
        check("iam-get-account-authorization-details.json", cut(place))


FUZZER = """
import sys
import atheris
with atheris.instrument_imports(include=["nhi_scan.providers.aws"]):
    from nhi_scan.providers.aws import import_records
    from nhi_scan.snapshot import export_text
sys.path.insert(0, {folder!r})
from test_import_fuzz import NAMES, check

def one_input(data):
    given = atheris.FuzzedDataProvider(data)
    name = NAMES[given.ConsumeIntInRange(0, len(NAMES) - 1)]
    check(name + given.PickValueInList([".json", ".a.json", "-2.json"]), given.ConsumeBytes(len(data)))

atheris.Setup(["fuzz", "-runs=400", "-seed=7", "-max_len=200", "-verbosity=0"], one_input)
atheris.Fuzz()
"""


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this platform")
def test_a_coverage_guided_fuzzer_finds_no_crash(tmp_path: Path) -> None:
    program = FUZZER.format(folder=str(Path(__file__).parent))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert not list(tmp_path.glob("crash-*"))
