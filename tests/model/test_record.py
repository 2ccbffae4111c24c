"""Records are not frozen at run time; that nobody changes one is the type checker's to see."""

import subprocess
import sys
from pathlib import Path

from nhi_scan.model.policy import Condition
from nhi_scan.model.scope import Scope

CHANGES = """
from nhi_scan.model.policy import Condition
from nhi_scan.model.scope import Scope

scope = Scope(id="1", provider="aws", kind="account", name="a")
scope.name = "b"
condition = Condition("Bool", "aws:SecureTransport", ("true",))
condition.key = "x"
"""


def test_the_type_checker_refuses_to_change_a_record(tmp_path: Path) -> None:
    (tmp_path / "changes.py").write_text(CHANGES)
    mypy = Path(sys.executable).parent / "mypy"
    command = [mypy, "--strict", "--cache-dir", str(tmp_path / "cache"), str(tmp_path / "changes.py")]
    outcome = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)

    assert 'changes.py:6: error: Property "name" defined in "Scope" is read-only' in outcome.stdout
    assert 'changes.py:8: error: Property "key" defined in "Condition" is read-only' in outcome.stdout


def test_records_are_equal_and_hashed_by_value() -> None:
    one, two = (Scope(id="1", provider="aws", kind="account", name="a") for _ in range(2))

    assert one == two
    assert len({one, two, Condition("Bool", "k", ("true",)), Condition("Bool", "k", ("true",))}) == 2
