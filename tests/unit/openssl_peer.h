/* SPDX-License-Identifier: MIT */
/* openssl_peer: OpenSSL's libssl as the service's end of a TLS session over the fake port, with
 * certificates made as they are asked for: root, intermediate, leaf. No sockets and no threads. */
#ifndef OPENSSL_PEER_H
#define OPENSSL_PEER_H

#include "fake_port.h"
#include "fake_service.h"

#include <openssl/ssl.h>

#define PEER_HOST "flow.example"

struct openssl_options {
    int version; /* TLS1_2_VERSION, TLS1_3_VERSION */
    bool rsa;
    const char *alternatives; /* the leaf's, as OpenSSL writes them; NULL: none, only the name */
    const char *common_name;
    int64_t from, until; /* the leaf's dates, in seconds from the fake wall clock */
    int64_t issuer_until;
    bool self_signed; /* a leaf that stands for itself */
    bool no_intermediate;
    bool issuer_is_no_ca;
    const char *key_usage;      /* the leaf's */
    const char *extended_usage; /* the leaf's */
    const char *digest;         /* that signs the leaf */
    const char *ciphers;        /* of TLS 1.2 */
    bool prefers_pss;           /* TLS 1.2 with RSA-PSS first */
    size_t tickets;             /* of TLS 1.3 */
    bool seals;                 /* TLS 1.2 with session tickets, and not with session IDs alone */
    size_t flights;             /* that leave; later ones are withheld */
};

struct openssl_peer {
    struct fake_port *port;
    struct fake_service *service;
    struct openssl_options options;
    SSL_CTX *context;
    SSL *ssl;
    size_t flights;
    bool heard_close_notify;
    char anchor[4096]; /* the root in PEM */
    unsigned char anchor_der[2048];
    size_t anchor_der_size;
    unsigned char pin[32]; /* of the leaf */
};

/* A sound server: TLS 1.3, ECDSA, PEER_HOST, valid for a day each way. */
struct openssl_options openssl_sound(void);

/* Makes the certificates and stands behind `port`. */
void openssl_peer_init(struct openssl_peer *peer, const struct openssl_options *options,
                       struct fake_port *port, struct fake_service *service);
void openssl_peer_free(struct openssl_peer *peer);

/* Stands behind a service that was set up anew. */
void openssl_peer_serve(struct openssl_peer *peer);

/* Sends what a service would; close_notify, and then TCP's end; a ticket. */
void openssl_peer_say(struct openssl_peer *peer, const char *text);
void openssl_peer_end(struct openssl_peer *peer);
void openssl_peer_ticket(struct openssl_peer *peer);

/* A server that was started anew: it knows no session and can read no ticket. */
void openssl_peer_forget(struct openssl_peer *peer);

/* Another root in PEM, of that number, into `pem`. Returns its length. */
size_t openssl_other_root(int number, char *pem, size_t size);

/* What OpenSSL keeps for as long as the program runs. */
void openssl_keys_free(void);

#endif
