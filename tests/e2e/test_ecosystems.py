# SPDX-License-Identifier: MIT
# The modules in port/ for Zephyr and ESP-IDF, as far as they can be run without those: each file by the tool that reads
# it, with what the ecosystem would provide written here. test_openwrt.py does the same for OpenWrt.

import re
import subprocess

import kconfiglib
import pytest
import yaml

import reflow_cli
from test_structure import BUILD, CC, call, cppflags

PORT = reflow_cli.ROOT / "port"
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
    words = {"CMAKE_C_COMPILER": CC, "MBEDTLS": ";".join(mbedtls_cppflags()), "STUBS": reflow_cli.ROOT / "tests/unit"}
    return subprocess.run(["cmake", "-S", str(tmp_path), "-B", str(tmp_path / "build"),
                           *("-D%s=%s" % item for item in words.items())],
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
