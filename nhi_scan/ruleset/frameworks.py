"""The published lists that rules refer to, with titles.

An id that is not here is an error, so that a rule cannot point at what nobody has looked up.
"""

from collections.abc import Mapping

# https://owasp.org/www-project-non-human-identities-top-10/2025/top-10-2025/
OWASP_NHI = "OWASP-NHI-2025"
# https://www.cisecurity.org/benchmark/amazon_web_services, version 7.0.0; numbers as Tenable's audit of it gives them:
# https://www.tenable.com/audits/CIS_Amazon_Web_Services_Foundations_v7.0.0_L1
CIS_AWS = "CIS-AWS-7.0.0"
# https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
NIST = "NIST-800-53r5"
URL = "url"

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
        "SC-12": "Cryptographic Key Establishment and Management",
        "SC-17": "Public Key Infrastructure Certificates",
    },
}
