# SPDX-License-Identifier: MIT
# The reference of the interface: $(BUILD)/doc/index.html, from the headers as they are read.
#
# DOC=     another folder for it
# HEADERS= other headers, as the test of this gives them

DOC_PACKAGES := doxygen python3
DOC ?= $(BUILD)/doc
doc_version := $(shell sed -n 's/^.define REFLOW_VERSION "\(.*\)"/\1/p' include/reflow.h)

.PHONY: doc
doc: ## the reference of the interface as HTML, by Doxygen; fails where something public is not described
	@tests/need.sh $(DOC_PACKAGES)
	@rm -rf $(DOC) && mkdir -p $(DOC)
	@{ cat tests/doc/Doxyfile; echo 'OUTPUT_DIRECTORY = $(DOC)'; echo 'PROJECT_NUMBER = $(doc_version)'; \
	    $(if $(HEADERS),echo 'INPUT = $(HEADERS)';) } | doxygen -
	@echo "  $(DOC)/index.html"
