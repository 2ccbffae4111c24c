"""Actions that sign in to a cloud, and what each of their inputs says.

https://github.com/aws-actions/configure-aws-credentials, https://github.com/Azure/login,
https://github.com/google-github-actions/auth, https://github.com/hashicorp/vault-action,
https://github.com/docker/login-action.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from nhi_scan.providers.github.workflows.expressions import UNKNOWN, Known, has_expression, resolve, secrets_in
from nhi_scan.providers.github.workflows.facts import Fact, FactKind
from nhi_scan.providers.github.workflows.nodes import Table

_TRUE = "true"
_REGISTRIES = (".amazonaws.com", ".azurecr.io", "gcr.io", ".pkg.dev")


class Inputs:
    """The inputs of one step; GitHub does not tell their lower case from upper."""

    def __init__(self, step: Table, known: Known) -> None:
        self._given = step.table("with")
        self._names = {name.lower(): name for name in self._given.items}
        self._known = known

    def __contains__(self, name: str) -> bool:
        return bool(self.written(name))

    def written(self, name: str) -> str:
        """As it stands in the file; empty where it is missing."""
        return self._given.text(self._names.get(name, ""))

    def line(self, name: str) -> int:
        """The line of the first letter of its key."""
        return self._given.line_of(self._names.get(name, ""))

    def values(self, name: str) -> tuple[str, ...]:
        """The texts that it may be; none where it is missing."""
        written = self.written(name)
        return tuple(value.strip() for value in resolve(written, self._known) if value.strip()) if written else ()

    def facts(self, name: str, kind: FactKind) -> Iterator[Fact]:
        """One fact for each text."""
        for value in self.values(name):
            yield Fact(kind=kind, value=value, line=self.line(name))

    def static(self, *names: str) -> Iterator[Fact]:
        """The secrets that inputs take a key from; a key that comes from another step expires by itself."""
        for name in names:
            yield from static_facts(self.written(name), name, self.line(name), self._known)


def static_facts(written: str, name: str, line: int, known: Known) -> Iterator[Fact]:
    """What a value says that should be a key: the secrets it is from, or that it is written out."""
    for text in (written, *(value for value in resolve(written, known) if value != written)):
        for secret in secrets_in(text):
            if secret != UNKNOWN:
                yield Fact(kind="static_secret", value=secret, line=line)
    if written.strip() and not has_expression(written):
        yield Fact(kind="literal_key", value=name, line=line)


def _aws(inputs: Inputs) -> Iterator[Fact]:
    keys = "aws-access-key-id" in inputs
    chained = keys or inputs.written("role-chaining").strip().lower() == _TRUE
    yield from inputs.facts("role-to-assume", "chained_role" if chained else "role")
    yield from inputs.static("aws-access-key-id", "aws-secret-access-key")
    if "role-to-assume" in inputs and not chained:
        yield from inputs.facts("audience", "audience")


def _azure(inputs: Inputs) -> Iterator[Fact]:
    yield from inputs.static("creds")
    yield from inputs.facts("tenant-id", "azure_tenant")
    yield from inputs.facts("subscription-id", "azure_subscription")
    if "creds" not in inputs and inputs.written("auth-type").upper() != "IDENTITY":
        yield from inputs.facts("client-id", "azure_client")
        yield from inputs.facts("audience", "audience")


def _google(inputs: Inputs) -> Iterator[Fact]:
    yield from inputs.static("credentials_json", "service_account_key")
    if "workload_identity_provider" in inputs:
        yield from inputs.facts("workload_identity_provider", "gcp_provider")
        yield from inputs.facts("service_account", "gcp_service_account")
        yield from inputs.facts("audience", "audience")


def _google_old(inputs: Inputs) -> Iterator[Fact]:
    yield from inputs.static("service_account_key", "credentials_json")


def _vault(inputs: Inputs) -> Iterator[Fact]:
    if inputs.written("method").strip().lower() == "jwt":
        url = (inputs.values("url") or (UNKNOWN,))[0]
        for role in inputs.values("role") or (UNKNOWN,):
            yield Fact(kind="vault_role", value=f"{url}/{role}".replace(" ", ""), line=inputs.line("method"))
        yield from inputs.facts("jwtgithubaudience", "audience")
    yield from inputs.static("token", "secretid")


def _docker(inputs: Inputs) -> Iterator[Fact]:
    registry = inputs.written("registry").lower()
    if any(registry.rstrip("/").partition("/")[0].endswith(end) for end in _REGISTRIES):
        yield from inputs.static("password")


_READERS: Mapping[str, Callable[[Inputs], Iterator[Fact]]] = MappingProxyType(
    {
        "aws-actions/configure-aws-credentials": _aws,
        "azure/login": _azure,
        "azure/docker-login": lambda inputs: inputs.static("password"),
        "azure/aks-set-context": lambda inputs: inputs.static("creds"),
        "google-github-actions/auth": _google,
        "google-github-actions/setup-gcloud": _google_old,
        "hashicorp/vault-action": _vault,
        "docker/login-action": _docker,
    }
)


def sign_in(action: str, step: Table, known: Known) -> tuple[Fact, ...]:
    """Return what a step that uses an action says of clouds; nothing where the action is no sign-in.

    Args:
        action: `owner/name` in lower case.
        step: the step.
        known: what the file says of contexts.
    """
    reader = _READERS.get(action)
    return tuple(reader(Inputs(step, known))) if reader else ()
