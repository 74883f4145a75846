# SPDX-License-Identifier: MIT
# Proxies: the tunnel, who is asked for one and who is not, and that none of them can make reflow say what is not true.

import json
import shutil
import subprocess

import pytest

import peers
import proxies
import reflow_cli
import state

RUNS = [state.EXAMPLES[name][0] for name in ("failed", "documented", "full")]
RUN = RUNS[0]
OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"
SECRETS = [proxies.PASSWORD, proxies.PLAIN_PASSWORD, "bmlnaHRzaGlmdDpw", proxies.CREDENTIALS, "p%40ss", "bmlnaHQgc2hpZnQ6"]


@pytest.fixture(scope="session", params=["tinyproxy", "squid"])
def proxy(request, tmp_path_factory):
    running = getattr(proxies, request.param)(tmp_path_factory.mktemp(request.param))
    yield running
    running.stop()


@pytest.fixture
def make_liar():
    running = []

    def start(*args, **options):
        running.append(proxies.Liar(*args, **options))
        return running[-1]
    yield start
    for liar in running:
        liar.stop()


def expect_no_password(*results):
    for result in results:
        assert [secret for secret in SECRETS if secret in result.stdout + result.stderr] == [], result


def blamed(reflow, sim, proxy, words, *args):
    """One run, which the proxy does not let through."""
    result = reflow.retry(sim, "--timeout", "2", "--attempts", "2", *args, RUN, env={"https_proxy": proxy})
    assert (result.outcomes, result.status) == ([("not_applied", "proxy")], 4), result
    assert words in result.one["detail"] and result.one["http_status"] is None, result
    assert sim.ledger.requests == []
    expect_no_password(result)
    return result


# Through a tunnel

def test_runs_are_retried_through_a_proxy(reflow, make_sim, proxy, tls_version):
    sim = make_sim(versions=(tls_version,))
    result = reflow.retry(sim, "-v", *RUNS[:2], env={"HTTPS_PROXY": proxy.url})
    assert (result.outcomes, result.status) == ([("retriggered", None)] * 2, 0), result
    assert "* connect to 127.0.0.1 port %d, a proxy\n" % proxy.port in result.stderr
    assert len(sim.ledger.requests) == 2
    expect_no_password(result)


def test_everything_goes_through_it(reflow, sim, make_liar, tmp_path):
    """A token is fetched, and runs are re-triggered side by side: each connection by way of the proxy."""
    proxy = make_liar(OPENED, "tunnel")
    env = {"https_proxy": proxy.url, "REFLOW_ACCESS_TOKEN": None, "REFLOW_IMS_URL": sim.ims_url,
           "REFLOW_CLIENT_ID": state.CLIENT_ID, "REFLOW_CLIENT_SECRET": state.CLIENT_SECRET,
           "REFLOW_TOKEN_FILE": str(tmp_path / "token")}
    result = reflow.retry(sim, "--jobs", "3", *RUNS, env=env)
    assert (result.outcomes, result.status) == ([("retriggered", None)] * 3, 0), result
    assert sim.accepted == len(proxy.heads) == 4
    expect_no_password(result)


@pytest.mark.parametrize("certificate,error", [("wrong-host", "tls_hostname"), ("unknown-issuer", "tls_untrusted")])
def test_the_server_is_verified_through_it(reflow, make_sim, proxy, certificate, error):
    sim = make_sim(certificate)
    result = reflow.retry(sim, RUN, env={"https_proxy": proxy.url})
    assert (result.outcomes, result.status) == ([("not_applied", error)], 4)
    assert sim.ledger.requests == []


def test_other_credentials_are_refused(reflow, sim, proxy):
    blamed(reflow, sim, "http://127.0.0.1:%d" % proxy.port, "HTTP 4")
    wrong = blamed(reflow, sim, proxy.url.replace("@127", "x@127"), "HTTP 4")
    assert wrong.one["attempts"] == 2
    if "squid" in str(proxy.folder):
        assert wrong.one["detail"] == "the proxy asks for other credentials (HTTP 407)"


def test_what_is_forbidden_or_away_is_told(reflow, sim, proxy):
    """The proxy resolves the name: nobody here knows it."""
    env = {"https_proxy": proxy.url}
    for host in ("forbidden.example", "localhost:%d" % peers.free_port()):
        result = reflow.run("retry", "--json", "--attempts", "1", RUN, url="https://%s/x" % host, env=env)
        assert (result.outcomes, result.status) == ([("not_applied", "proxy")], 4), result
        assert result.one["detail"].startswith("the proxy refuses (HTTP "), result


