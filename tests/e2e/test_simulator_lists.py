# SPDX-License-Identifier: MIT
# The simulator as a judge of lists: pages, tokens, shapes and sizes, runs that move, a throttle over all connections.

import email.utils
import http.client
import json
import time
import urllib.parse

import pytest

import faults
import lists
import runs
import state
from service import BASE
from test_simulator import HEADERS, ask, client, context, retry  # noqa: F401  (two are fixtures)

FLOW, OTHER = "flow-1", "flow-2"
STATUS = "metrics.statusSummary.status"
STARTED = "metrics.durationSummary.startedAtUTC"


def get(client, query, *properties):
    path = BASE + "/runs?" + "&".join([query, *("property=" + text for text in properties)]).strip("&")
    answer, content = ask(client, "GET", path)
    return (answer.status, content) if answer.status != 200 else content


def token_of(page):
    """As FLOW-SERVICE.md says: of href only the token counts."""
    link = (page.get("_links") or {}).get("next")
    if not link:
        return None
    return [part for part in link["href"].partition("?")[2].split("&") if part.startswith("continuationToken=")][0]


def pages(client, query="", *properties, most=50):
    page, found = get(client, query, *properties), []
    while page and len(found) < most:
        found.append(page)
        token = token_of(page)
        page = token and get(client, query + "&" + token, *properties)
    return found


def ids(found):
    return [run["id"] for page in found for run in page["items"]]


@pytest.fixture
def failed(sim):
    """25 failed runs of FLOW, newest first."""
    return sim.state.add_failed(25, FLOW)[::-1]


def test_properties_are_anded_and_each_operator_is_heeded(sim, client, failed):
    sim.state.add_failed(3, OTHER)
    sim.state.runs[failed[4]].status = "success"
    flow, bad = "flowId==" + FLOW, STATUS + "==failed"
    assert len(ids(pages(client, "limit=100", flow))) == 25
    assert len(ids(pages(client, "limit=100", flow, bad))) == 24
    assert ids(pages(client, "", "id==%s,%s,none" % (failed[2], failed[1]), flow)) == failed[1:3]
    assert ids(pages(client, "", "id==" + failed[2], "flowId==" + OTHER)) == []
    since = sim.state.runs[failed[3]].started_at()
    assert ids(pages(client, "", flow, "%s>%d" % (STARTED, since))) == failed[:3]
    assert get(client, "count=true", flow, bad)["count"] == 24


@pytest.mark.parametrize("query,why", [
    ("limit=0", "limit"), ("limit=101", "limit"), ("limit=-1", "limit"), ("limit=+5", "limit"), ("limit=", "limit"),
    ("limit=5&limit=5", "twice"), ("limit=5&count=true", "exclude"), ("count=yes", "count"),
    ("orderby=id", "orderby"), ("orderby=--createdAt", "orderby"), ("start=5", "not known"),
    ("property=flowId=5", "property"), ("property=flowId==", "property"), ("property=status==failed", "property"),
    ("property=flowId>5", "property"), ("property=%s>2024-01-01" % STARTED, "property"),
    ("continuationToken=x", "continuationToken"), ("continuationToken=", "continuationToken"),
])
def test_what_is_not_documented_is_refused(client, query, why):
    status, content = get(client, query)
    assert status == 400 and why in content["errorMessage"]


@pytest.mark.parametrize("order", ["createdAt", "-createdAt", None])
def test_a_list_is_followed_to_its_end_in_order(client, failed, order):
    found = pages(client, "limit=10" + ("&orderby=" + order if order else ""), "flowId==" + FLOW)
    assert ids(found) == (failed[::-1] if order == "createdAt" else failed)
    assert [len(page["items"]) for page in found] == [10, 10, 5]
    assert len(pages(client, "limit=25", "flowId==" + FLOW)) == 1


def test_a_token_belongs_to_its_query_and_is_not_touched(client, failed):
    token = token_of(get(client, "limit=5", "flowId==" + FLOW))
    flow = ["flowId==" + FLOW]
    for query, properties, why in [(token, [], "another query"), (token + "&orderby=createdAt", flow, "another query"),
                                   (token[:-1], flow, ""), (token + "x", flow, ""),
                                   (token.replace("=", "=x~"), flow, "changed")]:
        status, content = get(client, query, *properties)
        assert status == 400 and why in content["errorMessage"]
    assert ids([get(client, token + "&limit=2", "flowId==" + FLOW)]) == failed[5:7]


def test_the_last_page_has_empty_links_or_none(sim, client, failed):
    seen = [get(client, "limit=100").get("_links", "none") for _ in range(4)]
    assert sorted(map(str, seen)) == ["none", "none", "{}", "{}"]
    sim.state.list_shape = "links-absent"
    assert "_links" not in get(client, "limit=100")
    sim.state.list_shape = "links-empty"
    assert [get(client, "limit=100")["_links"] for _ in range(2)] == [{}, {}]


