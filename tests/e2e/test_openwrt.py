# SPDX-License-Identifier: MIT
# The package in port/openwrt, as far as it can be run without OpenWrt, whose part is written here: the Makefile under
# make, the UCI file, the service's script.

import os
import pathlib
import re
import shlex
import shutil
import stat
import subprocess

import pytest

import reflow_cli
from test_ecosystems import PORT, VERSION
from test_structure import BUILD, CC, call, cppflags, libs

OPENWRT = PORT / "openwrt/reflow"


# ---- The package ----------------------------------------------------------------------------------------------------

RULES = """INCLUDE_DIR := $(TOPDIR)/include
INSTALL_DIR := install -d -m0755
INSTALL_BIN := install -m0755
INSTALL_CONF := install -m0600
CP := cp -fpR
PKG_JOBS := -j2
"""
PACKAGE = """PKG_BUILD_DIR := $(BUILD_DIR)/$(PKG_NAME)-$(PKG_VERSION)
define Download
$(eval $(Download/$(1)))
$(eval DOWNLOADED := $(URL)/$(URL_FILE) $(FILE) $(HASH))
endef
define BuildPackage
$(eval $(Package/$(1)))
fields:
	@$(foreach field,PKG_NAME PKG_VERSION PKG_RELEASE PKG_LICENSE SECTION CATEGORY DEPENDS USERID DOWNLOADED,\\
	    echo '$(field)=$($(field))';)
	@echo 'TITLE=$(TITLE)'
	@echo 'CONFFILES=$(strip $(Package/$(1)/conffiles))'
prepare:
$(Build/Prepare)
compile:
$(Build/Compile)
install:
$(call Package/$(1)/install,$(DESTDIR))
endef
"""


def staging(folder):
    """OpenWrt's staging folder: headers with their configuration in place, libraries by name."""
    library = next((word for word in libs() if word.endswith("libmbedtls.a")), None)
    if library is None:
        pytest.skip("mbedTLS was not built here")
    include = next(pathlib.Path(word) for word in cppflags() if word.endswith("source/include"))
    shutil.copytree(reflow_cli.ROOT / include, folder / "usr/include")
    shutil.copy(PORT / "mbedtls/reflow_mbedtls_config.h", folder / "usr/include/mbedtls/mbedtls_config.h")
    (folder / "usr/lib").mkdir()
    for name in ("mbedtls", "mbedx509", "mbedcrypto"):
        (folder / ("usr/lib/lib%s.a" % name)).symlink_to(reflow_cli.ROOT / library)


