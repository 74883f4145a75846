/* SPDX-License-Identifier: MIT */
/* What the TLS session makes of a port and of an mbedTLS that say what sound ones never would, or only
 * when something else is broken. Functions of mbedTLS are replaced by a script. */
#include "tls_world.h"

#include "tls_mbedtls.h"

#if OFFERS_BY_CODE_POINT /* before 3.2 some of the functions have other names */

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct {
    bool on;
    int code;         /* what the functions of a session say */
    size_t calls;     /* of functions of a hash */
    size_t broken_at; /* the one that says no */
    size_t freed;     /* hashes */
    int payload;      /* the most that a record holds */
} script;

static int say(void)
{
    script.calls++;
    return script.code;
}

static int hash_says(void)
{
    return script.on && script.calls++ == script.broken_at ? -1 : 0;
}

/* The text of `name` as far as it was written before something else went wrong. */
static int write_little(char *text, size_t size)
{
    (void)snprintf(text, size, "CN=short");
    return -1;
}

#define SCRIPTED(name, ...) (script.on ? say() : name(__VA_ARGS__))
#define mbedtls_ssl_handshake(...) SCRIPTED(mbedtls_ssl_handshake, __VA_ARGS__)
#define mbedtls_ssl_read(...) SCRIPTED(mbedtls_ssl_read, __VA_ARGS__)
#define mbedtls_ssl_write(...) SCRIPTED(mbedtls_ssl_write, __VA_ARGS__)
#define mbedtls_ssl_close_notify(...) SCRIPTED(mbedtls_ssl_close_notify, __VA_ARGS__)
#define mbedtls_ssl_config_defaults(...) SCRIPTED(mbedtls_ssl_config_defaults, __VA_ARGS__)
#define mbedtls_ssl_session_reset(...) SCRIPTED(mbedtls_ssl_session_reset, __VA_ARGS__)
#define mbedtls_x509_crt_parse_der(...) SCRIPTED(mbedtls_x509_crt_parse_der, __VA_ARGS__)
#define mbedtls_ssl_get_max_out_record_payload(ssl)                                                \
    (script.on ? script.payload : mbedtls_ssl_get_max_out_record_payload(ssl))
#if THROUGH_PSA
/* An operation that fails is of no more use. */
#define SCRIPTED_HASH(name, hash, ...)                                                             \
    (hash_says() != 0 ? (void)(psa_hash_abort)(hash), -1 : name(hash, __VA_ARGS__))
#define psa_hash_setup(...) SCRIPTED_HASH(psa_hash_setup, __VA_ARGS__)
#define psa_hash_update(...) SCRIPTED_HASH(psa_hash_update, __VA_ARGS__)
#define psa_hash_finish(...) SCRIPTED_HASH(psa_hash_finish, __VA_ARGS__)
#define psa_hash_abort(hash) (script.freed++, psa_hash_abort(hash))
#else
#define mbedtls_sha256_starts(...) (hash_says() != 0 ? -1 : mbedtls_sha256_starts(__VA_ARGS__))
#define mbedtls_sha256_update(...) (hash_says() != 0 ? -1 : mbedtls_sha256_update(__VA_ARGS__))
#define mbedtls_sha256_finish(...) (hash_says() != 0 ? -1 : mbedtls_sha256_finish(__VA_ARGS__))
#define mbedtls_sha256_free(hash) (script.freed++, mbedtls_sha256_free(hash))
#endif
#define mbedtls_x509_dn_gets(text, size, name)                                                     \
    (script.on ? write_little(text, size) : mbedtls_x509_dn_gets(text, size, name))

#include "tls_mbedtls.c"
#include "tls_mbedtls_resume.c"
#include "tls_mbedtls_setup.c"
#include "tls_mbedtls_trust.c"
#include "tls_mbedtls_version.c"
#define seconds_of peer_seconds_of /* the two files do not know of each other */
#include "tls_mbedtls_peer.c"
#undef seconds_of

static struct reflow_tls tls;
static struct reflow_session *session;
static struct reflow_ticket ticket;
static unsigned char gathering[64];

