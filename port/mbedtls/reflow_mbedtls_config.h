// SPDX-License-Identifier: MIT
// mbedTLS 3.6 as reflow's tool and hosted library use it: a TLS 1.2 and 1.3 client, nothing else.
//
// Given to mbedTLS with -DMBEDTLS_CONFIG_FILE; mbedtls.mk does so. Every number can be set with -D.
// What is not switched on here is off: servers, DTLS, renegotiation, CBC, static RSA and
// finite-field key exchange, files, sockets, error strings, debugging. Names and dates of
// certificates are reflow's own business, with the port's clock, so MBEDTLS_HAVE_TIME_DATE stays
// off: mbedTLS never sets MBEDTLS_X509_BADCERT_EXPIRED or _FUTURE. No MBEDTLS_THREADING_C: one
// thread at a time.
#ifndef REFLOW_MBEDTLS_CONFIG_H
#define REFLOW_MBEDTLS_CONFIG_H

// ---- Platform ----

#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY // tests count allocations and make them fail
#define MBEDTLS_VERSION_C       // reflow --version names the library

// Without it the client sends a ticket's age as 0, which servers that check it refuse, and offers
// tickets beyond their lifetime. Differences of time only; the clock may be wrong.
#define MBEDTLS_HAVE_TIME

#define MBEDTLS_ENTROPY_C
#define MBEDTLS_CTR_DRBG_C

// ---- TLS ----

#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_SSL_PROTO_TLS1_3
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_ALPN
#define MBEDTLS_SSL_SESSION_TICKETS
#define MBEDTLS_SSL_MAX_FRAGMENT_LENGTH // its extension exists in TLS 1.2 only
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#define MBEDTLS_SSL_ALL_ALERT_MESSAGES
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE // mbedTLS's TLS 1.3 demands it

#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL_ENABLED // resumption by ticket
#define MBEDTLS_SSL_TLS1_3_COMPATIBILITY_MODE // middleboxes that know only TLS 1.2 (RFC 8446 D.4)
// Records are not padded: the length of a request tells nobody more than its token's, which is no secret.
#define MBEDTLS_SSL_CID_TLS1_3_PADDING_GRANULARITY 1

// A peer's record may be as long as the RFCs allow; ours hold the largest request in one record.
#ifndef MBEDTLS_SSL_IN_CONTENT_LEN
#define MBEDTLS_SSL_IN_CONTENT_LEN 16384
#endif
#ifndef MBEDTLS_SSL_OUT_CONTENT_LEN
#define MBEDTLS_SSL_OUT_CONTENT_LEN 5120
#endif

// ---- Certificates ----

#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK // only the issuers asked for are parsed
#define MBEDTLS_X509_RSASSA_PSS_SUPPORT
#define MBEDTLS_X509_REMOVE_INFO // no mbedtls_x509_crt_info(): reflow has its own words
#define MBEDTLS_PEM_PARSE_C
#define MBEDTLS_BASE64_C
#define MBEDTLS_OID_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C

// ---- Cryptography ----

#define MBEDTLS_CIPHER_C
#define MBEDTLS_AES_C
#define MBEDTLS_GCM_C
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT // GCM and CTR only ever encrypt blocks
#define MBEDTLS_CHACHA20_C
#define MBEDTLS_POLY1305_C
#define MBEDTLS_CHACHAPOLY_C

#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA384_C
#define MBEDTLS_SHA512_C
// Many roots are still signed by themselves with SHA-1, and a certificate whose signature
// algorithm is unknown cannot be parsed. mbedTLS's default profile accepts no such signature.
#define MBEDTLS_SHA1_C

#define MBEDTLS_BIGNUM_C
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_PKCS1_V21
#define MBEDTLS_ECP_C
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_ECP_DP_CURVE25519_ENABLED

// TLS 1.3 hashes and derives keys through PSA. Keys are never stored, callers and library share one
// address space, so that its defensive copies of arguments buy nothing.
#define MBEDTLS_PSA_CRYPTO_C
#define MBEDTLS_HKDF_C
#define MBEDTLS_PSA_ASSUME_EXCLUSIVE_BUFFERS
#define MBEDTLS_PSA_KEY_STORE_DYNAMIC // as many handshakes side by side as memory allows

// ---- Speed ----

#define MBEDTLS_HAVE_ASM
#define MBEDTLS_AESNI_C // each only has an effect where the compiler and the processor know it
#define MBEDTLS_AESCE_C
#if defined(__aarch64__)
#define MBEDTLS_SHA256_USE_ARMV8_A_CRYPTO_IF_PRESENT
#endif

// Measured by make handshake, gcc 12 -O2, x86-64 and aarch64: millions of instructions of a whole client process with one
// TLS 1.3 handshake, ECDHE on P-256, certificates on P-256; with RSA certificates in brackets.
//
//     as set here         49 (16)    44 (14)
//     X25519 first        53 (21)    48 (18): offer P-256 first
//     window 2            54 (17)    48 (15); 3 takes 51 (16) and 45 (14), 5 and 6 give nothing
//     fixed point off     70 (21)    62 (18), for 8 KB and 7 KB less
//     NIST optim off     177 (48)   175 (47)
//     p256-m             243 (82)   184 (62): made for 32 bits, though not even faster on a Cortex-M3
//     assembly off        52 (17)    46 (15)
//     -Os                 61 (19)    58 (17), for 56 KB and 41 KB less
//     -O3                 47 (15)    41 (13), for 32 KB and 29 KB more
#define MBEDTLS_ECP_NIST_OPTIM
#ifndef MBEDTLS_ECP_WINDOW_SIZE
#define MBEDTLS_ECP_WINDOW_SIZE 4
#endif
#ifndef MBEDTLS_ECP_FIXED_POINT_OPTIM
#define MBEDTLS_ECP_FIXED_POINT_OPTIM 1
#endif

#endif
