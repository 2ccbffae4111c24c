"""The published lists that rules refer to, with titles.

An id that is not here is an error, so that a rule cannot point at what nobody has looked up.
"""

from collections.abc import Mapping

# https://owasp.org/www-project-non-human-identities-top-10/2025/top-10-2025/
OWASP_NHI = "OWASP-NHI-2025"
# https://www.cisecurity.org/benchmark/amazon_web_services, version 7.0.0; numbers as Tenable's audit of it gives them:
# https://www.tenable.com/audits/CIS_Amazon_Web_Services_Foundations_v7.0.0_L1
CIS_AWS = "CIS-AWS-7.0.0"
# https://www.cisecurity.org/benchmark/google_cloud_computing_platform, version 5.0.0, which numbers section 1 anew. The
# benchmark itself is not public: numbers, titles and what an item checks are as two other tools list them, and agree.
# https://github.com/prowler-cloud/prowler/blob/master/prowler/compliance/gcp/cis_5.0_gcp.json
# https://github.com/osinfra-io/pt-techne-pre-commit-hooks/blob/main/docs/tofuscan/cis-gcp-v5.0.0.md
# Of section 1 these items have no rule: 1.1.1 to 1.1.4 and 1.2 to 1.4 are about how people sign in and how an
# organization is laid out, settled in Google Workspace or by hand; 1.17 (Essential Contacts) is whom Google writes to.
CIS_GCP = "CIS-GCP-5.0.0"
# https://www.cisecurity.org/benchmark/azure, version 6.0.0; numbers and titles as one tool lists it, and as another
# lists 5.0.0, where both agree.
# https://github.com/prowler-cloud/prowler/blob/master/prowler/compliance/azure/cis_6.0_azure.json
# https://github.com/turbot/steampipe-mod-azure-compliance/tree/main/cis_v500
# Left out: what is about people (5.1, 5.3.1, 5.3.2), a review that only people can hold (5.3.6, 5.3.7), what reminds of
# one (9.3.1.1), and the lifetimes of what lies in a vault (8.3.1 to 8.3.4, 8.3.9, 8.3.11), which is not read.
CIS_AZURE = "CIS-AZURE-6.0.0"
# https://www.cisecurity.org/benchmark/microsoft_365, version 7.0.0; numbers as one tool lists it, and titles as others
# list 6.0.0, where both agree. 5.1.5.3 and 5.1.5.4, on secrets of applications, are new in 7.0.0: that list has no
# titles, so they are called as the settings that they ask for. 5.1.5.5 and 5.1.5.6, on secrets that people choose and
# on the lifetime of certificates, have no rule.
# https://github.com/prowler-cloud/prowler/blob/master/prowler/compliance/m365/cis_7.0_m365.json
# https://www.tenable.com/audits/CIS_Microsoft_365_Foundations_v6.0.0_L1_E5
# https://maester.dev/docs/next/tests/CIS.M365.5.1.2.2
CIS_M365 = "CIS-M365-7.0.0"
# https://www.cisecurity.org/benchmark/kubernetes, version 1.11.1; numbers and titles as one tool lists it. Left out of
# section 5.1, on RBAC and service accounts, is 5.1.7: who is in system:masters is in no object.
# https://github.com/aquasecurity/kube-bench/blob/main/cfg/cis-1.11/policies.yaml
CIS_KUBERNETES = "CIS-KUBERNETES-1.11.1"
# https://www.cisecurity.org/benchmark/github, version 1.2.0; numbers as one tool lists it, titles as others list 1.0.0,
# which numbers these alike. Left out: all that is about people, reviews and branches, or that only people can judge.
# https://github.com/prowler-cloud/prowler/blob/master/prowler/compliance/github/cis_1.2.0_github.json
# https://dmartinochoa.github.io/pipeline-check/standards/cis_github/
CIS_GITHUB = "CIS-GITHUB-1.2.0"
# https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
NIST = "NIST-800-53r5"
URL = "url"

# provider -> how a heading names it; a rule may say for each what fixes it and what backs it
PROVIDERS: Mapping[str, str] = {
    "aws": "AWS",
    "azure": "Azure",
    "gcp": "Google Cloud",
    "github": "GitHub",
    "kubernetes": "Kubernetes",
}

