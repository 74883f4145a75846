# SPDX-License-Identifier: MIT
# Installs what was built and what belongs to it: a fragment for the Makefile.
#
# In:   DESTDIR                     a folder that stands for the root
#       PREFIX                      /usr/local; each folder below may be given by itself as well
# Goals: install uninstall          the same list of files, put there and taken away
#       install-files               only makes those of them that are made: $(BUILD)/install

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
MANDIR ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
UNITDIR ?= $(PREFIX)/lib/systemd/system

INSTALL_HERE := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
INSTALL_MADE := $(BUILD)/install
install_version := $(shell sed -n 's/^.define REFLOW_VERSION "\(.*\)"/\1/p' include/reflow.h)

# An mbedTLS that was built here is found nowhere else, so it goes along; another one is named as it was linked.
ifeq ($(mbedtls_kind),tree)
install_mbedtls := $(mbedtls_library):$(LIBDIR)/libreflow-mbedtls.a
install_libs := -lreflow-mbedtls -pthread
else
install_libs := $(LIBS)
endif

# Mode, source, place.
INSTALLED := 755:$(BUILD)/reflow:$(BINDIR)/reflow $(addprefix 644:,$(install_mbedtls) \
    $(BUILD)/libreflow.a:$(LIBDIR)/libreflow.a \
    $(BUILD)/reflow.o:$(LIBDIR)/reflow/reflow.o \
    $(foreach header,$(wildcard include/*.h) port/posix/reflow_posix.h port/mbedtls/reflow_memory.h,\
        $(header):$(INCLUDEDIR)/$(notdir $(header))) \
    $(INSTALL_MADE)/reflow.pc:$(PKGCONFIGDIR)/reflow.pc \
    $(INSTALL_MADE)/reflow.1:$(MANDIR)/man1/reflow.1 \
    $(INSTALL_MADE)/reflow.3:$(MANDIR)/man3/reflow.3 \
    $(INSTALL_HERE)/reflow.bash:$(BASHDIR)/reflow \
    $(INSTALL_HERE)/_reflow:$(ZSHDIR)/_reflow \
    $(INSTALL_MADE)/reflow.service:$(UNITDIR)/reflow.service \
    $(INSTALL_HERE)/reflow.timer:$(UNITDIR)/reflow.timer)

.PHONY: install install-files uninstall
install: all install-files ## the command, the library, what belongs to them: DESTDIR= PREFIX=/usr/local
	@for file in $(INSTALLED); do \
	    IFS=:; set -- $$file; unset IFS; install -D -m $$1 $$2 "$(DESTDIR)$$3" || exit 1; done

uninstall: ## take away what install has put there
	@for file in $(INSTALLED); do rm -f "$(DESTDIR)$${file##*:}" || exit 1; done
	@rmdir "$(DESTDIR)$(LIBDIR)/reflow" 2>/dev/null || true

# Made anew each time: what goes into them is no file.
install-files: $(addprefix $(INSTALL_MADE)/,reflow.pc reflow.1 reflow.3 reflow.service)

# The one table of errors, a line each. The preprocessor reads it, so that this works for any machine; it runs nothing.
define ERROR_ROWS
#include "reflow.h"
#define ROW(id, name, certain, otherwise, repeat, exit, text, advice) \
    @ id | name | certain | otherwise | repeat | exit | text | advice @
REFLOW_ERRORS(ROW)
endef
export ERROR_ROWS
$(INSTALL_MADE)/errors.txt: FORCE
	@mkdir -p $(@D)
	@echo "$$ERROR_ROWS" | $(CC) -E -P -Iinclude - | tr '\n@' ' \n' | grep '|' >$@

$(INSTALL_MADE)/reflow.%: $(INSTALL_HERE)/reflow.%.in $(INSTALL_MADE)/errors.txt FORCE
	@awk -f $(INSTALL_HERE)/fill.awk -v version='$(install_version)' -v bindir='$(BINDIR)' -v libdir='$(LIBDIR)' \
	    -v includedir='$(INCLUDEDIR)' -v libs='$(install_libs)' \
	    -v defines='$(filter -DREFLOW_%,$(CPPFLAGS) $(CFLAGS))' $(INSTALL_MADE)/errors.txt $< >$@
