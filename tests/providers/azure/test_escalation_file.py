"""The catalogue that is shipped, and what the strict reader says of one that is wrong."""

import re
from collections import Counter

import pytest

from nhi_scan.access.azure.escalation.running import KINDS
from nhi_scan.access.azure.escalation.technique import TARGETS
from nhi_scan.facts.actions import CONTENT_PERMISSIONS
from nhi_scan.model.errors import UserError
from nhi_scan.providers.azure.escalation import parse, techniques
from nhi_scan.providers.azure.normalise.resource_kinds import RESOURCES
from nhi_scan.providers.azure.normalise.workload_kinds import WORKLOADS, kind_of

DIRECTORY_WORDS = ("microsoft.directory/", "Microsoft.Graph/")
# Application permissions of Microsoft Graph that are known to lead to Global Administrator, or suspected to, in 2026:
# https://github.com/emiliensocchi/azure-tiering
TIER_0 = frozenset(
    {
        "AdministrativeUnit.ReadWrite.All",
        "AppRoleAssignment.ReadWrite.All",
        "Application-RemoteDesktopConfig.ReadWrite.All",
        "Application.ReadUpdate.All",
        "Application.ReadWrite.All",
        "Application.ReadWrite.OwnedBy",
        "DelegatedAdminRelationship.ReadWrite.All",
        "DelegatedPermissionGrant.ReadWrite.All",
        "DeviceManagementApps.ReadWrite.All",
        "DeviceManagementConfiguration.ReadWrite.All",
        "DeviceManagementRBAC.ReadWrite.All",
        "DeviceManagementScripts.ReadWrite.All",
        "Directory.ReadWrite.All",
        "Domain-InternalFederation.ReadWrite.All",
        "Domain.ReadWrite.All",
        "EntitlementManagement.ReadWrite.All",
        "Group.ReadWrite.All",
        "GroupMember.ReadWrite.All",
        "LifecycleWorkflows.ReadWrite.All",
        "MultiTenantOrganization.ReadWrite.All",
        "OnPremDirectorySynchronization.ReadWrite.All",
        "Organization.ReadWrite.All",
        "Policy.ReadWrite.AuthenticationMethod",
        "Policy.ReadWrite.ConditionalAccess",
        "Policy.ReadWrite.CrossTenantAccess",
        "Policy.ReadWrite.PermissionGrant",
        "PrivilegedAccess.ReadWrite.AzureAD",
        "PrivilegedAccess.ReadWrite.AzureADGroup",
        "PrivilegedAccess.ReadWrite.AzureResources",
        "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
        "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
        "PublicKeyInfrastructure.ReadWrite.All",
        "RoleAssignmentSchedule.ReadWrite.Directory",
        "RoleEligibilitySchedule.ReadWrite.Directory",
        "RoleManagement.ReadWrite.Directory",
        "RoleManagementPolicy.ReadWrite.AzureADGroup",
        "RoleManagementPolicy.ReadWrite.Directory",
        "SignInIdentifier.ReadWrite.All",
        "Synchronization.ReadWrite.All",
        "User-PasswordProfile.ReadWrite.All",
        "User.EnableDisableAccount.All",
        "User.ReadWrite.All",
        "UserAuthenticationMethod.ReadWrite.All",
    }
)
WHOLE = """
format_version: 1
roles:
  - {id: 8e3af657-a8ff-443c-a75c-2fe8c4bcb635, name: Owner, yields: control}
sensitive:
  - {kind: key_vault, action: Microsoft.KeyVault/vaults/write, where: {authorization: access_policy}}
techniques:
  - id: azure-one
    title: Do one thing
    target: identity
    requires:
      - [Microsoft.One/things/write, {action: Microsoft.Two/things/write, at: anywhere}]
      - {role: directory/roledefinitions/62e90394-69f5-4237-9190-012177145e10}
    yields: become
not_by_itself:
  - {why: it does nothing, permissions: [Microsoft.Three/things/write]}
"""


def test_ids_say_which_half_they_are_of_and_titles_are_orders() -> None:
    catalogue = techniques()
    assert catalogue.provider == "azure"
    assert len(catalogue.techniques) >= 120
    for technique in catalogue.techniques:
        assert re.fullmatch(r"(azure|entra)-[a-z0-9-]+", technique.id)
        names = technique.actions | technique.roles
        if technique.target not in ("root", "agent_identity", "agent_user", "approval"):
            directory = any(name.startswith((*DIRECTORY_WORDS, "directory/")) for name in names)
            assert directory == technique.id.startswith("entra-"), technique.id
        assert technique.title[0].isupper()
        assert not technique.title.endswith((".", " ")), technique.id


def test_titles_tell_techniques_apart() -> None:
    titles = Counter(technique.title for technique in techniques().techniques)
    assert [title for title, count in titles.items() if count > 1] == []


def test_every_technique_names_its_documentation_and_what_att_and_ck_calls_it() -> None:
    for technique in techniques().techniques:
        assert technique.docs, technique.id
        assert all(page.startswith("https://learn.microsoft.com/") for page in technique.docs), technique.id
        assert technique.attack, technique.id
        assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", one) for one in technique.attack), technique.id
        assert set(technique.published) <= {"bloodhound", "hacktricks", "azure-tiering"}, technique.id


