# SPDX-License-Identifier: MIT
# GET /runs: its query judged strictly, runs chosen and ordered, a page and its token written in many shapes.

import base64
import itertools
import json
import re
from urllib.parse import parse_qs, quote

from message import Answer
from runs import FORMS, digest, plain_word

# What a test may ask of a page, beside what runs.FORMS asks of its runs.
PAGES = {
    "links-first": "_links before the array",
    "links-last": "_links after everything else",
    "links-empty": "the last page has _links: {} (without either word, every other last page has none)",
    "links-absent": "the last page has no _links",
    "links-endless": "the last page links to itself, for ever",
    "decoys": "members that nobody has documented before and after the array, with items and links of their own",
    "href-other": "next.href names another resource, /connections",
    "href-more": "next.href repeats other parameters, with other values, before and after the token",
    "href-absolute": "next.href is a whole URL",
    "href-elsewhere": "next.href is a whole URL of another host",
    "token-reserved": "tokens of characters that have to be percent-encoded: = + / & % ? #",
    "token-raw": "tokens with = + / ? as they are, which a query allows",
    "token-long": "tokens of 1,000 characters",
    "escapes": "/ & = as \\/ \\u0026 \\u003d in all strings, as some servers write",
    "compact": "no spaces",
    "indented": "many spaces and line ends",
    "show-bare": "GET /runs/ID answers the bare run, not a list of one",
}
WORDS = {**PAGES, **FORMS}

