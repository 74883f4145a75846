# SPDX-License-Identifier: MIT
# mbedTLS 4 is in no package yet. Until it is, the lines that are for it alone run on what stands in for it: 3.6 with
# USE_PSA_CRYPTO, which is how 4 always works, behind headers (include/) and functions (as_4.c) that make it 4.0.

MBEDTLS4_PROGRAMS := $(sort $(patsubst tests/unit/%.c,tests/%,$(wildcard tests/unit/test_tls*.c))) tests/cuts

ifdef AS_MBEDTLS_4
CPPFLAGS_ALL += -Itests/mbedtls4/include
LIBS := $(OBJ)/tests/mbedtls4/as_4.o $(LIBS)
$(BUILD)/variant: $(OBJ)/tests/mbedtls4/as_4.o
endif

.PHONY: test-mbedtls4
test-mbedtls4: need-test $(MBEDTLS_READY) ## TLS with 3.6 in the place of mbedTLS 4: unit tests, cuts, verified re-triggers
	@$(MAKE) --no-print-directory -j2 BUILD=$(BUILD)/mbedtls4 AS_MBEDTLS_4=1 MBEDTLS_DEFINES=-DMBEDTLS_USE_PSA_CRYPTO \
	    MBEDTLS=$(abspath $(or $(MBEDTLS),$(BUILD)/mbedtls/source)) all $(MBEDTLS4_PROGRAMS:%=$(BUILD)/mbedtls4/%)
	@$(PYTHON) tests/mbedtls4/run.py $(BUILD)/mbedtls4 $(MBEDTLS4_PROGRAMS) >$(BUILD)/mbedtls4.txt; \
	    status=$$?; cat $(BUILD)/mbedtls4.txt; exit $$status
	@mkdir -p $(BUILD)/verify
	@tail -n 1 $(BUILD)/mbedtls4.txt >$(BUILD)/verify/test-mbedtls4.txt
