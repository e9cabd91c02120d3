"""Where a host's name leads just now: onto the public internet, or into a network of somebody's own."""

from __future__ import annotations

import socket
from ipaddress import ip_address


def is_public(host: str | None, port: int) -> bool:
    """Whether every address of the host is one of the public internet. Raises OSError where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return all(ip_address(str(address[0]).partition("%")[0]).is_global for *_, address in found)
