# SPDX-License-Identifier: MIT
# A network of its own for a test: a name server and addresses that never answer, buffers that hold next to nothing.
"""`with Namespace(folder) as space:` has a loopback, a resolver configuration and a hosts file of its own:

  192.0.2.53                 the name server; whatever is asked, it says nothing
  192.0.2.7                  an address where nobody answers
  far.test                   a name with three such addresses, of both families
  near.wild.test             this side of its loopback, as localhost is
  half.wild.test             likewise, and before that an IPv6 address where nobody answers
  any other name             goes to that name server

A connection over its loopback holds about 3 KB on the way: then the sender waits.

Packets to them leave on one end of a veth pair, for an Ethernet address that nobody has. Everything is gone with
the process that holds the namespace. Needs root, ip(8), and unshare and nsenter of util-linux.
"""

import ctypes
import os
import pathlib
import subprocess
import threading

CLONE_NEWNET = 0x40000000
HOSTS = """127.0.0.1 localhost near.wild.test
::1 localhost
192.0.2.7 far.test
192.0.2.8 far.test
2001:db8::7 far.test
2001:db8::7 half.wild.test
127.0.0.1 half.wild.test
"""
SETUP = """
set -e
mount --bind "$1/resolv.conf" /etc/resolv.conf
mount --bind "$1/hosts" /etc/hosts
ip link set lo mtu 1000 up
ip link add hole type veth peer name nobody
ip link set nobody up
ip link set hole up
ip address add 192.0.2.1/24 dev hole
ip -6 address add 2001:db8::1/64 dev hole nodad
for address in 192.0.2.53 192.0.2.7 192.0.2.8 2001:db8::7; do
    ip neighbour add $address lladdr 02:00:00:00:00:07 dev hole nud permanent
done
echo 2304 2304 2304 >/proc/sys/net/ipv4/tcp_wmem
echo 2304 2304 2304 >/proc/sys/net/ipv4/tcp_rmem
echo ready
read end
"""


class Unavailable(Exception):
    """This machine does not let us make one."""


class Namespace:
    def __init__(self, folder):
        folder = pathlib.Path(folder)
        (folder / "resolv.conf").write_text("nameserver 192.0.2.53\n")
        (folder / "hosts").write_text(HOSTS)
        try:
            self.holder = subprocess.Popen(["unshare", "--net", "--mount", "sh", "-c", SETUP, "sh", str(folder)],
                                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        except OSError as error:
            raise Unavailable(str(error)) from None
        if self.holder.stdout.readline() != b"ready\n":
            _, told = self.holder.communicate()
            raise Unavailable(told.decode().strip() or "unshare failed")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.holder.communicate()

    def command(self, command):
        return ["nsenter", "--target", str(self.holder.pid), "--net", "--mount", "--", *command]

    def inside(self, function, *args, **options):
        """What `function` answers in there; sockets that it opens belong there for good."""
        answer = []

        def enter():
            libc = ctypes.CDLL(None, use_errno=True)
            handle = os.open("/proc/%d/ns/net" % self.holder.pid, os.O_RDONLY)
            failed = libc.setns(handle, CLONE_NEWNET)
            os.close(handle)
            if not failed:
                answer.append(function(*args, **options))
        thread = threading.Thread(target=enter)  # ends afterwards, and with it its membership
        thread.start()
        thread.join()
        if not answer:
            raise Unavailable("setns failed")
        return answer[0]
