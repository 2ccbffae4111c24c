"""IP address operators: CIDR ranges of both families; an address alone is a range of one.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from nhi_scan.access.aws.conditions.variables import Piece


@lru_cache(maxsize=1 << 12)
def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None


@lru_cache(maxsize=1 << 12)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip())
    except ValueError:
        return None


def within(pieces: Sequence[Piece]) -> Callable[[str], bool]:
    """An address in this range. An IPv4 address is in no IPv6 range, and the other way round."""
    network = _network("".join([text for text, _ in pieces]))

    def check(value: str) -> bool:
        address = _address(value)
        return network is not None and address is not None and address in network

    return check
