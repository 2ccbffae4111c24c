"""Which tokens the identities of GitHub can get to show elsewhere.

A job gets what its file says: https://docs.github.com/actions/concepts/security/openid-connect. Whoever can push
writes a workflow of their own, on any branch whose name no rule protects, on any tag, and in each environment that lets
such a branch in. Nobody else gets any: a pull request from a fork has no token for other clouds.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from nhi_scan.access.github.places import Places
from nhi_scan.access.github.secrets import Secrets
from nhi_scan.access.github.subjects import Context, Writer, contexts, distinct
from nhi_scan.inventory.build import Inventory
from nhi_scan.model import github_ids
from nhi_scan.model.assertion import Assertion, issuer_key
from nhi_scan.model.identity import Identity

ISSUER: Final = "https://token.actions.githubusercontent.com"
_GHE: Final = ".ghe.com"
_SHA: Final = re.compile(r"[0-9a-f]{40}")
_ASKED: Final = ("roles", "azure_clients", "gcp_service_accounts", "gcp_providers")
_UNTOLD: Final = "its workflow may ask for a token of this kind"
_PROTECTED: Final = "no rule protects the branch"
_REVIEWED: Final = "what protects the environment lets it in"
_UNSEEN: Final = "no environment of that name is there, protected"
_ENVIRONMENTS: Final = "github-environments"
_WILDCARDS: Final = frozenset("*?")
_TAGS: Final = "refs/tags/*"
_TAG_PROTECTED: Final = "no rule protects the tag"
_PUSHED: Final = "no rule keeps workflow files from being pushed"


class Issuing:
    """Finds what can be issued to each identity."""

    def __init__(self, inventory: Inventory, places: Places, secrets: Secrets) -> None:
        """Take what is read."""
        self._inventory = inventory
        self._places = places
        self._secrets = secrets
        self._writers: dict[str, Writer] = {}

    def issued(self, issuers: frozenset[str]) -> Iterator[Assertion]:
        """Yield what identities can show, in the order of their ids; see `access.engine.Engine.issued`."""
        for identity in self._inventory.identities.values():
            if identity.provider != "github" or identity.kind not in ("workflow_job", "repository"):
                continue
            issuer = self.issuer(identity.id)
            wanted = issuer_key(issuer) in issuers or any(one[0] in _ASKED for one in identity.attributes)
            if wanted and self._places.runs(identity.scope_id) and identity.status != "deleted":
                yield from self._of(identity, issuer)

    def issuer(self, id_: str) -> str:
        """Return who issues the tokens of an organization's jobs.

        Enterprises may have an address of their own (https://docs.github.com/enterprise-cloud@latest/actions/reference/security/oidc#customizing-the-issuer-value-for-an-enterprise).
        """
        told = self._places.told(github_ids.organization_of(id_), "oidc_issuer")
        host = github_ids.host_in(id_)
        if told:
            return told
        if host == github_ids.HOST:
            return ISSUER
        return f"https://token.actions.{host}" if host.endswith(_GHE) else f"https://{host}/_services/token"

    def _of(self, identity: Identity, issuer: str) -> Iterator[Assertion]:
        if identity.kind == "repository":
            kept = _PUSHED if "push" in self._ruled(identity.scope_id) else ""
            for context in self._pushed(identity.scope_id):
                yield from self._one(identity, issuer, replace(context, open=context.open or kept), {})
            return
        told = dict(identity.attributes)
        if told.get("id_token") == "false":
            return
        doubt = _UNTOLD if told.get("id_token") != "true" else ""
        default = self._places.told(identity.scope_id, "default_branch")
        for environment in _environments(told):
            for context in distinct(contexts(told, default, environment)):
                one = Context(context.event, context.ref, context.environment, doubt)
                yield from self._one(identity, issuer, one, told)

    def _pushed(self, repository_id: str) -> Iterator[Context]:
        """Yield in what whoever can push makes a job run.

        A rule that protects the default branch keeps them from it, and may protect others: a name with a slash in it is
        rarely among those, so that it stands for what is free.
        """
        if self._places.word(repository_id, "default_branch_protected") is False:
            yield Context("", "refs/heads/*")
        else:
            yield Context("", "refs/heads/*/*")
            yield Context("", "refs/heads/*", open=_PROTECTED)
        yield Context("", _TAGS, open="" if "tag" not in self._ruled(repository_id) else _TAG_PROTECTED)
        yield Context("pull_request", "refs/pull/*")
        yield from self._deployed(repository_id)

    def _ruled(self, repository_id: str) -> frozenset[str]:
        """Return what rulesets are about, or may be where nobody could see them: tags, and what is pushed.

        https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/about-rulesets
        """
        told = self._places.told(repository_id, "rulesets")
        return frozenset({"tag"} if told is None else told.split())

    def _deployed(self, repository_id: str) -> Iterator[Context]:
        """Yield in which environments that is.

        One that a workflow names and that is not there is made for it, without protection, so that they are in any but
        those which are there and protected:
        https://docs.github.com/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments
        """
        kept_out = []
        for row in self._places.environments.get(repository_id, ()):
            state = self._secrets.environment(row)
            yield Context("", "", row.name, "" if state else _REVIEWED)
            if not state and _WILDCARDS.isdisjoint(row.name):
                kept_out.append(row.name)
        seen = self._inventory.covered(repository_id, _ENVIRONMENTS) is True
        yield Context("", "", "*", "" if seen else _UNSEEN, tuple(kept_out))

    def _one(self, identity: Identity, issuer: str, context: Context, told: Mapping[str, str]) -> Iterator[Assertion]:
        file = github_ids.workflow_of(identity.id).removeprefix(f"{identity.scope_id}/") if told else ""
        writer = self._writer(identity.scope_id)
        for prefix, keys, open_ in writer.forms:
            claims = writer.claims(context, _called(told, context), file, prefix, keys)
            if claims is not None:
                yield Assertion(
                    holder_id=identity.id,
                    provider="github",
                    issuer=issuer,
                    claims=claims,
                    complete=False,
                    asks_for=tuple(sorted({one for key in _ASKED for one in told.get(key, "").split() if one != "?"})),
                    detail=_detail(context),
                    open=", and ".join(one for one in (context.open, open_) if one),
                )

    def _writer(self, repository_id: str) -> Writer:
        found = self._writers.get(repository_id)
        if found is None:
            found = self._writers[repository_id] = Writer(self._places, repository_id)
        return found


def _environments(told: Mapping[str, str]) -> tuple[str, ...]:
    """Return the environments that a job may be in; one without a name where it is in none."""
    own = told.get("environment", "")
    listed = told.get("environments", "?").split() if own == "?" else [own]
    return tuple(dict.fromkeys("*" if name == "?" else name.replace("%20", " ") for name in listed))


def _called(told: Mapping[str, str], context: Context) -> str:
    """Return what the token says of a job of a called workflow: its file, and the ref that the call names.

    https://docs.github.com/actions/how-tos/secure-your-work/security-harden-deployments/oidc-with-reusable-workflows
    """
    called, ref = told.get("called_workflow", ""), told.get("called_ref", "")
    if not called:
        return ""
    if not ref:
        return f"{called}@{context.ref or '*'}"
    return f"{called}@{ref}" if ref.startswith("refs/") or _SHA.fullmatch(ref) else f"{called}@refs/*/{ref}"


def _detail(context: Context) -> str:
    """Say which of a holder's tokens it is."""
    where = f"in the environment {context.environment}" if context.environment else f"on {context.ref or 'any ref'}"
    where = "in an environment of any name" if context.environment == "*" else where
    return f"{context.event} {where}".strip()
