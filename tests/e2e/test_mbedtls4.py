# SPDX-License-Identifier: MIT
# mbedTLS 4, which no package has yet: nothing is used that it has not, and what is for it alone compiles.
#
# `make test-mbedtls4` runs that as well, on what stands in for mbedTLS 4 (tests/mbedtls4).

import os
import re
import subprocess

import pytest

from test_structure import BUILD, CC, ROOT, STRICT, call, cppflags, in_parallel

HERE = ROOT / "tests/mbedtls4"
SOURCES = sorted((ROOT / "src").glob("tls_mbedtls*.c"))
SHORT_RECORDS = ("-DMBEDTLS_SSL_IN_CONTENT_LEN=4096", "-DMBEDTLS_SSL_OUT_CONTENT_LEN=2048")


def flags():
    """With mbedTLS 3.6's headers behind those that make it 4.0."""
    if not any("mbedtls_config.h" in flag for flag in cppflags()):
        pytest.skip("the stand-in is made of mbedTLS 3.6, which this build is not with")
    return ["-I%s" % (HERE / "include"), "-DMBEDTLS_USE_PSA_CRYPTO", *cppflags()]


def permitted():
    lines = [line for line in (HERE / "names.txt").read_text().splitlines() if line and not line.startswith("#")]
    headers = {line for line in lines if not line.startswith(" ")}
    return headers, {name for line in lines if line.startswith(" ") for name in line.split()}


def ours(source, *more):
    """What our own files say when mbedTLS is 4.0, conditions decided and macros as they are written."""
    text, inside = [], False
    for line in call(CC, "-std=c99", "-E", "-fdirectives-only", *flags(), *more, source).stdout.splitlines():
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            inside = "src/tls_mbedtls" in marker[1]
        elif inside:
            text.append(line)
    return re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\])*"', " ", "\n".join(text), flags=re.DOTALL)


@pytest.mark.skipif("clang" in CC, reason="clang knows no -fdirectives-only")
@pytest.mark.parametrize("more", [(), SHORT_RECORDS], ids=["long records", "short records"])
def test_every_name_that_is_used_is_one_of_mbedtls_4(more):
    _, names = permitted()
    texts = in_parallel(lambda source: ours(source, *more), SOURCES)
    used = {name for text in texts for name in re.findall(r"\b(?:mbedtls|MBEDTLS|psa|PSA)_\w+", text)}
    assert len(used) > 90
    assert sorted(used - names) == []


def test_only_its_public_headers_are_included(tmp_path):
    headers, _ = permitted()
    path = tmp_path / "includes.h"
    text = re.sub(r"#include <((?:mbedtls|psa)/\S*)>", r"included \1", (ROOT / "src/tls_mbedtls.h").read_text())
    path.write_text(re.sub(r"#include .*", "", text))
    lines = call(CC, "-E", "-P", "-DMBEDTLS_VERSION_MAJOR=4", "-DMBEDTLS_VERSION_NUMBER=0x04000000",
                 "-DMBEDTLS_SSL_IN_CONTENT_LEN=16384", path).stdout
    assert set(re.findall(r"^included (\S+)", lines, re.MULTILINE)) == headers
    for source in SOURCES:
        assert not re.search(r"#include <(mbedtls|psa)/", source.read_text()), source.name


def test_what_is_for_it_alone_compiles():
    arguments = flags()
    in_parallel(lambda source: call(CC, *STRICT, *arguments, "-fsyntax-only", source), SOURCES)
    in_parallel(lambda source: call(CC, *STRICT, *arguments, *SHORT_RECORDS, "-fsyntax-only", source), SOURCES)


def test_the_stand_in_stands_for_version_4(tmp_path):
    (tmp_path / "version.c").write_text('#include "tls_mbedtls.h"\n#if MBEDTLS_VERSION_MAJOR != 4 || !THROUGH_PSA\n'
                                        "#error\n#endif\nextern int nothing;\n")
    call(CC, *flags(), "-fsyntax-only", tmp_path / "version.c")


# ---- Which libraries are linked

def make_says(*words, **environment):
    command = ["make", "-s", "--no-print-directory", "-C", str(ROOT), *words]
    outer = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env={**outer, **environment})
    return done.stdout + done.stderr


def write(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize("crypto, others", [("tfpsacrypto", ["mbedcrypto"]), ("mbedcrypto", [])], ids=["4", "3.6"])
@pytest.mark.parametrize("kind", ["a", "so"])
def test_a_prefix_is_linked_with_its_own_library_of_cryptography(tmp_path, crypto, others, kind):
    write(tmp_path / "include/mbedtls/ssl.h")
    for name in ["mbedtls", "mbedx509", crypto, *others]:
        write(tmp_path / "lib" / ("lib%s.%s" % (name, kind)))
    libs = make_says("print-libs", "MBEDTLS=%s" % tmp_path, "BUILD=%s" % (tmp_path / "build")).split()
    names = [re.sub(r"^-l|.*/lib|\.a$", "", word) for word in libs if re.match(r"-l|.*\.a$", word)]
    assert names == ["mbedtls", "mbedx509", crypto]


@pytest.mark.parametrize("version, crypto", [("4.0.0", "tfpsacrypto"), ("3.6.6", "mbedcrypto"), ("2.28.3", "mbedcrypto")])
def test_so_is_the_system(tmp_path, version, crypto):
    for name in ["mbedtls", "mbedx509", "mbedcrypto", "tfpsacrypto"]:
        write(tmp_path / (name + ".pc"), "Name: %s\nDescription: -\nVersion: %s\nLibs: -l%s\n" % (name, version, name))
    libs = make_says("print-libs", "MBEDTLS=system", "BUILD=%s" % (tmp_path / "build"), PKG_CONFIG_LIBDIR=str(tmp_path))
    assert libs.split() == ["-lmbedtls", "-lmbedx509", "-l" + crypto, "-pthread"]


def test_a_source_tree_of_another_version_is_told_what_to_do(tmp_path):
    write(tmp_path / "library/ssl_tls.c")
    write(tmp_path / "include/mbedtls/build_info.h", '#define MBEDTLS_VERSION_STRING         "4.0.0"\n')
    said = make_says("mbedtls", "MBEDTLS=%s" % tmp_path, "BUILD=%s" % (tmp_path / "build"))
    assert "is mbedTLS 4.0.0, and only 3.6 is built here" in said and "prefix" in said, said
