"""Calls about an organization: its tree, its guardrails, its workforce access. Made in the management account.

A delegated administrator may make most of them as well. What the SDK asks of Identity Center is answered in the one
region where the instance lives, so rows of service `sso-admin` are asked in every region.
"""

from typing import Any

from nhi_scan.providers import Call


def _organizations(kind: str, operation: str, result: str, permission: str, **more: Any) -> Call:
    return Call(
        kind=kind,
        service="organizations",
        operation=operation,
        result=result,
        permissions=(permission,),
        scope="organization",
        **more,
    )


def _sso(kind: str, operation: str, result: str, permission: str, **more: Any) -> Call:
    return Call(
        kind=kind,
        service="sso-admin",
        operation=operation,
        result=result,
        permissions=(permission,),
        scope="organization",
        **more,
    )


def _of_permission_set(kind: str, operation: str, result: str, permission: str, **more: Any) -> Call:
    return _sso(
        kind,
        operation,
        result,
        permission,
        for_each="sso-permission-set-arns",
        params={"InstanceArn": "$.InstanceArn", "PermissionSetArn": "$.PermissionSetArn"},
        keep=("InstanceArn", "PermissionSetArn"),
        **more,
    )


_TREE = (
    _organizations(
        "organizations-organization",
        "describe_organization",
        "Organization",
        "organizations:DescribeOrganization",
        absent=("AWSOrganizationsNotInUseException",),
    ),
    _organizations(
        "organizations-policy-types",
        "describe_organization",
        "Organization.FeatureSet == 'ALL'"
        ' && `[{"Type": "SERVICE_CONTROL_POLICY"}, {"Type": "RESOURCE_CONTROL_POLICY"}]` || `[]`',
        "organizations:DescribeOrganization",
        absent=("AWSOrganizationsNotInUseException",),
        note="the two kinds of guardrail; an organization for billing alone has none. No call of its own",
    ),
    _organizations("organizations-roots", "list_roots", "Roots", "organizations:ListRoots"),
    _organizations(
        "organizations-organizational-units",
        "list_organizational_units_for_parent",
        "OrganizationalUnits",
        "organizations:ListOrganizationalUnitsForParent",
        for_each="organizations-roots organizations-organizational-units",
        params={"ParentId": "$.Id"},
        keep=("Id",),
        note="`of.Id` is the parent's id",
    ),
    _organizations("organizations-accounts", "list_accounts", "Accounts", "organizations:ListAccounts"),
    _organizations(
        "organizations-parents",
        "list_parents",
        "Parents",
        "organizations:ListParents",
        for_each="organizations-accounts",
        params={"ChildId": "$.Id"},
        keep=("Id",),
        note="`of.Id` is the account, the record its parent",
    ),
    _organizations(
        "organizations-account-tags",
        "list_tags_for_resource",
        "{Tags: Tags}",
        "organizations:ListTagsForResource",
        for_each="organizations-accounts",
        params={"ResourceId": "$.Id"},
        keep=("Id",),
        note="owners are often written on the account",
    ),
)

_GUARDRAILS = (
    _organizations(
        "organizations-policies",
        "list_policies",
        "Policies",
        "organizations:ListPolicies",
        for_each="organizations-policy-types",
        params={"Filter": "$.Type"},
    ),
    _organizations(
        "organizations-policy-documents",
        "describe_policy",
        "Policy",
        "organizations:DescribePolicy",
        for_each="organizations-policies",
        params={"PolicyId": "$.Id"},
        keep=("Id",),
        absent=("PolicyNotFoundException",),
    ),
    _organizations(
        "organizations-policy-targets",
        "list_targets_for_policy",
        "Targets",
        "organizations:ListTargetsForPolicy",
        for_each="organizations-policies",
        params={"PolicyId": "$.Id"},
        keep=("Id",),
        absent=("PolicyNotFoundException",),
        note="`of.Id` is the policy's id",
    ),
    _organizations(
        "organizations-delegated-administrators",
        "list_delegated_administrators",
        "DelegatedAdministrators",
        "organizations:ListDelegatedAdministrators",
    ),
    _organizations(
        "organizations-delegated-services",
        "list_delegated_services_for_account",
        "DelegatedServices",
        "organizations:ListDelegatedServicesForAccount",
        for_each="organizations-delegated-administrators",
        params={"AccountId": "$.Id"},
        keep=("Id",),
        note="`of.Id` is the account",
    ),
)

_IDENTITY_CENTER = (
    _sso("sso-instances", "list_instances", "Instances", "sso:ListInstances"),
    _sso(
        "sso-permission-set-arns",
        "list_permission_sets",
        "PermissionSets[].{PermissionSetArn: @}",
        "sso:ListPermissionSets",
        for_each="sso-instances",
        params={"InstanceArn": "$.InstanceArn"},
        keep=("InstanceArn",),
    ),
    _of_permission_set(
        "sso-permission-sets",
        "describe_permission_set",
        "PermissionSet",
        "sso:DescribePermissionSet",
        absent=("ResourceNotFoundException",),
    ),
    _of_permission_set(
        "sso-permission-set-policies",
        "list_managed_policies_in_permission_set",
        "AttachedManagedPolicies",
        "sso:ListManagedPoliciesInPermissionSet",
        note="AWS managed policies; `of.PermissionSetArn` is the set",
    ),
    _of_permission_set(
        "sso-permission-set-customer-policies",
        "list_customer_managed_policy_references_in_permission_set",
        "CustomerManagedPolicyReferences",
        "sso:ListCustomerManagedPolicyReferencesInPermissionSet",
    ),
    _of_permission_set(
        "sso-permission-set-inline-policies",
        "get_inline_policy_for_permission_set",
        "@",
        "sso:GetInlinePolicyForPermissionSet",
    ),
    _of_permission_set(
        "sso-permission-set-boundaries",
        "get_permissions_boundary_for_permission_set",
        "PermissionsBoundary",
        "sso:GetPermissionsBoundaryForPermissionSet",
        absent=("ResourceNotFoundException",),
    ),
    _of_permission_set(
        "sso-permission-set-accounts",
        "list_accounts_for_provisioned_permission_set",
        "AccountIds[].{AccountId: @}",
        "sso:ListAccountsForProvisionedPermissionSet",
    ),
    _sso(
        "sso-assignments",
        "list_account_assignments",
        "AccountAssignments",
        "sso:ListAccountAssignments",
        for_each="sso-permission-set-accounts",
        params={
            "InstanceArn": "$.InstanceArn",
            "AccountId": "$.AccountId",
            "PermissionSetArn": "$.PermissionSetArn",
        },
        keep=("InstanceArn",),
    ),
)

CALLS: tuple[Call, ...] = (*_TREE, *_GUARDRAILS, *_IDENTITY_CENTER)