/* ---- A port of words ------------------------------------------------------------------------- */

static int32_t sends, sends_next, receives;

static int32_t port_send(void *context, const void *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    (void)length;
    if (sends == 0) {
        sends = sends_next;
        return 0;
    }
    return sends;
}

static int32_t port_recv(void *context, void *bytes, size_t size)
{
    (void)context;
    (void)bytes;
    (void)size;
    return receives;
}

static int64_t port_unix_time(void *context)
{
    (void)context;
    return 1772323200; /* 2026-03-01 */
}

static const struct reflow_port words = {
    .send = port_send, .recv = port_recv, .unix_time = port_unix_time};

/* A session without a connection: what mbedTLS says of it stands in the script. */
static int set_up_session(void **state)
{
    (void)state;
    memset(&script, 0, sizeof script);
    tls_world_begin();
    tls_world_open();
    tls_world.config.port = &words;
    reflow_tls_init(&tls, &tls_world.config, "service.test");
    reflow_tls_lend(&tls, gathering, sizeof gathering);
    assert_int_equal(reflow_tls_open(&tls), REFLOW_OK);
    session = tls.session;
    memset(&ticket, 0, sizeof ticket);
    tls.ticket = &ticket;
    script.on = true;
    return 0;
}

static int tear_down_session(void **state)
{
    script.on = false;
    tls.fault = REFLOW_TLS_BROKEN;
    reflow_tls_close(&tls);
    return tls_world_clean_up(state);
}

/* ---- The port -------------------------------------------------------------------------------- */

static void a_port_that_sends_more_than_it_was_given_has_lost_the_connection(void **state)
{
    (void)state;
    tls.out_end = 5;
    sends = 6;
    assert_int_equal(reflow_tls_flush(&tls), REFLOW_TLS_LOST);
    assert_int_equal(tls.fault, REFLOW_TLS_SEND_DEAD);
}

static void a_port_that_sends_nothing_without_a_word_has_lost_it_as_well(void **state)
{
    (void)state;
    tls.out_end = 5;
    sends = 0;
    sends_next = 5;
    assert_int_equal(reflow_tls_flush(&tls), REFLOW_TLS_LOST);
    assert_int_equal(tls.fault, REFLOW_TLS_SEND_DEAD);
}

static void a_port_that_receives_more_than_there_is_room_for_has_lost_it_too(void **state)
{
    unsigned char bytes[4];

    (void)state;
    receives = 5;
    assert_int_equal(reflow_tls_receive(&tls, bytes, sizeof bytes), MBEDTLS_ERR_SSL_CONN_EOF);
    assert_int_equal(tls.fault, REFLOW_TLS_BROKEN);
}

static void nothing_is_gathered_behind_what_cannot_leave(void **state)
{
    unsigned char record[sizeof gathering];

    (void)state;
    memset(record, 'r', sizeof record);
    assert_int_equal(reflow_tls_gather(&tls, record, sizeof record), sizeof record);
    sends = REFLOW_IO_WOULD_BLOCK;
    assert_int_equal(reflow_tls_gather(&tls, record, 1), MBEDTLS_ERR_SSL_WANT_WRITE);
    assert_int_equal(tls.out_end, sizeof gathering);
    sends = REFLOW_IO_LOST;
    assert_int_equal(reflow_tls_gather(&tls, record, 1), MBEDTLS_ERR_SSL_WANT_WRITE);
    assert_int_equal(tls.fault, REFLOW_TLS_SEND_DEAD);
    assert_int_equal(reflow_tls_gather(&tls, record, 1), MBEDTLS_ERR_SSL_WANT_WRITE);
}

/* ---- The handshake --------------------------------------------------------------------------- */

