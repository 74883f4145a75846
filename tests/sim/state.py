# SPDX-License-Identifier: MIT
# What the simulated service knows: flows, runs, sandboxes, credentials, and the example runs with fixed names.

import hashlib
import time
import uuid
from dataclasses import dataclass, field

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


def example(number):
    """The fixed ID of an example run: its last digits are the code that it stands for."""
    return "00000000-0000-4000-8000-%012d" % number


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


@dataclass
class Run:
    """One run. `future` lists the statuses that it takes on, one each time it is read."""
    id: str
    flow_id: str
    status: str = "failed"
    created_at: int = 0
    records: int = 10
    etag: str = ""
    future: list = field(default_factory=list)
    next_future: tuple = ("inProgress", "success")
    shape: str = "documented"
    trouble: Trouble = None
    retries: int = 0
    parent: str = None
    padding: int = 0

    def advance(self):
        if self.future:
            self.status = self.future.pop(0)

    def as_json(self):
        """A run object as the service lists it; each activity nests a status of its own."""
        times = {"startedAtUTC": self.created_at + 1000}
        if self.status not in ("scheduled", "inProgress"):
            times["completedAtUTC"] = self.created_at + 61000
        summary = {"status": self.status}
        if self.status == "failed":
            summary["errors"] = [{"code": "CONNECTOR-2001-500", "message": "Error while copying the source's data"}]
        return {
            "id": self.id, "createdAt": self.created_at, "updatedAt": self.created_at + 61000,
            "createdBy": "test@AdobeID", "flowId": self.flow_id, "etag": self.etag, "version": "1.0",
            "flowSpec": {"id": example(9000), "version": "1.0"},
            "activities": [{"id": "copy", "type": "copy", "durationSummary": times,
                            "statusSummary": {"status": "success", "extensions": {"note": "x" * self.padding}}}],
            "metrics": {"durationSummary": times, "statusSummary": summary,
                        "sizeSummary": {"inputBytes": self.records * 100, "outputBytes": self.records * 100},
                        "recordSummary": {"inputRecordCount": self.records, "outputRecordCount": self.records,
                                          "failedRecordCount": -1}},
        }


class State:
    """All of it, with the examples in place. Tests change it freely before and between requests."""

    def __init__(self):
        self.tokens = {TOKEN: None}  # token -> time of its end, None never
        self.api_keys = {API_KEY}
        self.orgs = {ORG}
        self.sandboxes = {"prod": True, "dev": True, "locked": False}  # name -> may it be used
        self.clients = {CLIENT_ID: CLIENT_SECRET}
        self.token_life = 86399
        self.token_length = 0
        self.tokens_minted = 0
        self.flows, self.runs = {}, {}
        self.clock = int(time.time() * 1000) - 86400000
        self._examples()

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

    def add_run(self, run_id, flow_id=example(9001), **facts):
        self.clock += 1
        run = Run(run_id, flow_id, **{"created_at": self.clock, **facts})
        run.etag = run.etag or '"%s-0000-0200-0000-%s0000"' % (digest(run_id, 8), digest(run_id + "/", 8))
        self.runs[run_id] = run
        return run

    def retry_run(self, old, new_id=None):
        """Act: start the new run that re-triggering `old` means."""
        old.retries += 1
        first = old.id == DOCUMENTED and old.retries == 1
        new_id = new_id or (DOCUMENTED_NEW if first else str(uuid.uuid5(NAMESPACE, "%s/%d" % (old.id, old.retries))))
        return self.add_run(new_id, old.flow_id, status="scheduled", created_at=int(time.time() * 1000),
                            future=list(old.next_future), parent=old.id, etag=DOCUMENTED_ETAG if first else "",
                            shape=old.shape, next_future=old.next_future)


def digest(text, length):
    return hashlib.sha256(text.encode()).hexdigest()[:length]
