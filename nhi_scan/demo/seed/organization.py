"""Accounts, units and guardrails."""

import json
from datetime import datetime, timedelta
from typing import Any

from moto.organizations.models import organizations_backends

from nhi_scan.demo.estate import Account, Estate

_AGE = timedelta(days=1500)


def seed_organization(estate: Estate, now: datetime) -> None:
    """Make the organization with the estate's own account numbers.

    Args:
        estate: what to make; its account `management` owns the organization.
        now: the moment at which the estate plays (naive, UTC, as moto has it).
    """
    management = estate.accounts["management"]
    backend: Any = organizations_backends[management.id]["aws"]
    backend.create_organization("us-east-1", FeatureSet="ALL")
    root = backend.ou[0]
    for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        backend.enable_policy_type(RootId=root.id, PolicyType=kind)
    units = {"": root.id}
    for path in estate.units:
        parent, _, name = path.rpartition("/")
        units[path] = backend.create_organizational_unit(ParentId=units[parent], Name=name)["OrganizationalUnit"]["Id"]
    full_access = next(policy for policy in backend.policies if policy.type == "SERVICE_CONTROL_POLICY")
    full_resources = next(policy for policy in backend.policies if policy.type == "RESOURCE_CONTROL_POLICY")
    for unit in units.values():
        for policy in (full_access, full_resources):
            backend.attach_policy(PolicyId=policy.id, TargetId=unit)
    for number, account in enumerate(estate.accounts.values()):
        _place(backend, account, units[account.unit], now - _AGE + timedelta(days=number))
    for guardrail in estate.guardrails:
        content = json.dumps({"Version": "2012-10-17", "Statement": list(guardrail.statements)})
        policy = backend.create_policy(
            Name=guardrail.name, Description="", Type="SERVICE_CONTROL_POLICY", Content=content
        )
        for target in guardrail.targets:
            backend.attach_policy(PolicyId=policy["Policy"]["PolicySummary"]["Id"], TargetId=units[target])


def _place(backend: Any, account: Account, unit: str, joined: datetime) -> None:
    """Make an account under its own number: moto draws one at random, and leaves a role in it that nobody sees."""
    if account.id == backend.account_id:
        made = backend.accounts[0]
    else:
        backend.create_account(AccountName=account.name, Email=account.email)
        made = backend.accounts[-1]
        organizations_backends.master_accounts[account.id] = organizations_backends.master_accounts.pop(made.id)
    made.id, made.name, made.email = account.id, account.name, account.email
    made.create_time, made.parent_id = joined, unit
