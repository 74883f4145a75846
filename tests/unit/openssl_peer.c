/* SPDX-License-Identifier: MIT */
/* openssl_peer: certificates, and a server between two memory BIOs. */
#include "openssl_peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define DAY 86400
#define WALL 1772323200 /* of fake_port_init() */

/* ---- Keys: three of each kind, made once ----------------------------------------------------- */

enum { ROOT, INTERMEDIATE, LEAF };

static EVP_PKEY *keys[2][3];

static EVP_PKEY *key(bool rsa, int of)
{
    EVP_PKEY **slot = &keys[rsa ? 1 : 0][of];

    if (*slot == NULL) {
        *slot = rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    }
    assert_non_null(*slot);
    return *slot;
}

void openssl_keys_free(void)
{
    size_t i;

    for (i = 0; i < 6; i++) {
        EVP_PKEY_free(keys[i / 3][i % 3]);
        keys[i / 3][i % 3] = NULL;
    }
}

/* ---- Certificates ---------------------------------------------------------------------------- */

struct statement {
    const char *name;
    EVP_PKEY *key;
    X509 *issuer; /* NULL: itself */
    EVP_PKEY *issuer_key;
    int64_t from, until;
    const char *digest;
    const char *extensions[4][2]; /* short name, value */
};

static void extend(X509 *certificate, X509 *issuer, const char *name, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, OBJ_sn2nid(name), value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static X509 *make(const struct statement *statement)
{
    static long serial = 1;
    X509 *certificate = X509_new();
    X509 *issuer = statement->issuer != NULL ? statement->issuer : certificate;
    size_t i;

    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               (const unsigned char *)statement->name, -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)(WALL + statement->from));
    ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)(WALL + statement->until));
    X509_set_pubkey(certificate, statement->key);
    for (i = 0; i < 4; i++) {
        if (statement->extensions[i][1] != NULL) {
            extend(certificate, issuer, statement->extensions[i][0], statement->extensions[i][1]);
        }
    }
    assert_true(
        X509_sign(certificate, statement->issuer_key, EVP_get_digestbyname(statement->digest)) > 0);
    return certificate;
}

static X509 *make_root(bool rsa, const char *name)
{
    const struct statement root = {
        name,     key(rsa, ROOT),
        NULL,     key(rsa, ROOT),
        -DAY,     DAY,
        "SHA256", {{"basicConstraints", "critical,CA:TRUE"}, {"keyUsage", "critical,keyCertSign"}}};
    return make(&root);
}

static X509 *make_intermediate(const struct openssl_options *options, X509 *root)
{
    const bool ca = !options->issuer_is_no_ca;
    const struct statement intermediate = {
        "intermediate", key(options->rsa, INTERMEDIATE),
        root,           key(options->rsa, ROOT),
        -DAY,           options->issuer_until,
        "SHA256",       {{"basicConstraints", ca ? "critical,CA:TRUE" : "critical,CA:FALSE"}}};
    return make(&intermediate);
}

static X509 *make_leaf(const struct openssl_options *options, X509 *intermediate)
{
    const bool alone = options->self_signed;
    const struct statement leaf = {options->common_name,
                                   key(options->rsa, LEAF),
                                   alone ? NULL : intermediate,
                                   key(options->rsa, alone ? LEAF : INTERMEDIATE),
                                   options->from,
                                   options->until,
                                   options->digest,
                                   {{"basicConstraints", "critical,CA:FALSE"},
                                    {"subjectAltName", options->alternatives},
                                    {"keyUsage", options->key_usage},
                                    {"extendedKeyUsage", options->extended_usage}}};
    return make(&leaf);
}

static size_t write_pem(X509 *certificate, char *pem, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int length;

    PEM_write_bio_X509(bio, certificate);
    length = BIO_read(bio, pem, (int)size - 1);
    BIO_free(bio);
    assert_in_range(length, 1, size - 1);
    pem[length] = '\0';
    return (size_t)length;
}

size_t openssl_other_root(int number, char *pem, size_t size)
{
    char name[32];
    X509 *root;
    size_t length;

    (void)snprintf(name, sizeof name, "other root %d", number);
    root = make_root(false, name);
    length = write_pem(root, pem, size);
    X509_free(root);
    return length;
}

struct openssl_options openssl_sound(void)
{
    struct openssl_options options = {0};

    options.version = TLS1_3_VERSION;
    options.alternatives = "DNS:" PEER_HOST;
    options.common_name = "a leaf";
    options.from = -DAY;
    options.until = DAY;
    options.issuer_until = DAY;
    options.digest = "SHA256";
    options.tickets = 2;
    options.flights = FAKE_NEVER;
    return options;
}

/* ---- The server ------------------------------------------------------------------------------ */

static void drain(struct openssl_peer *peer)
{
    static unsigned char bytes[32768];
    int length = BIO_read(SSL_get_wbio(peer->ssl), bytes, sizeof bytes);

    if (length > 0) {
        peer->flights++;
    }
    while (length > 0) {
        if (peer->flights <= peer->options.flights) {
            fake_port_deliver(peer->port, bytes, (size_t)length);
        }
        length = BIO_read(SSL_get_wbio(peer->ssl), bytes, sizeof bytes);
    }
}

