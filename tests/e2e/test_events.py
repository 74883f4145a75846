# SPDX-License-Identifier: MIT
# README's recipe for Adobe I/O Events: failed runs out of what a webhook or the journal of events gives, each retried
# once, whatever comes twice or is no run ID. The events are made up after Adobe's documentation.

import http.server
import json
import os
import pathlib
import subprocess
import threading
import urllib.parse

import pytest

import readme_blocks
import reflow_cli
import state

ROUNDS = 3


def run_of(run_id, status="failed", sandbox="prod", **more):
    """A run as the Flow Service describes it, with an activity that has a status and an ID of its own."""
    part = {"id": "copyActivity", "statusSummary": {"status": status, "errors": [{"code": "CONNECTOR-1001-500"}]}}
    return {"id": run_id, "flowId": "flow", "sandboxName": sandbox, "imsOrgId": state.ORG,
            "metrics": {"statusSummary": {"status": status}}, "activities": [part], **more}


def event(run_id, **facts):
    """As to a webhook: one event."""
    return {"event_id": "e-%s" % run_id, "event": {**run_of(run_id, **facts), "header": {
        "_adobeio": {"imsOrgId": state.ORG, "providerMetadata": "platform_notifications"}}}}


def messages(*runs):
    """As the documentation shows a failure."""
    about = {"msgType": "eventNotification", "_eventNotificationMeta": {"type": "sources_flow_run_failed"}}
    return [{"messages": [{**about, "value": run} for run in runs]}]


class Recipe:
    def __init__(self, reflow, sim, folder):
        self.sim, self.folder = sim, folder
        for name in ("bin", "reflow", "reflow-events"):
            (folder / name).mkdir()
        (folder / "bin/reflow").symlink_to(reflow_cli.program())
        self.environment = reflow.environment(sim.url, {
            "PATH": "%s/bin:%s" % (folder, os.environ["PATH"]), "REFLOW_ACCESS_TOKEN": None,
            "REFLOW_CLIENT_ID": state.CLIENT_ID, "REFLOW_CLIENT_SECRET": state.CLIENT_SECRET,
            "REFLOW_IMS_URL": sim.ims_url, "REFLOW_TOKEN_FILE": str(folder / "token")})

    def run(self, name, **more):
        script = readme_blocks.block("run", name).replace("/var/lib/", "%s/" % self.folder)
        return subprocess.run(["sh", "-c", script], cwd=self.folder, env={**self.environment, **more},
                              capture_output=True, text=True, timeout=reflow_cli.LONGEST)

    def feed(self, *texts):
        (self.folder / "reflow-events/events.json").write_text("\n".join(json.dumps(text) for text in texts))
        return self.run("events")

    @property
    def applied(self):
        return [run for run, _ in self.sim.ledger.applied]


@pytest.fixture
def recipe(reflow, sim, tmp_path):
    return Recipe(reflow, sim, tmp_path)


# What a webhook has written down

def test_failed_runs_are_found_in_both_shapes_and_each_is_retried_once(recipe, sim):
    first, second, third = sim.state.add_failed(3, "flow")
    told = [event(first), messages(run_of(second), run_of(third, status="success")), event(first)]
    done = recipe.feed(*told)
    assert (recipe.applied, done.returncode) == ([first, second], 0), done
    again = recipe.feed(*reversed(told))
    assert (recipe.applied, again.returncode) == ([first, second], 0), again


def test_other_sandboxes_and_other_events_are_left_out(recipe, sim):
    (run,) = sim.state.add_failed(1, "flow")
    done = recipe.feed(event(run, sandbox="dev"), event(run, status="success"), {"event": "x", "metrics": 1},
                       {"event": {"flowId": "flow", "sandboxName": "prod", "metrics": "failed"}}, [], "failed")
    assert (recipe.applied, done.stdout, done.stderr, done.returncode) == ([], "", "", 0)


