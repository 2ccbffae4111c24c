"""A process environment in which the clouds' SDKs find nothing of the user's."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

# What the SDKs read from the environment:
# https://boto3.amazonaws.com/v1/documentation/api/latest/guide/configuration.html
# https://googleapis.dev/python/google-auth/latest/reference/google.auth.environment_vars.html
_PREFIXES = ("AWS_", "BOTO_", "MOTO_", "GOOGLE_", "GCLOUD_", "CLOUDSDK_")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "GRPC_PROXY", "NO_GRPC_PROXY")
_LOOPBACK = "127.0.0.1"


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
