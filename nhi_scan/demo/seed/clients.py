"""The SDK as whoever sets the estate up uses it."""

from collections.abc import Mapping
from typing import Any

import boto3

from nhi_scan.demo.estate import Account

SCAN_ROLE = "nhi-scan"


class Clients:
    """SDK clients for one account: the server is told by a header which one it is."""

    def __init__(self, account: Account, endpoint: str) -> None:
        self.account, self.endpoint = account, endpoint
        self._made: dict[tuple[str, str], Any] = {}

    def get(self, service: str, region: str) -> Any:
        """Return the client of a service in a region, the same one every time."""
        client = self._made.get((service, region))
        if client is None:
            client = boto3.client(
                service,
                region_name=region,
                endpoint_url=self.endpoint,
                aws_access_key_id="demo",
                aws_secret_access_key="demo",  # noqa: S106 - the loopback server takes any
            )
            client.meta.events.register("before-sign", self._name_account)
            self._made[service, region] = client
        return client

    def _name_account(self, request: Any, **_: Any) -> None:
        request.headers["x-moto-account-id"] = self.account.id

    def role(self, name: str, path: str = "/") -> str:
        """Return the ARN of a role of this account."""
        return f"arn:aws:iam::{self.account.id}:role{path}{name}"


def open_session(account: Account, endpoint: str) -> Mapping[str, str]:
    """Assume the account's scan role.

    Returns:
        The environment variables that the SDK reads the temporary keys from.
    """
    clients = Clients(account, endpoint)
    answer = clients.get("sts", "us-east-1").assume_role(RoleArn=clients.role(SCAN_ROLE), RoleSessionName="demo")
    keys = answer["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
