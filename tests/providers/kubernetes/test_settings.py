"""What the Kubernetes provider can be told, and what it refuses."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from nhi_scan.model.errors import UserError
from nhi_scan.providers.kubernetes.kinds import scope_dir
from nhi_scan.providers.kubernetes.provider import PROVIDER
from nhi_scan.providers.kubernetes.settings import KubernetesSettings, parse
from tests.providers.kubernetes.conftest import kubeconfig


def test_nothing_said_is_the_current_context() -> None:
    assert parse({}) == KubernetesSettings()
    assert parse({}).name_of("prod") == "prod"


def test_every_option_is_known_and_explained() -> None:
    assert sorted(PROVIDER.options) == sorted(KubernetesSettings.__dataclass_fields__)
    assert all(text and text[0].islower() and not text.endswith(".") for text in PROVIDER.options.values())


def test_a_cluster_can_be_given_another_name() -> None:
    settings = parse({"contexts": ["a", "a", "b"], "names": {"a": "prod"}})

    assert settings.contexts == ("a", "b")
    assert [settings.name_of(one) for one in settings.contexts] == ["prod", "b"]


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ({"context": "a"}, "unknown key `context`"),
        ({"contexts": [1]}, "`providers.kubernetes.contexts`: `[1]` is no list of texts"),
        ({"timeout": 0}, "`providers.kubernetes.timeout`: `0` is no whole number from 1"),
        ({"secrets": "no"}, "`providers.kubernetes.secrets`: `no` is neither true nor false"),
        ({"page_size": 100_000}, "`providers.kubernetes.page_size`: `100000` is more than 10000"),
        ({"namespaces": ["a", "../b"]}, "`providers.kubernetes.namespaces`: `../b` is no name of a namespace"),
        ({"namespaces": ["A"]}, "`A` is no name of a namespace"),
        ({"names": ["a"]}, "`providers.kubernetes.names`: `['a']` is no mapping of contexts to names"),
        ({"names": {"a": 1}}, "`providers.kubernetes.names`: `a` has no text as its name"),
        ({"names": {"a": ""}}, "`a` has no text as its name"),
        ({"names": {"a": "x" * 101}}, "cannot be the name of a cluster"),
        ({"names": {"a": "x\ny"}}, "cannot be the name of a cluster"),
        ({"names": {"a": ".."}}, "cannot be the name of a cluster"),
    ],
)
def test_what_is_refused(section: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError) as raised:
        parse(section)

    assert sentence in str(raised.value)


def test_a_folder_of_a_snapshot_is_named_by_the_cluster() -> None:
    assert scope_dir("k8s:prod") == "k8s-prod"
    assert scope_dir("k8s:arn:aws:eks:eu-west-1:1:cluster%2Fp") == "k8s-arn-aws-eks-eu-west-1-1-cluster-2Fp"


def test_without_the_client_library_there_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, collect: Callable[..., Any]
) -> None:
    for name in [name for name in sys.modules if name.startswith("nhi_scan.providers.kubernetes.client")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "httpx2", None)

    with pytest.raises(UserError, match=r"`pip install 'nhi-governance-scan\[kubernetes\]'` brings it"):
        collect(kubeconfig=str(kubeconfig(tmp_path, "https://127.0.0.1:1")))


@pytest.mark.parametrize(("first", "second"), [("a@b", "a+b"), ("a:b", "a-b"), ("A", "a")])
def test_two_clusters_whose_folders_would_be_one_need_other_names(
    tmp_path: Path, collect: Callable[..., Any], first: str, second: str
) -> None:
    path = kubeconfig(tmp_path, "https://127.0.0.1:1")
    config = yaml.safe_load(path.read_text())
    config["contexts"] = [{**config["contexts"][0], "name": name} for name in (first, second)]
    path.write_text(yaml.safe_dump(config))

    with pytest.raises(UserError, match="is too like the name of another cluster"):
        collect(kubeconfig=str(path), contexts=[first, second])