static void each_failure_of_the_library_has_its_error(void **state)
{
    static const struct {
        int code;
        enum reflow_error error;
    } rows[] = {
        {MBEDTLS_ERR_SSL_BAD_CERTIFICATE, REFLOW_ERR_TLS_UNTRUSTED},
        {MBEDTLS_ERR_X509_FATAL_ERROR, REFLOW_ERR_TLS_UNTRUSTED},
        {MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE, REFLOW_ERR_TLS_UNTRUSTED},
#if MBEDTLS_VERSION_MAJOR >= 4
        {MBEDTLS_ERR_X509_FILE_IO_ERROR, REFLOW_ERR_TLS_UNTRUSTED},
        {MBEDTLS_ERR_ASN1_OUT_OF_DATA, REFLOW_ERR_TLS_UNTRUSTED},
        {MBEDTLS_ERR_ASN1_INVALID_DATA, REFLOW_ERR_TLS_UNTRUSTED},
        {MBEDTLS_ERR_ASN1_OUT_OF_DATA + 1, REFLOW_ERR_TLS_HANDSHAKE},
        {MBEDTLS_ERR_ASN1_INVALID_DATA - 1, REFLOW_ERR_TLS_HANDSHAKE},
        {PSA_ERROR_NOT_SUPPORTED, REFLOW_ERR_TLS_HANDSHAKE},
#else
        {MBEDTLS_ERR_X509_BUFFER_TOO_SMALL, REFLOW_ERR_TLS_UNTRUSTED},
        {MBEDTLS_ERR_X509_FATAL_ERROR - 0x7f, REFLOW_ERR_TLS_UNTRUSTED},
        {MBEDTLS_ERR_MPI_BAD_INPUT_DATA, REFLOW_ERR_TLS_HANDSHAKE}, /* below all of X.509's */
#endif
        {MBEDTLS_ERR_SSL_INTERNAL_ERROR, REFLOW_ERR_TLS_HANDSHAKE},
        {NO_MEMORY, REFLOW_ERR_OUT_OF_MEMORY},
        {MBEDTLS_ERR_SSL_INTERNAL_ERROR, REFLOW_ERR_OUT_OF_MEMORY}, /* as what follows from that */
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(rows); i++) {
        script.code = rows[i].code;
        assert_int_equal(reflow_tls_handshake(&tls), REFLOW_TLS_FAILED);
        assert_int_equal(reflow_tls_error(&tls), rows[i].error);
    }
}

#if MBEDTLS_VERSION_MAJOR >= 4
/* Certificates that could be judged could be read: it is a signature's ASN.1 that is wrong. */
static void a_signature_that_cannot_be_read_is_no_matter_of_trust(void **state)
{
    (void)state;
    script.code = MBEDTLS_ERR_ASN1_UNEXPECTED_TAG;
    session->judged = true;
    assert_int_equal(reflow_tls_handshake(&tls), REFLOW_TLS_FAILED);
    assert_int_equal(reflow_tls_error(&tls), REFLOW_ERR_TLS_HANDSHAKE);
}
#endif

/* The earlier session may be what is wrong, unless it is known to be something else. */
static void another_handshake_is_tried_without_the_session_that_was_offered(void **state)
{
    (void)state;
    script.code = MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    session->offered = true;
    assert_int_equal(reflow_tls_handshake(&tls), REFLOW_TLS_AGAIN);
    session->wrong = REFLOW_WRONG_NAME;
    assert_int_equal(reflow_tls_handshake(&tls), REFLOW_TLS_FAILED);
    assert_int_equal(reflow_tls_error(&tls), REFLOW_ERR_TLS_HOSTNAME);
    session->wrong = 0;
    script.code = MBEDTLS_ERR_SSL_WANT_WRITE;
    assert_int_equal(reflow_tls_handshake(&tls), REFLOW_TLS_WRITE);
    script.code = MBEDTLS_ERR_SSL_WANT_READ;
    assert_int_equal(reflow_tls_handshake(&tls), REFLOW_TLS_READ);
}

static void an_offer_is_changed_once_and_not_for_ever(void **state)
{
    (void)state;
    session->ssl.MBEDTLS_PRIVATE(tls_version) = MBEDTLS_SSL_VERSION_TLS1_2;
    assert_true(reflow_tls_offer_again(session, MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER));
    assert_false(reflow_tls_offer_again(session, MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER));
}

