"""Calls about an account's principals and their credentials."""

from collections.abc import Mapping
from typing import Any

from nhi_scan.providers import Call

_DETAILS_NOTE = "one answer, shared with the other lists of GetAccountAuthorizationDetails"


def _details(kind: str, result: str) -> Call:
    """One of the lists of GetAccountAuthorizationDetails, the cheapest look at all of IAM."""
    return Call(
        kind=kind,
        service="iam",
        operation="get_account_authorization_details",
        params={"MaxItems": 1000},
        result=result,
        permissions=("iam:GetAccountAuthorizationDetails",),
        scope="account",
        note=_DETAILS_NOTE,
    )


def _listed(kind: str, operation: str, result: str, permission: str, **more: Any) -> Call:
    """A list of IAM that is asked for once per account."""
    params: Mapping[str, Any] = more.pop("params", {"MaxItems": 1000})
    return Call(
        kind=kind,
        service="iam",
        operation=operation,
        params=params,
        result=result,
        permissions=(permission,),
        scope="account",
        **more,
    )


_IAM = (
    _details("iam-users", "UserDetailList"),
    _details("iam-groups", "GroupDetailList"),
    _details("iam-roles", "RoleDetailList"),
    _details("iam-policies", "Policies"),
    Call(
        kind="iam-boundary-policy-summaries",
        service="iam",
        operation="get_policy",
        for_each="iam-users iam-roles",
        only_if="PermissionsBoundary",
        params={"PolicyArn": "$.PermissionsBoundary.PermissionsBoundaryArn"},
        result="Policy",
        permissions=("iam:GetPolicy",),
        scope="account",
        absent=("NoSuchEntity",),
        unless_known="iam-policies Arn",
        note="GetAccountAuthorizationDetails leaves out a policy that is only used as a permissions boundary",
    ),
    Call(
        kind="iam-boundary-policies",
        service="iam",
        operation="get_policy_version",
        for_each="iam-boundary-policy-summaries",
        params={"PolicyArn": "$.Arn", "VersionId": "$.DefaultVersionId"},
        result="PolicyVersion",
        permissions=("iam:GetPolicyVersion",),
        scope="account",
        keep=("Arn", "PolicyName"),
        absent=("NoSuchEntity",),
        note="the policy's ARN stands in `of`",
    ),
    _listed(
        "iam-credential-report-state",
        "generate_credential_report",
        "@",
        "iam:GenerateCredentialReport",
        params={},
        until="State == 'COMPLETE'",
        note="makes no resource; AWS keeps a report for four hours and answers with that one",
    ),
    _listed(
        "iam-credential-report",
        "get_credential_report",
        "Content",
        "iam:GetCredentialReport",
        params={},
        for_each="iam-credential-report-state",
        note="answers for every user at once what would otherwise be three calls a user",
    ),
    _listed("iam-account-summary", "get_account_summary", "@", "iam:GetAccountSummary", params={}),
    _listed(
        "iam-account-aliases",
        "list_account_aliases",
        "AccountAliases[].{AccountAlias: @}",
        "iam:ListAccountAliases",
        params={},
    ),
)

_CREDENTIALS = (
    _listed(
        "iam-service-specific-credentials",
        "list_service_specific_credentials",
        "ServiceSpecificCredentials",
        "iam:ListServiceSpecificCredentials",
        params={"AllUsers": True},
        note="all users in one answer",
    ),
    _listed(
        "iam-ssh-public-keys",
        "list_ssh_public_keys",
        "SSHPublicKeys",
        "iam:ListSSHPublicKeys",
        params={"UserName": "$.UserName"},
        for_each="iam-users",
        needs="codecommit-repositories",
        absent=("NoSuchEntity",),
        note="one call a user: the keys open CodeCommit repositories of the same account and nothing else",
    ),
    _listed(
        "iam-signing-certificates",
        "list_signing_certificates",
        "Certificates",
        "iam:ListSigningCertificates",
        params={"UserName": "$.user"},
        for_each="iam-credential-report",
        only_if="user != '<root_account>' && (cert_1_active == 'true' || cert_2_active == 'true')",
        absent=("NoSuchEntity",),
        note="only users of whom the credential report says that they have one",
    ),
    _listed(
        "iam-server-certificates",
        "list_server_certificates",
        "ServerCertificateMetadataList",
        "iam:ListServerCertificates",
        for_each="iam-account-summary",
        only_if="SummaryMap.ServerCertificates != `0`",
    ),
    _listed(
        "iam-oidc-provider-arns",
        "list_open_id_connect_providers",
        "OpenIDConnectProviderList",
        "iam:ListOpenIDConnectProviders",
        params={},
        for_each="iam-account-summary",
        only_if="SummaryMap.Providers != `0`",
    ),
    _listed(
        "iam-oidc-providers",
        "get_open_id_connect_provider",
        "@",
        "iam:GetOpenIDConnectProvider",
        params={"OpenIDConnectProviderArn": "$.Arn"},
        for_each="iam-oidc-provider-arns",
        keep=("Arn",),
        absent=("NoSuchEntity",),
        note="the provider's ARN stands in `of`",
    ),
    _listed(
        "iam-saml-providers",
        "list_saml_providers",
        "SAMLProviderList",
        "iam:ListSAMLProviders",
        params={},
        for_each="iam-account-summary",
        only_if="SummaryMap.Providers != `0`",
        note="the list has the expiry; the metadata document is not wanted",
    ),
    _listed(
        "iam-virtual-mfa-devices",
        "list_virtual_mfa_devices",
        "VirtualMFADevices",
        "iam:ListVirtualMFADevices",
        for_each="iam-account-summary",
        only_if="SummaryMap.MFADevices != `0`",
        drop=("Base32StringSeed", "QRCodePNG"),
    ),
    _listed(
        "iam-mfa-devices",
        "list_mfa_devices",
        "MFADevices",
        "iam:ListMFADevices",
        params={"UserName": "$.user"},
        for_each="iam-credential-report",
        only_if="user != '<root_account>' && mfa_active == 'true'",
        absent=("NoSuchEntity",),
        when="usage",
        note="one call a user with MFA, for hardware keys; the credential report already says that there is MFA",
    ),
    _listed(
        "iam-instance-profiles",
        "list_instance_profiles",
        "InstanceProfiles",
        "iam:ListInstanceProfiles",
        for_each="iam-account-summary",
        only_if="SummaryMap.InstanceProfiles != `0`",
        note="those that hold a role are in iam-roles as well; those that hold none are only here",
    ),
)

CALLS: tuple[Call, ...] = (
    Call(
        kind="sts-caller-identity",
        service="sts",
        operation="get_caller_identity",
        result="@",
        permissions=(),
        scope="account",
        note="needs no permission, and no policy can deny it",
    ),
    *_IAM,
    *_CREDENTIALS,
    Call(
        kind="codecommit-repositories",
        service="codecommit",
        operation="list_repositories",
        result="repositories",
        permissions=("codecommit:ListRepositories",),
        note="decides whether users' SSH keys can open anything",
    ),
    Call(
        kind="rolesanywhere-trust-anchors",
        service="rolesanywhere",
        operation="list_trust_anchors",
        result="trustAnchors",
        permissions=("rolesanywhere:ListTrustAnchors",),
    ),
    Call(
        kind="rolesanywhere-profiles",
        service="rolesanywhere",
        operation="list_profiles",
        result="profiles",
        permissions=("rolesanywhere:ListProfiles",),
    ),
)
