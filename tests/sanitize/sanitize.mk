# SPDX-License-Identifier: MIT
# Sanitizers: the unit and end-to-end tests under ASan and UBSan, the pure modules under MSan, what is left
# under valgrind, allocations that fail.

SANITIZE_PACKAGES := $(TEST_PACKAGES) clang-19 llvm-19 libclang-rt-19-dev
SANITIZE := $(BUILD)/sanitize
SANITIZE_REPORTS := $(abspath $(SANITIZE)/reports)
SANITIZE_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
# Of our own code as well: arithmetic that changes a value without a cast, indices that only the optimizer sees to be wrong.
SANITIZE_OWN := $(SANITIZE_FLAGS) -fsanitize=implicit-conversion,local-bounds
sanitize_make = $(MAKE) --no-print-directory BUILD=$(SANITIZE) CC=clang-19 CFLAGS="$(SANITIZE_OWN)" \
    MBEDTLS=$(abspath $(or $(MBEDTLS),$(BUILD)/mbedtls/source)) MBEDTLS_CFLAGS="$(SANITIZE_FLAGS)" \
    LDFLAGS=$(SANITIZE)/options.o

# All but a million dates, which test-msan reads, and failing allocations, which are test-allocations' own.
SANITIZE_UNIT := $(filter-out %/test_http_date %/test_tls_memory,$(UNIT:$(BUILD)/%=$(SANITIZE)/%))
# What tests sources, the simulator, or products that are compiled in another way.
SANITIZE_LEFT_OUT := structure mbedtls4 ecosystems openwrt amalgamation one_object readme simulator simulator_lists
sanitize_e2e = REFLOW_INSTRUMENTED=sanitizers $(sanitize_make) test-e2e \
    PYTEST="$(SANITIZE_LEFT_OUT:%=--ignore=tests/e2e/test_%.py) $(PYTEST)"

$(SANITIZE)/options.o: tests/sanitize/options.c tests/sanitize/sanitize.mk
	@mkdir -p $(@D)
	@clang-19 -std=c99 -DREPORTS='"$(SANITIZE_REPORTS)/report"' -c $< -o $@

.PHONY: need-sanitize test-sanitize
need-sanitize:
	@tests/need.sh $(SANITIZE_PACKAGES)

test-sanitize: need-sanitize ## unit and end-to-end tests under ASan, LeakSanitizer and UBSan
	@$(MAKE) --no-print-directory deps $(SANITIZE)/options.o
	+@$(sanitize_make) all $(SANITIZE_UNIT)
	@tests/sanitize/run.sh $(SANITIZE_REPORTS) $(BUILD)/verify/$@.txt '$(sanitize_e2e)' $(SANITIZE_UNIT)

# ---- MemorySanitizer -----------------------------------------------------------------------------
# The pure modules and whatever else needs no library that MSan cannot see into: OpenSSL (test_tls*), and timers of
# glibc's (test_port_posix). cmocka, which it cannot see into either, only ever hands on pointers: nothing false is
# reported because of it.

MSAN := $(BUILD)/msan
MSAN_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=memory -fsanitize-memory-track-origins -fno-sanitize-recover=all
MSAN_UNIT := $(filter-out $(MSAN)/tests/test_tls% %/test_port_posix,$(UNIT:$(BUILD)/%=$(MSAN)/%))

.PHONY: test-msan
test-msan: need-sanitize ## unit tests under MemorySanitizer: nothing is read that was never written
	@$(MAKE) --no-print-directory deps
	+@$(MAKE) --no-print-directory BUILD=$(MSAN) CC=clang-19 CFLAGS="$(MSAN_FLAGS)" MBEDTLS_CFLAGS="$(MSAN_FLAGS)" \
	    MBEDTLS=$(abspath $(or $(MBEDTLS),$(BUILD)/mbedtls/source)) \
	    MBEDTLS_CONFIG=tests/sanitize/reflow_mbedtls_config_msan.h $(MSAN_UNIT)
	@tests/sanitize/run.sh $(MSAN)/reports $(BUILD)/verify/$@.txt '' $(MSAN_UNIT)

# ---- valgrind ------------------------------------------------------------------------------------
# The unit tests that take long under it, and the tool at its main jobs; `make test` runs all other unit tests under it.
# Only test_tls_memory is run by neither: hundreds of handshakes take too long. It counts leaks itself, and
# test-allocations does the same under ASan.

MEMCHECK_UNIT := $(addprefix $(BUILD)/tests/test_,http_date tls tls_peer tls_resume tls_servers)
MEMCHECK_E2E := $(patsubst %,tests/e2e/test_%.py,main_job journal runs)

.PHONY: test-memcheck
test-memcheck: need-test ## valgrind over the unit tests that are too slow for make test, and over the tool
	@$(MAKE) --no-print-directory all $(MEMCHECK_UNIT)
	@tests/sanitize/memcheck.sh $(BUILD)/verify/$@.txt '$(MAKE) --no-print-directory test-e2e' '$(MEMCHECK_E2E)' \
	    $(MEMCHECK_UNIT)

# ---- Allocations that fail -----------------------------------------------------------------------

# Two functions of mbedTLS that are known to leak: see allocations.c.
LOOKED_INTO := handshake application
$(BUILD)/tests/allocations: $(OBJ)/tests/sanitize/allocations.o $(BUILD)/tests/libhelpers.a $(BUILD)/libreflow.a
	$(call say,LINK,$@)
	$(Q)$(LINK) $(LOOKED_INTO:%=-Wl,--wrap=mbedtls_ssl_tls13_compute_%_transform) $(filter %.o,$^) $(filter %.a,$^) $(LIBS) \
	    -lcmocka -lssl -lcrypto -o $@

.PHONY: test-allocations
test-allocations: need-sanitize ## every allocation of a re-trigger fails in turn, under ASan: leaks 0, lies 0
	@$(MAKE) --no-print-directory deps $(SANITIZE)/options.o
	+@$(sanitize_make) $(SANITIZE)/tests/allocations
	@tests/sanitize/allocations.sh $(SANITIZE)/tests/allocations $(BUILD)/verify/$@.txt
