"""One company on three clouds: repositories on GitHub, accounts of AWS and projects of Google Cloud that trust them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.access.across import cross
from nhi_scan.access.bridges import Bridges
from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.access.engine import Engine, Report
from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model import github_ids
from nhi_scan.model.access import Privilege
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Identity, Nature, Resource
from nhi_scan.model.policy import Binding, Policy
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.providers.aws.normalise.trusts import TrustReader
from nhi_scan.providers.aws.policy import parse_document
from nhi_scan.providers.protocol import load_provider

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ACCOUNT = "111122223333"
ISSUER = "token.actions.githubusercontent.com"
ORG = "github.com/acme"


def arn(kind: str, name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def repository(name: str) -> str:
    return github_ids.repository("github.com", "acme", name)


def code(name: str) -> str:
    return github_ids.code(repository(name))


def job(repo: str, name: str) -> str:
    return github_ids.job(github_ids.workflow(repository(repo), ".github/workflows/ci.yml"), name)


class World:
    """Records of several providers, a line for each thing."""

    def __init__(self) -> None:
        self.records = Records()
        self.records.scopes += [
            Scope(id=ACCOUNT, provider="aws", kind="account", name="main", parent_id=""),
            Scope(id=ORG, provider="github", kind="organization", name="acme", parent_id=""),
        ]
        self.records.coverage += [
            Coverage(provider="aws", scope_id=ACCOUNT, record_kind=kind, status=CoverageStatus.COMPLETE)
            for kind in ("iam-roles", "iam-oidc-providers")
        ]
        self.records.resources.append(
            Resource(
                id=arn("oidc-provider", ISSUER),
                provider="aws",
                kind="oidc_provider",
                name=ISSUER,
                scope_id=ACCOUNT,
                attributes=(("client_ids", "sts.amazonaws.com"), ("url", ISSUER)),
            )
        )

    def role(self, name: str, *allowed: Any, trust: list[Any]) -> str:
        """A role that may do what is allowed to it: an action on everything, or a statement."""
        id_ = arn("role", name)
        self._identity(id_, "aws", "iam_role", name, ACCOUNT, trust_policy_id=f"{id_}#trust")
        self._policy(f"{id_}#trust", "trust", trust)
        self.records.trusts += TrustReader().read(id_, f"{id_}#trust", self.records.policies[-1].statements)
        stated = [
            one if isinstance(one, dict) else {"Effect": "Allow", "Action": one, "Resource": "*"} for one in allowed
        ]
        self._policy(f"{id_}#inline/p", "identity", stated)
        self.records.bindings.append(
            Binding(id=f"{id_}#b", principal_id=id_, policy_id=f"{id_}#inline/p", scope_id=ACCOUNT)
        )
        return id_

    def bucket(self, name: str) -> str:
        """A bucket with data."""
        id_ = f"arn:aws:s3:::{name}"
        self.records.resources.append(
            Resource(id=id_, provider="aws", kind="s3_bucket", name=name, scope_id=ACCOUNT, sensitivity="data")
        )
        return id_

    def repository(self, name: str, **told: str) -> str:
        """A repository, and whoever can push to it."""
        id_ = repository(name)
        known = {"visibility": "private", "default_branch": "main", "default_branch_protected": "false"}
        known |= {"oidc_immutable": "false", "rulesets": "none", **told}
        self.records.scopes.append(
            Scope(
                id=id_,
                provider="github",
                kind="repository",
                name=name,
                parent_id=ORG,
                attributes=tuple(sorted(known.items())),
            )
        )
        self._identity(code(name), "github", "repository", f"code of {name}", id_)
        return id_

    def environment(self, repo: str, name: str, **told: str) -> None:
        """An environment of a repository, all of whose environments were seen."""
        self.records.resources.append(
            Resource(
                id=f"{repository(repo)}/environments/{name}",
                provider="github",
                kind="deployment_environment",
                name=name,
                scope_id=repository(repo),
                attributes=tuple(sorted(told.items())),
            )
        )
        self.records.coverage.append(
            Coverage(
                provider="github",
                scope_id=repository(repo),
                record_kind="github-environments",
                status=CoverageStatus.COMPLETE,
            )
        )

    def job(self, repo: str, name: str, **told: str) -> str:
        """A job of a repository's only workflow, on pushes to main unless said otherwise."""
        id_ = job(repo, name)
        known = {"triggers": "push", "branches": "main", "id_token": "true", "permissions": "id-token=write", **told}
        self._identity(id_, "github", "workflow_job", name, repository(repo), attributes=tuple(sorted(known.items())))
        return id_

    def anyone(self) -> str:
        """Whoever has an account on GitHub."""
        id_ = github_ids.anyone("github.com")
        self._identity(id_, "github", "federated_principal", "anyone", "")
        return id_

    def _identity(self, id_: str, provider: str, kind: Any, name: str, scope_id: str, **fields: Any) -> None:
        self.records.identities.append(
            Identity(
                id=id_,
                provider=provider,
                kind=kind,
                nature=Nature.NON_HUMAN,
                nature_reason="a test says so",
                name=name,
                scope_id=scope_id,
                **fields,
            )
        )

    def _policy(self, id_: str, kind: Any, statements: list[Any]) -> None:
        parsed = parse_document({"Version": "2012-10-17", "Statement": statements})
        self.records.policies.append(
            Policy(
                id=id_,
                provider="aws",
                kind=kind,
                name=id_.rpartition("#")[2],
                scope_id=ACCOUNT,
                statements=parsed.statements,
                version=parsed.version,
            )
        )


def trusts(subject: str, **conditions: Any) -> list[Any]:
    """A trust policy that lets tokens of GitHub with such a subject in."""
    asked = {"StringLike": {f"{ISSUER}:sub": subject}, "StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"}}
    return [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": arn("oidc-provider", ISSUER)},
            "Condition": {**asked, **conditions},
        }
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a world."""

    inventory: Inventory
    access: EffectiveAccess
    own: tuple[Report, ...]  # what each provider says by itself
    reports: tuple[Report, ...]  # the same, crossed

    @property
    def levels(self) -> dict[str, Privilege]:
        return {id_: level for report in self.reports for id_, level in report.privileges.items()}


@pytest.fixture
def world() -> World:
    return World()


def understand(world: World) -> Known:
    """Ask the real engines of the providers, as `app.understand` does."""
    return answers([world.records], ("aws", "github"))


def answers(records: list[Records], providers: tuple[str, ...]) -> Known:
    """Ask the engines of some providers about records."""
    inventory = build(records)
    engines: dict[str, Engine] = {}
    reports = []
    for name in providers:
        engines[name], report = load_provider(name).understand(inventory, NOW)
        reports.append(report)
    bridges = Bridges(inventory, engines.values())
    access = EffectiveAccess(inventory, engines, bridges)
    return Known(inventory=inventory, access=access, own=tuple(reports), reports=cross(reports, bridges))
