"""The README is a promise: what it tells a reader to type has to exist."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path, PurePosixPath

import click
import pytest

from nhi_scan.cli.commands import cli
from nhi_scan.config import Settings, load
from nhi_scan.findings.waivers import load_waivers
from nhi_scan.providers.aws.settings import AwsSettings
from nhi_scan.providers.aws.settings import parse as parse_aws
from nhi_scan.providers.azure.settings import AzureSettings
from nhi_scan.providers.azure.settings import parse as parse_azure
from nhi_scan.providers.gcp.settings import GcpSettings
from nhi_scan.providers.gcp.settings import parse as parse_gcp
from nhi_scan.providers.github.import_paths import asked
from nhi_scan.providers.github.settings import GitHubSettings
from nhi_scan.providers.github.settings import parse as parse_github
from nhi_scan.providers.kubernetes.settings import KubernetesSettings
from nhi_scan.providers.kubernetes.settings import parse as parse_kubernetes

ROOT = Path(__file__).resolve().parents[2]
# A provider's settings, what reads them, and the keys that stand in for a cloud: for tests and the demo.
SECTIONS = {
    "aws": (AwsSettings, parse_aws, set()),
    "azure": (AzureSettings, parse_azure, {"authority", "graph_endpoint", "arm_endpoint"}),
    "gcp": (GcpSettings, parse_gcp, {"endpoint", "grpc_endpoint"}),
    "github": (GitHubSettings, parse_github, set()),
    "kubernetes": (KubernetesSettings, parse_kubernetes, set()),
}
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _typed() -> list[str]:
    """Every `nhi-scan ...` of the README: in code blocks, with continued lines joined, and between backticks."""
    joined = README.replace("\\\n", " ")
    blocks = re.findall(r"^\$ (nhi-scan .*)$", joined, re.MULTILINE)
    return blocks + [span for span in re.findall(r"`(nhi-scan [^`]+)`", joined) if "..." not in span]


def _commands(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield prefix + name, command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{prefix}{name} ")


@pytest.mark.parametrize("line", _typed())
def test_what_the_readme_types_is_understood(line: str) -> None:
    words = shlex.split(line.split("#", maxsplit=1)[0].split(" > ", maxsplit=1)[0].replace("bash|zsh|fish", "bash"))[1:]
    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        assert words[0] in command.commands, line
        command = command.commands[words.pop(0)]

    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
    assert {word for word in words if re.match(r"--?[a-z]", word)} <= known


@pytest.mark.parametrize("name", [name for name, _ in _commands(cli)])
def test_every_command_stands_in_the_readme(name: str) -> None:
    first, *rest = name.split()
    assert f"`{first}" in README
    assert all(f"`{word}`" in README or f" {word}" in README for word in rest)


@pytest.mark.parametrize(("name", "command"), list(_commands(cli)))
def test_every_command_and_every_option_says_what_it_does(name: str, command: click.Command) -> None:
    assert command.help, name
    assert len(command.get_short_help_str(limit=60).rstrip(".")) > 5
    assert not command.get_short_help_str(limit=60).endswith("..."), name
    silent = [p.name for p in command.params if isinstance(p, click.Option) and not p.help and p.name != "format_"]
    assert silent == []


def _block(beginning: str) -> str:
    (found,) = [block for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL) if block.startswith(beginning)]
    return str(found)


def test_the_configuration_of_the_readme_is_read_and_names_every_key(tmp_path: Path) -> None:
    (tmp_path / "people.txt").write_text("ada@example.com\n")
    (tmp_path / "nhi-scan.yaml").write_text(_block("fail_on"))
    read = load(tmp_path / "nhi-scan.yaml")

    keys = {field.name for field in fields(Settings)} - {"source", "people"} | {"people_file"}
    assert {key for key in keys if not re.search(rf"^{key}:", _block("fail_on"), re.MULTILINE)} == set()
    assert read.waiver_max_days == Settings().waiver_max_days
    assert read.providers.keys() == SECTIONS.keys()
    for name, (declared, parse, hidden) in SECTIONS.items():
        section = parse(read.providers[name])
        assert read.providers[name].keys() == {field.name for field in fields(declared)} - hidden
        numbers = [field for field in fields(declared) if isinstance(field.default, int) and field.default > 1]
        assert [getattr(section, field.name) for field in numbers] == [field.default for field in numbers]


def test_the_waiver_of_the_readme_is_one(tmp_path: Path) -> None:
    (tmp_path / "waivers.yaml").write_text(_block("# waivers.yaml"))

    (waiver,) = load_waivers(tmp_path / "waivers.yaml", max_days=365)

    assert (waiver.rule, waiver.ticket) == ("no-owner", "SEC-1234")


@pytest.mark.parametrize("target", ["demo", "test", "lint", "bench", "lock", "clean"])
def test_the_makefile_has_the_target(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert f"make {target}" in README


@pytest.mark.parametrize(("owner", "variable"), [("orgs/northwind", "orgs/northwind/$p"), ("repos/a/b", "repos/$r/$p")])
def test_what_the_readme_asks_github_for_is_imported(owner: str, variable: str) -> None:
    (loop,) = re.findall(rf'for p in ([^;]+); do get "?{re.escape(variable)}"?;', README)
    paths = loop.replace("\\\n", " ").split()
    assert len(paths) > 5
    assert [path for path in paths if asked(PurePosixPath(f"{owner}/{path}.json")) is None] == []
    assert asked(PurePosixPath("orgs/northwind.json"))
