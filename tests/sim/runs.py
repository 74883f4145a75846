# SPDX-License-Identifier: MIT
# One run: how its status moves, and the JSON object that it is read as, in every form that has been seen.

import functools
import hashlib
import json
import random
import re
import time
from dataclasses import dataclass, field

# What a test may ask of all runs (state.list_shape) or of one (run.forms). Words of the page are in lists.py.
FORMS = {
    "shuffled": "members of every object in an order of their own, the same for the same run",
    "metrics-first": "metrics before everything else",
    "metrics-last": "metrics after everything else",
    "etag-camel": "etag spelt eTag",
    "etag-absent": "no etag",
    "activites": "activities spelt activites",
    "activities-absent": "no activities",
    "no-duration": "no durationSummary",
    "no-started": "no startedAtUTC",
    "no-records": "no recordSummary",
    "records-unknown": "all record counts -1",
    "status-upper": "FAILED, IN_PROGRESS, PARTIAL_SUCCESS",
    "status-snake": "failed, in_progress, partial_success",
    "status-synonym": "COMPLETED for success, QUEUED for scheduled, others as status-upper",
    "status-unknown": "a word that nobody has documented",
}
SYNONYMS = {"SUCCESS": "COMPLETED", "SCHEDULED": "QUEUED"}
UNKNOWN_WORD = "hibernating"
NOT_ENDED = ("scheduled", "queued", "inprogress", "hibernating")


def example(number):
    """The fixed ID of an example run: its last digits are the code that it stands for."""
    return "00000000-0000-4000-8000-%012d" % number


def digest(text, length):
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def plain_word(status):
    """A status without what its spellings differ in."""
    return status.replace("_", "").lower()


def many_errors(count, size=40):
    """So many entries of errors[], each message `size` bytes long."""
    return [{"code": "CONNECTOR-%04d-500" % number, "message": ("Error %d. " % number).ljust(size, "e")}
            for number in range(count)]


@dataclass(eq=False)
class Run:
    """One run. Its status moves by reading and by time, whichever a test gives:

    future     statuses that it takes on, one each time it is read, alone or in a list
    status_at  [(seconds since the run was made here, status), …]; reading does not hasten it
    next_future, next_status_at   the same for the run that re-triggering this one starts

    forms      words of FORMS, for this run beside those of state.list_shape
    padding    about so many bytes of activities and files (state.padding is for every run)
    errors     errors[] as it is shown: see many_errors(); None is one error if the run has failed
    """
    id: str
    flow_id: str
    status: str = "failed"
    created_at: int = 0
    records: int = 10
    etag: str = ""
    future: list = field(default_factory=list)
    next_future: tuple = ("inProgress", "success")
    shape: str = "documented"
    trouble: object = None
    retries: int = 0
    parent: str = None
    padding: int = 0
    status_at: list = ()
    next_status_at: tuple = ()
    forms: frozenset = frozenset()
    errors: list = None
    ended_at: int = 0
    born: float = field(default_factory=time.monotonic)

    def advance(self):
        """It is being read."""
        if self.future:
            self._become(self.future[0])
            self.future = self.future[1:]

    def status_now(self):
        if self.status_at:
            age = time.monotonic() - self.born
            due = [status for seconds, status in self.status_at if seconds <= age]
            self.status_at = self.status_at[len(due):]
            if due:
                self._become(due[-1])
        return self.status

    def _become(self, status):
        self.status = status
        self.ended_at = int(time.time() * 1000) if self.ended else 0

    @property
    def ended(self):
        return plain_word(self.status) not in NOT_ENDED

    def started_at(self, words=frozenset()):
        """None where the run's object does not tell: filters then cannot see it either."""
        untold = {"no-duration", "no-started"} & (words | self.forms)
        return None if untold or plain_word(self.status_now()) in ("scheduled", "queued") else self.created_at + 1000

    def updated_at(self):
        return self._times().get("completedAtUTC", self.created_at + 1000)

    def _times(self, words=frozenset()):
        times = {"startedAtUTC": self.started_at(words)}
        if self.ended:
            times["completedAtUTC"] = self.ended_at or self.created_at + 61000
        return {name: value for name, value in times.items() if value is not None}

    def as_json(self, words=frozenset(), padding=0):
        """A run object as the service lists it; each activity nests a status that is not the run's."""
        words = words | self.forms
        self.status_now()
        whole = {
            "id": self.id, "createdAt": self.created_at, "updatedAt": self.updated_at(),
            "createdBy": "test@AdobeID", "flowId": self.flow_id, "etag": self.etag, "version": "1.0",
            "activities": activities(self.padding or padding, plain_word(self.status)),
            "metrics": self._metrics(words),
            "flowSpec": {"id": example(9000), "version": "1.0"},
        }
        return formed(whole, words, self.id) if words else whole

    def _metrics(self, words):
        summary = {"status": spelt(self.status, words)}
        errors = self.errors
        if errors is None and plain_word(self.status) == "failed":
            errors = [{"code": "CONNECTOR-2001-500", "message": "Error while copying the source's data"}]
        if errors is not None:
            summary["errors"] = errors
        counts = [self.records, self.records, -1] if "records-unknown" not in words else [-1] * 3
        metrics = {"durationSummary": self._times(words), "statusSummary": summary,
                   "sizeSummary": {"inputBytes": self.records * 100, "outputBytes": self.records * 100},
                   "recordSummary": dict(zip(("inputRecordCount", "outputRecordCount", "failedRecordCount"), counts))}
        gone = {"no-duration": "durationSummary", "no-records": "recordSummary"}
        for word in words & gone.keys():
            del metrics[gone[word]]
        return metrics


