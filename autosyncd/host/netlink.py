"""The kernel's words about links, addresses and routes: netlink(7), rtnetlink(7)."""

import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass

GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400
"""Links, and addresses and routes of IPv4 and IPv6 (RTMGRP_* in linux/rtnetlink.h)."""

_HEADER = struct.Struct("=IHHII")
_LINK = struct.Struct("=BxHiII")
_ADDRESS = struct.Struct("=BBBBI")
_ROUTE = struct.Struct("=8BI")
_ATTRIBUTE = struct.Struct("=HH")

_NEWLINK, _DELLINK, GETLINK = 16, 17, 18
_NEWADDR, _DELADDR, GETADDR = 20, 21, 22
_NEWROUTE, _DELROUTE, GETROUTE = 24, 25, 26

_REQUEST_DUMP = 0x1 | 0x300
_RUNNING = 0x40
_TENTATIVE = 0x40
_EVERYWHERE = 0
"""The scope of addresses by which others can be reached (RT_SCOPE_UNIVERSE)."""
_UNICAST = 1
_IFA_ADDRESS, _IFA_FLAGS = 1, 8
_RTA_INTERFACE, _RTA_GATEWAY = 4, 5


@dataclass(frozen=True, slots=True)
class Link:
    """An interface, and whether it can carry packets now."""

    index: int
    running: bool


@dataclass(frozen=True, slots=True)
class Address:
    """An address that came or went, and may be used everywhere."""

    index: int
    address: bytes
    there: bool


@dataclass(frozen=True, slots=True)
class DefaultRoute:
    """A way to everywhere that came or went; `way` is the interface and the gateway."""

    way: tuple[int, bytes, bytes]
    there: bool


@dataclass(frozen=True, slots=True)
class Done:
    """The answer to a request is complete, or refused (NLMSG_DONE, NLMSG_ERROR)."""


Fact = Link | Address | DefaultRoute | Done


def request(kind: int) -> bytes:
    """Ask for everything of a kind: GETLINK, GETADDR, GETROUTE."""
    body = bytes(_LINK.size if kind == GETLINK else _ROUTE.size)
    return _HEADER.pack(_HEADER.size + len(body), kind, _REQUEST_DUMP, 1, 0) + body


def facts(data: bytes) -> Iterator[Fact]:
    """What a datagram of the kernel says, as far as it matters; what is cut short is left out."""
    offset = 0
    while offset + _HEADER.size <= len(data):
        length, kind, *_ = _HEADER.unpack_from(data, offset)
        if not _HEADER.size <= length <= len(data) - offset:
            return
        fact = _fact(kind, data[offset + _HEADER.size : offset + length])
        if fact is not None:
            yield fact
        offset += (length + 3) & ~3


def _fact(kind: int, body: bytes) -> Fact | None:
    match kind:
        case 2 | 3:
            return Done()
        case 16 | 17 if len(body) >= _LINK.size:
            _, _, index, flags, _ = _LINK.unpack_from(body)
            return Link(index, running=kind == _NEWLINK and bool(flags & _RUNNING))
        case 20 | 21 if len(body) >= _ADDRESS.size:
            return _address(body, there=kind == _NEWADDR)
        case 24 | 25 if len(body) >= _ROUTE.size:
            return _default_route(body, there=kind == _NEWROUTE)
    return None


def _address(body: bytes, *, there: bool) -> Address | None:
    """None for one that can't be used: of this machine or link alone, or not yet verified."""
    _, _, flags, scope, index = _ADDRESS.unpack_from(body)
    attributes = dict(_attributes(body[_ADDRESS.size :]))
    if len(attributes.get(_IFA_FLAGS, b"")) == 4:
        flags = int.from_bytes(attributes[_IFA_FLAGS], sys.byteorder)
    if scope != _EVERYWHERE or (there and flags & _TENTATIVE):
        return None
    return Address(index, attributes.get(_IFA_ADDRESS, b""), there)


def _default_route(body: bytes, *, there: bool) -> DefaultRoute | None:
    family, length, *_, kind, _ = _ROUTE.unpack_from(body)
    if length or kind != _UNICAST:
        return None
    attributes = dict(_attributes(body[_ROUTE.size :]))
    interface, gateway = attributes.get(_RTA_INTERFACE, b""), attributes.get(_RTA_GATEWAY, b"")
    return DefaultRoute((family, interface, gateway), there)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        if not _ATTRIBUTE.size <= length <= len(data) - offset:
            return
        yield kind, data[offset + _ATTRIBUTE.size : offset + length]
        offset += (length + 3) & ~3