def test_links_can_go_on_for_ever(sim, client, failed):
    sim.state.list_shape = "links-endless"
    found = pages(client, "limit=10", "flowId==" + FLOW, most=6)
    assert len(found) == 6 and ids(found) == failed and token_of(found[-1]) == token_of(found[-2])


@pytest.mark.parametrize("word,seen", [
    ("href-other", "/connections?continuationToken="), ("href-more", "/runs?limit=1&continuationToken="),
    ("href-absolute", "https://localhost:"), ("href-elsewhere", "https://elsewhere.test" + BASE + "/runs?"),
    ("token-reserved", "continuationToken=a%3Db%2Bc%2Fd%26e%252Bf%3Fg%23h~"), ("token-raw", "=a=b+c/d?e==~"),
    ("token-long", "LLLL~"),
])
def test_only_the_token_of_href_counts(sim, client, failed, word, seen):
    sim.state.list_shape = word
    found = pages(client, "limit=10", "flowId==" + FLOW)
    href = found[0]["_links"]["next"]["href"]
    assert seen in href and ids(found) == failed
    token = token_of(found[0])
    assert word != "token-long" or len(token) == 1000 + len("continuationToken=")
    decoded = urllib.parse.unquote(token.partition("=")[2])
    again = get(client, "limit=10&continuationToken=" + urllib.parse.quote(decoded, safe=""), "flowId==" + FLOW)
    assert ids([again]) == failed[10:20]


@pytest.mark.parametrize("offsets,start", [(False, 10), (True, 9)])
def test_tokens_hold_a_place_or_an_offset(sim, client, failed, offsets, start):
    sim.state.offset_tokens = offsets
    token = token_of(get(client, "limit=10", "flowId==" + FLOW))
    sim.state.add_run("run-new", FLOW, created_at=int(time.time() * 1000))
    assert ids([get(client, "limit=10&" + token, "flowId==" + FLOW)]) == failed[start:start + 10]


def test_pages_may_be_longer_or_shorter_than_limit(sim, client, failed):
    sim.state.surplus_items = 3
    assert [len(page["items"]) for page in pages(client, "limit=10", "flowId==" + FLOW)] == [13, 12]
    sim.state.surplus_items, sim.state.page_cap = 0, 7
    found = pages(client, "limit=10", "flowId==" + FLOW)
    assert [len(page["items"]) for page in found] == [7, 7, 7, 4] and ids(found) == failed


def test_filters_can_be_ignored(sim, client, failed):
    sim.state.ignore_filters = True
    assert len(ids(pages(client, "limit=100", "flowId==" + FLOW))) == len(sim.state.runs)


def text_of(client, word, path="/runs?limit=100&property=flowId==" + FLOW):
    client.request("GET", BASE + path, headers=HEADERS)
    return client.getresponse().read().decode()


def a_run(page):
    return page["items"][0]


SHAPED = {  # word -> what is to be seen of the page (decoded) and of its text
    "links-first": lambda page, text: text.startswith('{"_links"'),
    "links-last": lambda page, text: text.endswith('"_links": {}}'),
    "decoys": lambda page, text: list(page)[:2] == ["before", "href"] and page["id"] == "decoy",
    "escapes": lambda page, text: "part-00001" not in text or "folder\\/part" in text,
    "compact": lambda page, text: text.startswith('{"items":[{"id":"'),
    "indented": lambda page, text: text.startswith("\n {") and "\t\t" in text,
    "shuffled": lambda page, text: list(a_run(page)) != list(page["items"][1]),
    "metrics-first": lambda page, text: list(a_run(page))[0] == "metrics",
    "metrics-last": lambda page, text: list(a_run(page))[-1] == "metrics",
    "etag-camel": lambda page, text: "eTag" in a_run(page) and "etag" not in a_run(page),
    "etag-absent": lambda page, text: not {"eTag", "etag"} & a_run(page).keys(),
    "activites": lambda page, text: "activites" in a_run(page) and "activities" not in a_run(page),
    "activities-absent": lambda page, text: not {"activities", "activites"} & a_run(page).keys(),
    "no-duration": lambda page, text: "durationSummary" not in a_run(page)["metrics"],
    "no-started": lambda page, text: list(a_run(page)["metrics"]["durationSummary"]) == ["completedAtUTC"],
    "no-records": lambda page, text: "recordSummary" not in a_run(page)["metrics"],
    "records-unknown": lambda page, text: set(a_run(page)["metrics"]["recordSummary"].values()) == {-1},
    "status-upper": lambda page, text: statuses(page) == ["FAILED", "IN_PROGRESS", "PARTIAL_SUCCESS", "SUCCESS"],
    "status-snake": lambda page, text: statuses(page) == ["failed", "in_progress", "partial_success", "success"],
    "status-synonym": lambda page, text: statuses(page) == ["COMPLETED", "FAILED", "IN_PROGRESS", "PARTIAL_SUCCESS"],
    "status-unknown": lambda page, text: statuses(page) == ["hibernating"] * 4,
}


