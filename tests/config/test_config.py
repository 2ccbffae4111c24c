from pathlib import Path

import pytest

from nhi_scan.config import Settings, load
from nhi_scan.model.errors import UserError


def _write(folder: Path, text: str) -> Path:
    path = folder / "nhi-scan.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    path = _write(tmp_path, "")

    assert load(path) == Settings(source=str(path))


def test_everything_that_the_readme_shows_is_read(tmp_path: Path) -> None:
    (tmp_path / "people.txt").write_text("Ada@example.com  # on leave\n\nplatform\n", encoding="utf-8")
    settings = load(
        _write(
            tmp_path,
            """
fail_on: high
waivers: waivers.yaml
owner_tags: [owner, team]
people_file: people.txt
rules:
  unused-access-key: {max_idle_days: 60}
  no-owner: off
providers:
  aws: {organization: true, role_name: NhiScan}
""",
        )
    )

    assert settings.command_defaults() == {"fail_on": "high", "waivers": str(tmp_path / "waivers.yaml")}
    assert settings.people == {"ada@example.com", "platform"}
    assert settings.rules == {"unused-access-key": {"max_idle_days": 60}, "no-owner": False}
    assert settings.providers == {"aws": {"organization": True, "role_name": "NhiScan"}}


def test_a_flag_beats_the_file_and_an_absent_flag_does_not() -> None:
    settings = Settings(providers={"aws": {"role_name": "A", "regions": ["eu-west-1"]}})

    merged = settings.with_provider_options(["aws"], {"role_name": "B", "regions": (), "usage": None})

    assert merged.providers["aws"] == {"role_name": "B", "regions": ["eu-west-1"]}


def test_what_is_said_to_be_off_beats_the_file() -> None:
    settings = Settings(providers={"aws": {"usage": True}})

    assert settings.with_provider_options(["aws"], {"usage": False}).providers["aws"] == {"usage": False}


def test_paths_lie_beside_the_file_and_addresses_stay(tmp_path: Path) -> None:
    settings = load(_write(tmp_path, "waivers: w.yaml\nrule_folders: [ours]\nbaseline: s3://bucket/last\n"))

    assert settings.waivers == str(tmp_path / "w.yaml")
    assert settings.rule_folders == (str(tmp_path / "ours"),)
    assert settings.baseline == "s3://bucket/last"


def test_files_of_a_provider_lie_beside_the_file_that_names_them(tmp_path: Path) -> None:
    path = _write(tmp_path, "providers:\n  azure: {certificate: ours.pem, ca_file: /etc/ca.pem, tenant: a.example}\n")
    files = ("certificate", "ca_file", "absent")

    assert load(path).section("azure", files) == {
        "certificate": str(tmp_path / "ours.pem"),
        "ca_file": "/etc/ca.pem",
        "tenant": "a.example",
    }
    assert load(path).section("azure")["certificate"] == "ours.pem"
    assert Settings(providers={"azure": {"certificate": "x"}}).section("azure", files) == {"certificate": "x"}
    assert load(path).section("aws", files) == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("fail_onn: high", "unknown key `fail_onn`"),
        ("fail_on: hihg", "`fail_on`: `hihg` is none of critical, high"),
        ("fail_on: [high]", "`fail_on`: expected a text"),
        ("fail_on_new: 1", "`fail_on_new`: expected true or false"),
        ("waiver_max_days: 0", "`waiver_max_days`: `0` is no number of days"),
        ("waiver_max_days: true", "`waiver_max_days`"),
        ("owner_tags: [1]", r"`owner_tags\[0\]`: expected a text"),
        ("rules: {no-owner: 3}", "`rules.no-owner`: expected parameters"),
        ("providers: {aws: [x]}", "`providers.aws`: expected a mapping"),
        ("people_file: absent.txt", "`people_file`: cannot read"),
        ("[1, 2]", "nhi-scan.yaml"),
        ("a: {b", "nhi-scan.yaml"),
        ("fail_on: high\nfail_on: low", "duplicate key `fail_on`"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_file_and_key(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence) as caught:
        load(_write(tmp_path, text))

    assert "nhi-scan.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)
