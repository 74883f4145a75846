# SPDX-License-Identifier: MIT
# The packages and modules in port/ for OpenWrt, Zephyr and ESP-IDF, as far as they can be run without those: each by
# the tools that read its files, with what the ecosystem would provide written here.

import os
import pathlib
import re
import shlex
import shutil
import stat
import subprocess

import kconfiglib
import pytest
import yaml

import reflow_cli
from test_structure import BUILD, CC, call, cppflags, libs

PORT = reflow_cli.ROOT / "port"
OPENWRT = PORT / "openwrt/reflow"
ZEPHYR = PORT / "zephyr"
ESP_IDF = PORT / "esp-idf/reflow"
VERSION = re.search(r'REFLOW_VERSION "(.*)"', (reflow_cli.ROOT / "include/reflow.h").read_text()).group(1)


# ---- YAML: the keys of Zephyr's module schema, and of ESP-IDF's manifest, that we use --------------------------------

def test_zephyrs_module_file_names_what_is_there():
    module = yaml.safe_load((ZEPHYR / "zephyr/module.yml").read_text())
    assert set(module) == {"name", "build"} and set(module["build"]) == {"cmake", "kconfig"}
    assert module["name"] == "reflow"
    assert (ZEPHYR / module["build"]["cmake"] / "CMakeLists.txt").is_file()
    assert (ZEPHYR / module["build"]["kconfig"]).is_file()


def test_esp_idfs_manifest_has_its_fields():
    manifest = yaml.safe_load((ESP_IDF / "idf_component.yml").read_text())
    assert set(manifest) == {"version", "description", "license", "dependencies"}
    assert manifest["version"] == VERSION
    assert set(manifest["dependencies"]) == {"idf"}
    assert all(re.fullmatch(r"(>=|<)\d+\.\d+", part) for part in manifest["dependencies"]["idf"].split(","))


# ---- Kconfig ---------------------------------------------------------------------------------------------------------

def kconfig(tmp_path, file, given=""):
    (tmp_path / "Kconfig").write_text('mainmenu "test"\n%ssource "%s"\n' % (given, file))
    read = kconfiglib.Kconfig(str(tmp_path / "Kconfig"), warn_to_stderr=False)
    assert read.warnings == []
    return read


def given(**symbols):
    return "".join("config %s\n\tbool\n\tdefault %s\n" % item for item in symbols.items())


def used(*files):
    """The options that code and CMake ask for."""
    return set(re.findall(r"\bCONFIG_(REFLOW\w*)", "".join(file.read_text() for file in files)))


def test_zephyrs_options(tmp_path):
    needs = {"NET_SOCKETS": "y", "NET_TCP": "y", "DNS_RESOLVER": "y", "MBEDTLS": "y"}
    read = kconfig(tmp_path, ZEPHYR / "Kconfig", given(**needs))
    assert read.syms["REFLOW"].str_value == "n"  # a module that is there is not yet wanted
    read.syms["REFLOW"].set_value("y")
    assert read.syms["REFLOW"].str_value == "y"
    assert read.syms["REFLOW_MAX_TOKEN"].str_value == "4096"
    own = {symbol.name for symbol in read.unique_defined_syms if symbol.name.startswith("REFLOW")}
    assert used(ZEPHYR / "CMakeLists.txt", ZEPHYR / "reflow_zephyr.c") == own
    for need in needs:
        read = kconfig(tmp_path, ZEPHYR / "Kconfig", given(**{**needs, need: "n"}))
        read.syms["REFLOW"].set_value("y")
        assert read.syms["REFLOW"].str_value == "n", need


def test_esp_idfs_options(tmp_path):
    read = kconfig(tmp_path, ESP_IDF / "Kconfig")
    assert read.syms["REFLOW_MAX_TOKEN"].str_value == "4096"
    own = {symbol.name for symbol in read.unique_defined_syms}
    assert used(ESP_IDF / "CMakeLists.txt", ESP_IDF / "reflow_esp_idf.c") == own


# ---- CMake: built with the ecosystem's functions as they are meant, and its headers as in tests/unit -----------------

PROJECT = """cmake_minimum_required(VERSION 3.16)
project(image C)
set(CMAKE_C_STANDARD 99)
add_compile_options(-Wall -Wextra -Werror ${MBEDTLS})
"""
ZEPHYR_PROJECT = PROJECT + """
set(APPLICATION_SOURCE_DIR "${CMAKE_SOURCE_DIR}")
add_library(mbedTLS INTERFACE)
include_directories("${STUBS}/zephyr")
macro(zephyr_library_named name)
  set(ZEPHYR_CURRENT_LIBRARY ${name})
  add_library(${name} STATIC)
endmacro()
function(zephyr_library_sources)
  target_sources(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()
function(zephyr_library_include_directories)
  target_include_directories(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()
function(zephyr_library_link_libraries)
  target_link_libraries(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()
function(zephyr_library_compile_definitions)
  target_compile_definitions(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()
function(zephyr_include_directories)
  include_directories(${ARGN})
  target_include_directories(${ZEPHYR_CURRENT_LIBRARY} PUBLIC ${ARGN})
endfunction()
function(zephyr_compile_definitions)
  target_compile_definitions(${ZEPHYR_CURRENT_LIBRARY} PUBLIC ${ARGN})
endfunction()
set(CONFIG_REFLOW y)
add_compile_definitions(CONFIG_REFLOW_DNS_TIMEOUT_MS=5000)
"""
ESP_IDF_PROJECT = PROJECT + """
include_directories("${STUBS}/esp_idf")
macro(idf_component_register)
  cmake_parse_arguments(idf "" "" "SRCS;INCLUDE_DIRS;PRIV_INCLUDE_DIRS;PRIV_REQUIRES" ${ARGN})
  set(COMPONENT_LIB __idf_reflow)
  add_library(${COMPONENT_LIB} STATIC ${idf_SRCS})
  target_include_directories(${COMPONENT_LIB} PUBLIC ${idf_INCLUDE_DIRS} PRIVATE ${idf_PRIV_INCLUDE_DIRS})
endmacro()
function(idf_build_get_property variable property)
  set(${variable} "${CMAKE_SOURCE_DIR}" PARENT_SCOPE)
endfunction()
"""
OPTIONS = """
set(CONFIG_REFLOW_MAX_TOKEN 2048)
set(CONFIG_REFLOW_QUERIES 3)
set(CONFIG_REFLOW_JSMN_DIR "%s")
add_subdirectory("%s" reflow)
"""


