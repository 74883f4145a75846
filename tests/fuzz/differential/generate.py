# SPDX-License-Identifier: MIT
# Inputs for the comparison: by a grammar, with chance, and with damage done to some. The same seed makes the same ones.

import random

TOKENS = [b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b",", b";", b"0", b"-", b"+", b"0x", b"_", b"\x00", b"\x7f",
          b"\x85", b"\xff", b"chunked", b"identity", b"close", b"\"", b"\\", b"\\u0000", b"\\ud83d", b"{", b"}",
          b"[", b"]", b"NaN", b"Infinity", b"-Infinity", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc0\x80",
          b"\xf0\x9f\x98\x80", b"1e5", b".5", b"null"]


def damage(chance, data):
    """One to three small changes."""
    data = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        at = chance.randint(0, len(data))
        end = min(len(data), at + chance.choice([0, 0, 1, 1, 2, 4]))
        put = chance.choice([b"", chance.choice(TOKENS), bytes([chance.randrange(256)]), bytes(data[at:end]) * 2])
        data[at:end] = put
    return bytes(data)


# ---- Answers ----

def status_line(chance):
    version = chance.choice([b"HTTP/1.1"] * 12 + [b"HTTP/1.0"] * 3 + [b"HTTP/1.2", b"http/1.1"])
    status = chance.choice([b"200"] * 6 + [b"201", b"204", b"304", b"301", b"404", b"429", b"503", b"599", b"600",
                                           b"099", b"20", b"2000"])
    reason = chance.choice([b" OK", b" ", b"", b" Not \xe9 Found", b" a\tb"])
    return version + b" " + status + reason + b"\r\n"


def chunks(chance, content):
    body = b""
    while content:
        size = chance.randint(1, len(content))
        extension = chance.choice([b""] * 6 + [b";a=b", b";x=\"1 2\"", b"; y"])
        body += chance.choice([b"%x", b"%X", b"00%x"]) % size + extension + b"\r\n" + content[:size] + b"\r\n"
        content = content[size:]
    trailer = chance.choice([b""] * 4 + [b"X-T: 1\r\n", b"Content-Length: 9\r\n", b"a:\r\nb: c\r\n"])
    return body + chance.choice([b"0", b"000", b"0;z"]) + b"\r\n" + trailer + b"\r\n"


def answer(chance):
    content = bytes(chance.choice(b"{}\":,0 1a\r\n") for _ in range(chance.choice([0, 1, 5, 40])))
    fields = [chance.choice([
        b"Server: x\r\n", b"X-A:b\r\n", b"Date: Sun, 22 Nov 2026 03:00:07 GMT\r\n", b"Connection: close\r\n",
        b"Retry-After: 120\r\n", b"X-Empty:\r\n", b"X-Blank: \t \r\n", b"Set-Cookie: a=\"b\"; c\r\n",
        b"X-High: \xe9\x85\r\n"]) for _ in range(chance.randint(0, 4))]
    framing, body = chance.choice(["length", "length", "chunked", "chunked", "close"]), content
    if framing == "length":
        fields.append(chance.choice([b"Content-Length: %d\r\n", b"content-length:%d \r\n",
                                     b"Content-Length:\t00%d\r\n"]) % len(content))
        body += chance.choice([b"", b"", b"surplus"])
    elif framing == "chunked":
        fields.append(chance.choice([b"Transfer-Encoding: chunked\r\n"] * 6 + [
            b"transfer-encoding:Chunked\r\n", b"Transfer-Encoding: chunked \r\n",
            b"Transfer-Encoding: gzip, chunked\r\n"]))
        body = chunks(chance, content) + chance.choice([b"", b"", b"surplus"])
    chance.shuffle(fields)
    interim = chance.choice([b""] * 9 + [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\n",
                                         b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"])
    return interim + status_line(chance) + b"".join(fields) + b"\r\n" + body


# ---- JSON ----

def blank(chance):
    return chance.choice([""] * 6 + [" ", "\n", "\r\n", "\t "])


def string(chance):
    parts = ["a", "id", "é", "€", "😀", "\\\"", "\\\\", "\\/", "\\b\\f\\n\\r\\t", "\\u00e9", "\\uD83D\\uDe00", "\\ud83d",
             "\\udc00x", "\\u0000", "\x7f", "\u2028", " ", "\\u20aC"]
    return "\"" + "".join(chance.choice(parts) for _ in range(chance.randint(0, 4))) + "\""


def scalar(chance):
    return chance.choice(["true", "false", "null", "0", "-0", "12", "-3.5", "1e5", "2E-2", "0.10e+7",
                          "9223372036854775807", "-9223372036854775808", "123456789012345678901234567890", string(chance), string(chance)])


def value(chance, depth):
    kind = chance.randrange(4)
    if depth == 0 or kind == 0:
        return blank(chance) + scalar(chance) + blank(chance)
    parts = [value(chance, depth - 1) for _ in range(chance.randint(0, 3))]
    if kind == 1:
        return blank(chance) + "[" + (",".join(parts) or blank(chance)) + "]" + blank(chance)
    names = ["\"id\"", "\"items\"", "\"etag\"", "\"eTag\"", "\"\\u0069d\"", "\"\"", "\"a.b\"", string(chance)]
    members = [blank(chance) + chance.choice(names) + blank(chance) + ":" + part for part in parts]
    return blank(chance) + "{" + (",".join(members) or blank(chance)) + "}" + blank(chance)


def text(chance):
    shape = chance.randrange(12)
    if shape == 0:
        return scalar(chance)
    if shape == 1:
        depth = chance.randint(60, 70)
        return "[" * depth + scalar(chance) + "]" * depth
    if shape < 5:
        items = ",".join("{\"id\":%s,\"etag\":%s}" % (string(chance), value(chance, 1))
                         for _ in range(chance.randint(0, 9)))
        return "{\"id\":%s,\"items\":[%s]}" % (value(chance, 1), items)
    return value(chance, 4)


def inputs(kind, seed, count):
    chance = random.Random(seed)
    for _ in range(count):
        data = answer(chance) if kind == "h" else text(chance).encode()
        yield damage(chance, data) if chance.random() < 0.6 else data
