// SPDX-License-Identifier: MIT
// mbedTLS 3.6 for firmware: the hosted configuration less what costs flash or needs a system.
//
// TLS 1.2 only; with -DREFLOW_TLS13=1 also TLS 1.3. A trust anchor that is signed by itself with SHA-1
// cannot be parsed (MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG) without -DREFLOW_SHA1_ANCHORS=1, 3.7 KB. Nor, without
// TLS 1.3, can a certificate that is signed with RSA-PSS, as public authorities never do: -DREFLOW_PSS=1, 2.5 KB.
// The image provides
//     int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *olen);
// for entropy and calls mbedtls_memory_buffer_alloc_init() with its arena once; with
// REFLOW_TLS13 also
//     mbedtls_ms_time_t mbedtls_ms_time(void);
// milliseconds on any clock that does not jump, for the age of session tickets; where sessions are
// retained over sleep or restart, one that goes on meanwhile. Nothing else of an
// operating system or of the C library's heap, clock, files or formatted output is used.
//
// Flash on Cortex-M4, arm-none-eabi-gcc 12 -Os, all that a client reaches, with newlib's memory and string
// functions: TLS 1.2 65.4 KB, with TLS 1.3 93.7 KB; TLS 1.2 with -flto (AR=arm-none-eabi-gcc-ar) 58.3 KB.
#ifndef REFLOW_MBEDTLS_CONFIG_SMALL_H
#define REFLOW_MBEDTLS_CONFIG_SMALL_H

#ifndef REFLOW_TLS13
#define REFLOW_TLS13 0
#endif
#ifndef REFLOW_SHA1_ANCHORS
#define REFLOW_SHA1_ANCHORS 0
#endif
#ifndef REFLOW_PSS
#define REFLOW_PSS REFLOW_TLS13 // whose servers sign with nothing else, if their key is RSA
#endif

// Every record and every handshake message of the server has to fit: the whole certificate chain is
// one. TLS 1.2 servers can be asked for shorter records (mbedtls_ssl_conf_max_frag_len), down from the
// smaller of the two: 2048 here; messages are put together again up to the input size. What does not fit
// ends the connection with MBEDTLS_ERR_SSL_BAD_INPUT_DATA.
#ifndef MBEDTLS_SSL_IN_CONTENT_LEN
#define MBEDTLS_SSL_IN_CONTENT_LEN 4096
#endif
#ifndef MBEDTLS_SSL_OUT_CONTENT_LEN
#define MBEDTLS_SSL_OUT_CONTENT_LEN 2048
#endif

// Measured by make handshake, Cortex-M3 in QEMU, gcc 12 -Os with -flto: millions of instructions of a full TLS 1.2
// handshake with P-256 certificates, with RSA in brackets, and flash beside that of window 4:
//
//     window 4                    147 (50)
//     window 2, 3, 5, 6           167 (55) for 632 bytes less; 152 (51), 147, 147 for none
//     fixed point on              103 (39) for 5.4 KB more: with -D, where there is flash
//     NIST optim off             >940
//     -O2 for mbedTLS's code      16 % less for 23 KB more
//     -O2 for ecp_curves.c alone  135 (47) for 752 bytes more, with bignum_core.c 129 (45) for 2.1 KB
#ifndef MBEDTLS_ECP_WINDOW_SIZE
#define MBEDTLS_ECP_WINDOW_SIZE 4
#endif
#ifndef MBEDTLS_ECP_FIXED_POINT_OPTIM
#define MBEDTLS_ECP_FIXED_POINT_OPTIM 0
#endif

#include "reflow_mbedtls_config.h"

// ---- No operating system ----

#define MBEDTLS_MEMORY_BUFFER_ALLOC_C
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS // or the default allocator drags malloc in
#define MBEDTLS_PLATFORM_SNPRINTF_ALT     // only names are ever printed, and reflow prints none
#ifndef MBEDTLS_PLATFORM_EXIT_MACRO
#define MBEDTLS_PLATFORM_EXIT_MACRO(status) __builtin_trap() // the arena was overwritten
#endif
#define MBEDTLS_NO_PLATFORM_ENTROPY
#define MBEDTLS_ENTROPY_HARDWARE_ALT
#define MBEDTLS_ENTROPY_FORCE_SHA256
#define MBEDTLS_ENTROPY_MAX_SOURCES 2

#undef MBEDTLS_HAVE_TIME
#undef MBEDTLS_VERSION_C

// ---- TLS ----

#undef MBEDTLS_SSL_ALPN
#if REFLOW_TLS13
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_PLATFORM_MS_TIME_ALT
#define MBEDTLS_PLATFORM_TIME_TYPE_MACRO long
#define MBEDTLS_PLATFORM_TIME_MACRO(unused) ((long)(mbedtls_ms_time() / 1000))
#define MBEDTLS_SSL_RECORD_SIZE_LIMIT // what the maximum fragment length is to TLS 1.2
#undef MBEDTLS_PSA_KEY_STORE_DYNAMIC
#ifndef MBEDTLS_PSA_KEY_SLOT_COUNT
#define MBEDTLS_PSA_KEY_SLOT_COUNT 8 // one handshake passes with two
#endif
#else
#undef MBEDTLS_SSL_PROTO_TLS1_3
#undef MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#undef MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL_ENABLED
#undef MBEDTLS_SSL_TLS1_3_COMPATIBILITY_MODE
#undef MBEDTLS_SSL_KEEP_PEER_CERTIFICATE // the verify callback still sees the chain
#undef MBEDTLS_PSA_CRYPTO_C
#undef MBEDTLS_HKDF_C
#undef MBEDTLS_PSA_ASSUME_EXCLUSIVE_BUFFERS
#undef MBEDTLS_PSA_KEY_STORE_DYNAMIC
#endif

// ---- Cryptography ----

// AES-GCM on P-256 is what every server must offer (RFC 8446 9.1); P-384 stays for certificates.
#undef MBEDTLS_CHACHA20_C
#undef MBEDTLS_POLY1305_C
#undef MBEDTLS_CHACHAPOLY_C
#undef MBEDTLS_ECP_DP_CURVE25519_ENABLED
#if !REFLOW_SHA1_ANCHORS
#undef MBEDTLS_SHA1_C
#endif
#if !REFLOW_PSS && !REFLOW_TLS13
#undef MBEDTLS_X509_RSASSA_PSS_SUPPORT
#undef MBEDTLS_PKCS1_V21
#endif
#undef MBEDTLS_AESNI_C
#undef MBEDTLS_AESCE_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_SHA256_SMALLER
#define MBEDTLS_SHA512_SMALLER
#define MBEDTLS_MPI_MAX_SIZE 512 // RSA with 4,096 bits
#define MBEDTLS_MPI_WINDOW_SIZE 1

#endif