def mbedtls_cppflags():
    """Folders in one word with their option: CMake leaves out a word that it has seen before."""
    words = cppflags()
    folders = [word for option, word in zip(words, words[1:]) if option == "-isystem"]
    return ["-isystem%s" % (reflow_cli.ROOT / word) for word in folders] + [word for word in words if word[:2] == "-D"]


def configured(tmp_path, project, module, jsmn):
    (tmp_path / "CMakeLists.txt").write_text(project + OPTIONS % (jsmn, module))
    return subprocess.run(["cmake", "-S", str(tmp_path), "-B", str(tmp_path / "build"), "-DCMAKE_C_COMPILER=" + CC,
                           "-DMBEDTLS=" + ";".join(mbedtls_cppflags()), "-DSTUBS=%s" % (reflow_cli.ROOT / "tests/unit")],
                          capture_output=True, text=True, timeout=60, check=False)


def undefined(archive):
    """What the objects want and none of them has."""
    symbols = [line.split() for line in call("nm", "-P", archive).stdout.splitlines() if len(line.split()) > 1]
    return {name for name, kind, *_ in symbols if kind == "U"} - {name for name, kind, *_ in symbols if kind != "U"}


@pytest.mark.parametrize("project, module, library, system", [
    (ZEPHYR_PROJECT, ZEPHYR, "libreflow.a", {"k_mutex_lock", "dns_get_addr_info", "k_msleep"}),
    (ESP_IDF_PROJECT, ESP_IDF, "lib__idf_reflow.a", {"vTaskDelay", "tcpip_try_callback", "esp_timer_get_time"}),
], ids=["zephyr", "esp-idf"])
def test_cmake_builds_all_that_the_library_needs(tmp_path, project, module, library, system):
    done = configured(tmp_path, project, module, BUILD / "jsmn")
    assert done.returncode == 0, done.stderr
    call("cmake", "--build", tmp_path / "build", "-j", "2")
    wanted = undefined(tmp_path / "build/reflow" / library)
    assert not {name for name in wanted if name.startswith("reflow_")}
    assert system <= wanted


@pytest.mark.parametrize("project, module", [(ZEPHYR_PROJECT, ZEPHYR), (ESP_IDF_PROJECT, ESP_IDF)],
                         ids=["zephyr", "esp-idf"])
def test_cmake_says_where_jsmn_was_looked_for(tmp_path, project, module):
    done = configured(tmp_path, project, module, "lib/jsmn")
    assert done.returncode != 0
    assert "CONFIG_REFLOW_JSMN_DIR: there is no jsmn.h in" in done.stderr
    assert str(tmp_path / "lib/jsmn") in done.stderr.replace("\n", "").replace("    ", "")


# ---- OpenWrt: the package --------------------------------------------------------------------------------------------

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
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
        places = {"TOPDIR": ".", "BUILD_DIR": "build_dir", "STAGING_DIR": "staging", "DL_DIR": "dl", "DESTDIR": "ipkg"}
        flags = {"TARGET_CC": CC, "TARGET_AR": "ar", "TARGET_CFLAGS": "-O0", "V": "1",
                 "TARGET_CPPFLAGS": "-I%s" % (self.folder / "staging/usr/include"),
                 "TARGET_LDFLAGS": "-L%s" % (self.folder / "staging/usr/lib")}
        words = ["%s=%s" % (name, self.folder / place) for name, place in places.items()]
        words += ["%s=%s" % item for item in flags.items()]
        return call("make", "-r", "--no-print-directory", "-C", OPENWRT, goal, *words, env=environment).stdout


def test_openwrts_package_has_its_fields(tmp_path):
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


def test_openwrts_package_compiles_and_installs(tmp_path):
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


# ---- OpenWrt: the service --------------------------------------------------------------------------------------------

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


def test_openwrts_configuration_is_what_the_service_reads_and_holds_no_secret():
    sections = uci((OPENWRT / "files/reflow.config").read_text())
    assert list(sections) == [("reflow", "main")]
    options = sections[("reflow", "main")]
    read = re.findall(r"^\tconfig_get(?:_bool)? (\w+) main (\w+)(?: (.*))?$", (OPENWRT / "files/reflow.init").read_text(),
                      re.MULTILINE)
    assert {name for _, name, _ in read} == set(options)
    assert all(variable == name for variable, name, _ in read)
    for _, name, default in read:  # a missing option means what the file says
        assert shlex.split(default or "''")[0] == options[name], name
    assert options["enabled"] == "0"
    assert not [name for name in options if "secret" in name or "token" in name]


def test_openwrts_service_is_sound_shell():
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
