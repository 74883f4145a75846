# SPDX-License-Identifier: MIT
# What the simulated service knows: flows, runs, sandboxes, credentials, and the example runs with fixed names.

import hashlib
import time
import uuid
from dataclasses import dataclass

import ims
from lists import WORDS
from runs import Run, digest, example

TOKEN = "test-token-not-secret"
API_KEY = "test-api-key"
ORG = "0123456789ABCDEF01234567@AdobeOrg"
SANDBOX = "prod"
CLIENT_ID = "test-client-id"
CLIENT_SECRET = "test-client-not-secret"

DOCUMENTED = "4fb0418e-1804-45d6-8d56-dd51f05c0baf"
DOCUMENTED_NEW = "3fb0418e-1804-45d6-8d56-dd51f05c0baf"
DOCUMENTED_ETAG = '"1100c53e-0000-0200-0000-627138980000"'
NAMESPACE = uuid.UUID("6f2c5a0e-7d2b-4b6e-9a55-0b1f6c0d7e11")


@dataclass
class Trouble:
    """An answer that a run gives instead of being re-triggered: `times` times, or always (None)."""
    kind: str  # gateway, flow or raw
    status: int
    code: str = ""
    message: str = ""
    headers: tuple = ()
    times: int = None


# name -> (run ID, what it shows, Trouble or None). Printed by flowsim.py --help; README and tests rely on the names.
EXAMPLES = {
    "documented": (DOCUMENTED, "re-triggers; the first time to the documented ID and etag", None),
    "failed": (example(1), "re-triggers", None),
    "empty-success": (example(2), "succeeded without records: re-triggers", None),
    "items": (example(201), "re-triggers; answers 201 {\"items\":[{id, etag}]}", None),
    "full": (example(200), "re-triggers; answers with the whole run object, eTag spelt so", None),
    "still-failing": (example(3), "re-triggers, but the new run fails too", None),
    "throttled-once": (example(429), "429 429050, Retry-After: 1, once; then re-triggers",
                       Trouble("gateway", 429, "429050", "Too many requests", (("Retry-After", "1"),), 1)),
    "throttled": (example(429050), "429 429050, Retry-After: 1, always",
                  Trouble("gateway", 429, "429050", "Too many requests", (("Retry-After", "1"),))),
    "throttled-empty": (example(429000), "429 with an empty body, always", Trouble("raw", 429)),
    "flow-disabled": (example(1388), "400 FLOW-1388-400: its flow is not enabled", None),
    "running": (example(1387), "400 FLOW-1387-400: it is still in progress", None),
    "streaming": (example(1401), "400 FLOW-1401-400: its flow is streaming", None),
    "cannot-create": (example(1380), "400 FLOW-1380-400",
                      Trouble("flow", 400, "1380-400", "The flow run could not be created")),
    "provider-500": (example(1102), "500 FLOW-1102-500", Trouble("flow", 500, "1102-500", "The provider failed")),
    "provider-503": (example(1103), "503 FLOW-1103-503, no Retry-After",
                     Trouble("flow", 503, "1103-503", "The provider is unavailable")),
    "provider-504": (example(1104), "504 FLOW-1104-504", Trouble("flow", 504, "1104-504", "The provider timed out")),
    "gateway-503": (example(503000), "503 503000 from the gateway",
                    Trouble("gateway", 503, "503000", "Service temporarily unavailable")),
    "gateway-busy-once": (example(503010), "503 503010, once; then re-triggers",
                          Trouble("gateway", 503, "503010", "Upstream is unavailable", (), 1)),
    "proxy-503": (example(503), "503 with an HTML page from some proxy",
                  Trouble("raw", 503, message="<html>busy</html>")),
    "no-profile": (example(403025), "403 403025", Trouble("gateway", 403, "403025", "Profile is not valid")),
    "no-permission": (example(2120), "403 FLOW-2120-403",
                      Trouble("flow", 403, "2120-403", "The user has no permission to manage flow runs")),
}


@dataclass
class Flow:
    id: str
    enabled: bool = True
    streaming: bool = False


