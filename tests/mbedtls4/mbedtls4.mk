# SPDX-License-Identifier: MIT
# No package has mbedTLS 4 yet. Until one has, the lines that are for it alone run on what stands in for it: 3.6 with
# USE_PSA_CRYPTO, which is how 4 always works, behind headers (include/) and functions (as_4.c) that make it 4.0.

ifdef AS_MBEDTLS_4
CPPFLAGS_ALL += -Itests/mbedtls4/include
LIBS := $(OBJ)/tests/mbedtls4/as_4.o $(LIBS)
$(BUILD)/variant: $(OBJ)/tests/mbedtls4/as_4.o
endif

MBEDTLS4 := $(BUILD)/mbedtls4
MBEDTLS4_UNIT := $(patsubst $(BUILD)/%,$(MBEDTLS4)/%,$(filter $(BUILD)/tests/test_tls%,$(UNIT)))
mbedtls4_make = $(MAKE) --no-print-directory BUILD=$(MBEDTLS4) AS_MBEDTLS_4=1 MBEDTLS_DEFINES=-DMBEDTLS_USE_PSA_CRYPTO \
    MBEDTLS=$(abspath $(or $(MBEDTLS),$(BUILD)/mbedtls/source))
mbedtls4_e2e = $(mbedtls4_make) test-e2e E2E="$(patsubst %,tests/e2e/test_%.py,main_job resume tls_matrix)"

.PHONY: test-mbedtls4
test-mbedtls4: need-test $(MBEDTLS_READY) ## what is for mbedTLS 4 alone, on 3.6 in its place: TLS tests, cuts, re-triggers
	+@$(mbedtls4_make) -j2 all $(MBEDTLS4_UNIT) $(MBEDTLS4)/tests/cuts
	@$(PYTHON) tests/hostile/run.py $(MBEDTLS4) cuts
	@tests/sanitize/run.sh $(MBEDTLS4)/reports $(BUILD)/verify/$@.txt '$(mbedtls4_e2e)' $(MBEDTLS4_UNIT)