PARAMETERS = ("property", "limit", "orderby", "continuationToken", "count")
CLAUSE = re.compile(r"([A-Za-z.]+)(==|!=|>=|<=|>|<)(.+)")
STATUS = "metrics.statusSummary.status"
STARTED = "metrics.durationSummary.startedAtUTC"
ORDERS = {"createdAt": lambda run: run.created_at, "updatedAt": lambda run: run.updated_at()}
COMPARE = {">": lambda a, b: a > b, "<": lambda a, b: a < b, ">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b}


class Refused(Exception):
    """The query is not one; its text says why."""


def write(content, words):
    """An answer of 200 in the shape that is asked for."""
    if "compact" in words:
        text = json.dumps(content, separators=(",", ":"))
    elif "indented" in words:
        text = "\n " + json.dumps(content, indent="\t").replace("\n", " \r\n") + "\r\n"
    else:
        text = json.dumps(content)
    if "escapes" in words:  # none of them stands outside a string
        text = text.replace("/", "\\/").replace("&", "\\u0026").replace("=", "\\u003d")
    return Answer(200, [["Content-Type", "application/json"]], text.encode())


class Query:
    """What was asked, or Refused: nothing that FLOW-SERVICE.md does not document is understood."""

    def __init__(self, target, words):
        given = parse_qs(target.partition("?")[2].replace("+", "%2B"), keep_blank_values=True)
        for name, values in given.items():
            if name not in PARAMETERS:
                raise Refused("parameter %s is not known" % name)
            if name != "property" and len(values) > 1:
                raise Refused("parameter %s is given twice" % name)
        last = {name: values[-1] for name, values in given.items()}
        self.words, self.count, self.token = words, "count" in last, last.get("continuationToken")
        if self.count and ("limit" in last or last["count"] != "true"):
            raise Refused("count is true, and it and limit exclude each other")
        limit = last.get("limit", "20")
        if not re.fullmatch("[1-9][0-9]?|100", limit):
            raise Refused("limit must be from 1 to 100")
        self.limit = int(limit)
        order = last.get("orderby", "-createdAt")
        if order.lstrip("-") not in ORDERS or order.startswith("--"):
            raise Refused("orderby is not understood")
        self.key, self.descending = ORDERS[order.lstrip("-")], order.startswith("-")
        self.clauses = [self._clause(text) for text in given.get("property", [])]
        self.digest = digest(json.dumps([sorted(given.get("property", [])), order]), 12)

    def _clause(self, text):
        match = CLAUSE.fullmatch(text)
        path, operator, value = match.groups() if match else (None, None, None)
        if path == STARTED and operator in COMPARE and re.fullmatch("[0-9]{1,15}", value):
            compare, bound, words = COMPARE[operator], int(value), self.words
            return lambda run: (run.started_at(words) or None) and compare(run.started_at(words), bound)
        if operator not in ("==", "!=") or path not in ("id", "flowId", STATUS):
            raise Refused("property %s is not understood" % text)
        equal = operator == "=="
        if path == STATUS:
            return lambda run: (plain_word(run.status_now()) == plain_word(value)) == equal
        if path == "flowId":
            return lambda run: (run.flow_id == value) == equal
        ids = set(value.split(","))
        return lambda run: (run.id in ids) == equal

    def admits(self, run):
        return all(clause(run) for clause in self.clauses)


class Lists:
    def __init__(self, state):
        self.state, self.endings = state, 0

    def answer(self, request):
        words = self.state.list_shape
        try:
            query = Query(request.target, words)
            if self.state.ignore_filters:
                query.clauses = []
            if query.count:
                found = sum(1 for run in self.state.runs.values() if query.admits(run))
                return write({"items": [], "count": found}, words)
            return self._page(query, request)
        except Refused as refused:
            return Answer.of(400, {"errorMessage": str(refused)})

    def _page(self, query, request):
        """Only what stands on the page is read, and so moves on, and is made JSON."""
        ordered = sorted(self.state.runs.values(), key=query.key, reverse=query.descending)
        size = query.limit + self.state.surplus_items
        if self.state.page_cap:
            size = min(size, self.state.page_cap)
        start = self._start(query, ordered)
        if self.state.offset_tokens:
            rest = itertools.islice((run for run in ordered if query.admits(run)), start, None)
        else:
            rest = (ordered[at] for at in range(start, len(ordered)) if query.admits(ordered[at]))
        taken = list(itertools.islice(rest, size + 1))
        more, taken = len(taken) > size, taken[:size]
        for run in taken:
            run.advance()
        items = [run.as_json(query.words, self.state.padding) for run in taken if query.admits(run)]
        token = None
        if more or "links-endless" in query.words:
            place = start + size if self.state.offset_tokens else taken[-1].id if taken else self._place(query)
            token = encode_token(place, query)
        return write(self._members(items, token, query, request), query.words)

    def _place(self, query):
        return decode_token(query) if query.token is not None else None

    def _start(self, query, ordered):
        """A token names the last run given, so that runs created meanwhile shift nothing; or, as offset, does not."""
        place = self._place(query)
        if place is None:
            return 0
        if isinstance(place, int):
            return place
        if place not in self.state.runs:
            raise Refused("continuationToken names what is gone")
        return ordered.index(self.state.runs[place]) + 1

    def _members(self, items, token, query, request):
        words = query.words
        members = {"items": items, "_links": {}, "count": len(items)}
        if token is not None:
            members["_links"] = {"next": {"href": href(token, words, request)}}
        else:
            self.endings += 1
            if "links-absent" in words or "links-empty" not in words and self.endings % 2 == 0:
                del members["_links"]
        if "links-first" in words and "_links" in members:
            members = {"_links": members.pop("_links"), **members}
        if "links-last" in words and "_links" in members:
            members["_links"] = members.pop("_links")
        if "decoys" in words:
            decoy = {"items": [{"id": "decoy", "flowId": "decoy", "metrics": {"statusSummary": {"status": "failed"}}}],
                     "_links": {"next": {"href": "/runs?continuationToken=decoy"}}, "next": {"href": "decoy"}}
            members = {"before": decoy, "href": "decoy", **members, "after": [decoy, [decoy["items"]]], "id": "decoy"}
        return members


def href(token, words, request):
    safe = "=+/?~" if "token-raw" in words else "~"
    text = "continuationToken=" + quote(token, safe=safe)
    if "href-more" in words:
        text = "limit=1&" + text + "&orderby=createdAt"
    base = request.path[:-len("/runs")]
    if "href-absolute" in words or "href-elsewhere" in words:
        host = "elsewhere.test" if "href-elsewhere" in words else request.get("host")
        return "https://%s%s/runs?%s" % (host, base, text)
    return ("/connections?" if "href-other" in words else "/runs?") + text


# Tokens: opaque to clients. They hold the place and a digest of the query: one that comes back with another query,
# or with a byte changed, is refused.

def encode_token(place, query):
    body = base64.urlsafe_b64encode(json.dumps([place, query.digest]).encode()).decode().rstrip("=")
    if "token-reserved" in query.words:
        return "a=b+c/d&e%2Bf?g#h~" + body
    if "token-raw" in query.words:
        return "a=b+c/d?e==~" + body
    return (body if "token-long" not in query.words else ("~" + body).rjust(1000, "L"))


def decode_token(query):
    body = query.token.rpartition("~")[2]
    try:
        place, asked = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except ValueError:
        raise Refused("continuationToken is not valid") from None
    if asked != query.digest:
        raise Refused("continuationToken belongs to another query")
    if encode_token(place, query) != query.token:
        raise Refused("continuationToken has been changed")
    return place
