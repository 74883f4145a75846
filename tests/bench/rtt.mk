# SPDX-License-Identifier: MIT
# What a re-trigger costs on the way: round trips, sends and bytes, counted on a link with a delay.

RTT_PACKAGES := $(BENCH_PACKAGES) curl strace
ROUND_TRIPS = CC='$(CC)' $(PYTHON) tests/bench/round_trips.py --program $(BUILD)/reflow

.PHONY: bench-rtt bench-rtt-check
bench-rtt: need-rtt ## round trips, sends, bytes, time on a link of 50 ms one way, beside curl; into README.md as well
	@$(MAKE) --no-print-directory all
	@$(ROUND_TRIPS) --output $(BUILD)/bench-rtt.md
	@tests/readme.py rtt $(BUILD)/bench-rtt.md

bench-rtt-check: need-rtt ## the same counted alone, in a few seconds, against tests/bench/ceilings.txt
	@$(MAKE) --no-print-directory all
	@$(ROUND_TRIPS) --check
