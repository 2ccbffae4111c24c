"""A process environment in which the clouds' SDKs find nothing of the user's."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

# What the SDKs read from the environment:
# https://boto3.amazonaws.com/v1/documentation/api/latest/guide/configuration.html
# https://googleapis.dev/python/google-auth/latest/reference/google.auth.environment_vars.html
# https://learn.microsoft.com/python/api/overview/azure/identity-readme#environment-variables; managed identities are
# found by IDENTITY_ and MSI_, those of Azure Arc by IMDS_; the last two name whom requests would trust instead of ours
_AMAZON = ("AWS_", "BOTO_", "MOTO_")
_GOOGLE = ("GOOGLE_", "GCLOUD_", "CLOUDSDK_")
_MICROSOFT = ("AZURE_", "ARM_", "MSI_", "IDENTITY_", "IMDS_", "MSAL_")
_OTHERS = ("GITHUB_", "GH_", "KUBECONFIG", "KUBERNETES_", "SSL_CERT_")
_PREFIXES = (*_AMAZON, *_GOOGLE, *_MICROSOFT, *_OTHERS, "REQUESTS_CA_", "CURL_CA_")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "GRPC_PROXY", "NO_GRPC_PROXY")
_LOOPBACK = "127.0.0.1,localhost"


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Give this process only these settings of the clouds, and take them back afterwards.

    No key, profile, configuration file, proxy or metadata service of the user is looked at meanwhile.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.upper().startswith(_PREFIXES) or name.upper() in _PROXIES
    }
    ours = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": _LOOPBACK,
        **values,
    }
    for name in kept:
        del os.environ[name]
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            os.environ.pop(name, None)
        os.environ.update(kept)


@contextmanager
def adding(values: Mapping[str, str]) -> Iterator[None]:
    """Give this process these settings besides those that it has, and take them back afterwards."""
    kept = {name: os.environ[name] for name in values if name in os.environ}
    os.environ.update(values)
    try:
        yield
    finally:
        for name in values:
            os.environ.pop(name, None)
        os.environ.update(kept)
