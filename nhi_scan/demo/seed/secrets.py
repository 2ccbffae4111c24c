"""Secrets, as old as the estate says."""

from datetime import UTC, datetime, timedelta
from typing import Any

from moto.secretsmanager.models import secretsmanager_backends

from nhi_scan.demo.estate import Estate

CANARY = "canary-value-of-a-secret"


def seed_secrets(estate: Estate, now: datetime) -> None:
    """Make every secret of the estate.

    Args:
        estate: what to make.
        now: the moment from which ages are counted (naive, UTC, as moto has it).
    """
    for secret in estate.secrets:
        backend: Any = secretsmanager_backends[estate.accounts[secret.account].id][secret.region]
        backend.create_secret(secret.name, CANARY, None, "", [], None, None, [], force_overwrite=False)
        made = backend.secrets[secret.name]
        made.arn = f"{made.arn.rpartition('-')[0]}-{secret.suffix}"
        changed = (now.replace(tzinfo=UTC) - timedelta(days=secret.changed, hours=3)).timestamp()
        made.created_date = made.last_changed_date = int(changed)
        made.rotation_requested = made.rotation_enabled = secret.rotates
