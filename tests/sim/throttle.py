# SPDX-License-Identifier: MIT
# A token bucket over all connections, and what the gateway says to whom it turns away.

import email.utils
import math
import time

from message import Answer


class Throttle:
    """Follows state.rate, which may change at any time."""

    def __init__(self, state):
        self.state, self.rate, self.left, self.filled = state, None, 0, 0

    def refusal(self):
        """None, having taken one request's worth, or the answer 429."""
        if self.state.rate is None:
            return None
        requests, seconds = self.state.rate
        now = time.monotonic()
        if self.rate != self.state.rate:
            self.rate, self.left, self.filled = self.state.rate, requests, now
        self.left = min(requests, self.left + (now - self.filled) * requests / seconds)
        self.filled = now
        if self.left >= 1:
            self.left -= 1
            return None
        self.state.throttled += 1
        return self._answer((1 - self.left) * seconds / requests)

    def _answer(self, wait):
        after, headers = self.state.rate_retry_after, []
        if after == "date":
            headers = [["Retry-After", email.utils.formatdate(math.ceil(time.time() + wait), usegmt=True)]]
        elif after is not None:
            headers = [["Retry-After", str(max(1, math.ceil(wait)) if after == "seconds" else after)]]
        if not self.state.rate_code:
            return Answer(429, headers)
        return Answer.of(429, {"error_code": self.state.rate_code, "message": "Too many requests"}, headers)