def test_what_is_always_conditional_says_on_what() -> None:
    for technique in techniques().techniques:
        assert not technique.needs or technique.conditions, technique.id
        assert bool(technique.workloads) == (technique.target == "workload"), technique.id


def test_kinds_are_those_that_the_reader_of_snapshots_gives() -> None:
    known = {*WORKLOADS.values(), kind_of("microsoft.web/sites", "functionapp"), "policy_assignment"}
    catalogue = techniques()
    used = {kind for row in catalogue.techniques for kind in row.workloads}
    used |= {kind for role in catalogue.roles if role.yields == "workloads" for kind in role.kinds}
    assert used <= known
    resources = {kind for kind, _ in RESOURCES.values()}
    assert {row.kind for row in catalogue.sensitive} <= resources | {"tenant"}
    assert {kind for role in catalogue.roles if role.yields == "content" for kind in role.kinds} <= resources
    # An identity whose workload was not collected is of the same kind as if it had been.
    assert {WORKLOADS.get(type_, kind) for type_, kind in KINDS.items()} == set(KINDS.values())


def test_what_opens_a_tenants_mail_and_files_is_what_the_facts_call_so() -> None:
    rows = [row for row in techniques().sensitive if row.kind == "tenant"]
    assert {row.action.rpartition("/")[2] for row in rows} == CONTENT_PERMISSIONS
    assert all(row.title and not row.title.startswith("may ") for row in rows)
    assert {row.title for row in techniques().sensitive if row.kind != "tenant"} == {""}


def test_every_kind_of_target_is_used() -> None:
    assert {row.target for row in techniques().techniques} == set(TARGETS)


def test_what_is_not_escalating_is_in_no_technique_by_itself() -> None:
    catalogue = techniques()
    alone = {rows[0].action for row in catalogue.techniques for rows in row.requires if len(rows) == 1}
    alone |= {row.action for row in catalogue.sensitive}
    passed_over = [name for row in catalogue.not_by_itself for name in row.permissions]
    assert len(passed_over) == len(set(passed_over))
    assert not alone & set(passed_over)
    assert all(row.why.endswith(".") for row in catalogue.not_by_itself)


def test_every_application_permission_of_tier_0_is_judged_or_passed_over() -> None:
    catalogue = techniques()
    judged = {name for row in catalogue.techniques for name in row.actions}
    judged |= {name for row in catalogue.not_by_itself for name in row.permissions}
    assert {name for name in TIER_0 if f"Microsoft.Graph/{name}" not in judged} == set()


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ("title: Do", "titel: Do", "unknown key `titel` at techniques[0]"),
        ("target: identity", "target: identety", "unknown word `identety` at techniques[0].target"),
        ("yields: become", "yields: be", "unknown word `be` at techniques[0].yields"),
        ("yields: become", "needs: [luck]\n    yields: become", "unknown word `luck` at techniques[0].needs"),
        ("yields: become", "blocked_by: [x]\n    yields: become", "unknown word `x` at techniques[0].blocked_by"),
        ("at: anywhere", "at: home", "unknown word `home` at techniques[0].requires[0][1]"),
        (
            "{role: directory/roledefinitions/62",
            "{rule: directory/roledefinitions/62",
            "unknown key `rule` at techniques",
        ),
        ("{role: directory/roledefinitions/62", "{role: directory/roles/62", "is no role of the directory"),
        ("{role: directory", "{action: Microsoft.A/b, role: directory", "either `action` or `role` is needed at"),
        ("[Microsoft.One/things/write,", "[Microsoft.One,", "`Microsoft.One` at techniques[0].requires[0][0]"),
        ("[Microsoft.One/things/write,", "[s3:GetObject,", "`s3:GetObject` at techniques[0].requires[0][0]"),
        ("- {role: directory/", "- []\n      - {role: directory/", "nothing is required at techniques[0].requires[1]"),
        ("    title: Do one thing\n", "", "`title` is missing at techniques[0]"),
        ("format_version: 1", "format_version: 2", "`format_version` of the escalation catalogue is not 1"),
        ("kind: key_vault, ", "", "`kind` is missing at sensitive[0]"),
        ("where: {authorization: access_policy}", "where: [x]", "sensitive[0].where of the escalation catalogue"),
        ("name: Owner, yields: control", "name: Owner, yields: all", "unknown word `all` at roles[0].yields"),
        ("id: 8e3af657-a8ff", "id: 8e3af657", "is no id of a role"),
        ("[Microsoft.Three/things/write]", "[three]", "`three` at not_by_itself[0]"),
        ("techniques:", "techniques: [", "the escalation catalogue is no YAML"),
        ("techniques:", "technics:", "unknown key `technics` at top"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(was: str, now: str, says: str) -> None:
    assert was in WHOLE
    with pytest.raises(UserError, match=re.escape(says)):
        parse(WHOLE.replace(was, now, 1))


def test_a_technique_that_requires_nothing_is_refused() -> None:
    whole = re.sub(r"    requires:\n(      .*\n)+", "", WHOLE)
    with pytest.raises(UserError, match=r"nothing is required at techniques\[0\]"):
        parse(whole)


def test_the_same_technique_twice_is_refused() -> None:
    head, _, rest = WHOLE.partition("  - id: azure-one")
    one, _, tail = rest.partition("not_by_itself")
    with pytest.raises(UserError, match="two techniques `azure-one`"):
        parse(f"{head}  - id: azure-one{one}  - id: azure-one{one}not_by_itself{tail}")
