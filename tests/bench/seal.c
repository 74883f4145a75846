/* SPDX-License-Identifier: MIT */
/* seal: protects one request COUNT times, as records are: the cost of a suite.   seal aes|chacha COUNT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/chachapoly.h>
#include <mbedtls/gcm.h>

#define REQUEST 2021 /* bytes of a re-trigger with a token of 1,600 characters */

static unsigned char request[REQUEST];
static const unsigned char key[32], nonce[12], head[13];

static int seal_aes(int count)
{
    mbedtls_gcm_context aes;
    unsigned char tag[16];
    int code;

    mbedtls_gcm_init(&aes);
    code = mbedtls_gcm_setkey(&aes, MBEDTLS_CIPHER_ID_AES, key, 128);
    for (; code == 0 && count > 0; count--) {
        code = mbedtls_gcm_crypt_and_tag(&aes, MBEDTLS_GCM_ENCRYPT, REQUEST, nonce, sizeof nonce,
                                         head, sizeof head, request, request, sizeof tag, tag);
    }
    mbedtls_gcm_free(&aes);
    return code;
}

static int seal_chacha(int count)
{
    mbedtls_chachapoly_context chacha;
    unsigned char tag[16];
    int code;

    mbedtls_chachapoly_init(&chacha);
    code = mbedtls_chachapoly_setkey(&chacha, key);
    for (; code == 0 && count > 0; count--) {
        code = mbedtls_chachapoly_encrypt_and_tag(&chacha, REQUEST, nonce, head, sizeof head,
                                                  request, request, tag);
    }
    mbedtls_chachapoly_free(&chacha);
    return code;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: seal aes|chacha COUNT\n");
        return 2;
    }
    return (strcmp(argv[1], "aes") == 0 ? seal_aes : seal_chacha)(atoi(argv[2])) != 0;
}