static void any_modules_lack_of_memory_is_one(void **state)
{
    static const int lacks[] = {
#if MBEDTLS_VERSION_MAJOR >= 4
        PSA_ERROR_INSUFFICIENT_MEMORY,
#else
        MBEDTLS_ERR_SSL_ALLOC_FAILED,
        MBEDTLS_ERR_X509_ALLOC_FAILED,
        MBEDTLS_ERR_PK_ALLOC_FAILED,
        MBEDTLS_ERR_ECP_ALLOC_FAILED,
        MBEDTLS_ERR_MD_ALLOC_FAILED,
        MBEDTLS_ERR_CIPHER_ALLOC_FAILED,
        MBEDTLS_ERR_MPI_ALLOC_FAILED,
        MBEDTLS_ERR_ASN1_ALLOC_FAILED,
        MBEDTLS_ERR_X509_INVALID_EXTENSIONS + MBEDTLS_ERR_ASN1_ALLOC_FAILED,
        MBEDTLS_ERR_X509_ALLOC_FAILED - 0x7f,
#endif
    };
    static const int others[] = {
        0,
        MBEDTLS_ERR_SSL_INTERNAL_ERROR,
        MBEDTLS_ERR_X509_INVALID_EXTENSIONS,
        MBEDTLS_ERR_ASN1_OUT_OF_DATA,
        MBEDTLS_ERR_X509_INVALID_EXTENSIONS + MBEDTLS_ERR_ASN1_OUT_OF_DATA,
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(lacks); i++) {
        assert_true(reflow_tls_is_memory_error(lacks[i]));
    }
    for (i = 0; i < COUNT_OF(others); i++) {
        assert_false(reflow_tls_is_memory_error(others[i]));
    }
}

/* ---- Records --------------------------------------------------------------------------------- */

static void a_record_takes_what_it_holds_and_one_byte_at_least(void **state)
{
    static const unsigned char far[8];
    enum reflow_tls_status status;

    (void)state;
    script.code = 3;
    script.payload = 3;
    assert_int_equal(reflow_tls_write(&tls, far, sizeof far, &status), 3);
    assert_int_equal(status, REFLOW_TLS_OK);
    script.code = 1;
    script.payload = -1;
    assert_int_equal(reflow_tls_write(&tls, gathering + 60, 4, &status), 1);
    script.code = MBEDTLS_ERR_SSL_WANT_WRITE;
    assert_int_equal(reflow_tls_write(&tls, gathering + sizeof gathering, 4, &status), 0);
    assert_int_equal(status, REFLOW_TLS_WRITE);
    assert_int_equal(tls.out_limit, sizeof gathering);
    script.code = 0;
    assert_int_equal(reflow_tls_write(&tls, far, sizeof far, &status), 0);
    assert_int_equal(status, REFLOW_TLS_FAILED);
}

static void a_peer_that_only_keeps_the_library_busy_is_of_no_use(void **state)
{
    char data[8];

    (void)state;
    script.code = MBEDTLS_ERR_SSL_WANT_READ;
    assert_int_equal(reflow_tls_read(&tls, data, sizeof data), REFLOW_IO_LOST);
    assert_in_range(script.calls, 2, 100);
    assert_int_equal(tls.fault, REFLOW_TLS_BROKEN);
}

static void reading_may_have_to_wait_until_something_can_be_sent(void **state)
{
    char data[8];

    (void)state;
    script.code = MBEDTLS_ERR_SSL_WANT_WRITE;
    assert_int_equal(reflow_tls_read(&tls, data, sizeof data), REFLOW_IO_WOULD_BLOCK);
    assert_int_equal(tls.fault, REFLOW_TLS_SOUND);
}

/* Only a build with short records finds that out by itself (test_tls_small). */
static void what_was_too_long_is_told(void **state)
{
    (void)state;
    assert_null(reflow_tls_overrun(&tls));
    tls.overrun = true;
    script.code = MBEDTLS_ERR_SSL_INVALID_RECORD;
    assert_int_equal(reflow_tls_handshake(&tls), REFLOW_TLS_FAILED);
    assert_non_null(strstr(reflow_tls_overrun(&tls), "MBEDTLS_SSL_IN_CONTENT_LEN"));
}