def test_a_doctor_looks_at_the_way(reflow, sim, proxy):
    result = reflow.run("doctor", "--json", url=sim.url, env={"https_proxy": proxy.url})
    said = {line["check"]: line for line in result.lines}
    assert result.status == 0 and all(line["ok"] for line in said.values()), result
    assert said["configuration"]["detail"].endswith(", proxy 127.0.0.1 (https_proxy)")
    assert said["dns"]["detail"] == "the proxy 127.0.0.1 is an address"
    assert " port %d, " % proxy.port in said["tcp"]["detail"]
    expect_no_password(result)


def test_a_doctor_names_the_proxy_that_is_not_there(reflow, sim):
    for url, check, words in (("http://127.0.0.1:%d" % peers.free_port(), "tcp", "the proxy 127.0.0.1 port "),
                              ("http://no-such-host.invalid", "dns", "the proxy no-such-host.invalid: ")):
        result = reflow.run("doctor", "--json", url=sim.url, env={"https_proxy": url})
        said = {line["check"]: line for line in result.lines}
        assert result.status == 4 and said[check]["ok"] is False and said[check]["detail"].startswith(words), result
        assert said[check]["advice"] == "check --proxy and its credentials"


def test_a_doctor_goes_directly_where_it_should(reflow, sim):
    for args, env in ((["--proxy", ""], {"https_proxy": "http://127.0.0.1:1"}),
                      ([], {"https_proxy": "http://127.0.0.1:1", "no_proxy": "localhost"})):
        result = reflow.run("doctor", *args, url=sim.url, env=env)
        assert result.status == 0 and "proxy" not in result.stdout, result


def test_a_doctor_tells_all_that_is_wrong(reflow, sim):
    result = reflow.run("doctor", "--json", "--sandbox", "NO", url=sim.url, env={"https_proxy": "x://y"})
    said = result.lines[0]
    assert result.status == 2 and said["detail"] == "--sandbox is not valid; https_proxy is not valid", result
    assert said["advice"].endswith("; the proxy must be http://[USER:PASSWORD@]HOST[:PORT]")


def test_each_command_that_connects_knows_it(reflow):
    for command in ("retry", "runs", "show", "wait", "settle", "token", "doctor"):
        assert "--proxy" in reflow.run(command, "--help").stdout


# Proxies that refuse, hang, end and lie

