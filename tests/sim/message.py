# SPDX-License-Identifier: MIT
# HTTP/1.1 written out by hand: requests read strictly, answers written in every shape a test may want.

import json
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

REASONS = {200: "OK", 201: "Created", 301: "Moved Permanently", 302: "Found", 307: "Temporary Redirect",
           400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
           408: "Request Timeout", 412: "Precondition Failed", 425: "Too Early", 429: "Too Many Requests",
           500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
REQUEST_LINE = re.compile(rb"(" + TOKEN + rb") (/[!-~]*) HTTP/1\.1")
FIELD_LINE = re.compile(rb"(" + TOKEN + rb"): ?([!-~](?:[ !-~]*[!-~])?)?")
LARGEST_HEAD = 65536
SINGLE = ("host", "content-length", "content-type", "authorization", "x-api-key", "x-gw-ims-org-id",
          "x-sandbox-name", "if-match", "user-agent")


@dataclass
class Request:
    """A request as it came; `problems` lists what is wrong with it as HTTP, in words."""
    head: bytes
    method: str = ""
    target: str = ""
    headers: list = field(default_factory=list)
    body: bytes = b""
    problems: list = field(default_factory=list)
    records: int = 0

    def get(self, name, default=None):
        return next((value for key, value in self.headers if key.lower() == name), default)

    @property
    def path(self):
        return unquote(urlsplit(self.target).path)

    @property
    def query(self):
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)


@dataclass
class Answer:
    """An answer before it is given a shape on the wire."""
    status: int = 200
    headers: list = field(default_factory=list)
    body: bytes = b""
    reason: str = None

    @classmethod
    def of(cls, status, content, headers=()):
        body = json.dumps(content).encode()
        return cls(status, [["Content-Type", "application/json"], *map(list, headers)], body)


def parse_head(head, authority=None):
    """A Request from the bytes up to and including the empty line."""
    request = Request(head)
    if re.search(rb"(?<!\r)\n|\r(?!\n)", head):
        request.problems.append("bare CR or LF")
    first, *lines = head[:-4].split(b"\r\n")
    match = REQUEST_LINE.fullmatch(first)
    if not match:
        request.problems.append("bad request line %r" % first)
        return request
    request.method, request.target = (part.decode() for part in match.groups())
    for line in lines:
        match = FIELD_LINE.fullmatch(line)
        if match:
            request.headers.append([match[1].decode(), (match[2] or b"").decode()])
        else:
            request.problems.append("bad field line %r" % line.split(b":")[0])
    check_fields(request, authority)
    return request


def check_fields(request, authority):
    names = [name.lower() for name, _ in request.headers]
    request.problems += ["%s twice" % name for name in SINGLE if names.count(name) > 1]
    if "host" not in names:
        request.problems.append("no Host")
    elif authority and request.get("host") not in authority:
        request.problems.append("Host is %s" % request.get("host"))
    if "transfer-encoding" in names:
        request.problems.append("Transfer-Encoding in a request")
    length = request.get("content-length")
    if length is None and request.method == "POST":
        request.problems.append("no Content-Length")
    elif length is not None and not re.fullmatch(r"0|[1-9][0-9]{0,6}", length):
        request.problems.append("Content-Length is %s" % length)


class Reader:
    """Takes one request after another from a Wire; keeps what came too early for the next."""

    def __init__(self, wire, authority=None):
        self.wire, self.authority, self.buffer = wire, authority, b""

    def read(self):
        """The next Request, or None when the peer ended in good order between two."""
        records = 0
        while b"\r\n\r\n" not in self.buffer:
            if len(self.buffer) > LARGEST_HEAD:
                return Request(self.buffer, problems=["head too large"])
            data = self.wire.receive()
            if not data:
                if not self.buffer:
                    return None
                return Request(self.buffer, problems=["ended inside the head"])
            self.buffer += data
            records += 1
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        request = parse_head(head + b"\r\n\r\n", self.authority)
        request.records = records
        if not request.problems:
            self._read_body(request)
        return request

    def _read_body(self, request):
        length = int(request.get("content-length", "0"))
        while len(self.buffer) < length:
            data = self.wire.receive()
            if not data:
                request.problems.append("ended inside the content")
                return
            self.buffer += data
        request.body, self.buffer = self.buffer[:length], self.buffer[length:]
        if self.buffer:
            request.problems.append("%d bytes after the request" % len(self.buffer))


def format_answer(answer, version="HTTP/1.1", chunks=None, extension="", trailers=None, length=True,
                  close=False, headers=()):
    """The bytes of an answer.

    chunks: sizes, repeated to the end of the content, makes it chunked (True: one chunk); extension: put after
    each size, such as ";a=b"; trailers: pairs; length=False: neither framing, ends with the connection;
    close: adds Connection: close; headers: added at the end.
    """
    reason = REASONS.get(answer.status, "Unknown") if answer.reason is None else answer.reason
    lines = ["%s %d %s" % (version, answer.status, reason)]
    lines += ["%s: %s" % tuple(pair) for pair in answer.headers]
    framed = chunks is None
    if not framed:
        lines.append("Transfer-Encoding: chunked")
    elif length and answer.status not in (204, 304) and answer.status >= 200:
        lines.append("Content-Length: %d" % len(answer.body))
    if close:
        lines.append("Connection: close")
    lines += ["%s: %s" % tuple(pair) for pair in (headers.items() if isinstance(headers, dict) else headers)]
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    return head + (answer.body if framed else format_chunks(answer.body, chunks, extension, trailers))


def format_chunks(body, sizes, extension="", trailers=None):
    sizes = [max(1, len(body))] if sizes is True else sizes
    out, at, turn = b"", 0, 0
    while at < len(body):
        piece = body[at:at + max(1, sizes[turn % len(sizes)])]
        out += b"%x%s\r\n%s\r\n" % (len(piece), extension.encode(), piece)
        at, turn = at + len(piece), turn + 1
    pairs = trailers.items() if isinstance(trailers, dict) else trailers or ()
    return out + b"0" + extension.encode() + b"\r\n" + b"".join(
        ("%s: %s\r\n" % pair).encode() for pair in map(tuple, pairs)) + b"\r\n"
