"""Small estates of model objects, and their fact tables."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nhi_scan.access.aws.summarise import summarise
from nhi_scan.access.azure.summarise import summarise as summarise_azure
from nhi_scan.access.bridges import Bridges
from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.access.engine import Engine
from nhi_scan.access.gcp.summarise import summarise as summarise_gcp
from nhi_scan.access.github.summarise import summarise as summarise_github
from nhi_scan.access.kubernetes.summarise import summarise as summarise_kubernetes
from nhi_scan.facts.tables import FactTables, derive
from nhi_scan.inventory.build import build
from nhi_scan.model.access import Privilege
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Credential, Identity, Nature
from nhi_scan.model.policy import Binding, Effect, Policy, Statement
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ACCOUNT = "111122223333"
TENANT = "/tenants/t"
SUBSCRIPTION = "/subscriptions/s"

Facts = Callable[..., FactTables]


def arn(kind: str, name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:{kind}/{name}"


class Make:
    """Model objects with everything that a test does not care about filled in."""

    now = NOW
    account = ACCOUNT

    @staticmethod
    def ago(days: float) -> datetime:
        return NOW - timedelta(days=days)

    @staticmethod
    def user(name: str = "ci", **fields: Any) -> Identity:
        return Identity(
            **{
                "id": arn("user", name),
                "provider": "aws",
                "kind": "iam_user",
                "nature": Nature.NON_HUMAN,
                "nature_reason": "its name says so",
                "name": name,
                "scope_id": ACCOUNT,
                **fields,
            }
        )

    @staticmethod
    def role(name: str = "app", **fields: Any) -> Identity:
        return Make.user(name, **{"id": arn("role", name), "kind": "iam_role", **fields})

    @staticmethod
    def key(user: str = "ci", number: int = 1, **fields: Any) -> Credential:
        return Credential(
            **{
                "id": f"{arn('user', user)}#access-key-{number}",
                "provider": "aws",
                "identity_id": arn("user", user),
                "scope_id": ACCOUNT,
                "kind": "access_key",
                "status": "active",
                **fields,
            }
        )

    @staticmethod
    def service_account(name: str = "ci", project: str = "shop", **fields: Any) -> Identity:
        """A service account of Google Cloud."""
        email = name if "@" in name else f"{name}@{project}.iam.gserviceaccount.com"
        return Identity(
            **{
                "id": f"serviceAccount:{email}",
                "provider": "gcp",
                "kind": "service_account",
                "nature": Nature.NON_HUMAN,
                "nature_reason": "a service account",
                "name": email,
                "scope_id": f"projects/{project}",
                **fields,
            }
        )

    @staticmethod
    def member(id_: str, **fields: Any) -> Identity:
        """Somebody of Google Cloud whom only policies name."""
        return Identity(
            **{
                "id": id_,
                "provider": "gcp",
                "kind": "federated_principal",
                "nature": Nature.NON_HUMAN,
                "nature_reason": "an outside issuer vouches for it",
                "name": id_,
                "scope_id": "",
                **fields,
            }
        )

    @staticmethod
    def gcp_role(*permissions: str, id_: str = "roles/custom", **fields: Any) -> Policy:
        statement = Statement(effect=Effect.ALLOW, actions=tuple(sorted(permissions)))
        return Policy(
            **{
                "id": id_,
                "provider": "gcp",
                "kind": "role",
                "name": id_,
                "scope_id": "",
                "managed_by_provider": id_.startswith("roles/"),
                "statements": (statement,) if permissions else (),
                **fields,
            }
        )

    @staticmethod
    def bound(member: str, role: str, place: str = "projects/shop", **fields: Any) -> Binding:
        return Binding(
            **{
                "id": f"{place}#{role}#{member}",
                "principal_id": member,
                "policy_id": role,
                "scope_id": place,
                **fields,
            }
        )

    @staticmethod
    def projects(*names: str) -> list[Scope]:
        """An organization of Google Cloud with projects below it, numbered from 100."""
        return [
            Scope(id="organizations/1", provider="gcp", kind="organization", name="org", parent_id="", number="1"),
            *(
                Scope(
                    id=f"projects/{name}",
                    provider="gcp",
                    kind="project",
                    name=name,
                    parent_id="organizations/1",
                    number=str(100 + place),
                )
                for place, name in enumerate(names or ("shop",))
            ),
        ]

    @staticmethod
    def swept(*kinds: str, scope: str = "organizations/1") -> list[Coverage]:
        """Record kinds of Google Cloud, completely collected over the organization."""
        return [
            Coverage(provider="gcp", scope_id=scope, record_kind=kind, status=CoverageStatus.COMPLETE) for kind in kinds
        ]

    @staticmethod
    def service_principal(id_: str = "deploy", **fields: Any) -> Identity:
        """A service principal of Entra; its name is its id, as one begins a sentence."""
        return Identity(
            **{
                "id": id_,
                "provider": "azure",
                "kind": "service_principal",
                "nature": Nature.NON_HUMAN,
                "nature_reason": "a service principal",
                "name": id_.capitalize(),
                "scope_id": TENANT,
                "unique_id": f"app-{id_}",
                **fields,
            }
        )

    @staticmethod
    def person(name: str = "ann", **fields: Any) -> Identity:
        """Somebody of Entra."""
        told = {"kind": "user", "nature": Nature.HUMAN, "name": f"{name}@northwind.example", "unique_id": None}
        return Make.service_principal(name, **{**told, **fields})

    @staticmethod
    def azure_role(name: str = "Reader", *actions: str, **fields: Any) -> Policy:
        """A role of Resource Manager, of its control plane; its id ends as its name does."""
        statement = Statement(effect=Effect.ALLOW, actions=actions or ("*/read",), plane="control")
        return Policy(
            **{
                "id": f"/providers/microsoft.authorization/roledefinitions/{name.lower()}",
                "provider": "azure",
                "kind": "role",
                "name": name,
                "scope_id": TENANT,
                "managed_by_provider": True,
                "statements": (statement,),
                **fields,
            }
        )

    @staticmethod
    def azure_scopes() -> list[Scope]:
        """A tenant with one subscription."""
        return [
            Scope(id=TENANT, provider="azure", kind="tenant", name="Northwind", parent_id=""),
            Scope(id=SUBSCRIPTION, provider="azure", kind="subscription", name="Production", parent_id=TENANT),
        ]

    @staticmethod
    def read(
        *kinds: str, scope: str = "/tenants/t", status: CoverageStatus = CoverageStatus.COMPLETE
    ) -> list[Coverage]:
        """Record kinds of Azure, completely collected."""
        return [Coverage(provider="azure", scope_id=scope, record_kind=kind, status=status) for kind in kinds]

    @staticmethod
    def covered(*kinds: str, status: CoverageStatus = CoverageStatus.COMPLETE, scope: str = ACCOUNT) -> list[Coverage]:
        return [Coverage(provider="aws", scope_id=scope, record_kind=kind, status=status) for kind in kinds]

    @staticmethod
    def cell(tables: FactTables, name: str, row: int = 0) -> Any:
        """One cell as Python's own value; None where it is null."""
        subject, _, fact = name.partition(".")
        cells = tables[subject][fact].iloc[[row]].array  # type: ignore[index]
        return None if cells.isna()[0] else cells.tolist()[0]


@pytest.fixture
def make() -> Make:
    return Make()


@pytest.fixture
def facts() -> Facts:
    """Turn lists of model objects into fact tables: `facts(identities=[...], coverage=[...])`."""

    def derive_from(privileges: Mapping[str, Privilege] | None = None, **lists: Any) -> FactTables:
        records = Records(**lists)
        if not records.scopes:
            records.scopes = [Scope(id=ACCOUNT, provider="aws", kind="account", name="main")]
        inventory = build([records])
        engines: dict[str, Engine] = {
            "aws": summarise(inventory, NOW),
            "azure": summarise_azure(inventory, NOW),
            "gcp": summarise_gcp(inventory, NOW),
            "github": summarise_github(inventory, NOW),
            "kubernetes": summarise_kubernetes(inventory, NOW),
        }
        access = EffectiveAccess(inventory, engines, Bridges(inventory, engines.values()))
        return derive(inventory, access, privileges or {}, NOW)

    return derive_from
