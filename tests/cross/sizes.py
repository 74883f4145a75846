#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# `make config-test`: each size of reflow_config.h at its smallest and largest value, alone and together.
#
#   sizes.py COMPILER FLAG...    what the library is compiled with, without a path to our headers
#
# One less and one more is refused in the size's own name. The library compiles without a warning at each; where all are
# smallest or all are largest so do the tool and the unit tests, which are run.

import os
import pathlib
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build/sizes"
CONFIG = ROOT / "include/reflow_config.h"
TOKEN, BUFFER, CAP = 4096, 5120, 30000  # defaults that bounds of other sizes depend on

# Smallest and largest while the others are what they are by default, and the step from one value to the next.
ALONE = {
    "REFLOW_MAX_TOKEN": (16, 16384, 1),
    "REFLOW_BUFFER_SIZE": (TOKEN + 512, 32768, 1),
    "REFLOW_READ_SIZE": (64, BUFFER // 2, 1),
    "REFLOW_MAX_FIELD": (64, 255, 1),
    "REFLOW_MAX_HEAD": (1024, 1 << 20, 1),
    "REFLOW_MAX_INTERIM": (1, 255, 1),
    "REFLOW_MAX_CONTENT": (1024, 1 << 30, 1),
    "REFLOW_MAX_CHUNK_FRAMING": (1024, 1 << 24, 1),
    "REFLOW_MAX_JSON_DEPTH": (8, 248, 8),
    "REFLOW_MAX_SLICES": (14, 64, 1),
    "REFLOW_MAX_TICKET": (256, 16384, 1),
    "REFLOW_RETRY_BASE_MS": (1, CAP, 1),
    "REFLOW_RETRY_CAP_MS": (1000, 3600000, 1),
}
TOGETHER = {
    "small": {**{name: bounds[0] for name, bounds in ALONE.items()}, "REFLOW_BUFFER_SIZE": 16 + 512,
              "REFLOW_RETRY_CAP_MS": 1,
              # Into the smallest fit only sessions of a mbedTLS that keeps no certificates: it is compiled alone.
              "REFLOW_MAX_TICKET": 1024},
    "large": {**{name: bounds[1] for name, bounds in ALONE.items()}, "REFLOW_READ_SIZE": 32768 // 2,
              "REFLOW_RETRY_BASE_MS": 3600000},
}
SWITCHES = {"REFLOW_PSA_SHARED": (0, 1)}  # not sizes: compiled only

# Unit tests that cannot hold at these sizes, and why. Exactly these must fail: whoever mends one takes it off the list.
ONE_RECORD = "with a short token the request is one record: there is no middle of it"
EVERY_FITS = "its session that is too long fits"
PAUSES = "its pauses are those of the default ceilings"
CANNOT = {
    "small": {
        "test_answer": {"interim_responses_are_passed_over": "has more interim responses than one"},
        "test_client": {
            "abandoning_in_mid_request_sends_no_further_byte": ONE_RECORD,
            "closing_in_mid_request_sends_no_further_byte": ONE_RECORD,
            "an_early_refusal_is_read_after_a_failed_send": ONE_RECORD,
            "an_early_success_is_not_believed": ONE_RECORD,
            "an_early_answer_of_any_other_kind_is_not_applied": ONE_RECORD,
            "a_flood_is_interrupted": "its flood ends at the largest content, before it needs an interruption",
            "a_request_fits_or_is_told_before_anything_is_sent": "the shortest request that it makes does not fit",
        },
        "test_client_repeats": {
            "a_deadline_holds_in_every_state": PAUSES,
            "a_loss_before_the_commit_point_is_repeated": ONE_RECORD,
            "delays_grow_to_their_ceilings": PAUSES,
            "one_answers_retry_after_is_not_the_nexts": PAUSES,
            "retry_after_is_kept": PAUSES,
        },
        "test_client_reading": {
            "a_success_that_came_too_early_is_not_taken": ONE_RECORD,
            "how_long_to_leave_it_alone_is_said_between_attempts_and_at_the_end": PAUSES,
            "what_cannot_be_asked_for_opens_nothing": "the request that it makes does not fit",
            "without_retry_after_it_is_the_delay_of_a_repetition": PAUSES,
        },
        "test_client_tokens": {"what_cannot_be_sent_opens_nothing": "the request that it makes does not fit"},
        "test_http_field": {"long_lists_are_decided_token_by_token": "its lists are longer than all heads may be"},
        "test_http_response": {
            "chunk_framing_is_bounded_all_together": "the content's bound is reached first",
            "content_is_bounded_however_it_ends": "one of its chunks is larger than any content",
            "interim_responses_are_skipped_with_their_fields": "has more interim responses than one",
        },
        "test_ims": {"a_token_of_4096_characters_fits_and_no_longer_one": "a token of 4096 characters does not fit"},
        "test_retrigger": {"an_invalid_run_id_opens_nothing": "the longest run ID does not fit into the request"},
        "test_retry": {
            "retry_after_is_waited_for_with_jitter_on_top": PAUSES,
            "the_longer_the_service_asks_for_the_wider_a_fleet_is_spread": PAUSES,
            "no_number_of_seconds_overflows": PAUSES,
        },
        "test_token_file": {"another_second_line_is_not_taken_for_ours": "two lines are longer than a token"},
    },
    "large": {
        "test_client_reading": {
            "a_connection_that_cannot_be_made_is_repeated": PAUSES,
            "a_success_that_came_too_early_is_not_taken": PAUSES,
            "how_long_to_leave_it_alone_is_said_between_attempts_and_at_the_end": PAUSES,
            "without_retry_after_it_is_the_delay_of_a_repetition": PAUSES,
        },
        "test_client": {"a_request_fits_or_is_told_before_anything_is_sent": "each request that it makes fits"},
        "test_client_repeats": {
            "connections_that_fail_are_attempts": PAUSES,
            "delays_grow_to_their_ceilings": PAUSES,
            "one_answers_retry_after_is_not_the_nexts": PAUSES,
            "retry_after_is_kept": PAUSES,
        },
        "test_ims": {"a_token_of_4096_characters_fits_and_no_longer_one": "longer ones fit"},
        "test_retry": {
            "retry_after_is_waited_for_with_jitter_on_top": PAUSES,
            "the_longer_the_service_asks_for_the_wider_a_fleet_is_spread": PAUSES,
        },
        "test_setup": {"the_longest_of_everything_is_a_request_too_large_before_anything_is_opened": "it fits"},
        "test_tls_resume": {
            "a_session_is_kept_as_far_as_there_is_room": EVERY_FITS,
            "of_several_tickets_the_last_counts": EVERY_FITS,
        },
        "test_slices_each": {"more_values_than_slices_are_left_out": "it has fewer values than there are slices"},
    },
}


def run(*command, **options):
    return subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, **options)