class State:
    """All of it, with the examples in place. Tests change it freely before and between requests.

    Lists
      list_shape       a set of words from lists.WORDS (pages) and runs.FORMS (every run): how JSON is laid out
      padding          about so many bytes of activities and files in every run (Run.padding: in one)
      ignore_filters   `property` is not heeded: everything is given
      offset_tokens    continuation tokens are offsets, so runs created meanwhile shift pages
      surplus_items    a page has so many runs more than `limit`
      page_cap         a page has no more than so many runs, whatever `limit` says
    Time
      delay_s          each request is acted on, and answered so many seconds later (faults that act, too)
      rate             (requests, seconds): a token bucket over all connections; beyond it 429
      rate_retry_after "seconds" (until there is room, rounded up; the default), "date", a number, any text, None
      rate_code        error_code of that 429; "" for an empty body
      throttled        how often that happened
      next_status_at   [(seconds, status), …] of every run that a re-trigger starts, unless the old run has its own
    Tokens
      token_life       seconds that minted tokens live, a float if need be
      token_expires_in what `expires_in` says instead, when not None
      token_life_in_ms expires_in is in milliseconds
      token_length     tokens are filled up to so many characters
      tokens_minted    how many there were;  tokens_asked  requests to the token endpoint
      revoke(token)    or revoke() for all of them;  ims_fails(NAME, times), NAME from ims.TROUBLES

    Runs that move by reading or by time: see Run. add_run(ID, ends_after_s=2, ends_as="failed") is in progress now.
    """

    def __init__(self):
        self.tokens = {TOKEN: None}  # token -> time of its end, None never
        self.api_keys = {API_KEY}
        self.orgs = {ORG}
        self.sandboxes = {"prod": True, "dev": True, "locked": False}  # name -> may it be used
        self.clients = {CLIENT_ID: CLIENT_SECRET}
        self._lists_and_time()
        self.token_life, self.token_expires_in, self.token_life_in_ms = 86399, None, False
        self.token_length = 0
        self.tokens_minted = self.tokens_asked = 0
        self._ims_troubles = []
        self.flows, self.runs = {}, {}
        self.clock = int(time.time() * 1000) - 86400000
        self._examples()

    def _lists_and_time(self):
        self.list_shape = ()
        self.padding = self.surplus_items = self.page_cap = 0
        self.ignore_filters = self.offset_tokens = False
        self.delay_s = 0
        self.rate, self.rate_retry_after, self.rate_code, self.throttled = None, "seconds", "429050", 0
        self.next_status_at = ()

    @property
    def list_shape(self):
        return self._list_shape

    @list_shape.setter
    def list_shape(self, words):
        words = frozenset([words] if isinstance(words, str) else words)
        if words - WORDS.keys():
            raise ValueError("no shape is called %s" % sorted(words - WORDS.keys()))
        self._list_shape = words

    # Tokens

    def revoke(self, token=None):
        """This token, or all, are good no more."""
        for name in list(self.tokens) if token is None else [token]:
            self.tokens[name] = 0

    def ims_fails(self, name, times=1):
        """The token endpoint answers ims.TROUBLES[name] so many times; None for always."""
        if name not in ims.TROUBLES:
            raise ValueError("no trouble of the token endpoint is called %s" % name)
        self._ims_troubles.append([name, times])

    def take_ims_trouble(self):
        if not self._ims_troubles:
            return None
        name, times = self._ims_troubles[0]
        if times == 1:
            self._ims_troubles.pop(0)
        elif times:
            self._ims_troubles[0][1] -= 1
        return name

    # Flows and runs

    def _examples(self):
        batch = self.add_flow(example(9001))
        special = {"flow-disabled": self.add_flow(example(9002), enabled=False),
                   "streaming": self.add_flow(example(9003), streaming=True)}
        for name, (run_id, _, trouble) in EXAMPLES.items():
            run = self.add_run(run_id, special.get(name, batch).id, trouble=trouble)
            run.shape = name if name in ("items", "full") else "documented"
            if name == "running":
                run.status = "inProgress"
            elif name == "empty-success":
                run.status, run.records = "success", 0
            elif name == "still-failing":
                run.next_future = ("inProgress", "failed")

    def add_flow(self, flow_id, **facts):
        self.flows[flow_id] = Flow(flow_id, **facts)
        return self.flows[flow_id]

    def add_run(self, run_id, flow_id=example(9001), ends_after_s=None, ends_as="success", **facts):
        self.clock += 1
        run = Run(run_id, flow_id, **{"created_at": self.clock, **facts})
        run.etag = run.etag or '"%s-0000-0200-0000-%s0000"' % (digest(run_id, 8), digest(run_id + "/", 8))
        if ends_after_s is not None:
            run.status, run.status_at = facts.get("status", "inProgress"), [(ends_after_s, ends_as)]
        self.runs[run_id] = run
        return run

    def add_failed(self, count, flow_id=example(9001), age_s=86400, **facts):
        """So many failed runs, createdAt spread evenly from `age_s` seconds ago to now; their IDs, oldest first.

        The IDs look like UUIDs and are the same in each simulator that adds the same runs.
        """
        if flow_id not in self.flows:
            self.add_flow(flow_id)
        start, now = len(self.runs), time.time() * 1000
        ids = []
        for number in range(count):
            text = hashlib.sha256(b"%d" % (start + number)).hexdigest()
            run_id = "-".join((text[:8], text[8:12], "4" + text[13:16], "8" + text[17:20], text[20:32]))
            created = int(now - age_s * 1000 * (count - number) / count)
            self.runs[run_id] = Run(run_id, flow_id, created_at=created,
                                    etag='"%s-0000-0200-0000-%s0000"' % (text[32:40], text[40:48]), **facts)
            ids.append(run_id)
        return ids

    def retry_run(self, old, new_id=None):
        """Act: start the new run that re-triggering `old` means."""
        old.retries += 1
        first = old.id == DOCUMENTED and old.retries == 1
        new_id = new_id or (DOCUMENTED_NEW if first else str(uuid.uuid5(NAMESPACE, "%s/%d" % (old.id, old.retries))))
        moves = list(old.next_status_at or self.next_status_at)
        return self.add_run(new_id, old.flow_id, status="scheduled", created_at=int(time.time() * 1000),
                            future=[] if moves else list(old.next_future), status_at=moves, parent=old.id,
                            etag=DOCUMENTED_ETAG if first else "", shape=old.shape, next_future=old.next_future,
                            next_status_at=old.next_status_at, forms=old.forms)
