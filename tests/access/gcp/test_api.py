import subprocess
import sys
from textwrap import dedent, indent
from typing import Any

from nhi_scan.access import gcp
from nhi_scan.model.access import Verdict


def test_the_example_of_the_package_does_what_it_says() -> None:
    text = gcp.__doc__ or ""
    code = dedent(indent(text.split("another tool:\n")[1].split("`decide` is")[0], ""))
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own documentation
    assert names["answer"].verdict is Verdict.CONDITIONAL
    (residual,) = names["answer"].residual
    assert residual.must
    assert residual.condition.values == ("resource.name.startsWith('projects/_/buckets/logs/')",)


def test_cel_is_loaded_when_the_first_condition_is_met() -> None:
    code = "import nhi_scan.access.gcp.summarise, sys; sys.exit('celpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
