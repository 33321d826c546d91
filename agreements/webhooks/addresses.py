"""Which addresses may be called: those of the public internet, and those of networks that the ministry names.

Pacta stands inside the ministry's network. An address that somebody gives must not make it call what only Pacta can
reach: its own machine, its neighbours, the services by which machines in a cloud learn their passwords.
"""

import re
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from agreements.guards import Reason

_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")
#: Names of this machine (RFC 6761), and names that are kept for use inside a network (RFC 6762, RFC 8375, ICANN).
_OWN, _INSIDE = ("localhost",), ("local", "internal", "home.arpa")
#: What ends in a number is an address and no name, however it is written; no name of DNS does.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
#: All that is given out as public so far (IANA); what was meant for use inside once, such as fec0::/10, is not in it.
_PUBLIC_6 = IPv6Network("2000::/3")
#: For examples (RFC 9637), and relays to IPv6 (RFC 7526): Python does not know of them.
_OTHERS = (IPv6Network("3fff::/20"), IPv4Network("192.88.99.0/24"))
LONGEST = 500
UNREADABLE = Reason(
    "address-unreadable",
    _("Give a whole address without a name or a password, such as https://systems.example/pacta."),
    asked="address",
    firm=True,
)
NOT_HTTPS = Reason("address-not-https", _("The address must begin with https://."), asked="address", firm=True)
NOT_ALLOWED = Reason(
    "address-not-allowed", _("Pacta may not call this address."), asked="address", firm=True
)  # fmt: skip


class Unreachable(Exception):
    """The name leads to no address that may be called; which of both is not told, lest one ask after names inside."""


class Target(NamedTuple):
    """Where a request goes: the address that was judged is the one that is called."""

    secure: bool
    host: str
    port: int
    path: str
    address: str


def objections(address: str) -> list[Reason]:
    """Return what stands against an address as it is written; where its name leads is judged at each call."""
    try:
        secure, host, _port, _path = _parts(address)
    except ValueError:
        return [UNREADABLE]
    found = [] if secure or settings.WEBHOOK_HTTP else [NOT_HTTPS]
    return [*found, *([] if _named(host) and _written_fine(host) else [NOT_ALLOWED])]


def resolve(address: str) -> Target:
    """Return where an address leads. Raises Unreachable; all that a name stands for must be allowed."""
    try:
        secure, host, port, path = _parts(address)
        if not (secure or settings.WEBHOOK_HTTP) or not _named(host):
            raise Unreachable
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (ValueError, OSError) as error:
        raise Unreachable from error
    addresses = [str(place[0]) for *_rest, place in found]
    if not addresses or not all(_may_be_called(told) for told in addresses):
        raise Unreachable
    return Target(secure, host, port, path, addresses[0])


def _parts(address: str) -> tuple[bool, str, int, str]:
    """Return scheme, host, port and path. Raises ValueError for anything but a plain address."""
    if len(address) > LONGEST or not address.isascii() or not address.isprintable() or " " in address:
        raise ValueError(address)
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or parts.fragment or "@" in parts.netloc or not _HOST.fullmatch(host):
        raise ValueError(address)
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return secure, host, parts.port or (443 if secure else 80), path


def _named(host: str) -> bool:
    """Whether the ministry lets this host be called; where it names none, any."""
    known = settings.WEBHOOK_HOSTS
    return not known or any(
        host == name or (name.startswith(".") and host.endswith(name)) for name in map(str.lower, known)
    )


def _written_fine(host: str) -> bool:
    """Whether a host may be called as far as its writing tells: nobody is asked where a name leads."""
    name = host.rstrip(".")
    if _below(name, _OWN):
        return _may_be_called("127.0.0.1") or _may_be_called("::1")
    if _below(name, _INSIDE):
        return bool(settings.WEBHOOK_NETWORKS)
    try:
        if ":" in name:
            return _may_be_called(name)
        if _NUMBER.fullmatch(name.rpartition(".")[2]):
            # What resolves names takes 127.1, 2130706433, 0x7f000001 and 017700000001 for addresses, too.
            return _may_be_called(socket.inet_ntoa(socket.inet_aton(name)))
    except (OSError, ValueError):  # it is none
        return False
    return True


def _below(name: str, tops: tuple[str, ...]) -> bool:
    return any(name == top or name.endswith(f".{top}") for top in tops)


def _may_be_called(told: str) -> bool:
    address = ip_address(told.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    for network in settings.WEBHOOK_NETWORKS:
        if address in ip_network(network):
            return True
    return _is_public(address)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and (
        # These carry another address within, which the gateway would call.
        address not in _PUBLIC_6 or address.sixtofour or address.teredo or any(address in network for network in _NAT64)
    ):
        return False
    if any(address in network for network in _OTHERS):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