TITLES: Mapping[str, Mapping[str, str]] = {
    OWASP_NHI: {
        "NHI1:2025": "Improper Offboarding",
        "NHI2:2025": "Secret Leakage",
        "NHI3:2025": "Vulnerable Third-Party NHI",
        "NHI4:2025": "Insecure Authentication",
        "NHI5:2025": "Overprivileged NHI",
        "NHI6:2025": "Insecure Cloud Deployment Configurations",
        "NHI7:2025": "Long-Lived Secrets",
        "NHI8:2025": "Environment Isolation",
        "NHI9:2025": "NHI Reuse",
        "NHI10:2025": "Human Use of NHI",
    },
    CIS_AWS: {
        "2.4": "Ensure no 'root' user account access key exists",
        "2.11": "Ensure credentials unused for 45 days or more are disabled",
        "2.12": "Ensure access keys are rotated every 90 days or less",
        "2.14": 'Ensure IAM policies that allow full "*:*" administrative privileges are not attached',
    },
    CIS_GCP: {
        "1.5": "Ensure That There Are Only GCP-Managed Service Account Keys for Each Service Account",
        "1.6": "Ensure That Service Account Has No Admin Privileges",
        "1.7": (
            "Ensure That IAM Users Are Not Assigned the Service Account User or Service Account Token Creator Roles at "
            "Project Level"
        ),
        "1.8": "Ensure User-Managed/External Keys for Service Accounts Are Rotated Every 90 Days or Fewer",
        "1.9": ("Ensure That Separation of Duties Is Enforced While Assigning Service Account Related Roles to Users"),
        "1.10": "Ensure That Cloud KMS Cryptokeys Are Not Anonymously or Publicly Accessible",
        "1.11": "Ensure KMS Encryption Keys Are Rotated Within a Period of 90 Days",
        "1.12": "Ensure That Separation of Duties Is Enforced While Assigning KMS Related Roles to Users",
        "1.13": "Ensure API Keys Only Exist for Active Services",
        "1.14": "Ensure API Keys Are Restricted To Use by Only Specified Hosts and Apps",
        "1.15": "Ensure API Keys Are Restricted to Only APIs That Application Needs Access",
        "1.16": "Ensure API Keys Are Rotated Every 90 Days",
        "1.18": "Ensure Secrets are Not Stored in Cloud Functions Environment Variables",
        "4.1": "Ensure That Instances Are Not Configured To Use the Default Service Account",
        "4.2": (
            "Ensure That Instances Are Not Configured To Use the Default Service Account With Full Access to All Cloud "
            "APIs"
        ),
        "5.1": "Ensure That Cloud Storage Bucket Is Not Anonymously or Publicly Accessible",
    },
    CIS_AZURE: {
        "5.3.3": "Ensure That Use of the 'User Access Administrator' Role is Restricted",
        "5.3.4": "Ensure that All 'Privileged' Role Assignments are Periodically Reviewed",
        "5.3.5": "Ensure Disabled User Accounts do not Have Read, Write, or Owner Permissions",
        "5.4": "Ensure that No Custom Subscription Administrator Roles Exist",
        "5.7": "Ensure there are between 2 and 3 Subscription Owners",
        "8.3.6": "Ensure that Role Based Access Control for Azure Key Vault is Enabled",
        "9.3.1.2": "Ensure That Storage Account Access keys are Periodically Regenerated",
        "9.3.1.3": "Ensure 'Allow storage account key access' for Azure Storage Accounts is 'Disabled'",
    },
    CIS_M365: {
        "5.1.2.2": "Ensure third party integrated applications are not allowed",
        "5.1.5.1": "Ensure user consent to apps accessing company data on their behalf is not allowed",
        "5.1.5.2": "Ensure the admin consent workflow is enabled",
        "5.1.5.3": "Block password addition",
        "5.1.5.4": "Restrict max password lifetime: 180 days or less",
    },
    CIS_GITHUB: {
        "1.4.3": "Ensure the access granted to each installed application is limited to the least privilege needed",
        "1.4.4": "Ensure only secured webhooks are used",
    },
    CIS_KUBERNETES: {
        "5.1.1": "Ensure that the cluster-admin role is only used where required",
        "5.1.2": "Minimize access to secrets",
        "5.1.3": "Minimize wildcard use in Roles and ClusterRoles",
        "5.1.4": "Minimize access to create pods",
        "5.1.5": "Ensure that default service accounts are not actively used",
        "5.1.6": "Ensure that Service Account Tokens are only mounted where necessary",
        "5.1.8": "Limit use of the Bind, Impersonate and Escalate permissions in the Kubernetes cluster",
        "5.1.9": "Minimize access to create persistent volumes",
        "5.1.10": "Minimize access to the proxy sub-resource of nodes",
        "5.1.11": "Minimize access to the approval sub-resource of certificatesigningrequests objects",
        "5.1.12": "Minimize access to webhook configuration objects",
        "5.1.13": "Minimize access to the service account token creation",
    },
    NIST: {
        "AC-2": "Account Management",
        "AC-2(1)": "Automated System Account Management",
        "AC-2(3)": "Disable Accounts",
        "AC-2(7)": "Privileged User Accounts",
        "AC-2(9)": "Restrictions on Use of Shared and Group Accounts",
        "AC-3": "Access Enforcement",
        "AC-4": "Information Flow Enforcement",
        "AC-5": "Separation of Duties",
        "AC-6": "Least Privilege",
        "AC-6(1)": "Authorize Access to Security Functions",
        "AC-6(5)": "Privileged Accounts",
        "AC-6(7)": "Review of User Privileges",
        "AC-14": "Permitted Actions Without Identification or Authentication",
        "AC-17": "Remote Access",
        "AC-20": "Use of External Systems",
        "CM-8": "System Component Inventory",
        "IA-2": "Identification and Authentication (Organizational Users)",
        "IA-2(1)": "Multi-factor Authentication to Privileged Accounts",
        "IA-4": "Identifier Management",
        "IA-5": "Authenticator Management",
        "IA-5(1)": "Password-based Authentication",
        "IA-5(7)": "No Embedded Unencrypted Static Authenticators",
        "IA-8": "Identification and Authentication (Non-organizational Users)",
        "IA-9": "Service Identification and Authentication",
        "PM-10": "Authorization Process",
        "SA-9": "External System Services",
        "SC-8": "Transmission Confidentiality and Integrity",
        "SC-12": "Cryptographic Key Establishment and Management",
        "SC-17": "Public Key Infrastructure Certificates",
        "SI-7": "Software, Firmware, and Information Integrity",
        "SR-3": "Supply Chain Controls and Processes",
    },
}
