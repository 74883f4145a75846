# SPDX-License-Identifier: MIT
# The packages for Debian: built here, built elsewhere, built with an mbedTLS of their own, and tested by
# tests/e2e/test_debian.py.

DEB_TEST_PACKAGES := $(TEST_PACKAGES) $(DEB_PACKAGES) lintian faketime
DEBS := $(abspath $(BUILD))/test-deb
DEBS_ELSEWHERE := $(DEBS)/a/folder/whose/name/is/longer

.PHONY: test-deb
test-deb: ## the Debian packages: lintian, two builds the same bytes, installed, used, purged
	@tests/need.sh $(DEB_TEST_PACKAGES)
	@rm -rf $(DEBS) $(BUILD)/verify/$@.txt && mkdir -p $(DEBS_ELSEWHERE) $(BUILD)/verify
	@$(MAKE) --no-print-directory deb DEB=$(DEBS)/here MBEDTLS=system
	@$(deb_copy) $(deb_sources) | tar -xm -C $(DEBS_ELSEWHERE)
	@umask 077; TZ=Asia/Kathmandu LC_ALL=C.UTF-8 HOME=/nonexistent faketime -f +400d \
	    $(MAKE) --no-print-directory -C $(DEBS_ELSEWHERE) deb DEB=$(DEBS_ELSEWHERE)/debs MBEDTLS=system
	@ln -s $(DEBS_ELSEWHERE)/debs $(DEBS)/there
	@$(MAKE) --no-print-directory deb DEB=$(DEBS)/own MBEDTLS=$(if $(filter tree,$(mbedtls_kind)),$(MBEDTLS))
	@REFLOW_DEBS=$(DEBS) REFLOW_MAKE='CC=$(CC) BUILD=$(BUILD)' $(PYTHON) -m pytest -q -n 2 tests/e2e/test_debian.py \
	    $(PYTEST) >$(DEBS)/log; status=$$?; cat $(DEBS)/log; exit $$status
	@echo "test-deb: $$(tail -n 1 $(DEBS)/log); bytes:" \
	    $$(cd $(DEBS)/here && stat -c '%n %s' reflow_*.deb libreflow-dev_*.deb) >$(BUILD)/verify/$@.txt
	@cat $(BUILD)/verify/$@.txt
