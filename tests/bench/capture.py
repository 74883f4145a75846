# SPDX-License-Identifier: MIT
# What passed over a delayed link (link.py): TCP connections, their requests, round trips and bytes.
"""`connections(file, one_way)` reads what delay_link recorded; it says what `Connection` and `Run` offer.

A round trip is counted where the client could not go on before the server had answered. Each of the client's packets
that says something (SYN, content, FIN, RST) gets a depth: one more than the largest of the answers that came before
it. An answer has the depth of the last packet that the server can have seen when it left. So what leaves together, or
one after the other without an answer in between, has one depth, however many packets it takes.

An acknowledgement alone answers nothing, unless it is all that came before the client said more: that client has
waited for it (Nagle's algorithm, a full window).
"""

import pathlib
import socket
import struct
from dataclasses import dataclass, field

NEAR = socket.inet_aton("10.77.0.1")
FIN, SYN, RST, ACK = 1, 2, 4, 16
HEAD, ENTRY = struct.Struct("=IHHIIII"), struct.Struct("=IIII")


@dataclass
class Packet:
    """`size` is IP's, `content` TCP's."""
    time: float
    up: bool
    port: int
    flags: int
    size: int
    content: int
    depth: int = 0

    @property
    def speaks(self):
        return self.content > 0 or bool(self.flags & (SYN | FIN | RST))


def parsed(time, packet):
    up = packet[12:16] == NEAR
    header = 4 * (packet[0] & 15)
    offset, flags = packet[header + 12] >> 4, packet[header + 13]
    port = int.from_bytes(packet[header + (0 if up else 2):][:2], "big")
    return Packet(time, up, port, flags, len(packet), len(packet) - header - 4 * offset)


def packets(file):
    """All TCP packets over IPv4, in the order of the near side."""
    data = pathlib.Path(file).read_bytes()
    at = HEAD.size
    while at < len(data):
        seconds, nanoseconds, length, _ = ENTRY.unpack_from(data, at)
        packet = data[at + ENTRY.size:][:length]
        at += ENTRY.size + length
        if packet[0] >> 4 == 4 and packet[9] == socket.IPPROTO_TCP:
            yield parsed(seconds + nanoseconds / 1e9, packet)


@dataclass
class Run:
    """One request until the client's next word. The first has the connection's making in it, the last its end."""
    packets: list
    trips: int
    begun: float
    answered: float

    def total(self, what, up):
        """`what`: "size" or "content"."""
        return sum(getattr(packet, what) for packet in self.packets if packet.up == up)

    @property
    def segments(self):
        return sum(packet.up and packet.content > 0 for packet in self.packets)


@dataclass
class Connection:
    packets: list = field(default_factory=list)

    def count_depths(self, one_way):
        """An answer to what left less than a round trip ago cannot have come yet."""
        said = []
        answered = acknowledged = 0
        for packet in self.packets:
            if packet.up and packet.speaks:
                answered = max(answered, acknowledged)
                packet.depth = 1 + answered
                said.append(packet)
            elif not packet.up:
                seen = max([0] + [word.depth for word in said if word.time <= packet.time - 2 * one_way])
                if packet.speaks:
                    answered, acknowledged = max(answered, seen), 0
                else:
                    acknowledged = seen

    def spells(self):
        """What the client said, in lists: a new one where the server had spoken before."""
        spells = [[]]
        for packet in self.packets:
            if packet.speaks and packet.up:
                spells[-1].append(packet)
            elif packet.speaks and spells[-1]:
                spells.append([])
        return [spell for spell in spells if spell]

    def runs(self, request):
        """As many as there are requests: spells with `request` bytes and more."""
        spells = self.spells()
        asking = [at for at, spell in enumerate(spells) if sum(packet.content for packet in spell) >= request]
        if not asking or asking[-1] + 1 == len(spells):
            return []
        # Where the connection, each later request, and the end begin.
        marks = [spells[at][0] for at in [0, *asking[1:], asking[-1] + 1]]
        return [self.run(begin, end, end is marks[-1]) for begin, end in zip(marks, marks[1:])]

    def run(self, begin, end, last):
        first, after = self.packets.index(begin), self.packets.index(end)
        return Run(self.packets[first:None if last else after], end.depth - begin.depth, begin.time, end.time)


def connections(file, one_way):
    """All that carried something, in the order of their beginnings. `one_way` is the link's delay in seconds."""
    found, latest = [], {}
    for packet in packets(file):
        if packet.up and packet.flags & (SYN | ACK) == SYN and (
                packet.port not in latest or not latest[packet.port].packets[-1].flags & SYN):
            latest[packet.port] = Connection()
            found.append(latest[packet.port])
        latest[packet.port].packets.append(packet)
    for connection in found:
        connection.count_depths(one_way)
    return [connection for connection in found if any(packet.content for packet in connection.packets)]