static void goodbye_is_said_once_and_only_where_somebody_listens(void **state)
{
    struct reflow_tls none;

    (void)state;
    reflow_tls_init(&none, &tls_world.config, "service.test");
    none.established = true;
    reflow_tls_goodbye(&none);
    assert_int_equal(script.calls, 0);
    tls.established = true;
    tls.out_end = 5;
    sends = REFLOW_IO_LOST;
    script.code = MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    reflow_tls_goodbye(&tls); /* there is nothing that could be sent */
    assert_int_equal(script.calls, 1);
    assert_int_equal(tls.fault, REFLOW_TLS_SOUND);
    reflow_tls_goodbye(&tls);
    assert_int_equal(script.calls, 1);
}

static void without_a_handshake_there_is_no_suite_and_nothing_resumed(void **state)
{
    (void)state;
    session->offered = true;
    assert_false(reflow_tls_resumed(&tls));
    assert_string_equal(reflow_tls_suite(&tls), "");
}

/* ---- Setting up ------------------------------------------------------------------------------ */

static uint32_t failures;

static uint32_t memory_failures(void *context)
{
    (void)context;
    return failures++;
}

static void a_library_that_cannot_be_set_up_is_told_from_a_lack_of_memory(void **state)
{
    (void)state;
    script.code = MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    assert_int_equal(reflow_tls_open(&tls), REFLOW_ERR_TLS_HANDSHAKE); /* the reset */
    assert_null(tls.session);
    assert_int_equal(reflow_tls_open(&tls), REFLOW_ERR_TLS_HANDSHAKE); /* the defaults */
    script.code = NO_MEMORY;
    assert_int_equal(reflow_tls_open(&tls), REFLOW_ERR_OUT_OF_MEMORY);
    script.code = MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    tls_world.config.memory_failures = memory_failures;
    assert_int_equal(reflow_tls_open(&tls), REFLOW_ERR_OUT_OF_MEMORY);
    tls_world.config.memory_failures = NULL;
    assert_null(tls.session);
}

static void every_list_of_what_is_offered_has_its_end(void **state)
{
    (void)state;
    assert_int_equal(suites[COUNT_OF(suites) - 1], 0);
    assert_int_equal(signatures[COUNT_OF(signatures) - 1], MBEDTLS_TLS1_3_SIG_NONE);
    assert_int_equal(signatures_without_pss[COUNT_OF(signatures_without_pss) - 1],
                     MBEDTLS_TLS1_3_SIG_NONE);
    assert_int_equal(groups[COUNT_OF(groups) - 1], MBEDTLS_SSL_IANA_TLS_GROUP_NONE);
}

/* Four times the same 32 bits: once in 2^96. */
static void random_numbers_are_drawn_where_there_is_a_session(void **state)
{
    struct reflow_tls none;
    const uint32_t first = reflow_tls_random(&tls);
    bool differs = false;
    int i;

    (void)state;
    for (i = 0; i < 3; i++) {
        differs = reflow_tls_random(&tls) != first || differs;
    }
    assert_true(differs);
    reflow_tls_init(&none, &tls_world.config, "service.test");
    assert_int_equal(reflow_tls_random(&none), 0);
}

static void a_lack_of_memory_is_no_matter_of_the_next_connection(void **state)
{
    (void)state;
    tls.starved = true;
    tls.ticket = NULL;
    assert_int_equal(reflow_tls_open(&tls), REFLOW_OK);
    assert_false(reflow_tls_starved(&tls));
}

#if THROUGH_PSA
static psa_status_t ask_for_random(void)
{
    uint8_t random[4];

    return psa_generate_random(random, sizeof random);
}

static void what_sessions_share_lives_as_long_as_any_of_them(void **state)
{
    struct reflow_tls other;

    (void)state;
    script.on = false;
    reflow_tls_init(&other, &tls_world.config, "other.test");
    reflow_tls_lend(&other, gathering, sizeof gathering);
    assert_int_equal(reflow_tls_open(&other), REFLOW_OK);
    reflow_tls_close(&other);
    assert_int_equal(ask_for_random(), PSA_SUCCESS);
    reflow_tls_close(&tls);
    assert_int_equal(ask_for_random(), PSA_ERROR_BAD_STATE);
}
#endif