def need(done, what):
    if done.returncode != 0:
        sys.exit("config-test: %s\n%s" % (what, done.stderr))


def in_parallel(work, items):
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, items))


def see_that_every_size_is_tried():
    sizes = set(re.findall(r"^#define (REFLOW_\w+) \S", CONFIG.read_text(), re.MULTILINE))
    others = sizes ^ (set(ALONE) | set(SWITCHES))
    if others:
        sys.exit("config-test: in reflow_config.h or in sizes.py, not in both: %s" % ", ".join(sorted(others)))


def try_bounds(name):
    """One step outside is an error of the preprocessor that names the size."""
    smallest, largest, step = ALONE[name]
    for value, allowed in ((smallest, True), (largest, True), (smallest - step, False), (largest + step, False)):
        done = run(sys.argv[1], "-E", "-x", "c", "-D%s=%d" % (name, value), "-o", "/dev/null", CONFIG)
        named = any("#error" in line and name in line for line in done.stderr.splitlines())
        if (done.returncode == 0, named) != (allowed, not allowed):
            sys.exit("config-test: %s=%d: allowed %s, but said was:\n%s" % (name, value, allowed, done.stderr))
    return 2


def compile_alone(size):
    """The library as one file."""
    need(run(*sys.argv[1:], "-D%s=%d" % size, "-c", FOLDER / "reflow.c", "-o", "/dev/null"),
         "does not compile with %s=%d" % size)


def build(name):
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    header = folder / "sizes.h"
    text = "".join("#define %s %d\n" % size for size in TOGETHER[name].items())
    if not header.exists() or header.read_text() != text:
        header.write_text(text)
    if not (folder / "mbedtls").exists():  # no size of ours is in it
        (folder / "mbedtls").symlink_to("../../mbedtls")
    own = folder.relative_to(ROOT)
    programs = [own / "tests" / path.stem for path in sorted((ROOT / "tests/unit").glob("test_*.c"))]
    need(run("make", "-s", "-j%d" % os.cpu_count(), "BUILD=%s" % own,
             "CPPFLAGS=-DREFLOW_CONFIG_FILE='\"%s\"'" % header, "all", *programs),
         "cannot be built with all sizes %s" % name)
    return programs


def unit_test(program):
    """How many passed, and the names of those that failed."""
    said = run(ROOT / program, timeout=100)
    text = said.stdout + said.stderr
    passed = re.search(r"^\[  PASSED  \] (\d+) test", text, re.MULTILINE)
    if not passed:
        sys.exit("config-test: %s ended with %d:\n%s" % (program, said.returncode, text))
    return int(passed.group(1)), set(re.findall(r"^\[  FAILED  \] (\w+)$", text, re.MULTILINE))


def run_together(name):
    begin = time.monotonic()
    programs = build(name)
    results = dict(zip(programs, in_parallel(unit_test, programs)))
    wrong = []
    for program, (_, failed) in results.items():
        for test in sorted(failed ^ set(CANNOT[name].get(program.name, {}))):
            wrong.append("%s, %s: %s" % (program, test, "failed" if test in failed else "passes now"))
    if wrong:
        sys.exit("config-test: all sizes %s:\n%s" % (name, "\n".join(wrong)))
    print("  all sizes %s: %d unit tests passed, %d cannot hold there; %.0f s" % (
        name, sum(passed for passed, _ in results.values()), sum(map(len, CANNOT[name].values())),
        time.monotonic() - begin), flush=True)


def main():
    begin = time.monotonic()
    see_that_every_size_is_tried()
    refused = sum(in_parallel(try_bounds, ALONE))
    need(run("tests/amalgamate.py", FOLDER), "cannot be made into one file")
    values = [(name, value) for name, bounds in {**ALONE, **SWITCHES}.items() for value in bounds[:2]]
    in_parallel(compile_alone, values)
    print("  %d values alone compile, %d beyond are refused; %.0f s" % (len(values), refused, time.monotonic() - begin),
          flush=True)
    for name in TOGETHER:
        run_together(name)


if __name__ == "__main__":
    main()
