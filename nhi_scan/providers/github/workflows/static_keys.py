"""Keys of clouds that do not expire, by what holds them: names of variables and of secrets.

The names of the variables are those that the clouds' own tools read:
https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html,
https://learn.microsoft.com/dotnet/api/azure.identity.environmentcredential,
https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/service_principal_client_secret,
https://cloud.google.com/docs/authentication/application-default-credentials#GAC,
https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference.
"""

import re

_VARIABLES = frozenset(
    {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "ARM_CLIENT_SECRET",
        "ARM_CLIENT_CERTIFICATE",
        "ARM_CLIENT_CERTIFICATE_PASSWORD",
        "AZURE_CLIENT_SECRET",
        "AZURE_CREDENTIALS",
        "GOOGLE_CREDENTIALS",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_CLOUD_KEYFILE_JSON",
        "GCLOUD_KEYFILE_JSON",
        "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE",
    }
)
_NAMED_FILES = frozenset({"GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE"})
_SECRET = re.compile(
    r"(?:^|_)AWS_(?:[A-Z0-9]+_)*?(?:SECRET|ACCESS)_(?:ACCESS_)?KEY(?:_|$)"
    r"|(?:^|_)AWS_(?:[A-Z0-9]+_)*?KEY_ID(?:_|$)"
    r"|(?:^|_)(?:AZURE|ARM)_(?:[A-Z0-9]+_)*?(?:CREDENTIALS?|CLIENT_SECRET|SP_PASSWORD|SP_SECRET)(?:_|$)"
    r"|(?:^|_)(?:GCP|GOOGLE|GCLOUD|GCR|GKE)_(?:[A-Z0-9]+_)*?(?:CREDENTIALS?|SA_KEY|KEY_JSON|KEYFILE|SERVICE_ACCOUNT_KEY"
    r"|SA_JSON|SERVICE_KEY|JSON_KEY|AUTH_JSON)(?:_|$)"
)


def is_key_variable(name: str) -> bool:
    """Say whether a cloud's tool takes a key from a variable of this name."""
    return name.upper() in _VARIABLES


def names_file(variable: str) -> bool:
    """Say whether such a variable holds the path of a file, so that its text alone is no key."""
    return variable.upper() in _NAMED_FILES


def is_key_secret(name: str) -> bool:
    """Say whether a secret's name says that it holds a key of a cloud."""
    return len(name) <= 200 and bool(_SECRET.search(name.upper()))