class Tree:
    """An OpenWrt tree, as far as a package can see it."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "include").mkdir()
        (folder / "rules.mk").write_text(RULES)
        (folder / "include/package.mk").write_text(PACKAGE)

    def make(self, goal):
        # Nothing of the make that runs the tests.
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith("MAKE") and key not in ("BUILD", "CC", "CFLAGS", "LDFLAGS", "MBEDTLS")}
        places = {"TOPDIR": ".", "BUILD_DIR": "build_dir", "STAGING_DIR": "staging", "DL_DIR": "dl", "DESTDIR": "ipkg"}
        flags = {"TARGET_CC": CC, "TARGET_AR": "ar", "TARGET_CFLAGS": "-O0", "V": "1",
                 "TARGET_CPPFLAGS": "-I%s" % (self.folder / "staging/usr/include"),
                 "TARGET_LDFLAGS": "-L%s" % (self.folder / "staging/usr/lib")}
        words = ["%s=%s" % (name, self.folder / place) for name, place in places.items()]
        words += ["%s=%s" % item for item in flags.items()]
        return call("make", "-r", "--no-print-directory", "-C", OPENWRT, goal, *words, env=environment).stdout


def test_the_package_has_its_fields(tmp_path):
    fields = dict(line.split("=", 1) for line in Tree(tmp_path).make("fields").splitlines())
    assert fields["PKG_NAME"] == OPENWRT.name == "reflow"  # feeds name a package by its folder
    assert fields["PKG_VERSION"] == VERSION
    assert fields["PKG_RELEASE"] == "1" and fields["PKG_LICENSE"] == "MIT"
    assert fields["SECTION"] == "net" and fields["CATEGORY"] == "Network" and 10 < len(fields["TITLE"]) < 80
    assert fields["DEPENDS"].split() == ["+libmbedtls", "+ca-bundle"]
    assert fields["USERID"] == "reflow:reflow"
    assert fields["CONFFILES"].split() == ["/etc/config/reflow", "/etc/reflow/"]
    url, _, digest = fields["DOWNLOADED"].split()
    assert url.endswith("/jsmn.h")
    assert call("sha256sum", BUILD / "jsmn/jsmn.h").stdout.split()[0] == digest


def test_the_package_compiles_and_installs(tmp_path):
    tree = Tree(tmp_path)
    staging(tmp_path / "staging")
    (tmp_path / "dl").mkdir()
    shutil.copy(BUILD / "jsmn/jsmn.h", tmp_path / "dl/jsmn-1.1.0.h")
    tree.make("prepare")
    said = tree.make("compile")
    assert "-lmbedtls -lmbedx509 -lmbedcrypto" in said  # the shared libraries, where there are some,
    assert "libmbedtls.a" not in said and "-rpath" not in said  # from where the device has them
    tree.make("install")
    found = {str(path.relative_to(tmp_path / "ipkg")): stat.S_IMODE(path.stat().st_mode)
             for path in (tmp_path / "ipkg").rglob("*") if path.is_file()}
    assert found == {"usr/bin/reflow": 0o755, "etc/config/reflow": 0o600, "etc/init.d/reflow": 0o755}
    assert call(tmp_path / "ipkg/usr/bin/reflow", "--version").stdout.startswith("reflow " + VERSION)


# ---- The service ----------------------------------------------------------------------------------------------------

def uci(text):
    """UCI's grammar, strictly: {(type, name): {option: value}}."""
    sections, section = {}, None
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if words and words[0] == "config" and len(words) == 3:
            section = sections[(words[1], words[2])] = {}
        elif words and words[0] == "option" and len(words) == 3 and section is not None:
            assert re.fullmatch(r"[a-z0-9_]+", words[1]) and words[1] not in section, line
            section[words[1]] = words[2]
        else:
            assert not words, line
    return sections


def test_the_configuration_is_what_the_service_reads_and_holds_no_secret():
    sections = uci((OPENWRT / "files/reflow.config").read_text())
    assert list(sections) == [("reflow", "main")]
    options = sections[("reflow", "main")]
    script = (OPENWRT / "files/reflow.init").read_text()
    read = re.findall(r"^\tconfig_get(?:_bool)? (\w+) main (\w+)(?: (.*))?$", script, re.MULTILINE)
    assert {name for _, name, _ in read} == set(options)
    assert all(variable == name for variable, name, _ in read)
    for _, name, default in read:  # a missing option means what the file says
        assert shlex.split(default or "''")[0] == options[name], name
    assert options["enabled"] == "0"
    assert not [name for name in options if "secret" in name or "token" in name]


def test_the_service_is_sound_shell():
    call("sh", "-n", OPENWRT / "files/reflow.init")
    call("shellcheck", "-s", "dash", OPENWRT / "files/reflow.init")


RC_COMMON = r"""
set -u
config_load() { [ "$1" = reflow ]; }
config_get() { eval "$1=\${UCI_$3-\${4-}}"; }
config_get_bool() { config_get "$@"; }
logger() { echo "log $*"; }
chown() { echo "chown $*"; }
procd_open_instance() { echo "open"; }
procd_close_instance() { echo "close"; }
procd_set_param() { procd_append_param "$@"; }
procd_append_param() { param=$1; shift; for word; do echo "$param $word"; done; }
procd_add_reload_trigger() { echo "trigger $1"; }
. "$INIT"
"""


