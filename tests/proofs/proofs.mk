# SPDX-License-Identifier: MIT
# The proofs: CBMC shows properties of the pure modules for all inputs within bounds.
#
# PROOFS=  modules or proofs by name; all of them otherwise
# CBMC=    a folder with CBMC 6.6's programs; fetched from Debian otherwise

PROVE_PACKAGES := $(if $(CBMC),,dpkg-dev) $(if $(JSMN),,libjsmn-dev) python3
CBMC ?=
cbmc_folder := $(or $(CBMC),$(BUILD)/cbmc)

.PHONY: prove prove-figures
prove: README := --readme
prove: $(BUILD)/jsmn/jsmn.h ## CBMC: the pure modules keep within their memory and their contracts (or PROOFS=url)
	@tests/need.sh $(PROVE_PACKAGES)
	@$(MAKE) --no-print-directory $(cbmc_folder)/cbmc
	@$(PYTHON) tests/proofs/run.py --build $(BUILD) --cbmc $(cbmc_folder) $(README) $(PROOFS)

prove-figures: ## the table of proofs, into README.md as well
	@$(MAKE) --no-print-directory prove PROOFS= README=
	@tests/readme.py proofs $(BUILD)/proofs.md

$(BUILD)/cbmc/cbmc: tests/proofs/fetch.sh tests/proofs/cbmc.pin port/debian.sh
	$(call say,FETCH,$(@D))
	@tests/proofs/fetch.sh $(@D)
	@touch $@
