# SPDX-License-Identifier: MIT
# Two network namespaces joined by a link of a fixed delay (delay_link.c).
"""`with DelayLink(folder, milliseconds) as link:` makes a near and a far side, `milliseconds` apart one way.
A third argument is the file that gets all packets, to be read by capture.py when the link has gone.

  link.near, link.far     what goes before a command to run it there
  link.address            where the far side listens
  link.name               its name on the near side, in a hosts file of its own; the certificate "wildcard" has it
  link.round_trip(port)   milliseconds to the far side and back, by a port on which something listens

Everything is gone with this process, however it ends. Needs root, ip(8), unshare and nsenter of util-linux, and
/dev/net/tun.
"""

import os
import shlex
import statistics
import subprocess
import sys

import bench

SETUP = """
set -e
mount --bind "$1" /etc/hosts
quiet=/proc/sys/net/ipv6/conf/default/disable_ipv6  # no packets but ours: they are counted
[ ! -e $quiet ] || echo 1 >$quiet
ip link set lo up
echo ready
read end
"""
CONNECT = """
import socket, time
for _ in range(%d):
    begun = time.monotonic()
    socket.create_connection(("%s", %d)).close()
    print(1000 * (time.monotonic() - begun))
"""


class Side:
    """A namespace that lasts as long as this process holds it."""

    def __init__(self, hosts):
        try:
            self.holder = subprocess.Popen(["unshare", "--net", "--mount", "sh", "-c", SETUP, "sh", str(hosts)],
                                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        except OSError as error:
            raise bench.Unavailable(str(error)) from None
        if self.holder.stdout.readline() != b"ready\n":
            _, told = self.holder.communicate()
            raise bench.Unavailable("no network namespace: " + told.decode().strip())

    def close(self):
        self.holder.communicate()

    @property
    def space(self):
        return "/proc/%d/ns/net" % self.holder.pid

    @property
    def enter(self):
        return ["nsenter", "--target", str(self.holder.pid), "--net", "--mount", "--"]


def compiled(folder):
    source, program = bench.HERE / "delay_link.c", folder / "delay_link"
    subprocess.run([*shlex.split(os.environ.get("CC", "cc")), "-std=c99", "-O2", "-Wall", "-Wextra", "-Werror",
                    str(source), "-o", str(program)], check=True)
    return program


class DelayLink:
    address = "10.77.0.2"
    name = "far.wild.test"

    def __init__(self, folder, milliseconds, capture=None):
        self.command = [compiled(folder), str(round(milliseconds * 1000))]
        self.capture = [str(capture)] if capture else []
        self.hosts = folder / "hosts"
        self.hosts.write_text("%s %s\n" % (self.address, self.name))
        self.sides = []
        self.process = None
        self.passed = None

    def __enter__(self):
        try:
            self.sides = [Side(self.hosts)]
            self.sides.append(Side(self.hosts))
            self.process = subprocess.Popen([*self.command, *(side.space for side in self.sides), *self.capture],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if self.process.stdout.readline() != b"ready\n":
                told = self.process.communicate()[1].decode().strip()
                raise (bench.Unavailable if self.process.returncode == bench.UNAVAILABLE else bench.Failed)(told)
        except BaseException:
            self.__exit__()
            raise
        self.near, self.far = (side.enter for side in self.sides)
        return self

    def round_trip(self, port, times=9):
        """Of a TCP connection, from the SYN to its answer."""
        code = CONNECT % (times, self.address, port)
        told = subprocess.run([*self.near, sys.executable, "-c", code], stdout=subprocess.PIPE, check=True).stdout
        return statistics.median(map(float, told.split()))

    def __exit__(self, *_):
        if self.process is not None and self.process.poll() is None:
            self.passed = self.process.communicate()[0].decode().strip()
        for side in self.sides:
            side.close()
