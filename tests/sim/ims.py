# SPDX-License-Identifier: MIT
# IMS's token endpoint: client credentials in, an access token or trouble out.

import time
from urllib.parse import parse_qsl

from message import Answer

PATH = "/ims/token/v3"
LONG = 5000
ODD = "test-token-odd-not-secret"


def error(status, code, text, headers=()):
    return Answer.of(status, {"error": code, "error_description": text}, headers)


def success(**changes):
    """A good answer but for `changes`; a member of None is left out."""
    content = {"access_token": ODD, "token_type": "bearer", "expires_in": 86399, **changes}
    return Answer.of(200, {name: value for name, value in content.items() if value is not None})


def html(status):
    return Answer(status, [["Content-Type", "text/html"]], b"<html>busy</html>")


# name -> what is answered instead of a token: state.ims_fails(NAME, times)
TROUBLES = {
    "invalid-client": lambda: error(400, "invalid_client", "invalid client_id parameter"),
    "invalid-scope": lambda: error(400, "invalid_scope", "scope is not allowed"),
    "unauthorized": lambda: error(401, "unauthorized_client", "client is not entitled"),
    "throttled": lambda: error(429, "too_many_requests", "slow down", [("Retry-After", "1")]),
    "throttled-long": lambda: error(429, "too_many_requests", "slow down", [("Retry-After", "3600")]),
    "500": lambda: error(500, "server_error", "try again"),
    "503": lambda: Answer(503, []),
    "html": lambda: html(200),
    "html-502": lambda: html(502),
    "empty": lambda: Answer(200, []),
    "not-json": lambda: Answer(200, [["Content-Type", "application/json"]], b'{"access_token": "tok'),
    "redirect": lambda: Answer(302, [["Location", "https://elsewhere.test/ims/token/v3"]]),
    "token-missing": lambda: success(access_token=None),
    "token-empty": lambda: success(access_token=""),
    "token-number": lambda: success(access_token=17),
    "token-null": lambda: Answer(200, [], b'{"access_token": null, "expires_in": 86399}'),
    "token-illegal": lambda: success(access_token="test-token with\r\nX-Evil: yes"),
    "token-space": lambda: success(access_token="test-token with-space"),
    "token-foreign": lambda: success(access_token="test-token-\u00e9\u001b[2J"),
    "token-long": lambda: success(access_token="test-token-" + "x" * (LONG - 11)),
    "expires-missing": lambda: success(expires_in=None),
    "expires-zero": lambda: success(expires_in=0),
    "expires-negative": lambda: success(expires_in=-1),
    "expires-text": lambda: success(expires_in="86399"),
    "expires-huge": lambda: success(expires_in=99999999999999999999),
}


class Ims:
    def __init__(self, state):
        self.state = state

    def answer(self, request):
        self.state.tokens_asked += 1
        trouble = self.state.take_ims_trouble()
        if trouble:
            if trouble.startswith("expires-"):
                self._grant(ODD)
            return TROUBLES[trouble]()
        return self._refusal(request) or self._minted()

    def _refusal(self, request):
        if request.method != "POST" or request.get("content-type") != "application/x-www-form-urlencoded":
            return error(400, "invalid_request", "a form is needed")
        pairs = parse_qsl(request.body.decode("latin-1"), keep_blank_values=True)
        form = dict(pairs)
        if len(form) != len(pairs) or "?" in request.target:
            return error(400, "invalid_request", "a parameter stands twice, or in the URL")
        if form.get("grant_type") != "client_credentials":
            return error(400, "unsupported_grant_type", "unknown grant type")
        if "client_id" not in form or self.state.clients.get(form["client_id"]) != form.get("client_secret"):
            return error(400, "invalid_client", "invalid client or secret")
        return None if form.get("scope") else error(400, "invalid_scope", "scope is missing")

    def _minted(self):
        state = self.state
        token = "test-token-%d-not-secret" % (state.tokens_minted + 1)
        token += "x" * max(0, state.token_length - len(token))
        self._grant(token)
        said = state.token_life if state.token_expires_in is None else state.token_expires_in
        return success(access_token=token, expires_in=int(said * (1000 if state.token_life_in_ms else 1)))

    def _grant(self, token):
        self.state.tokens_minted += 1
        self.state.tokens[token] = time.time() + self.state.token_life
