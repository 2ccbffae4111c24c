"""Users, roles, groups, policies and what hangs on them, with creation and use in the past."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AccessKeyLastUsed, AWSManagedPolicy, iam_backends

from nhi_scan.demo.estate import Account, Estate, Group, Policy, Provider, Role, Statement, User


def seed_identities(estate: Estate, now: datetime) -> None:
    """Fill the IAM of every account.

    Args:
        estate: what to make.
        now: the moment from which ages are counted (naive, UTC, as moto has it).
    """
    for account in estate.accounts.values():
        _Seeder(estate, account, now).seed()


def _iam(account: Account) -> Any:
    return iam_backends[account.id]["aws"]


class _Seeder:
    """One account's IAM."""

    def __init__(self, estate: Estate, account: Account, now: datetime) -> None:
        self.estate, self.account, self.now = estate, account, now
        self.iam = _iam(account)

    def ago(self, days: int | None) -> datetime | None:
        return None if days is None else self.now - timedelta(days=days, hours=3)

    def seed(self) -> None:
        """Make everything of this account, policies before what they are attached to."""
        estate, key = self.estate, self.account.key
        self.iam.create_account_alias(self.account.name)
        for policy in (each for each in estate.policies if each.account == key):
            self.policy(policy)
        for provider in (each for each in estate.providers if each.account == key):
            self.provider(provider)
        for group in (each for each in estate.groups if each.account == key):
            self.group(group)
        for user in (each for each in estate.users if each.account == key):
            self.user(user)
        for role in (each for each in estate.roles if each.account == key):
            self.role(role)
        self.plumbing()
        self.leftovers()

    def policy(self, policy: Policy) -> None:
        made = self.iam.create_policy("", "/", _document(policy.statements), policy.name, [])
        made.create_date = made.update_date = self.ago(policy.created)

    def provider(self, provider: Provider) -> None:
        made = self.iam.create_open_id_connect_provider(
            f"https://{provider.issuer}", ["6938fd4d98bab03faadb97b34396831e3780aea1"], ["sts.amazonaws.com"], []
        )
        made.create_date = self.ago(800)

    def group(self, group: Group) -> None:
        made = self.iam.create_group(group.name)
        made.create_date = self.ago(group.created)
        for name, statements in group.inline.items():
            made.put_policy(name, _document(statements))
        for managed in group.managed:
            self.iam.attach_group_policy(self.managed_arn(managed), group.name)

    def user(self, user: User) -> None:
        made = self.iam.create_user("us-east-1", user.name, user.path, _tags(user.tags))
        made.create_date = self.ago(user.created)
        for name, statements in user.inline.items():
            made.put_policy(name, _document(statements))
        for managed in user.managed:
            self.iam.attach_user_policy(self.managed_arn(managed), user.name)
        for group in user.groups:
            self.iam.add_user_to_group(group, user.name)
        if user.password:
            made.password, made.password_last_used = "set", self.ago(user.password_used)
        if user.mfa:
            device = self.iam.create_virtual_mfa_device(user.name, "/")
            self.iam.enable_mfa_device(user.name, device.serial_number, "123456", "654321")
            # moto notes the moment in two places, by the clock; which of them a listing shows depends on the call.
            for enabled in (device, made.mfa_devices[device.serial_number]):
                enabled.enable_date = self.ago(user.created)
        self.keys(user)

    def keys(self, user: User) -> None:
        for key in user.keys:
            made = self.iam.create_access_key(user.name, "AKIA", "Active" if key.active else "Inactive")
            made.create_date = self.ago(key.created)
            used = self.ago(key.used)
            if used is not None:
                made.last_used = AccessKeyLastUsed(used, key.service, "eu-west-1")

    def role(self, role: Role) -> None:
        made = self.iam.create_role(
            role.name,
            _document(role.trust),
            role.path,
            self.managed_arn(role.boundary) if role.boundary else None,
            role.description,
            _tags(role.tags),
            "3600",
        )
        made.create_date, made.last_used = self.ago(role.created), self.ago(role.used)
        made.last_used_region = "eu-west-1" if role.used is not None else None
        for name, statements in role.inline.items():
            made.put_policy(name, _document(statements))
        for managed in role.managed:
            self.iam.attach_role_policy(self.managed_arn(managed), role.name)
        if role.instance_profile:
            self.iam.create_instance_profile(role.name, "/", [role.name]).create_date = self.ago(role.created)

    def plumbing(self) -> None:
        """Make the roles that AWS makes for its own services."""
        for service in self.estate.service_linked:
            made = self.iam.create_service_linked_role(f"{service}.amazonaws.com", "", "")
            made.create_date, made.last_used = self.ago(900), self.ago(2)

    def leftovers(self) -> None:
        for profile in (each for each in self.estate.profiles if each.account == self.account.key):
            roles = [profile.role] if profile.role else []
            self.iam.create_instance_profile(profile.name, "/", roles).create_date = self.ago(profile.created)
        for certificate in (each for each in self.estate.certificates if each.account == self.account.key):
            self.iam.upload_server_certificate(certificate.name, "-", "-")

    def managed_arn(self, name: str) -> str:
        """Find a policy by name: the account's own, else AWS's, which is loaded when it is first named."""
        own = f"arn:aws:iam::{self.account.id}:policy/{name}"
        if own in self.iam.managed_policies:
            return own
        arn = f"arn:aws:iam::aws:policy/{name}"
        if arn not in self.iam.managed_policies:
            short = name.rpartition("/")[2]
            made = AWSManagedPolicy.from_data(short, self.account.id, "us-east-1", _aws_policies()[short])
            self.iam.managed_policies[made.arn] = made
            self.iam.aws_managed_policies.append(made)
            return str(made.arn)
        return arn


@lru_cache(maxsize=1)
def _aws_policies() -> dict[str, Any]:
    """AWS's own policies by name, as moto holds them. All would make every scan of the demo slow, so few are loaded."""
    loaded: dict[str, Any] = json.loads(aws_managed_policies_data)
    return loaded


def _document(statements: tuple[Statement, ...] | list[Statement]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
