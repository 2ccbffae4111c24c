"""Who asks, what it takes to ask, and how fast."""

import subprocess
import sys
from typing import Any

import pytest

from nhi_scan.model.errors import UserError
from nhi_scan.providers.gcp import sessions
from nhi_scan.providers.gcp.pace import Pace
from nhi_scan.providers.gcp.settings import parse


def test_no_minute_has_more_than_its_share() -> None:
    now, sent = [0.0], []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    pace = Pace(4, lambda: now[0], sleep)
    for number in range(23):
        now[0] += number % 5
        pace.wait()
        sent.append(now[0])

    for moment in sent:
        assert sum(moment <= other < moment + 60 for other in sent) <= 4


def test_without_the_extra_one_sentence_says_what_to_install() -> None:
    program = (
        "import sys\n"
        "sys.modules['google.auth'] = None\n"
        "from nhi_scan.model.errors import UserError\n"
        "from nhi_scan.providers.gcp import sessions, settings\n"
        "try:\n"
        "    sessions.connect(settings.parse({}))\n"
        "except UserError as error:\n"
        "    print(error)\n"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert outcome.stdout == (
        "Google's client libraries are not installed: `pip install 'nhi-governance-scan[gcp]'` brings them\n"
    )


def test_without_credentials_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "nothing.json"))

    with pytest.raises(UserError, match="the current Google credentials do not work: `DefaultCredentialsError`"):
        sessions.connect(parse({}))


def test_nothing_of_google_is_loaded_before_it_is_needed() -> None:
    program = (
        "import sys\n"
        "from nhi_scan.providers.gcp import collect, permissions, provider\n"
        "permissions.render('json', usage=True, organization=True)\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(loaded & {'google', 'grpc', 'requests', 'googleapiclient'}))\n"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert outcome.stdout == "[]\n"
