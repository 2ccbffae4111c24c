"""Every parser of what others wrote, under a fuzzer that is guided by the code it reaches."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.model.errors import UserError
from tests.fuzz.targets import TARGETS

RUNS = 3000

PROGRAM = """
import sys
import atheris
with atheris.instrument_imports(include=["nhi_scan"]):
    from tests.fuzz.targets import TARGETS
atheris.Setup(sys.argv, TARGETS[sys.argv.pop(1)])
atheris.Fuzz()
"""


@pytest.mark.parametrize("name", TARGETS)
def test_what_it_starts_from_is_read(name: str) -> None:
    for beginning in TARGETS[name].beginnings:
        TARGETS[name].read(beginning)
    assert TARGETS[name].beginnings


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this platform")
@pytest.mark.parametrize("name", TARGETS)
def test_a_coverage_guided_fuzzer_finds_no_crash(name: str, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, beginning in enumerate(TARGETS[name].beginnings):
        (corpus / str(number)).write_bytes(beginning)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name, f"-runs={RUNS}", "-seed=7", "-max_len=900", "-verbosity=0", str(corpus)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(Path.cwd()), *sys.path]))},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert not list(tmp_path.glob("crash-*"))
    assert len(list(corpus.iterdir())) > len(TARGETS[name].beginnings), "the fuzzer found no way into the code"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("policy", b'{"Statem\\nt": []}'),
        ("settings", b"f\n\nos ("),
        ("rule", b"'unknown\n\n\xe2\x80\xa8key': 1"),
        ("waivers", b"z- \r\r61\r=}"),
    ],
)
def test_what_a_sentence_quotes_cannot_break_its_line(name: str, found: bytes) -> None:
    with pytest.raises(UserError) as told:
        TARGETS[name].read(found)

    assert len(str(told.value).splitlines()) == 1


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_cut_or_overwritten_anywhere_is_no_crash(name: str) -> None:
    target = TARGETS[name]

    @given(st.sampled_from(target.beginnings), st.integers(0, 900), st.binary(max_size=4), st.booleans())
    def damage(beginning: bytes, place: int, put: bytes, cut: bool) -> None:
        place = min(place, len(beginning))
        target(beginning[:place] + put + (b"" if cut else beginning[place + len(put) :]))
        assert place <= len(beginning)

    damage()
