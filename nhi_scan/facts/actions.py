"""Which actions matter, by provider: as each provider writes them."""

from collections.abc import Mapping

from nhi_scan.access.federation import FEDERATES

# Services whose full control is as good as control of the account, its data or its keys. Google Cloud and Azure have
# none here: their roles are made by service, so that to control one wholly is what its administrator's role is for.
SENSITIVE_SERVICES: Mapping[str, tuple[str, ...]] = {
    "aws": (
        "cloudformation",
        "dynamodb",
        "ec2",
        "iam",
        "kms",
        "lambda",
        "organizations",
        "rds",
        "s3",
        "secretsmanager",
        "sso",
        "ssm",
        "sts",
    )
}

# Actions that change what identities may do or prove themselves with.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
# https://learn.microsoft.com/azure/role-based-access-control/permissions/management-and-governance#microsoftauthorization
# https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
# https://learn.microsoft.com/graph/permissions-reference
# An entry of a vault's access policy is not among them: it opens one vault, and those that go by roles not at all.
# https://cloud.google.com/iam/docs/permissions-reference; what mints a token of an account is not among them: that is
# becoming it, and a rule of its own.
IAM_WRITES: Mapping[str, tuple[str, ...]] = {
    "aws": (
        "iam:AddUserToGroup",
        "iam:AttachGroupPolicy",
        "iam:AttachRolePolicy",
        "iam:AttachUserPolicy",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:CreatePolicyVersion",
        "iam:DeleteRolePermissionsBoundary",
        "iam:DeleteUserPermissionsBoundary",
        "iam:PutGroupPolicy",
        "iam:PutRolePolicy",
        "iam:PutUserPolicy",
        "iam:SetDefaultPolicyVersion",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateLoginProfile",
    ),
    "azure": (
        "Microsoft.Authorization/elevateAccess/action",
        "Microsoft.Authorization/roleAssignmentScheduleRequests/write",
        "Microsoft.Authorization/roleAssignments/write",
        "Microsoft.Authorization/roleDefinitions/write",
        "Microsoft.Authorization/roleEligibilityScheduleRequests/write",
        "Microsoft.Graph/AppRoleAssignment.ReadWrite.All",
        "Microsoft.Graph/Application.ReadWrite.All",
        "Microsoft.Graph/GroupMember.ReadWrite.All",
        "Microsoft.Graph/PrivilegedAccess.ReadWrite.AzureADGroup",
        "Microsoft.Graph/RoleAssignmentSchedule.ReadWrite.Directory",
        "Microsoft.Graph/RoleEligibilitySchedule.ReadWrite.Directory",
        "Microsoft.Graph/RoleManagement.ReadWrite.Directory",
        "Microsoft.Graph/UserAuthenticationMethod.ReadWrite.All",
        "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write",
        "microsoft.directory/agentIdentityBlueprints/credentials/update",
        "microsoft.directory/applications/credentials/update",
        "microsoft.directory/applications/owners/update",
        "microsoft.directory/groups/members/update",
        "microsoft.directory/groups/owners/update",
        "microsoft.directory/groupsAssignableToRoles/members/update",
        "microsoft.directory/groupsAssignableToRoles/owners/update",
        "microsoft.directory/roleAssignments/allProperties/allTasks",
        "microsoft.directory/servicePrincipals/appRoleAssignedTo/update",
        "microsoft.directory/servicePrincipals/credentials/update",
        "microsoft.directory/servicePrincipals/owners/update",
        "microsoft.directory/users/password/update",
    ),
    "gcp": (
        "iam.denypolicies.delete",
        "iam.denypolicies.update",
        "iam.roles.update",
        "iam.serviceAccountKeys.create",
        "iam.serviceAccounts.setIamPolicy",
        "iam.workloadIdentityPoolProviders.create",
        "iam.workloadIdentityPoolProviders.update",
        "resourcemanager.folders.setIamPolicy",
        "resourcemanager.organizations.setIamPolicy",
        "resourcemanager.projects.setIamPolicy",
        "storage.hmacKeys.create",
    ),
}

# What lets an identity choose what a workload that it makes runs as or, on Google Cloud, be that itself.
# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/identity#managed-identity-operator
# https://cloud.google.com/iam/docs/service-account-permissions
PASSES: Mapping[str, tuple[str, ...]] = {
    "aws": ("iam:PassRole",),
    "azure": ("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",),
    "gcp": (
        "iam.serviceAccounts.actAs",
        "iam.serviceAccounts.getAccessToken",
        "iam.serviceAccounts.implicitDelegation",
        "iam.serviceAccounts.signBlob",
        "iam.serviceAccounts.signJwt",
    ),
}

# Ids in the providers' escalation catalogues of what only becomes another identity, as that one's policy allows.
ASSUMPTIONS = frozenset(
    {
        "entra-agent-blueprint-token",
        "entra-agent-identity-user",
        FEDERATES,
        "sts-assume-role",
        "gcp-iam-service-accounts-get-access-token",
        "gcp-iam-service-accounts-implicit-delegation",
        "gcp-iam-service-accounts-sign-blob",
        "gcp-iam-service-accounts-sign-jwt",
    }
)

# Application permissions of Microsoft Graph that, one step or several further on, make whoever has them an
# administrator of the directory: those that a technique of the provider's escalation catalogue takes alone.
# https://learn.microsoft.com/graph/permissions-reference
TIER_ZERO_PERMISSIONS = frozenset(
    {
        "AdministrativeUnit.ReadWrite.All",
        "AgentIdentityBlueprint.AddRemoveCreds.All",
        "AgentIdentityBlueprint.ReadWrite.All",
        "AppRoleAssignment.ReadWrite.All",
        "Application.ReadUpdate.All",
        "Application.ReadWrite.All",
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
        "Synchronization.ReadWrite.All",
        "User-PasswordProfile.ReadWrite.All",
        "User.ReadWrite.All",
        "UserAuthMethod-Passkey.ReadWrite.All",
        "UserAuthMethod-TAP.ReadWrite.All",
        "UserAuthenticationMethod.ReadWrite.All",
    }
)

# Application permissions that open what all people of a tenant write and keep: mail, files, chats.
# https://learn.microsoft.com/graph/permissions-reference; `full_access_as_app` is Exchange's own.
CONTENT_PERMISSIONS = frozenset(
    {
        "Calendars.ReadWrite",
        "ChannelMessage.Read.All",
        "Chat.Read.All",
        "Chat.ReadWrite.All",
        "Contacts.ReadWrite",
        "Files.Read.All",
        "Files.ReadWrite.All",
        "Mail.Read",
        "Mail.ReadWrite",
        "Mail.Send",
        "MailboxSettings.ReadWrite",
        "Notes.Read.All",
        "Notes.ReadWrite.All",
        "Sites.FullControl.All",
        "Sites.Manage.All",
        "Sites.Read.All",
        "Sites.ReadWrite.All",
        "full_access_as_app",
    }
)