def statuses(page):
    return sorted(run["metrics"]["statusSummary"]["status"] for run in page["items"])


@pytest.mark.parametrize("word", SHAPED)
def test_a_list_takes_the_shape_that_is_asked_for(sim, client, word):
    for status in ("failed", "inProgress", "partialSuccess", "success"):
        sim.state.add_run("run-" + status, FLOW, status=status)
    sim.state.padding = 3000
    sim.state.list_shape = {"links-empty"}
    plain = text_of(client, word)
    assert not SHAPED[word](json.loads(plain), plain)
    sim.state.list_shape |= {word}
    text = text_of(client, word)
    assert SHAPED[word](json.loads(text), text) and text == text_of(client, word)
    found = json.loads(text)["items"]
    assert sorted(run["id"] for run in found) == ["run-" + s for s in ("failed", "inProgress", "partialSuccess",
                                                                     "success")]
    assert [run["flowId"] for run in found] == [FLOW] * 4


def test_each_shape_has_a_test_here():
    elsewhere = {word for word in lists.PAGES if word.startswith(("href-", "token-", "links-e", "links-a"))}
    assert set(SHAPED) | elsewhere | {"show-bare"} == set(lists.WORDS)
    state.State().list_shape = lists.WORDS
    with pytest.raises(ValueError):
        state.State().list_shape = "links-sideways"


def test_filters_know_a_status_however_it_is_spelt(sim, client, failed):
    for words in ("status-upper", "status-snake"):
        sim.state.list_shape = words
        for status in ("failed", "FAILED"):
            assert len(get(client, "limit=100", "flowId==" + FLOW, STATUS + "==" + status)["items"]) == 25
    sim.state.list_shape = "no-started"
    assert get(client, "", "flowId==" + FLOW, STARTED + ">1")["items"] == []


def test_one_run_may_have_a_form_of_its_own_and_activities_never_have_its_status(sim, client):
    sim.state.add_run("run-a", FLOW, forms=frozenset(["no-duration", "metrics-first"]))
    sim.state.add_run("run-b", FLOW, status="success")
    one, other = get(client, "orderby=createdAt", "flowId==" + FLOW)["items"]
    assert "durationSummary" not in one["metrics"] and "durationSummary" in other["metrics"]
    for run in (one, other):
        nested = {activity["statusSummary"]["status"] for activity in run["activities"]}
        assert len(nested) == 1 and run["metrics"]["statusSummary"]["status"] not in nested
    assert ask(client, "GET", BASE + "/runs/run-a")[1]["items"][0] == one
    sim.state.list_shape = "show-bare"
    assert ask(client, "GET", BASE + "/runs/run-a")[1] == one


@pytest.mark.parametrize("padding,least,most", [(0, 900, 1600), (2000, 2500, 4500), (300000, 300000, 310000)])
def test_runs_are_as_large_as_is_asked(sim, client, padding, least, most):
    sim.state.add_run("run-a", FLOW, padding=padding)
    assert least < len(text_of(client, "")) < most
    del sim.state.runs["run-a"]
    sim.state.padding = padding
    sim.state.add_run("run-b", FLOW)
    assert least < len(text_of(client, "")) < most


def test_errors_are_many_or_long(sim, client):
    sim.state.add_run("run-a", FLOW, errors=runs.many_errors(60))
    sim.state.add_run("run-b", FLOW, errors=runs.many_errors(1, 100000), status="partialSuccess")
    many, long = (run["metrics"]["statusSummary"]["errors"]
                  for run in get(client, "orderby=createdAt", "flowId==" + FLOW)["items"])
    assert len(many) == 60 and [len(error["message"]) for error in long] == [100000]


def test_a_hundred_thousand_runs_are_made_and_read_quickly(sim, client):
    started = time.monotonic()
    made = sim.state.add_failed(100000, FLOW, age_s=7 * 86400)
    assert len(set(made)) == 100000 and made[0] == state.State().add_failed(1)[0]
    oldest, newest = (sim.state.runs[made[at]].created_at / 1000 for at in (0, -1))
    assert 7 * 86400 - 60 < time.time() - oldest < 7 * 86400 + 60 and time.time() - newest < 60
    first = get(client, "limit=100", "flowId==" + FLOW, STATUS + "==failed")
    second = get(client, "limit=100&" + token_of(first), "flowId==" + FLOW, STATUS + "==failed")
    assert ids([first, second]) == made[:-201:-1]
    assert time.monotonic() - started < 5


