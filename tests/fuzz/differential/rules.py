# SPDX-License-Identifier: MIT
# Where our readers are stricter than Python's, or Python's than ours: each rule with its source.

import re

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
TEXT = rb"[\t \x21-\x7e\x80-\xff]*"
STATUS_LINE = re.compile(rb"HTTP/1\.[01] [1-5][0-9][0-9](?: " + TEXT + rb")?\r\n")
FIELD_LINE = re.compile(TOKEN + rb":" + TEXT + rb"\r\n")
CHUNK_LINE = re.compile(rb"[0-9a-fA-F]+(?:;" + TEXT + rb")?\r\n")
CODINGS = re.compile(rb"(?:(?!chunked[\t ]*,)" + TOKEN + rb"[\t ]*,[\t ]*)*" + TOKEN, re.IGNORECASE)
MOST_CONTENT = 16777216
MOST_INTERIM = 16


# ---- Answers: what a sound one is, line by line ----

def take_line(data, at):
    end = data.find(b"\n", at) + 1
    return (data[at:end], end) if end else (data[at:], len(data))


def read_fields(data, at):
    """The field lines of a section as (name, value), and what follows it; or the rule that is broken."""
    fields = []
    while True:
        line, at = take_line(data, at)
        if line == b"\r\n":
            return fields, at
        if not line.endswith(b"\n"):
            return "the head or the trailer is cut off (RFC 9112 section 8)", at
        if not line.endswith(b"\r\n"):
            return "a line feed without a carriage return (RFC 9112 section 2.2)", at
        if line[0:1] in b" \t":
            return "a folded line (RFC 9112 section 5.2)", at
        if not FIELD_LINE.fullmatch(line):
            return "no field line: its name, a blank before the colon, controls (RFC 9112 5, RFC 9110 5.5)", at
        name, _, value = line.partition(b":")
        fields.append((name.lower(), value[:-2].strip(b" \t")))


def broken_by_framing(version, status, fields):
    lengths = [value for name, value in fields if name == b"content-length"]
    codings = [value for name, value in fields if name == b"transfer-encoding"]
    if len(lengths) + len(codings) > 1:
        return "two of Content-Length and Transfer-Encoding (RFC 9112 section 6.3)"
    if lengths and not re.fullmatch(rb"[0-9]+", lengths[0]):
        return "a Content-Length that is no number (RFC 9110 section 8.6)"
    if lengths and int(lengths[0]) > MOST_CONTENT:
        return "more content than the limit (RFC 9110 section 15.5.14: a reader may have one)"
    if codings and (version == b"HTTP/1.0" or not CODINGS.fullmatch(codings[0])):
        return "a Transfer-Encoding in HTTP/1.0, or no list of names in which nothing follows chunked (RFC 9112 6.1)"
    if codings and codings[0].lower() != b"chunked" and status >= 200 and status not in (204, 304):
        return "a Transfer-Encoding that was not asked for (RFC 9112 section 7.4)"
    return None


def broken_by_chunks(data, at):
    content = 0
    while True:
        line, at = take_line(data, at)
        if not CHUNK_LINE.fullmatch(line):
            return "a chunk's size that is none (RFC 9112 section 7.1)"
        size = int(re.match(rb"[0-9a-fA-F]+", line).group(), 16)
        content += size
        if content > MOST_CONTENT:
            return "more content than the limit (RFC 9110 section 15.5.14: a reader may have one)"
        if size == 0:
            fields, at = read_fields(data, at)
            return fields if isinstance(fields, str) else None
        if data[at + size:at + size + 2] != b"\r\n":
            return "a chunk that is cut off, or not followed by CR LF (RFC 9112 section 7.1)"
        at += size + 2


def final_head(data):
    """(version, status, fields, where the content begins) of the final response, or the rule that is broken."""
    at = 0
    for _ in range(MOST_INTERIM + 1):
        line, at = take_line(data, at)
        if not STATUS_LINE.fullmatch(line):
            return "no status line of HTTP/1.0 or 1.1, or no status 100 to 599 (RFC 9112 4, RFC 9110 15)"
        status = int(line[9:12])
        if status == 101:
            return "101 without having been asked (RFC 9110 section 15.2.2)"
        fields, at = read_fields(data, at)
        if isinstance(fields, str):
            return fields
        broken = broken_by_framing(line[:8], status, fields)
        if broken:
            return broken
        if status >= 200:
            return line[:8], status, fields, at
    return "too many interim responses (RFC 9110 section 15.2)"


def broken_by_answer(data):
    """The first rule that the bytes break, or None."""
    head = final_head(data)
    if isinstance(head, str):
        return head
    _, status, fields, at = head
    values = dict(fields)
    if status in (204, 304):
        return None
    if b"transfer-encoding" in values:
        return broken_by_chunks(data, at)
    if b"content-length" in values and len(data) - at < int(values[b"content-length"]):
        return "the content is cut off (RFC 9112 section 8)"
    return None


def python_differs(data):
    """Why http.client reads a sound answer in another way, or None."""
    _, status, fields, _ = final_head(data)
    values = dict(fields)
    if re.match(rb"HTTP/1\.[01] 1(?!00)", data) or re.search(rb"\r\n\r\nHTTP/1\.[01] 1(?!00)", data):
        return "http.client takes an interim response other than 100 for the final one (RFC 9110 section 15.2)"
    if status in (204, 304) and b"transfer-encoding" in values:
        return "http.client reads chunks where there is no content (RFC 9112 section 6.3, rule 1)"
    if re.search(rb"(?i)\r\ntransfer-encoding:[\t ]*chunked[\t ]+\r\n", data):
        return "http.client takes the blanks behind a value for a part of it (RFC 9112 section 5.1)"
    return None


# ---- JSON ----

LONE = "half of a surrogate pair, or a NUL, in an escape: U+FFFD for us (RFC 8259 section 8.2)"
TOO_MANY = "more wanted members than REFLOW_MAX_SLICES: json_too_large (src/slices.h)"
MOST_DEPTH = 64
MOST_SLICES = 16
INTEGER = re.compile(rb"-?(?:0|[1-9][0-9]*)")
PATHS = {("id",): 0, ("items", None, "id"): 1, ("etag",): 2, ("eTag",): 3, ("items", None, "etag"): 4,
         ("items", None, "eTag"): 5}


class Members(list):
    """An object: its members as pairs, the repeated ones too."""


def depth(value):
    deepest, level = 0, [value]
    while level:
        level = [inner for outer in level if isinstance(outer, list)
                 for inner in ([member[1] for member in outer] if isinstance(outer, Members) else outer)] + (
                     [None] if any(isinstance(outer, list) for outer in level) else [])
        deepest += 1
    return deepest - 1


def wanted(value, path=()):
    """The values at PATHS, in the order of the text."""
    if path in PATHS:
        yield PATHS[path], value
    if isinstance(value, Members):
        for name, inner in value:
            yield from wanted(inner, path + (name,))
    elif isinstance(value, list):
        for inner in value:
            yield from wanted(inner, path + (None,))


def broken_by_text(data, python):
    """Why a text that Python takes is none for us, or None."""
    if python is None:
        return None
    value, odd = python
    if odd:
        return "NaN and Infinity (RFC 8259 section 6)"
    if depth(value) > MOST_DEPTH:
        return "more than REFLOW_MAX_JSON_DEPTH levels (RFC 8259 section 9: a reader may have a limit)"
    if len(list(wanted(value))) > MOST_SLICES:
        return TOO_MANY
    return None


def replace_lone(text):
    return re.sub("[\ud800-\udfff\x00]", "\ufffd", text)
