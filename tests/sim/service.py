# SPDX-License-Identifier: MIT
# The Flow Service's endpoints and IMS's token endpoint: a request in, an answer out, the state changed.

import base64
import re
import threading
import time
import uuid
from urllib.parse import parse_qs, quote

from message import Answer
from state import NAMESPACE, State

BASE = "/data/foundation/flowservice"
ACTION = re.compile(r"/runs/([^/]+)/action")
SHOW = re.compile(r"/runs/([^/]+)")
CLAUSE = re.compile(r"([A-Za-z.]+)(==|!=|>=|<=|>|<)(.*)")


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
        if request.path == "/ims/token/v3":
            return self._token(request)
        if not request.path.startswith(self.base + "/"):
            return Answer(404, [["Content-Type", "text/html"]], b"<html>no such page</html>")
        path = request.path[len(self.base):]
        refusal = self._gateway(request) or self._sandbox(request, request_id)
        if refusal:
            return refusal
        action, show = ACTION.fullmatch(path), SHOW.fullmatch(path)
        if action and request.method == "POST":
            return self._action(request, action[1], request_id, apply)
        if show and request.method == "GET":
            return self._show(show[1], request_id)
        if path == "/runs" and request.method == "GET":
            return self._list(request)
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
        if run.status != "failed" and not (run.status == "success" and run.records == 0):
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
        return Answer.of(200, run.as_json() if run.shape == "full" else {"items": [run.as_json()]})

    def _list(self, request):
        query = parse_qs(request.target.partition("?")[2].replace("+", "%2B"), keep_blank_values=True)
        last = {name: values[-1] for name, values in query.items()}
        if "count" in query and "limit" in query:
            return Answer.of(400, {"errorMessage": "count and limit exclude each other"})
        limit = last.get("limit", "20")
        if not limit.isdigit() or not 1 <= int(limit) <= 100:
            return Answer.of(400, {"errorMessage": "limit must be from 1 to 100"})
        clauses = [CLAUSE.fullmatch(text) for text in query.get("property", [])]
        if None in clauses:
            return Answer.of(400, {"errorMessage": "property is not understood"})
        found = [run for run in [run.as_json() for run in self.state.runs.values()]
                 if all(satisfies(run, *clause.groups()) for clause in clauses)]
        order = last.get("orderby", "-createdAt")
        found.sort(key=lambda run: walk(run, order.lstrip("+-")) or 0, reverse=order.startswith("-"))
        if "count" in query:
            return Answer.of(200, {"items": [], "count": len(found)})
        return self._page(request, found, int(limit), last.get("continuationToken"))

    def _page(self, request, found, limit, token):
        """A token names the last run given, so that runs created meanwhile shift nothing."""
        start = 0
        if token is not None:
            after = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode(errors="replace")
            ids = [run["id"] for run in found]
            if after not in ids:
                return Answer.of(400, {"errorMessage": "continuationToken is not valid"})
            start = ids.index(after) + 1
        items = found[start:start + limit]
        links = {}
        if start + limit < len(found):
            token = base64.urlsafe_b64encode(items[-1]["id"].encode()).decode().rstrip("=")
            links = {"next": {"href": "/runs?limit=%d&continuationToken=%s" % (limit, quote(token))}}
        return Answer.of(200, {"items": items, "_links": links, "count": len(items)})

    # Tokens

    def _token(self, request):
        if request.method != "POST" or request.get("content-type") != "application/x-www-form-urlencoded":
            return Answer.of(400, {"error": "invalid_request", "error_description": "a form is needed"})
        form = {name: values[-1] for name, values in parse_qs(request.body.decode("latin-1")).items()}
        if form.get("grant_type") != "client_credentials":
            return Answer.of(400, {"error": "unsupported_grant_type", "error_description": "unknown grant type"})
        if self.state.clients.get(form.get("client_id")) != form.get("client_secret") or "client_id" not in form:
            return Answer.of(400, {"error": "invalid_client", "error_description": "invalid client or secret"})
        if not form.get("scope"):
            return Answer.of(400, {"error": "invalid_scope", "error_description": "scope is missing"})
        self.state.tokens_minted += 1
        token = "test-token-%d-not-secret" % self.state.tokens_minted
        token += "x" * max(0, self.state.token_length - len(token))
        self.state.tokens[token] = time.time() + self.state.token_life
        return Answer.of(200, {"access_token": token, "token_type": "bearer", "expires_in": self.state.token_life})


def walk(value, path):
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def satisfies(run, path, operator, text):
    value = walk(run, path)
    if operator in ("==", "!="):
        return (str(value) in text.split(",")) == (operator == "==")
    try:
        value, bound = int(value), int(text)
    except (TypeError, ValueError):
        return False
    return {">": value > bound, "<": value < bound, ">=": value >= bound, "<=": value <= bound}[operator]
