# SPDX-License-Identifier: MIT
# Static analysis, and its limits. `make lint` is quick; the rest says more.
#
# Each target writes one line of figures to $(BUILD)/verify when it has passed.

include port/lwip/lwip.mk

LINT_PACKAGES := $(BUILD_PACKAGES) clang-format clang-tidy cppcheck pmccabe python3
LINT_FIRMWARE_PACKAGES := $(LINT_PACKAGES) gcc-arm-none-eabi libnewlib-arm-none-eabi libcmocka-dev
.PHONY: need-lint-firmware
need-lint-firmware:
	@tests/need.sh $(LINT_FIRMWARE_PACKAGES)

# Analysed are the sources that are compiled here; the headers come with them.
ANALYSED := $(wildcard src/*.c src/cli/*.c port/posix/*.c port/mbedtls/*.c)
ANALYSIS_FLAGS := -std=c99 $(CPPFLAGS_ALL) -D_DEFAULT_SOURCE -D_GNU_SOURCE
CPPCHECK := cppcheck --quiet --std=c99 --error-exitcode=1 --inline-suppr --suppress=missingIncludeSystem \
    --enable=warning,style,performance,portability --suppressions-list=tests/cppcheck.txt
# The sockets port, once for each system that it serves, with the test's headers in the place of the system's.
SYSTEMS := zephyr esp_idf
zephyr_FILES := $(wildcard port/sockets/*.c port/zephyr/*.c)
zephyr_FLAGS := -Iinclude -Iport/sockets -Iport/zephyr -Itests/unit/zephyr -DCONFIG_REFLOW_DNS_TIMEOUT_MS=5000
esp_idf_FILES := $(wildcard port/sockets/*.c port/esp-idf/reflow/*.c)
esp_idf_FLAGS := -Iinclude -Iport/sockets -Iport/esp-idf/reflow -Itests/unit/esp_idf -D_DEFAULT_SOURCE
SYSTEMS_FILES := $(sort $(foreach system,$(SYSTEMS),$($(system)_FILES)))
.PHONY: lint misra complexity lint-firmware $(SYSTEMS:%=lint-%)
$(SYSTEMS:%=lint-%): lint-%:
	$(CPPCHECK) $($*_FLAGS) $($*_FILES)
	@clang-tidy --quiet $($*_FILES) -- -std=c99 -D_DEFAULT_SOURCE $($*_FLAGS)
	@for file in $($*_FILES); do \
	    gcc -std=c99 -D_DEFAULT_SOURCE $($*_FLAGS) -O2 -fanalyzer -Werror -c $$file -o /dev/null || exit 1; done
lint: need-lint ## clang-format, cppcheck, clang-tidy, gcc -fanalyzer
	@rm -f $(BUILD)/verify/$@.txt
	@$(MAKE) --no-print-directory deps
	@clang-format --dry-run --Werror $(C_FILES)
	$(CPPCHECK) -Iinclude -Isrc -Iport/posix -D_POSIX_C_SOURCE=200809L src port/posix port/template
	@echo clang-tidy
	@clang-tidy --quiet $(ANALYSED) -- $(ANALYSIS_FLAGS)
	@echo gcc -fanalyzer
	@for file in $(ANALYSED); do \
	    gcc $(ANALYSIS_FLAGS) -O2 -fanalyzer -Werror -c $$file -o /dev/null || exit 1; done
	@$(MAKE) --no-print-directory $(SYSTEMS:%=lint-%)
	@mkdir -p $(BUILD)/verify
	@echo 'lint: $(words $(C_FILES)) files laid out, $(words $(ANALYSED) $(SYSTEMS_FILES)) analysed: 0 findings' \
	    >$(BUILD)/verify/$@.txt

# With the headers of mbedTLS, jsmn and lwIP: what cannot be seen cannot be judged. The seeded file shows that
# the add-on finds, and that what is found and not listed is an error.
MISRA := $(PYTHON) tests/lint/misra.py
MISRA_FILES := $(ANALYSED) $(wildcard port/lwip/*.c port/template/*.c) $(SYSTEMS_FILES)
MISRA_FLAGS := $(subst -isystem ,-I,$(CPPFLAGS_ALL) $(zephyr_FLAGS) $(esp_idf_FLAGS) $(LWIP_CPPFLAGS)) \
    -D_POSIX_C_SOURCE=200809L
misra: need-lint ## MISRA C:2012 by cppcheck, with tests/lint/misra.txt, the list of deviations
	@$(MAKE) --no-print-directory deps $(BUILD)/lwip/fetched
	@$(MISRA) tests/lint/seeded.txt $(BUILD)/lint/seeded -- tests/lint/seeded.c >/dev/null
	@! $(MISRA) /dev/null $(BUILD)/lint/seeded -- tests/lint/seeded.c >/dev/null 2>&1
	@mkdir -p $(BUILD)/verify && rm -f $(BUILD)/verify/$@.txt
	@$(MISRA) tests/lint/misra.txt $(BUILD)/lint/misra $(MISRA_FLAGS) -- $(MISRA_FILES) >$(BUILD)/lint/misra.txt
	@mv $(BUILD)/lint/misra.txt $(BUILD)/verify/$@.txt && cat $(BUILD)/verify/$@.txt

# McCabe's number as pmccabe gives it first: a switch counts as one decision, whatever its cases, because a flat list
# of cases is read and not followed. Where all cases count, four functions are above 10: lists of errors or states.
MOST_COMPLEX := 10
MOST_LINES := 60
complexity: need-lint ## at most 10 decisions and 60 lines a function
	@mkdir -p $(BUILD)/verify && rm -f $(BUILD)/verify/$@.txt
	@pmccabe $(MISRA_FILES) | awk -v most=$(MOST_COMPLEX) -v lines=$(MOST_LINES) -f tests/lint/complexity.awk \
	    >$(BUILD)/complexity.txt
	@mv $(BUILD)/complexity.txt $(BUILD)/verify/$@.txt && cat $(BUILD)/verify/$@.txt

# The device's side: the firmware as it is compiled for its machine, the lwIP port also as its contract test has it.
# Registers are addresses, and the linker's --wrap has names of its own.
DEVICE_FILES := $(filter-out tests/firmware/test_% tests/firmware/loop_%,$(wildcard tests/firmware/*.c)) \
    $(wildcard port/lwip/*.c)
LOOP_FILES := $(wildcard port/lwip/*.c tests/firmware/loop_*.c tests/firmware/test_*.c)
LWIP_HEADERS := $(LWIP_CPPFLAGS) -isystem tests/firmware
DEVICE_FLAGS := -std=c99 -ffreestanding -mcpu=cortex-m3 -mthumb -Iinclude -Isrc -Iport/lwip -Itests/firmware \
    $(CPPFLAGS_JSMN) $(subst _config.h,_config_small.h,$(MBEDTLS_CPPFLAGS)) $(LWIP_HEADERS) \
    -DREFLOW_MAX_TICKET=1536 -DREFLOW_TLS13=1 -DARENA_SIZE=27648 -DANCHORS_SIZE=2560 \
    '-DREFLOW_LWIPOPTS_FILE="firmware_lwipopts.h"'
LOOP_FLAGS := -std=c99 -D_DEFAULT_SOURCE -Iinclude -Iport/lwip -Itests/unit -Itests/firmware $(LWIP_HEADERS) \
    '-DREFLOW_LWIPOPTS_FILE="loop_lwipopts.h"'
DEVICE_CHECKS := -performance-no-int-to-ptr,-bugprone-reserved-identifier,-cert-dcl37-c,-cert-dcl51-cpp
lint-firmware: need-lint-firmware ## the same for the lwIP port and the firmware, as compiled for a Cortex-M3
	@$(MAKE) --no-print-directory deps $(BUILD)/lwip/fetched
	@rm -f $(BUILD)/verify/$@.txt
	$(CPPCHECK) --platform=unix32 '--suppress=*:$(BUILD)/*' -Iinclude -Isrc -Iport/lwip -Itests/firmware -Itests/unit \
	    -I$(BUILD)/lwip/source/src/include '-DREFLOW_LWIPOPTS_FILE="firmware_lwipopts.h"' port/lwip tests/firmware
	@echo clang-tidy
	@clang-tidy --quiet --checks=$(DEVICE_CHECKS) $(DEVICE_FILES) -- --target=arm-none-eabi $(DEVICE_FLAGS) \
	    -isystem /usr/include/newlib
	@clang-tidy --quiet $(LOOP_FILES) -- $(LOOP_FLAGS)
	@echo gcc -fanalyzer
	@for file in $(DEVICE_FILES) $(wildcard src/*.c); do \
	    arm-none-eabi-gcc $(DEVICE_FLAGS) -Os -fanalyzer -Werror -c $$file -o /dev/null || exit 1; done
	@for file in $(LOOP_FILES); do gcc $(LOOP_FLAGS) -O2 -fanalyzer -Werror -c $$file -o /dev/null || exit 1; done
	@mkdir -p $(BUILD)/verify
	@echo 'lint-firmware: $(words $(sort $(DEVICE_FILES) $(LOOP_FILES))) files analysed: 0 findings' \
	    >$(BUILD)/verify/$@.txt
