"""Sets an estate up: a server, its content, and an environment in which the SDK finds that server and nothing else."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.moto_api._internal import mock_random

from nhi_scan.demo import server
from nhi_scan.demo.azure.gate import Conduct
from nhi_scan.demo.azure.server import serve as playing_microsoft
from nhi_scan.demo.environment import environment
from nhi_scan.demo.estate import Estate
from nhi_scan.demo.gcp.server import serve as playing_google
from nhi_scan.demo.github.server import serve as playing_github
from nhi_scan.demo.kubernetes.server import serve as playing_cluster
from nhi_scan.demo.seed.clients import open_session
from nhi_scan.demo.seed.identities import seed_identities
from nhi_scan.demo.seed.organization import seed_organization
from nhi_scan.demo.seed.secrets import seed_secrets
from nhi_scan.demo.seed.workloads import seed_workloads

__all__ = ["Conduct", "playing", "playing_cluster", "playing_github", "playing_google", "playing_microsoft"]

_SEED = 1  # moto draws ids at random: the same estate gets the same ones


@contextmanager
def playing(estate: Estate, now: datetime) -> Iterator[str]:
    """Serve an estate as it stands at a moment, and point this process's SDK at it.

    Args:
        estate: what is there.
        now: the moment (aware); ages in the estate count back from it.

    Yields:
        The server's address.
    """
    moment = now.astimezone(UTC).replace(tzinfo=None)
    with server.serve() as endpoint, _regions(estate.regions):
        mock_random.seed(_SEED)
        seed_organization(estate, moment)
        seed_identities(estate, moment)
        seed_secrets(estate, moment)
        place = {"AWS_ENDPOINT_URL": endpoint, "AWS_DEFAULT_REGION": estate.regions[0]}
        with environment(place):
            seed_workloads(estate, endpoint)
            session = open_session(estate.accounts["management"], endpoint)
            with environment({**place, **session}):
                yield endpoint


@contextmanager
def _regions(names: Sequence[str]) -> Iterator[None]:
    """Leave only some regions enabled: twenty empty ones would take most of the time and show nothing."""
    everywhere = RegionsAndZonesBackend.regions
    RegionsAndZonesBackend.regions = [region for region in everywhere if region.name in names]
    try:
        yield
    finally:
        RegionsAndZonesBackend.regions = everywhere