class Service:
    """The init script with a device's folders under `root`."""

    def __init__(self, root):
        self.root = root
        self.options = {"enabled": "1", "api_key": "key", "org_id": "0@AdobeOrg"}
        cron = root / "etc/init.d/cron"
        cron.parent.mkdir(parents=True)
        cron.write_text("#!/bin/sh\necho cron $1\n")
        cron.chmod(0o755)

    def call(self, function):
        environment = {"PATH": os.environ["PATH"], "IPKG_INSTROOT": str(self.root),
                       "INIT": str(OPENWRT / "files/reflow.init")}
        environment.update({"UCI_" + name: value for name, value in self.options.items()})
        done = subprocess.run(["sh", "-c", RC_COMMON + function], env=environment, capture_output=True, text=True,
                              timeout=20, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout.splitlines()

    def give_secret(self):
        secret = self.root / "etc/reflow/secret"
        secret.parent.mkdir(exist_ok=True)
        secret.write_text("s3cr3t\n")
        secret.chmod(0o644)
        return secret

    @property
    def crontab(self):
        path = self.root / "etc/crontabs/root"
        return path.read_text() if path.exists() else ""


LINE = "17 * * * * /etc/init.d/reflow enabled && /etc/init.d/reflow start\n"


def test_a_service_that_is_not_enabled_does_nothing(tmp_path):
    service = Service(tmp_path)
    service.options = {}
    assert service.call("start_service") == (0, [])
    assert service.crontab == ""


def test_without_a_secret_the_service_says_so_and_starts_nothing(tmp_path):
    status, said = Service(tmp_path).call("start_service")
    assert status == 1 and "open" not in said
    assert [line for line in said if line.startswith("log") and "/etc/reflow/secret" in line]


def test_the_service_runs_the_tool_as_its_own_user_and_keeps_the_secret_to_itself(tmp_path):
    service = Service(tmp_path)
    service.options["flow"] = "f-1"
    secret = service.give_secret()
    status, said = service.call("start_service")
    assert status == 0 and said.count("open") == said.count("close") == 1
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600 and stat.S_IMODE(secret.parent.stat().st_mode) == 0o700
    assert [line for line in said if line.startswith("chown -R reflow:reflow ") and "/etc/reflow" in line]
    assert {"user reflow", "group reflow", "no_new_privs 1"} <= set(said)
    assert "respawn" not in "".join(said) and "s3cr3t" not in "".join(said)
    assert service.call("service_triggers") == (0, ["trigger reflow"])

    # and the tool takes what procd is told: no error of usage or configuration, but nobody there
    command = [line[8:] for line in said if line.startswith("command ")]
    environment = dict(line[4:].split("=", 1) for line in said if line.startswith("env "))
    assert command[0] == "/usr/bin/reflow" and "--flow" in command
    command = [word.replace("/etc/reflow", str(tmp_path / "etc/reflow")) for word in command[1:]]
    environment.update(REFLOW_SECRET_FILE=str(secret), REFLOW_TOKEN_FILE=str(tmp_path / "var/run/reflow/token"),
                       REFLOW_URL="https://127.0.0.1:1", REFLOW_IMS_URL="https://127.0.0.1:1/token")
    done = subprocess.run([reflow_cli.program(), *command, "--attempts", "1"], env=environment, capture_output=True,
                          text=True, timeout=30, check=False)
    assert done.returncode == 4, done


def test_cron_is_told_once_and_other_lines_are_left_alone(tmp_path):
    service = Service(tmp_path)
    service.give_secret()
    (tmp_path / "etc/crontabs").mkdir()
    (tmp_path / "etc/crontabs/root").write_text("0 3 * * * /usr/bin/backup\n")
    assert "cron restart" in service.call("start_service")[1]
    assert service.crontab == "0 3 * * * /usr/bin/backup\n" + LINE
    assert "cron restart" not in service.call("start_service")[1]
    service.options["schedule"] = "*/5 * * * *"
    assert "cron restart" in service.call("start_service")[1]
    assert service.crontab == "0 3 * * * /usr/bin/backup\n" + LINE.replace("17 *", "*/5 *")
    assert service.call("stop_service") == (0, ["cron restart"])
    assert service.crontab == "0 3 * * * /usr/bin/backup\n"