static void on_open(void *context)
{
    struct openssl_peer *peer = context;

    if (peer->ssl != NULL) { /* a session that was not shut down would not be resumed */
        SSL_set_shutdown(peer->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
    SSL_free(peer->ssl);
    peer->ssl = SSL_new(peer->context);
    SSL_set_bio(peer->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(peer->ssl);
    fake_service_greet(peer->service);
}

static void on_sent(void *context, const unsigned char *bytes, size_t length)
{
    struct openssl_peer *peer = context;
    unsigned char plain[4096];
    int got;

    assert_int_equal(BIO_write(SSL_get_rbio(peer->ssl), bytes, (int)length), length);
    while ((got = SSL_read(peer->ssl, plain, sizeof plain)) > 0) {
        drain(peer);
        fake_service_hear(peer->service, plain, (size_t)got);
    }
    peer->heard_close_notify = SSL_get_error(peer->ssl, got) == SSL_ERROR_ZERO_RETURN;
    drain(peer);
    if (SSL_get_error(peer->ssl, got) == SSL_ERROR_SSL) { /* an alert has been sent, or has come */
        fake_port_hang_up(peer->port, REFLOW_IO_END);
    }
}

static void service_says(void *link, const void *bytes, size_t length)
{
    struct openssl_peer *peer = link;

    assert_int_equal(SSL_write(peer->ssl, bytes, (int)length), length);
    drain(peer);
}

static void service_ends(void *link)
{
    openssl_peer_end(link);
}

void openssl_peer_serve(struct openssl_peer *peer)
{
    peer->service->link = peer;
    peer->service->say = service_says;
    peer->service->end = service_ends;
}

void openssl_peer_say(struct openssl_peer *peer, const char *text)
{
    service_says(peer, text, strlen(text));
}

void openssl_peer_end(struct openssl_peer *peer)
{
    SSL_shutdown(peer->ssl);
    drain(peer);
    fake_port_hang_up(peer->port, REFLOW_IO_END);
}

void openssl_peer_ticket(struct openssl_peer *peer)
{
    assert_int_equal(SSL_new_session_ticket(peer->ssl), 1);
    assert_int_equal(SSL_do_handshake(peer->ssl), 1);
    drain(peer);
}

void openssl_peer_forget(struct openssl_peer *peer)
{
    unsigned char keys_of_tickets[80];

    memset(keys_of_tickets, 'k', sizeof keys_of_tickets);
    SSL_CTX_flush_sessions(peer->context, 0);
    assert_int_equal(
        SSL_CTX_set_tlsext_ticket_keys(peer->context, keys_of_tickets, sizeof keys_of_tickets), 1);
}

static void configure(SSL_CTX *context, const struct openssl_options *options)
{
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, options->version);
    SSL_CTX_set_max_proto_version(context, options->version);
    SSL_CTX_set_num_tickets(context, options->tickets);
    if (options->version != TLS1_3_VERSION && !options->seals) {
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    }
    if (options->ciphers != NULL) {
        assert_int_equal(SSL_CTX_set_cipher_list(context, options->ciphers), 1);
    }
    if (options->prefers_pss) {
        char algorithms[] =
            "rsa_pss_rsae_sha256:RSA+SHA256:RSA+SHA384"; /* OpenSSL casts const away */

        SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
        assert_int_equal(SSL_CTX_set1_sigalgs_list(context, algorithms), 1);
    }
}

static void present(struct openssl_peer *peer, X509 *leaf, X509 *intermediate)
{
    assert_int_equal(SSL_CTX_use_certificate(peer->context, leaf), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(peer->context, key(peer->options.rsa, LEAF)), 1);
    if (!peer->options.no_intermediate && !peer->options.self_signed) {
        assert_int_equal(SSL_CTX_add1_chain_cert(peer->context, intermediate), 1);
    }
}

static void learn_pin(struct openssl_peer *peer, X509 *leaf)
{
    unsigned char der[1024];
    unsigned char *at = der;
    const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &at);

    assert_in_range(length, 1, sizeof der);
    assert_int_equal(EVP_Digest(der, (size_t)length, peer->pin, NULL, EVP_sha256(), NULL), 1);
}

void openssl_peer_init(struct openssl_peer *peer, const struct openssl_options *options,
                       struct fake_port *port, struct fake_service *service)
{
    X509 *root = make_root(options->rsa, "root");
    X509 *intermediate = make_intermediate(options, root);
    X509 *leaf = make_leaf(options, intermediate);
    unsigned char *der = peer->anchor_der;

    peer->port = port;
    peer->service = service;
    peer->options = *options;
    peer->ssl = NULL;
    peer->flights = 0;
    peer->heard_close_notify = false;
    peer->context = SSL_CTX_new(TLS_server_method());
    configure(peer->context, options);
    present(peer, leaf, intermediate);
    learn_pin(peer, leaf);
    write_pem(root, peer->anchor, sizeof peer->anchor);
    peer->anchor_der_size = (size_t)i2d_X509(root, &der);
    X509_free(leaf);
    X509_free(intermediate);
    X509_free(root);
    port->peer = peer;
    port->on_open = on_open;
    port->on_sent = on_sent;
    openssl_peer_serve(peer);
}

void openssl_peer_free(struct openssl_peer *peer)
{
    SSL_free(peer->ssl);
    SSL_CTX_free(peer->context);
    peer->ssl = NULL;
    peer->context = NULL;
    peer->port->on_open = NULL;
    peer->port->on_sent = NULL;
}
