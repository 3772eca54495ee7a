"""Which addresses a webhook may be sent to: those of the public internet, and none that only this network can reach."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")
# What `is_global` of older Pythons takes for public.
_NOT_PUBLIC_4 = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"), IPv4Network("100.64.0.0/10"))
_NOT_PUBLIC_6 = (
    IPv6Network("64:ff9b:1::/48"),
    IPv6Network("100::/64"),
    IPv6Network("2001::/23"),
    IPv6Network("fec0::/10"),
    IPv6Network("3fff::/20"),
)


def is_public(text: str) -> bool:
    """Whether an address, v4 or v6, is of the public internet, as is any IPv4 address that it carries within it."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        carried = _carried(address)
        if carried is not None:
            return all(map(_is_public, carried))
    return _is_public(address)


def is_loopback(text: str) -> bool:
    """Whether an address is this machine's own."""
    return ip_address(text.partition("%")[0]).is_loopback


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    return not any(address in network for network in _NOT_PUBLIC_6)


def _carried(address: IPv6Address) -> list[IPv4Address] | None:
    """The IPv4 addresses in a mapped, compatible, 6to4, Teredo or NAT64 address."""
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.sixtofour is not None:
        return [address.sixtofour]
    if address.teredo is not None:
        return list(address.teredo)
    if address in _NAT64 or int(address) >> 32 == 0:
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    return None
