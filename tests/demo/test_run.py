import subprocess
import sys
from pathlib import Path

import pytest

from nhi_scan.demo import run
from nhi_scan.model.errors import UserError


def test_an_earlier_demo_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "nhi-scan-demo"
    (folder / run.SNAPSHOT / "raw").mkdir(parents=True)
    for name in ("report.html", run.PEOPLE, run.CONFIG):
        (folder / name).write_text("old")
    run.make_room(folder)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["thesis.txt", ".git"])
def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("precious")
    (tmp_path / "report.html").write_text("mine too")
    with pytest.raises(UserError, match="is not the folder of an earlier demo"):
        run.make_room(tmp_path)
    assert (tmp_path / "report.html").read_text() == "mine too"


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    place = tmp_path / "demo"
    place.write_text("precious")
    with pytest.raises(UserError, match="is not the folder"):
        run.make_room(place)


def test_without_moto_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['moto'] = None\n"
        "from pathlib import Path; from nhi_scan.demo.run import run_demo\n"
        f"run_demo(Path({str(tmp_path / 'demo')!r}), now=None, progress=None, echo=print)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (
        done.stderr.strip()
        .splitlines()[-1]
        .endswith("UserError: the demo needs moto: run `pip install 'nhi-governance-scan[demo]'`")
    )