/* ---- Trust ----------------------------------------------------------------------------------- */

static void a_pin_that_cannot_be_hashed_does_not_match(void **state)
{
    static const unsigned char pins[1][REFLOW_PIN_SIZE];
    mbedtls_x509_crt leaf;
    uint32_t flags = 0;

    (void)state;
    mbedtls_x509_crt_init(&leaf);
    tls_world.config.pins = pins;
    tls_world.config.pin_count = 1;
    script.broken_at = 0;
    assert_int_equal(reflow_tls_judge(session, &leaf, 0, &flags), 0);
    assert_true((session->wrong & REFLOW_WRONG_PIN) != 0);
    assert_true(flags != 0);
    tls_world.config.pin_count = 0;
}

static void anchors_are_none_or_all_or_a_lack_of_memory(void **state)
{
    struct reflow_config config = tls_world.config;
    mbedtls_x509_crt chain;

    (void)state;
    mbedtls_x509_crt_init(&chain);
    assert_int_equal(reflow_tls_add_anchors(&config, &chain, NULL), 0);
    assert_int_equal(script.calls, 1); /* whatever its subject */
    config.anchors_size = 0;
    assert_int_equal(reflow_tls_add_anchors(&config, &chain, NULL), 0);
    assert_int_equal(script.calls, 1);
    config.anchors = "0";
    config.anchors_size = 1;
    script.code = NO_MEMORY;
    assert_int_equal(reflow_tls_add_anchors(&config, &chain, NULL), script.code);
    script.code = MBEDTLS_ERR_X509_INVALID_FORMAT;
    assert_int_equal(reflow_tls_add_anchors(&config, &chain, NULL), 0);
}

static void a_name_that_could_not_be_written_ends_in_dots(void **state)
{
    char text[REFLOW_MAX_NAME];

    (void)state;
    write_name(text, NULL);
    assert_string_equal(text, "CN=short...");
}

static void a_name_of_nothing_is_empty_and_not_cut(void **state)
{
    const mbedtls_x509_name nothing = {0};
    char text[REFLOW_MAX_NAME];

    (void)state;
    script.on = false;
    write_name(text, &nothing);
    assert_string_equal(text, "");
}

/* ---- Sessions that are kept ------------------------------------------------------------------ */

static void what_fails_in_a_sum_is_remembered_until_its_end(void **state)
{
    struct reflow_digest *digest = &session->digest;
    unsigned char sum[DIGEST_SIZE];

    (void)state;
    for (script.broken_at = 0; script.broken_at < 5; script.broken_at++) {
        script.calls = 0;
        reflow_tls_digest_begin(digest);
        reflow_tls_digest_add(digest, "one", 3);
        reflow_tls_digest_add(digest, "two", 3);
        assert_int_equal(reflow_tls_digest_end(digest, sum), script.broken_at == 4);
        assert_int_equal(script.freed, script.broken_at + 1);
    }
}

static void every_byte_of_what_it_was_verified_by_counts(void **state)
{
    unsigned char bytes[17] = {0};
    unsigned char sum[DIGEST_SIZE];
    unsigned char other[DIGEST_SIZE];
    size_t length;

    (void)state;
    script.broken_at = SIZE_MAX;
    ticket.length = HEAD + 1;
    tls.host = "a";
    assert_true(digest_of(&tls, sum));
    tls.host = "b";
    assert_true(digest_of(&tls, other));
    assert_memory_not_equal(sum, other, sizeof sum);
    assert_int_equal(script.freed, 2);
    for (length = 1; length <= sizeof bytes; length++) {
        const uint64_t before = mix(bytes, length);
        bytes[length - 1] = 1;
        assert_true(mix(bytes, length) != before);
    }
}