def spelt(status, words):
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status)
    if "status-unknown" in words:
        return UNKNOWN_WORD
    if "status-synonym" in words:
        return SYNONYMS.get(snake.upper(), snake.upper())
    if "status-upper" in words:
        return snake.upper()
    return snake.lower() if "status-snake" in words else status


@functools.lru_cache(64)
def activities(padding, status):
    """One activity, and more of them with files until they come to about `padding` bytes. Members are named as the
    run's own: who looks for the first of a name finds these."""
    other = "failed" if status == "success" else "success"

    def activity(number, files=()):
        return {"id": "activity-%d" % number, "type": "copy", "createdAt": 1, "flowId": "not-the-flow",
                "etag": "not-the-etag",
                "durationSummary": {"startedAtUTC": 1, "completedAtUTC": 2},
                "statusSummary": {"status": other, "errors": [{"code": "NOT-THE-RUN", "message": "Not the run's"}]},
                "recordSummary": {"inputRecordCount": 7, "outputRecordCount": 7, "failedRecordCount": 7},
                "sourceInfo": {"files": list(files)}}

    made = [activity(0)]
    files = [{"name": "folder/part-%05d.parquet" % number, "status": other, "id": "file-%d" % number}
             for number in range(10)]
    made += [activity(number + 1, files) for number in range(-(-padding // len(json.dumps(activity(10, files)))))]
    return made


def formed(whole, words, seed):
    if "etag-camel" in words:
        whole["eTag"] = whole.pop("etag")
    if "etag-absent" in words:
        whole.pop("etag", None), whole.pop("eTag", None)
    if "activites" in words:
        whole["activites"] = whole.pop("activities")
    if "activities-absent" in words:
        whole.pop("activities", None), whole.pop("activites", None)
    if "shuffled" in words:
        whole = shuffled(whole, random.Random(seed))
    if "metrics-first" in words:
        whole = {"metrics": whole.pop("metrics"), **whole}
    if "metrics-last" in words:
        whole["metrics"] = whole.pop("metrics")
    return whole


def shuffled(value, source):
    if isinstance(value, list):
        return [shuffled(part, source) for part in value]
    if not isinstance(value, dict):
        return value
    names = list(value)
    source.shuffle(names)
    return {name: shuffled(value[name], source) for name in names}
