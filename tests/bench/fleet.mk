# SPDX-License-Identifier: MIT
# A fleet that fails together, simulated with the real retry module; once more with a longer cap.

FLEET_PACKAGES := python3
fleet_sources := tests/bench/fleet.c $(addprefix src/,retry.c http_date.c civil.c text.c)
fleet_programs := $(BUILD)/bench/fleet $(BUILD)/bench/fleet-cap600
$(BUILD)/bench/fleet-cap600: fleet_sizes := -DREFLOW_RETRY_CAP_MS=600000

$(fleet_programs): $(fleet_sources) $(wildcard include/*.h src/*.h) tests/bench/fleet.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) -Iinclude -Isrc $(fleet_sizes) $(CFLAGS_ALL) -O2 $(fleet_sources) $(LDFLAGS) -o $@

.PHONY: fleet
fleet: ## up to 1,000,000 devices that fail together, simulated with the real retry module; README's table, a plot
	@tests/need.sh $(FLEET_PACKAGES)
	@$(MAKE) --no-print-directory $(fleet_programs)
	@$(PYTHON) tests/bench/fleet.py --programs $(BUILD)/bench --table $(BUILD)/fleet.md --chart $(BUILD)/bench/fleet.svg
	@cp $(BUILD)/bench/fleet.svg tests/bench/fleet.svg
	@tests/readme.py fleet $(BUILD)/fleet.md
