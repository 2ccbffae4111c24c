"""A tenant of Azure to read: numbers for ids, nested groups, what has to be activated, a deny assignment, a gap."""

from typing import Any

from nhi_scan.access.azure import privilege
from nhi_scan.access.azure.summarise import summarise
from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.findings.assessment import Assessment
from nhi_scan.inventory.build import build
from nhi_scan.model import arm_ids, entra
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Credential, Group, Identity, Nature, Resource, Workload
from nhi_scan.model.policy import Binding, Condition, Effect, Guardrail, Policy, PrincipalPattern, Statement, Trust
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.providers.azure import escalation
from tests.e2e.makers import NOW, assess, finding, rules


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


TENANT = arm_ids.tenant(guid(1))
VENDOR = arm_ids.tenant(guid(2))
PLATFORM = arm_ids.management_group("platform")
SHOP, LAB = f"/subscriptions/{guid(10)}", f"/subscriptions/{guid(11)}"
RUNNER = f"{SHOP}/resourcegroups/build/providers/microsoft.compute/virtualmachines/runner"
OWNER, WRITER, READER, DENIED, APP_ROLE, MAIL = (
    f"/providers/microsoft.authorization/roledefinitions/{guid(20)}",
    f"/providers/microsoft.authorization/roledefinitions/{guid(21)}",
    f"/providers/microsoft.authorization/roledefinitions/{guid(22)}",
    f"{SHOP}/providers/microsoft.authorization/denyassignments/{guid(23)}",
    f"approles/{entra.GRAPH}/{guid(24)}",
    f"delegated/{entra.GRAPH}/Mail.Read",
)
WRITES = "@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'logs'"


def _identity(number: int, kind: Any, name: str, **more: Any) -> Identity:
    given: dict[str, Any] = {
        "id": guid(number),
        "provider": "azure",
        "kind": kind,
        "nature": Nature.HUMAN if kind == "user" else Nature.NON_HUMAN,
        "nature_reason": "its kind says so",
        "name": name,
        "scope_id": TENANT,
    }
    return Identity(**(given | more))


ADA = _identity(30, "user", "ada@contoso.example")
DEPLOY = _identity(
    31, "service_principal", "deploy", unique_id=guid(41), owner_ids=(ADA.id,), attributes=(("sp_type", "Application"),)
)
HOSTILE = _identity(32, "service_principal", "<img src=x onerror=alert(1)>", owner_ids=())
BUILD = _identity(33, "managed_identity", "build", scope_id=SHOP)
IDENTITIES = (ADA, DEPLOY, HOSTILE, BUILD)
REGISTRATION = Resource(id=guid(61), provider="azure", kind="application", name="deploy's code", scope_id=TENANT)
INNER = Group(id=guid(50), provider="azure", kind="entra_group", name="deployers", scope_id=TENANT)
OUTER = Group(id=guid(51), provider="azure", kind="entra_group", name="engineers", scope_id=TENANT)


def _role(id_: str, name: str, *actions: str, plane: str = "control", **more: Any) -> Policy:
    given = Statement(effect=Effect.ALLOW, actions=actions, plane=plane, sid="permissions[0].actions", **more)
    return Policy(id=id_, provider="azure", kind="role", name=name, scope_id=TENANT, statements=(given,))


def _given(number: int, to: str, role: str, on: str, **more: Any) -> Binding:
    return Binding(id=f"assignment-{number}", principal_id=to, policy_id=role, scope_id=on, **more)