static void a_ticket_may_be_full(void **state)
{
    (void)state;
    script.broken_at = SIZE_MAX;
    ticket.length = sizeof ticket.bytes;
    assert_true(digest_of(&tls, ticket.bytes));
    assert_true(is_whole(&tls));
    ticket.length = HEAD;
    assert_true(digest_of(&tls, ticket.bytes));
    assert_false(is_whole(&tls));
}

/* There is nothing in the session that would have to go again. */
static void a_ticket_that_cannot_be_read_resets_nothing(void **state)
{
    (void)state;
    ticket.length = HEAD + 1;
    script.code = NO_MEMORY;
    assert_false(load(&tls));
    assert_false(tls.starved);
}

static void a_ticket_whose_sum_cannot_be_made_is_none(void **state)
{
    static const unsigned char pins[1][REFLOW_PIN_SIZE];
    unsigned char sum[DIGEST_SIZE];

    (void)state;
    tls_world.config.pins = pins;
    tls_world.config.pin_count = 1;
    ticket.length = HEAD + 1;
    script.broken_at = SIZE_MAX;
    assert_true(digest_of(&tls, ticket.bytes));
    assert_true(is_whole(&tls));
    memcpy(sum, ticket.bytes, sizeof sum);
    for (script.broken_at = 0;; script.broken_at++) {
        script.calls = 0;
        if (is_whole(&tls)) {
            break;
        }
    }
    assert_in_range(script.broken_at, 9, 20);
    assert_memory_equal(ticket.bytes, sum, sizeof sum);
    tls_world.config.pin_count = 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_session, tear_down_session)
    const struct CMUnitTest tests[] = {
        TEST(a_port_that_sends_more_than_it_was_given_has_lost_the_connection),
        TEST(a_port_that_receives_more_than_there_is_room_for_has_lost_it_too),
        TEST(a_port_that_sends_nothing_without_a_word_has_lost_it_as_well),
        TEST(nothing_is_gathered_behind_what_cannot_leave),
        TEST(each_failure_of_the_library_has_its_error),
#if MBEDTLS_VERSION_MAJOR >= 4
        TEST(a_signature_that_cannot_be_read_is_no_matter_of_trust),
#endif
        TEST(another_handshake_is_tried_without_the_session_that_was_offered),
        TEST(an_offer_is_changed_once_and_not_for_ever),
        TEST(any_modules_lack_of_memory_is_one),
        TEST(a_record_takes_what_it_holds_and_one_byte_at_least),
        TEST(a_peer_that_only_keeps_the_library_busy_is_of_no_use),
        TEST(reading_may_have_to_wait_until_something_can_be_sent),
        TEST(what_was_too_long_is_told),
        TEST(goodbye_is_said_once_and_only_where_somebody_listens),
        TEST(without_a_handshake_there_is_no_suite_and_nothing_resumed),
        TEST(a_library_that_cannot_be_set_up_is_told_from_a_lack_of_memory),
        TEST(every_list_of_what_is_offered_has_its_end),
        TEST(random_numbers_are_drawn_where_there_is_a_session),
        TEST(a_lack_of_memory_is_no_matter_of_the_next_connection),
#if THROUGH_PSA
        TEST(what_sessions_share_lives_as_long_as_any_of_them),
#endif
        TEST(a_pin_that_cannot_be_hashed_does_not_match),
        TEST(anchors_are_none_or_all_or_a_lack_of_memory),
        TEST(a_name_that_could_not_be_written_ends_in_dots),
        TEST(a_name_of_nothing_is_empty_and_not_cut),
        TEST(a_ticket_whose_sum_cannot_be_made_is_none),
        TEST(what_fails_in_a_sum_is_remembered_until_its_end),
        TEST(every_byte_of_what_it_was_verified_by_counts),
        TEST(a_ticket_may_be_full),
        TEST(a_ticket_that_cannot_be_read_resets_nothing),
    };

    return cmocka_run_group_tests_name("tls_faults", tests, NULL, NULL);
}

#else

int main(void)
{
    print_message("[==========] 0 test(s) run. This mbedTLS is older than 3.2\n");
    return 0;
}

#endif
