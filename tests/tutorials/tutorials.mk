# SPDX-License-Identifier: MIT
# README's tutorials, each command in its order, in a copy of these sources: $(BUILD)/tutorials.

TUTORIALS_PACKAGES := $(DEMO_PACKAGES) python3-pytest gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm \
    gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user

.PHONY: test-tutorials
test-tutorials: need-tutorials ## README's tutorials: gateway, one object, appliance, all their commands
	@$(MAKE) --no-print-directory deps
	@REFLOW_BUILD=$(abspath $(BUILD)) $(PYTHON) -m pytest -q tests/tutorials $(PYTEST)
	@mkdir -p $(BUILD)/verify
	@echo "$$(grep -c '^<!-- run: ' README.md) blocks of README's commands typed, 0 that came out otherwise" \
	    >$(BUILD)/verify/test-tutorials.txt
