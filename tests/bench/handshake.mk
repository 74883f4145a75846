# SPDX-License-Identifier: MIT
# What each option of mbedTLS gives and costs in a full handshake, and what suites cost, machine by machine.

HANDSHAKE_PACKAGES := $(sort $(BENCH_PACKAGES) $(FIRMWARE_PACKAGES) $(CROSS_PACKAGES))

.PHONY: handshake
handshake: need-handshake ## instructions and bytes of a handshake by mbedTLS's options, on three machines: 20 minutes
	+@$(MAKE) --no-print-directory deps firmware
	@CC=gcc REFLOW_BUILD=$(BUILD) $(PYTHON) tests/bench/handshake.py --table $(BUILD)/handshake.md $(HANDSHAKE)
	@tests/readme.py handshake $(BUILD)/handshake.md