def records() -> Records:
    denied = Statement(
        effect=Effect.DENY,
        actions=("Microsoft.Storage/*/delete",),
        plane="control",
        principals=(PrincipalPattern("member", entra.EVERYONE),),
    )
    return Records(
        scopes=[
            Scope(id=TENANT, provider="azure", kind="tenant", name="Contoso", parent_id="", collected=True),
            Scope(id=PLATFORM, provider="azure", kind="management_group", name="Platform", parent_id=TENANT),
            Scope(id=SHOP, provider="azure", kind="subscription", name="Shop", parent_id=PLATFORM, collected=True),
            Scope(id=LAB, provider="azure", kind="subscription", name="Lab", parent_id=TENANT, collected=True),
        ],
        identities=list(IDENTITIES),
        groups=[
            Group(**{**_plain(INNER), "member_ids": (DEPLOY.id,)}),
            Group(**{**_plain(OUTER), "member_ids": (INNER.id,)}),
        ],
        policies=[
            _role(OWNER, "Owner", "*"),
            _role(WRITER, "Writes logs", "Microsoft.Compute/virtualMachines/*", "Microsoft.Storage/storageAccounts/*"),
            _role(READER, "Reader", "*/read"),
            _role(APP_ROLE, "Mail.Send", "Microsoft.Graph/Mail.Send", plane="app_role"),
            _role(MAIL, "Mail.Read", "Microsoft.Graph/delegated/Mail.Read", plane="delegated"),
            Policy(
                id=DENIED,
                provider="azure",
                kind="guardrail",
                name="Nothing is deleted",
                scope_id=SHOP,
                statements=(denied,),
            ),
        ],
        bindings=[
            _given(1, BUILD.id, OWNER, SHOP),
            _given(2, OUTER.id, WRITER, SHOP, condition=Condition("ABAC", "2.0", (WRITES,))),
            _given(3, DEPLOY.id, OWNER, LAB, eligible=True),
            _given(4, DEPLOY.id, APP_ROLE, TENANT),
            _given(5, HOSTILE.id, MAIL, TENANT, condition=Condition("Delegated", "AllPrincipals", ("",))),
            _given(6, DEPLOY.id, WRITER, f"{SHOP}/resourcegroups/build"),
            _given(7, HOSTILE.id, READER, REGISTRATION.id),
        ],
        guardrails=[Guardrail(policy_id=DENIED, scope_id=SHOP, kind="deny_assignment")],
        credentials=[
            Credential(
                id=f"{guid(61)}#password/{guid(62)}",
                provider="azure",
                identity_id=DEPLOY.id,
                scope_id=TENANT,
                kind="client_secret",
                name="pipeline",
                status="active",
                attributes=(("holder", "application"),),
            )
        ],
        resources=[REGISTRATION],
        workloads=[
            Workload(
                id=RUNNER,
                provider="azure",
                kind="virtual_machine",
                name="runner",
                scope_id=SHOP,
                runs_as=(BUILD.id,),
                active=True,
            )
        ],
        trusts=[
            Trust(
                id=f"{guid(61)}#federated/github",
                identity_id=DEPLOY.id,
                subject="https://token.actions.githubusercontent.com",
                subject_kind="federated",
                mechanism="federate",
                claim_patterns=(("sub", ("repo:contoso/shop:ref:refs/heads/main",)),),
            ),
            Trust(
                id=f"{HOSTILE.id}#tenant",
                identity_id=HOSTILE.id,
                subject=VENDOR,
                subject_kind="account",
                mechanism="assume",
            ),
        ],
        coverage=[
            Coverage(
                provider="azure",
                scope_id=TENANT,
                record_kind=kind,
                status=status,
                detail="" if status is CoverageStatus.COMPLETE else "Authorization_RequestDenied",
                permission="" if status is CoverageStatus.COMPLETE else "AuditLog.Read.All",
            )
            for kind, status in (
                ("graph-service-principals", CoverageStatus.COMPLETE),
                ("graph-applications", CoverageStatus.COMPLETE),
                ("arg-role-assignments", CoverageStatus.COMPLETE),
                ("graph-service-principal-sign-ins", CoverageStatus.DENIED),
            )
        ],
    )


def _plain(group: Group) -> dict[str, Any]:
    return {
        "id": group.id,
        "provider": group.provider,
        "kind": group.kind,
        "name": group.name,
        "scope_id": group.scope_id,
    }


def azure() -> Assessment:
    """Return the tenant, judged by the engine itself."""
    given = records()
    inventory = build([given])
    access = summarise(inventory, NOW)
    report = privilege.judge(inventory, access, escalation.techniques())
    by_id = {rule.id: rule for rule in rules()}
    return assess(
        given,
        [finding(by_id["administrator-equivalent"], BUILD, BUILD, provider="azure", message="build is an Owner")],
        list(report.privileges.values()),
        inventory=inventory,
        access=EffectiveAccess(inventory, {"azure": access}),
    )
