"""From where a request comes: the address of the machine that asks, also where proxies stand between."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

#: How a proxy that speaks through a socket of the same machine is declared: it has no address.
SOCKET = "unix"


def address_of(request: HttpRequest) -> str:
    """Return the address of who asks; empty where it is not known.

    `X-Forwarded-For` is believed as far as declared proxies (`PROXIES`) wrote it: from its end, up to the first
    address that is none of theirs. Whatever stands before that may have been written by anybody.
    """
    asked_by = request.META.get("REMOTE_ADDR", "")
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    while hops and _declared(asked_by):
        asked_by = hops.pop()
    address = _read(asked_by)
    return str(address) if address else ""


def machine_of(request: HttpRequest) -> str | None:
    """Return by what failures of one machine are counted: its address, of IPv6 its network, which has one owner."""
    text = address_of(request)
    return str(ip_network(f"{text}/64", strict=False).network_address) if ":" in text else text or None


def _declared(text: str) -> bool:
    address = _read(text)
    if address is None:
        return not text and SOCKET in settings.PROXIES
    return any(address in ip_network(network) for network in settings.PROXIES if network != SOCKET)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
