"""Who asks: the network a request came from, and whether it came from this very machine. Addresses are not kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers

from engage.errors import SettingsError

Network = IPv4Network | IPv6Network
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def proxies(named: Iterable[str]) -> tuple[Network, ...]:
    """The networks of ENGAGE_TRUSTED_PROXIES; raises SettingsError for what is not an address."""
    found = []
    for name in named:
        try:
            found.append(ip_network(name, strict=False))
        except ValueError:
            raise SettingsError(
                f'ENGAGE_TRUSTED_PROXIES: "{name}" is not an IP address or network such as 10.0.0.0/8.'
            ) from None
    return tuple(found)


def network_of(peer: str | None, headers: Headers, trusted: Sequence[Network]) -> str:
    """The address to count by: an IPv6 one as its /64, because every home has one of these.

    X-Forwarded-For is believed only as far as trusted proxies wrote it: from the right, up to the first stranger.
    """
    address = _parsed(peer)
    named = [part for line in headers.getlist("x-forwarded-for") for part in line.split(",")]
    while address is not None and named and any(address in network for network in trusted):
        address = _parsed(named.pop().strip())
    if address is None:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def is_local(peer: str | None, headers: Headers) -> bool:
    """Whether somebody at this machine asks, directly: a proxy here must not make the whole world local."""
    address = _parsed(peer)
    return address is not None and address.is_loopback and not any(name in headers for name in _FORWARDED)


def _parsed(text: str | None) -> IPv4Address | IPv6Address | None:
    """The address; one of IPv4 written as IPv6 is IPv4."""
    try:
        address = ip_address((text or "").partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
