# SPDX-License-Identifier: MIT
# The Flow Service's endpoints: a request in, an answer out, the state changed.

import re
import threading
import time
import uuid

from ims import PATH as IMS_PATH
from ims import Ims
from lists import Lists, write
from message import Answer
from runs import plain_word
from state import NAMESPACE, State
from throttle import Throttle

BASE = "/data/foundation/flowservice"
ACTION = re.compile(r"/runs/([^/]+)/action")
SHOW = re.compile(r"/runs/([^/]+)")
SHORTEST_SECRET = 16  # a test may give a token of one letter, which stands everywhere


def gateway(status, code, message, headers=()):
    return Answer.of(status, {"error_code": code, "message": message}, headers)


def flow_error(code, title, message, request_id):
    status = int(code.split("-")[1])
    return Answer.of(status, {
        "type": "https://ns.adobe.com/aep/errors/FLOW-" + code, "title": title, "status": status,
        "report": {"detailed-message": message, "request-id": request_id},
        "errorMessage": message, "errorDetails": message})


class Service:
    """Judges and acts in one step under one lock."""

    def __init__(self, state=None, base=BASE):
        self.state = state or State()
        self.base = base
        self.ims, self.lists, self.throttle = Ims(self.state), Lists(self.state), Throttle(self.state)
        self.lock = threading.RLock()
        self.count = 0

    def authorization(self, request):
        """matched, unmatched or absent: all that is ever written down about a token."""
        value = request.get("authorization")
        if value is None:
            return "absent"
        scheme, _, token = value.partition(" ")
        ends = self.state.tokens.get(token, 0)
        return "matched" if scheme == "Bearer" and (ends is None or ends > time.time()) else "unmatched"

    def redacted(self, text):
        """The text without any secret that this service knows: what a ledger may hold."""
        with self.lock:
            secrets = [*self.state.clients.values(), *self.state.tokens]
        for secret in secrets:
            if len(secret) >= SHORTEST_SECRET:
                text = text.replace(secret, "(secret)")
        return text

    def run_of(self, request):
        path = request.path[len(self.base):] if request.path.startswith(self.base) else ""
        match = ACTION.fullmatch(path) or SHOW.fullmatch(path)
        return match and match[1]

    def handle(self, request, new_id=None, on_apply=lambda run, new_id: None):
        """The answer to a well-formed request, having acted on it; `on_apply` is told before the answer exists."""
        with self.lock:
            self.count += 1
            request_id = str(uuid.uuid5(NAMESPACE, "request/%d" % self.count))
            answer = self._route(request, request_id, lambda run: self._apply(run, new_id, on_apply))
            if all(name.lower() != "x-request-id" for name, _ in answer.headers):
                answer.headers.append(["X-Request-Id", request_id])
            return answer

    def _route(self, request, request_id, apply):
        if request.path == IMS_PATH:
            return self.ims.answer(request)
        if not request.path.startswith(self.base + "/"):
            return Answer(404, [["Content-Type", "text/html"]], b"<html>no such page</html>")
        path = request.path[len(self.base):]
        refusal = self.throttle.refusal() or self._gateway(request) or self._sandbox(request, request_id)
        if refusal:
            return refusal
        action, show = ACTION.fullmatch(path), SHOW.fullmatch(path)
        if action and request.method == "POST":
            return self._action(request, action[1], request_id, apply)
        if show and request.method == "GET":
            return self._show(show[1], request_id)
        if path == "/runs" and request.method == "GET":
            return self.lists.answer(request)
        if action or show or path == "/runs":
            return Answer.of(405, {"errorMessage": "method not allowed"})
        return Answer.of(404, {"errorMessage": "no such resource"})

    # What stands before the Flow Service

    def _gateway(self, request):
        if request.get("x-api-key") is None:
            return gateway(403, "403000", "Api Key is required")
        if request.get("x-api-key") not in self.state.api_keys:
            return gateway(403, "403003", "Api Key is invalid")
        authorization = self.authorization(request)
        if authorization == "absent":
            return gateway(403, "403010", "Oauth token is missing")
        if authorization == "unmatched":
            return gateway(401, "401013", "Oauth token is not valid")
        if request.get("x-gw-ims-org-id") is None:
            return gateway(400, "400003", "Missing required header x-gw-ims-org-id")
        if request.get("x-gw-ims-org-id") not in self.state.orgs:
            return gateway(403, "403025", "Profile is not valid")
        if request.method == "POST" and request.get("content-type") != "application/json":
            return gateway(400, "400003", "Missing required header Content-Type")
        return None

    def _sandbox(self, request, request_id):
        name = request.get("x-sandbox-name")
        if name is None:
            return flow_error("2105-400", "Bad request", "The x-sandbox-name header is missing", request_id)
        if name not in self.state.sandboxes:
            return flow_error("2100-404", "Not found", "Sandbox %s does not exist" % name, request_id)
        if not self.state.sandboxes[name]:
            return flow_error("2118-403", "Forbidden", "No permission for sandbox %s" % name, request_id)
        return None

    # Runs

    def _action(self, request, run_id, request_id, apply):
        run = self.state.runs.get(run_id)
        operations = [value for name, value in request.query if name == "op"]
        if run is None:
            return flow_error("1439-404", "Resource not found", "Flow run %s does not exist" % run_id, request_id)
        if operations not in (["re-trigger"], ["RE_TRIGGER"]):
            return Answer.of(400, {"type": "about:blank", "status": 400, "title": "Bad request",
                                   "detail": "op is not one of: re-trigger"})
        if request.get("if-match") not in (None, run.etag):
            return Answer.of(412, {"errorMessage": "The etag does not match"})
        refusal = self._trouble(run, request_id) or self._state_forbids(run, request_id)
        if refusal:
            return refusal
        return self._retriggered(run, operations[0], apply(run))

    def _trouble(self, run, request_id):
        trouble = run.trouble
        if trouble is None or trouble.times == 0:
            return None
        if trouble.times:
            run.trouble = type(trouble)(**{**vars(trouble), "times": trouble.times - 1})
        if trouble.kind == "raw":
            return Answer(trouble.status, [list(pair) for pair in trouble.headers], trouble.message.encode())
        if trouble.kind == "gateway":
            return gateway(trouble.status, trouble.code, trouble.message, trouble.headers)
        return flow_error(trouble.code, "Flow Service error", trouble.message, request_id)

    def _state_forbids(self, run, request_id):
        flow = self.state.flows[run.flow_id]
        if flow.streaming:
            return flow_error("1401-400", "Bad request", "This action is not supported for the source", request_id)
        if not flow.enabled:
            return flow_error("1388-400", "Bad request", "Flow %s is not enabled" % flow.id, request_id)
        status = plain_word(run.status_now())
        if status != "failed" and not (status in ("success", "completed") and run.records == 0):
            return flow_error("1387-400", "Bad request",
                              "The run is in state %s and cannot be re-triggered, try later" % run.status, request_id)
        return None

    def _apply(self, run, new_id, on_apply):
        new = self.state.retry_run(run, new_id)
        on_apply(run.id, new.id)
        return new

    @staticmethod
    def _retriggered(run, operation, new):
        if run.shape == "items":
            return Answer.of(201, {"items": [{"id": new.id, "etag": new.etag}]})
        if run.shape == "full" or operation == "RE_TRIGGER":
            whole = new.as_json()
            whole["eTag"] = whole.pop("etag")
            return Answer.of(200, whole)
        return Answer.of(200, {"id": new.id, "etag": new.etag})

    def _show(self, run_id, request_id):
        run = self.state.runs.get(run_id)
        if run is None:
            return flow_error("1439-404", "Resource not found", "Flow run %s does not exist" % run_id, request_id)
        run.advance()
        words = self.state.list_shape
        whole = run.as_json(words, self.state.padding)
        bare = run.shape == "full" or "show-bare" in words
        return write(whole if bare else {"items": [whole]}, words)