def status_of(client, run):
    return ask(client, "GET", BASE + "/runs/" + run)[1]["items"][0]["metrics"]["statusSummary"]["status"]


def test_what_a_list_shows_moves_on_and_nothing_else_does(sim, client):
    for name in ("a", "b"):
        sim.state.add_run("run-" + name, FLOW, status="scheduled", future=["inProgress", "failed"])
    assert statuses(get(client, "limit=1&orderby=createdAt", "flowId==" + FLOW)) == ["inProgress"]
    assert [run.status for run in (sim.state.runs["run-a"], sim.state.runs["run-b"])] == ["inProgress", "scheduled"]
    assert get(client, "", "flowId==" + FLOW, STATUS + "==inProgress")["items"] == []  # it failed on being read
    assert statuses(get(client, "", "flowId==" + FLOW)) == ["failed", "inProgress"]


def test_a_run_ends_when_its_time_has_come(sim, client):
    run = sim.state.add_run("run-a", FLOW, ends_after_s=3600, ends_as="failed")
    assert [status_of(client, "run-a") for _ in range(2)] == ["inProgress", "inProgress"]
    assert "completedAtUTC" not in a_run(get(client, "", "id==run-a"))["metrics"]["durationSummary"]
    run.born -= 3601
    assert statuses(get(client, "", "id==run-a", STATUS + "==failed")) == ["failed"]
    assert "completedAtUTC" in a_run(get(client, "", "id==run-a"))["metrics"]["durationSummary"]


def test_the_new_run_of_a_retry_can_move_by_time(sim, client, failed):
    sim.state.next_status_at = [(0, "inProgress"), (3600, "success")]
    sim.state.runs[failed[1]].next_status_at = ((0, "failed"),)
    new, other = (retry(client, run)[1]["id"] for run in failed[:2])
    assert [status_of(client, new) for _ in range(3)] == ["inProgress"] * 3 and status_of(client, other) == "failed"
    sim.state.runs[new].born -= 3601
    assert status_of(client, new) == "success"
    newer = retry(client, failed[2])[1]["id"]
    sim.state.runs[newer].born -= 3601  # both are due at once
    assert status_of(client, newer) == "success"


def test_a_scheduled_run_has_not_started(sim, client):
    sim.state.add_run("run-a", FLOW, status="scheduled")
    assert a_run(get(client, "", "id==run-a"))["metrics"]["durationSummary"] == {}
    assert get(client, "", "id==run-a", STARTED + ">1")["items"] == []


@pytest.mark.parametrize("after,code", [("seconds", "429050"), ("date", "429050"), (7, "429050"), (None, "429001"),
                                        (None, "")])
def test_the_throttle_counts_all_connections(sim, client, context, after, code):
    sim.state.rate, sim.state.rate_retry_after, sim.state.rate_code = (3, 3600), after, code
    second = http.client.HTTPSConnection("localhost", sim.port, context=context, timeout=10)
    for who in (client, second, client):
        assert ask(who, "GET", BASE + "/runs")[0].status == 200
    for who in (client, second):
        answer, content = ask(who, "POST", BASE + "/runs/%s/action?op=re-trigger" % state.DOCUMENTED)
        assert answer.status == 429 and (content["error_code"] if code else content.decode()) == code
        said = answer.getheader("Retry-After")
        if after == "date":
            assert 1190 < email.utils.parsedate_to_datetime(said).timestamp() - time.time() < 1202
        else:
            assert said == {"seconds": "1200", 7: "7", None: None}[after]
    second.close()
    assert sim.state.throttled == 2 and sim.ledger.applied == []
    assert [entry["status"] for entry in sim.ledger.of("answered")] == [200] * 3 + [429] * 2


def test_the_throttle_opens_again(sim, client):
    sim.state.rate = (1, 3600)
    assert ask(client, "GET", BASE + "/runs?limit=1")[0].status == 200
    assert ask(client, "GET", BASE + "/runs?limit=1")[0].status == 429
    sim.service.throttle.filled -= 3601
    assert ask(client, "GET", BASE + "/runs?limit=1")[0].status == 200
    assert ask(client, "GET", BASE + "/runs?limit=1")[0].status == 429
    assert ask(client, "GET", BASE + "/runs", {**HEADERS, "Authorization": "Bearer wrong"})[0].status == 429


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_list_breaks_off_where_it_is_told_to(sim, client, failed, how):
    fault = sim.fault(faults.truncated(2000, how), method="GET", path=BASE + "/ru*", query="continuationToken", skip=1)
    token = token_of(get(client, "limit=5", "flowId==" + FLOW))
    get(client, "limit=5&" + token, "flowId==" + FLOW)
    assert fault.struck == 0
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        get(client, "limit=5&" + token, "flowId==" + FLOW)
    assert fault.struck == 1
    client.close()
    assert get(client, "limit=5", "flowId==" + FLOW)["items"]