@pytest.mark.parametrize("foreign", ["%s\n%s", "%s/../%s", "%s?op=x&%s", "$(touch %s)%s", "-%s %s", "", "\x1b[2J%s%s"])
def test_what_is_no_run_id_becomes_one_line_that_is_refused_unsent(recipe, sim, foreign):
    first, second, good = sim.state.add_failed(3, "flow")
    foreign = foreign % (first, second) if foreign else foreign
    done = recipe.feed(event(foreign), event(good))
    assert (recipe.applied, done.returncode) == ([good], 2 if foreign else 0), done
    posts = [entry["target"] for entry in sim.ledger.requests if entry["method"] == "POST"]
    assert [target for target in posts if "/runs/" in target and good not in target] == []
    assert "\x1b" not in done.stdout + done.stderr


def test_a_failed_run_without_an_id_or_with_a_number_for_one_is_passed_over(recipe, sim):
    done = recipe.feed(event(None), event(12), event({"id": "x"}))
    assert (recipe.applied, done.returncode) == ([], 0), done


def test_the_events_of_retries_that_fail_themselves_come_to_an_end(recipe, sim):
    told = [event(*sim.state.add_failed(1, "flow"))]
    while len(recipe.applied) < len(told) < ROUNDS + 3:
        recipe.feed(*told)
        new = sim.state.runs[sim.ledger.applied[-1][1]]
        new.status, new.future = "failed", []
        told.append(event(new.id))
    assert len(recipe.applied) == ROUNDS
    assert "it is retry number %d" % ROUNDS in recipe.feed(*told).stdout


# The journal of events, page by page

class Journal(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path, _, query = self.path.partition("?")
        since = urllib.parse.parse_qs(query).get("since", [None])[0]
        self.server.asked.append((path, since, self.headers["authorization"], self.headers["x-api-key"],
                                  self.headers["x-ims-org-id"]))
        page = self.server.pages.get(since)
        self.send_response(200 if page else 204)
        self.end_headers()
        if page:
            position, told = page
            self.wfile.write(json.dumps({
                "events": [{"position": "p%d" % i, "event": one} for i, one in enumerate(told)],
                "_page": {"last": position, "count": len(told)}}).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def journal():
    server = http.server.HTTPServer(("127.0.0.1", 0), Journal)
    server.asked, server.pages = [], {}
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


POSITION = "salmon:1.abc+/&="


def test_pages_of_the_journal_are_taken_in_turn_and_once(recipe, sim, journal):
    url = "http://127.0.0.1:%d/events" % journal.server_port
    recipe.feed()
    first, second = sim.state.add_failed(2, "flow")
    journal.pages = {None: (POSITION, [event(first), event(first, status="success"), event(first)]),
                     POSITION: ("end", [messages(run_of(second)), event(first)])}
    for _ in range(4):
        done = recipe.run("journaling", EVENTS_URL=url)
        assert done.stderr == "", done
    assert recipe.applied == [first, second]
    assert [since for _, since, *_ in journal.asked] == [None, POSITION, "end", "end"]
    token = (pathlib.Path(recipe.folder) / "token").read_text().splitlines()[0]
    assert {entry[2:] for entry in journal.asked} == {("Bearer " + token, state.API_KEY, state.ORG)}
    assert sim.state.tokens_asked == 1


def test_a_page_whose_runs_were_not_all_seen_to_is_taken_again(recipe, sim, make_sim, journal):
    url = "http://127.0.0.1:%d/events" % journal.server_port
    recipe.feed()
    first, second = sim.state.add_failed(2, "flow")
    journal.pages = {None: ("end", [event(first), event(second)])}
    other = make_sim("name-only").url.replace("localhost", "127.0.0.1")
    done = recipe.run("journaling", EVENTS_URL=url, REFLOW_URL=other)
    position = recipe.folder / "reflow-events/position"
    assert "not_applied" in done.stdout and "tls_hostname" in done.stdout and not position.exists()
    recipe.run("journaling", EVENTS_URL=url)
    assert recipe.applied == [first, second]
    assert position.read_text() == "end\n"