@pytest.mark.parametrize("answer,words", [
    (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno!", "the proxy refuses (HTTP 403)"),
    (b"HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n", "asks for other credentials (HTTP 407)"),
    (b"HTTP/1.1 502 Bad Gateway\r\nRetry-After: 86400\r\n\r\n", "the proxy refuses (HTTP 502)"),
    (b"HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\n\r\n", "the proxy refuses (HTTP 302)"),
    (b"", "the proxy does not answer"), (b"HTTP/1.1 200 OK\r\n", "the proxy does not answer"),
    (OPENED, "nothing came out of it"), (b"garbage\r\n\r\n", "not HTTP"), (b"HTTP/2 200\r\n\r\n", "not HTTP"),
    (OPENED + b"\x16\x03\x03\x00\x01", "says more than an answer"),
], ids=lambda value: None if isinstance(value, str) else value[:20].decode("latin-1").strip() or "nothing")
@pytest.mark.parametrize("then", ["end", "silence"])
def test_a_proxy_that_does_not_let_through_is_blamed(reflow, sim, make_liar, answer, words, then):
    liar = make_liar(answer, then)
    blamed(reflow, sim, liar.url, words)
    assert sim.accepted == 0 and liar.heads[0].startswith("CONNECT localhost:%d HTTP/1.1\r\n" % sim.port)


def test_words_that_are_not_the_servers_are_not_taken_for_it(reflow, sim, make_liar):
    """It plays the server itself, in the clear: an answer that would be a success, had TLS said it."""
    body = json.dumps({"id": "lie", "etag": "x"})
    answer = "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    blamed(reflow, sim, make_liar(answer.encode(), "silence").url, "says more than an answer")


def test_a_proxy_that_breaks_tls_open_is_not_trusted(reflow, sim, make_sim, make_liar):
    """Wherever it is asked for a tunnel to, it leads to a server of its own, with a certificate for the right name."""
    middle = make_sim("unknown-issuer")
    liar = make_liar(OPENED, "tunnel")
    liar.leads_to = "localhost:%d" % middle.port
    result = reflow.retry(sim, RUN, env={"https_proxy": liar.url})
    assert (result.outcomes, result.status) == ([("not_applied", "tls_untrusted")], 4)
    assert middle.accepted == 1 and middle.ledger.requests == [] and sim.accepted == 0


def test_nobody_there_is_the_proxys_absence(reflow, sim):
    blamed(reflow, sim, "http://127.0.0.1:%d" % peers.free_port(), "no connection to the proxy")
    blamed(reflow, sim, "http://no-such-host.invalid", "the proxy's name cannot be resolved")


def test_an_answer_that_is_lost_on_the_way_back_is_unknown(reflow, make_sim, make_liar):
    """The tunnel is cut after so many bytes of the server's, from the middle of the handshake to the answer's last."""
    seen = []
    for most in range(500, 6000, 100):
        sim, cut = make_sim(), make_liar(OPENED, "tunnel", most)
        line = reflow.run("retry", "--json", "--attempts", "1", RUN, url=sim.url, env={"https_proxy": cut.url}).one
        sim.ledger.wait("closed")
        assert len(sim.ledger.applied) == 0 or line["outcome"] != "not_applied", line
        seen.append((line["outcome"], line["error"]))
        if line["outcome"] == "retriggered":
            break
    assert seen[0] == ("not_applied", "connection_lost") and seen[-1] == ("retriggered", None), seen
    assert ("unknown", "connection_lost") in seen or ("unknown", "http_truncated") in seen, seen


# Who goes through it

def goes_through(reflow, sim, liar, env, *args):
    before = len(liar.heads)
    reflow.retry(sim, "--attempts", "1", *args, RUN, env=env)
    return len(liar.heads) > before


def test_the_environment_is_read_as_curl_reads_it(reflow, sim, make_liar):
    liar = make_liar(b"HTTP/1.1 403 No\r\n\r\n", "end")
    other = "http://127.0.0.1:%d" % peers.free_port()
    for env in ({"https_proxy": liar.url}, {"HTTPS_PROXY": liar.url}, {"all_proxy": liar.url}, {"ALL_PROXY": liar.url},
                {"https_proxy": liar.url, "HTTPS_PROXY": other}, {"HTTPS_PROXY": liar.url, "all_proxy": other},
                {"https_proxy": "", "HTTPS_PROXY": liar.url}, {"all_proxy": liar.url, "ALL_PROXY": other},
                {"https_proxy": liar.url, "no_proxy": "other.example"}, {"https_proxy": liar.url, "no_proxy": "",
                                                                        "NO_PROXY": "other.example"},
                {"https_proxy": liar.url.replace("http://", "")}, {"https_proxy": liar.url + "/"}):
        assert goes_through(reflow, sim, liar, env), env
    for env in ({"http_proxy": liar.url, "HTTP_PROXY": liar.url}, {"ALL_PROXY": "", "NO_PROXY": ""}, {"https_proxy": liar.url, "no_proxy": "localhost"},
                {"https_proxy": liar.url, "NO_PROXY": "*"}, {"HTTPS_PROXY": liar.url, "no_proxy": "a.example, localhost"},
                {"https_proxy": liar.url, "no_proxy": "localhost", "NO_PROXY": "x"}):
        assert not goes_through(reflow, sim, liar, env), env


def test_an_option_wins(reflow, sim, make_liar):
    liar = make_liar(b"HTTP/1.1 403 No\r\n\r\n", "end")
    other = {"https_proxy": "http://127.0.0.1:%d" % peers.free_port()}
    assert goes_through(reflow, sim, liar, other, "--proxy", liar.url)
    assert goes_through(reflow, sim, liar, {}, "--proxy", "user@127.0.0.1:%d" % liar.port)
    assert not goes_through(reflow, sim, liar, {}, "--proxy", "user@127.0.0.1")
    assert not goes_through(reflow, sim, liar, {"https_proxy": liar.url}, "--proxy", "")
    assert not goes_through(reflow, sim, liar, {"no_proxy": "localhost"}, "--proxy", liar.url)


@pytest.fixture(scope="session")
def excepts(tmp_path_factory):
    """reflow_proxy_excepts() as a command: lists and hosts in, a word a line out."""
    folder = tmp_path_factory.mktemp("excepts")
    (folder / "excepts.c").write_text("""
#include <stdio.h>
#include "proxy_except.h"
int main(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        puts(reflow_proxy_excepts(argv[i], argv[i + 1]) ? "direct" : "proxy");
    }
    return 0;
}
""")
    subprocess.run(["gcc", "-I%s/src" % reflow_cli.ROOT, "-I%s/include" % reflow_cli.ROOT, folder / "excepts.c",
                    *(str(reflow_cli.ROOT / "src" / name) for name in ("proxy_except.c", "name.c", "text.c")),
                    "-o", folder / "excepts"], check=True)
    return str(folder / "excepts")


LISTS = ["", ",", "*", "*,x", " *", "example.com", ".example.com", "example.com.", "EXAMPLE.COM", "www.example.com",
         "ample.com", "com", "x example.com", "x,example.com", " x , example.com ", "x,,example.com", "127.0.0.1",
         "127.0.0.0/8", "127.0.0.1/32", "127.0.0.0/31", "126.0.0.0/7", "126.0.0.0/8", "127.0.0.1/33", "127.0.0.1/0",
         "0.0.0.0/0", "127.1", "localhost", ".localhost", "host", "127.0.0.1.", "[127.0.0.1]"]
HOSTS = ["example.com", "www.example.com", "nonexample.com", "example.com.org", "127.0.0.1", "localhost"]


def test_exceptions_are_those_of_curl(excepts, make_liar):
    """The two are asked the same, 186 times. Of IPv6 curl 7.88 knows no blocks; the unit tests have those."""
    liar = make_liar(b"HTTP/1.1 403 No\r\n\r\n", "end")
    pairs = [(text, host) for text in LISTS for host in HOSTS]
    ours = subprocess.run([excepts, *(word for pair in pairs for word in pair)], capture_output=True, check=True)
    curls = []
    for text, host in pairs:
        before = len(liar.heads)
        subprocess.run(["curl", "-q", "-s", "--proxy", liar.url, "--noproxy", text, "--resolve", "%s:1:127.0.0.1" % host,
                        "https://%s:1/" % host], capture_output=True, timeout=20)
        curls.append("proxy" if len(liar.heads) > before else "direct")
    differ = [(pair, one, other) for pair, one, other in zip(pairs, ours.stdout.decode().split(), curls) if one != other]
    assert differ == [] and {"proxy", "direct"} == set(curls)


# What is wrong with it

@pytest.mark.parametrize("url", ["https://%s@proxy.example", "socks5://%s@127.0.0.1", "http://%s@proxy:0", "%s@", "http://%s/@x",
                                 "http://user:%%zz%s@proxy.example"])
def test_what_is_no_proxys_url_is_said_without_its_password(reflow, sim, url):
    env = {"HTTPS_PROXY": url % proxies.CREDENTIALS}
    results = [reflow.run("retry", RUN, url=sim.url, env=env), reflow.run("runs", url=sim.url, env=env)]
    for result in results:
        assert result.status == 2 and result.stdout == "", result
        assert result.stderr.startswith("reflow: HTTPS_PROXY: must be http://"), result
    doctor = reflow.run("doctor", "--json", url=sim.url, env=env)
    said = {line["check"]: line for line in doctor.lines}
    assert doctor.status == 2 and said["configuration"]["detail"].startswith("HTTPS_PROXY is not valid"), doctor
    assert said["dns"]["ok"] is None
    expect_no_password(doctor, *results)
    assert sim.accepted == 0


def test_a_password_is_not_taken_from_the_command_line(reflow, sim):
    for url in ("http://%s@127.0.0.1:1", "%s@127.0.0.1:1", "socks5://%s@x"):
        result = reflow.run("retry", "--proxy", url % proxies.CREDENTIALS, RUN, url=sim.url)
        assert result.status == 2 and result.stderr.startswith("reflow: --proxy: a password is not taken"), result
        expect_no_password(result)
    result = reflow.run("retry", "--proxy", "http://127.0.0.1:70000", RUN, url=sim.url)
    assert result.status == 2 and result.stderr.startswith("reflow: --proxy: must be http://"), result


def test_both_proxies_are_there():
    assert shutil.which("tinyproxy", path="/usr/bin:/usr/sbin") and shutil.which("squid", path="/usr/bin:/usr/sbin")
