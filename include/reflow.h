/* SPDX-License-Identifier: MIT */
/* reflow: re-triggers failed dataflow runs of the Adobe Experience Platform Flow Service.
 *
 * This header is the whole of the public interface, and the only place where it is described.
 *
 * CONVENTIONS
 *   Strings    end in NUL and are borrowed: the library keeps the pointer, not a copy. What is said
 *              of each field tells until when it must stay. NULL is allowed only where a default
 *              is named.
 *   Lengths    are bytes, without a final NUL.
 *   Times      `_ms` is milliseconds; a monotonic time is a uint32_t that may wrap; wall-clock
 *              times are seconds since 1970-01-01T00:00:00Z.
 *   Memory     is the caller's: a struct reflow_client is storage that may be static, on a stack or
 *              anywhere else. The library allocates nothing; mbedTLS allocates its contexts through
 *              mbedtls_calloc() between the first connection and reflow_close().
 *   Threads    a client belongs to one thread at a time; different clients share nothing but
 *              mbedTLS's PSA layer (REFLOW_PSA_SHARED in reflow_config.h).
 *   Secrets    the token is written into the client's buffer for the time of a request and wiped
 *              from it before the answer is read.
 *
 * IN SHORT
 *   reflow_init(), then for each run reflow_retrigger(), then reflow_close(). Programs that must not
 *   block call reflow_start_retrigger() and then reflow_step() until it says REFLOW_DONE or
 *   REFLOW_FAILED. */
#ifndef REFLOW_H
#define REFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reflow_config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of this header; the library's own is reflow_version(). */
#define REFLOW_VERSION "0.1.0"
#define REFLOW_RELEASED 1795219200 /* 2026-11-21 UTC: no clock that is right is before it */

/* ---- What happened -------------------------------------------------------------------------- */

/* Each run ends in exactly one of these. A request is *committed* when the port's send() has
 * accepted the last byte of the TLS record that completes it: before, the service cannot have acted;
 * after, only a complete and well-formed answer can tell. */
enum reflow_outcome {
    REFLOW_RETRIGGERED, /* 2xx from the authenticated service, and the new run's ID was read */
    REFLOW_REFUSED,     /* a complete, well-formed answer says that it will not */
    REFLOW_NOT_APPLIED, /* not committed, or such an answer says "later": safe to repeat */
    REFLOW_UNKNOWN      /* committed, and no such answer: do not repeat blindly */
};

/* Every error, its outcomes and what to do: the one table from which the enum, the names, the exit
 * statuses and the documentation are made. Columns:
 *   id, name     REFLOW_ERR_<id>, and the spelling in logs and JSON
 *   certain      the outcome when the service cannot have acted: the request was not committed, or
 *                the answer itself says so
 *   otherwise    the outcome in every other case; whatever it says, nothing is not_applied once it is
 *                committed unless the answer itself says so
 *   repeat       the client repeats it by itself when the outcome is not_applied (within the
 *                deadline and the number of attempts)
 *   exit         the exit status of the command, unless the outcome is unknown: then it is 5
 *   text, advice for a person: what it means, and what to do */
#define REFLOW_ERRORS(X)                                                                           \
    X(REDIRECTED, redirected, REFUSED, REFUSED, 0, 1,                                              \
      "the service redirected the request; redirects are never followed",                          \
      "check --url: it must be the service itself")                                                \
    X(NOT_FOUND, not_found, REFUSED, REFUSED, 0, 1, "the service knows no such run",               \
      "check the run ID, the sandbox and the organization")                                        \
    X(REJECTED, rejected, REFUSED, REFUSED, 0, 1, "the service will not re-trigger this run",      \
      "read the service's words; only failed runs of enabled batch flows can be re-triggered")     \
    X(UNAUTHORIZED, unauthorized, REFUSED, REFUSED, 0, 3, "the access token was not accepted",     \
      "fetch a new token; it may have expired")                                                    \
    X(FORBIDDEN, forbidden, REFUSED, REFUSED, 0, 3, "the credentials do not allow this",           \
      "check the API key, the organization and the permissions of the technical account")          \
    X(RATE_LIMITED, rate_limited, NOT_APPLIED, NOT_APPLIED, 1, 4, "too many requests",             \
      "repeat later; the limit is shared by the whole organization")                               \
    X(UNAVAILABLE, unavailable, NOT_APPLIED, UNKNOWN, 1, 4, "the service is not available",        \
      "when not_applied repeat later; when unknown look first whether a new run has started")      \
    X(SERVER_ERROR, server_error, NOT_APPLIED, UNKNOWN, 0, 4, "the service failed",                \
      "look first whether a new run of the flow has started")                                      \
    X(HTTP_MALFORMED, http_malformed, NOT_APPLIED, UNKNOWN, 0, 4, "the answer is not HTTP/1.1",    \
      "look first whether a new run of the flow has started; check what stands at --url")          \
    X(HTTP_TRUNCATED, http_truncated, NOT_APPLIED, UNKNOWN, 0, 4,                                  \
      "the connection ended in the middle of the answer",                                          \
      "look first whether a new run of the flow has started")                                      \
    X(HTTP_TOO_LARGE, http_too_large, NOT_APPLIED, UNKNOWN, 0, 4,                                  \
      "the answer exceeds a compiled-in limit",                                                    \
      "look first whether a new run of the flow has started; see reflow_config.h")                 \
    X(HTTP_UNSUPPORTED, http_unsupported, NOT_APPLIED, UNKNOWN, 0, 4,                              \
      "the answer uses a feature of HTTP that was not asked for",                                  \
      "look first whether a new run of the flow has started; check what stands at --url")          \
    X(JSON_MALFORMED, json_malformed, NOT_APPLIED, UNKNOWN, 0, 4, "the answer is not JSON",        \
      "look first whether a new run of the flow has started; check what stands at --url")          \
    X(JSON_TOO_LARGE, json_too_large, NOT_APPLIED, UNKNOWN, 0, 4,                                  \
      "a member of the answer exceeds a compiled-in limit",                                        \
      "look first whether a new run of the flow has started; see reflow_config.h")                 \
    X(JSON_UNEXPECTED, json_unexpected, NOT_APPLIED, UNKNOWN, 0, 4,                                \
      "the answer is JSON, but names no new run or several",                                       \
      "look first whether a new run of the flow has started")                                      \
    X(DNS, dns, NOT_APPLIED, NOT_APPLIED, 1, 4, "the host name cannot be resolved",                \
      "check --url and the name server")                                                           \
    X(CONNECT, connect, NOT_APPLIED, NOT_APPLIED, 1, 4, "no connection to the service",            \
      "check --url, the network and the firewall")                                                 \
    X(PROXY, proxy, NOT_APPLIED, NOT_APPLIED, 1, 4, "the proxy did not open a tunnel",             \
      "check --proxy and its credentials")                                                         \
    X(TIMEOUT, timeout, NOT_APPLIED, UNKNOWN, 1, 4, "the deadline passed",                         \
      "when not_applied repeat; when unknown look first whether a new run has started")            \
    X(CONNECTION_LOST, connection_lost, NOT_APPLIED, UNKNOWN, 1, 4, "the connection was lost",     \
      "when not_applied repeat; when unknown look first whether a new run has started")            \
    X(TLS_HANDSHAKE, tls_handshake, NOT_APPLIED, NOT_APPLIED, 0, 4, "the TLS handshake failed",    \
      "check that --url names a TLS 1.2 or 1.3 server")                                            \
    X(TLS_UNTRUSTED, tls_untrusted, NOT_APPLIED, NOT_APPLIED, 0, 4,                                \
      "the server's certificate leads to no trust anchor",                                         \
      "give the right anchors with --ca; a proxy that intercepts TLS needs its own")               \
    X(TLS_HOSTNAME, tls_hostname, NOT_APPLIED, NOT_APPLIED, 0, 4,                                  \
      "the server's certificate is for another name", "check the host in --url")                   \
    X(TLS_EXPIRED, tls_expired, NOT_APPLIED, NOT_APPLIED, 0, 4,                                    \
      "a certificate of the server has expired or is not yet valid",                               \
      "check this machine's clock, then tell the server's owner")                                  \
    X(TLS_PIN, tls_pin, NOT_APPLIED, NOT_APPLIED, 0, 4, "the server's key matches no pin",         \
      "if the server's key was changed on purpose, renew --pin")                                   \
    X(CLOCK_UNSET, clock_unset, NOT_APPLIED, NOT_APPLIED, 0, 4,                                    \
      "the time is unknown, so certificates cannot be checked",                                    \
      "set the clock, or choose another clock policy")                                             \
    X(OUT_OF_MEMORY, out_of_memory, NOT_APPLIED, UNKNOWN, 0, 4, "TLS ran out of memory",           \
      "enlarge the memory that mbedTLS may use")                                                   \
    X(INVALID_ARGUMENT, invalid_argument, NOT_APPLIED, NOT_APPLIED, 0, 2,                          \
      "an argument cannot be sent as it is", "correct it; nothing was sent")                       \
    X(REQUEST_TOO_LARGE, request_too_large, NOT_APPLIED, NOT_APPLIED, 0, 2,                        \
      "the request does not fit into the buffer", "enlarge REFLOW_BUFFER_SIZE; nothing was sent")  \
    X(STORAGE, storage, NOT_APPLIED, NOT_APPLIED, 0, 6, "the intent could not be stored",          \
      "check the disk and the permissions; nothing was sent")

/* What went wrong, made of the table above. */
enum reflow_error {
    REFLOW_OK,
#define REFLOW_ERROR_ID(id, name, certain, otherwise, repeat, exit, text, advice) REFLOW_ERR_##id,
    REFLOW_ERRORS(REFLOW_ERROR_ID)
#undef REFLOW_ERROR_ID
        REFLOW_ERROR_COUNT
};

/* Names as JSON and logs spell them; the empty string for REFLOW_OK. Static storage. */
const char *reflow_outcome_name(enum reflow_outcome outcome);
const char *reflow_error_name(enum reflow_error error);

/* One sentence each for a person: what the error means and what to do. Static storage; a program
 * that never calls these does not carry the sentences. */
const char *reflow_error_text(enum reflow_error error);
const char *reflow_error_advice(enum reflow_error error);

/* The exit status of the command for one run: 0 to 6. */
int reflow_exit_status(enum reflow_outcome outcome, enum reflow_error error);

/* What is known after an operation. A re-trigger has gone well exactly when its outcome is
 * REFLOW_RETRIGGERED; what only reads, or fetches a token, is never REFLOW_RETRIGGERED nor
 * REFLOW_UNKNOWN, and has gone well when error is REFLOW_OK. All strings live in the client until its
 * next operation or reflow_close(), and are NULL when absent. They are the peer's words: bytes of
 * valid UTF-8 that may hold control characters; make them safe before they reach a terminal. */
struct reflow_result {
    enum reflow_outcome outcome; /* what became of the run */
    enum reflow_error error;     /* REFLOW_OK when all went well */
    uint16_t http_status;        /* of the last complete answer head, 0 when there was none */
    uint8_t attempts;            /* requests begun, connections that failed included */
    uint32_t elapsed_ms;         /* from start to end, delays included */
    uint32_t hold_ms;   /* after rate_limited or unavailable that is not_applied, between attempts
                              * as at the end: how long the service should be left alone, by other
                              * clients too; else 0 */
    const char *id;     /* the new run's ID: 1 to 128 visible ASCII characters */
    const char *etag;   /* the new run's etag, with the quotes that are part of its value */
    const char *code;   /* the service's own code: "FLOW-1388-400", "401013" */
    const char *detail; /* the service's own words; where it has said nothing, ours, if a setting of
                         * mbedTLS's or a proxy is to blame */
    const char *request_id; /* what the service's support asks for */
};

/* ---- The port: sockets and clocks ------------------------------------------------------------ */

/* What open() can say. */
enum reflow_open {
    REFLOW_OPEN_READY,   /* connected */
    REFLOW_OPEN_PENDING, /* under way: call open() again with the same arguments, once writable */
    REFLOW_OPEN_DNS,     /* the name cannot be resolved */
    REFLOW_OPEN_FAILED,  /* no connection: refused, unreachable, out of sockets */
    REFLOW_OPEN_READING  /* as REFLOW_OPEN_PENDING, but once readable: what stands between is to
                          * speak first */
};

/* What send() and recv() return when they do not return a number of bytes (always 1 or more). */
#define REFLOW_IO_WOULD_BLOCK (-1) /* nothing now; try again after readable or writable */
#define REFLOW_IO_END (-2)         /* recv: orderly end of the peer's bytes (TCP FIN) */
#define REFLOW_IO_LOST (-3) /* reset, unreachable, closed: the connection is of no more use */

/* unix_time() when the wall clock is not known. */
#define REFLOW_TIME_UNKNOWN INT64_MIN

/* One connection at a time. Each function gets the port_context of the configuration. Nothing here
 * may block, but wait() and, where a platform offers nothing better, the resolver inside open().
 * A struct reflow_port is constant and may be shared by all clients; the context may not. */
struct reflow_port {
    /* Begins or continues to resolve `host` (a name, an IPv4 or a bare IPv6 address) and connect to
     * TCP `port`. Called again, after readiness or time, for as long as it says
     * REFLOW_OPEN_PENDING. `host` stays valid until close(). */
    enum reflow_open (*open)(void *context, const char *host, uint16_t port);

    /* Sends up to `length` bytes (1 or more). Returns how many were accepted, which may be fewer,
     * or REFLOW_IO_WOULD_BLOCK, REFLOW_IO_LOST. Must not raise a signal. */
    int32_t (*send)(void *context, const void *data, size_t length);

    /* Receives up to `length` bytes (1 or more). Returns how many, or one of REFLOW_IO_*. */
    int32_t (*recv)(void *context, void *data, size_t length);

    /* Drops the connection, or the attempt to open one, at once. Called once for each open() that
     * did not fail, and harmless at any other time. */
    void (*close)(void *context);

    /* Monotonic milliseconds from any origin. May wrap at 2^32. */
    uint32_t (*now_ms)(void *context);

    /* Wall-clock seconds since 1970 in UTC, or REFLOW_TIME_UNKNOWN. */
    int64_t (*unix_time)(void *context);

    /* Optional (NULL: the blocking calls spin). Returns when the connection, or the attempt to open
     * one, can go on in the direction that `event` names (REFLOW_READABLE, REFLOW_WRITABLE; with
     * REFLOW_LATER none), or after `timeout_ms`, or earlier for no reason at all. */
    void (*wait)(void *context, int event, uint32_t timeout_ms);

    /* Optional (NULL: nothing stands between): asked when a connection came to its end before the
     * server was verified. Returns words for a person if it was for something on the way, and the
     * error is then REFLOW_ERR_PROXY; else NULL. The words stay until open() is called again. */
    const char *(*blame)(void *context);
};

/* ---- Configuration -------------------------------------------------------------------------- */

/* How certificates' dates are checked. */
enum reflow_clock_policy {
    REFLOW_CLOCK_REQUIRE, /* against the clock; REFLOW_ERR_CLOCK_UNSET when it is unknown */
    REFLOW_CLOCK_NOT_BEFORE_BUILD, /* against the clock when known; else a certificate must not have
                                    * expired before build_time, and newer ones pass */
    REFLOW_CLOCK_PINNED_ONLY       /* against the clock when known; else not at all, provided that
                                    * the leaf's key matches a pin */
};

#define REFLOW_PIN_SIZE 32 /* SHA-256 of a certificate's SubjectPublicKeyInfo in DER */

/* What the trace callback is told about. Text may hold the peer's raw bytes: make it safe. */
enum reflow_trace {
    REFLOW_TRACE_CONNECT, /* text: host and port; once more for a proxy on the way */
    REFLOW_TRACE_TLS,     /* text: protocol version; cipher suite; "resumed", if it was */
    REFLOW_TRACE_REQUEST, /* text: a part of the head as sent, the token replaced by "***" */
    REFLOW_TRACE_ANSWER,  /* text: a part of the answer's head as received */
    REFLOW_TRACE_END,     /* text: the error's name; an attempt has ended without success */
    REFLOW_TRACE_REPEAT   /* text: the delay in milliseconds, in decimal */
};

/* What fields of struct reflow_config are when they are NULL or 0. */
#define REFLOW_DEFAULT_URL "https://platform.adobe.io/data/foundation/flowservice"
#define REFLOW_DEFAULT_SANDBOX "prod"
#define REFLOW_DEFAULT_OP "re-trigger"
#define REFLOW_DEFAULT_TIMEOUT_MS 60000
#define REFLOW_DEFAULT_ATTEMPTS 4

/* Zero-initialize, then set what is needed: token, api_key, org_id, anchors, port and, if the port
 * wants one, port_context. The struct is copied by reflow_init(); what it points to is borrowed
 * until reflow_close(), the token until the operation ends. */
struct reflow_config {
    /* https://HOST[:PORT][/PATH] of the service; NULL: REFLOW_DEFAULT_URL. HOST is a name of at
     * most 253 characters, an IPv4 address, or an IPv6 address in brackets. */
    const char *url;

    const char *token;   /* access token, 1 to REFLOW_MAX_TOKEN visible ASCII characters; NULL: none
                          * yet, see reflow_set_token() and reflow_fetch_token() */
    const char *api_key; /* x-api-key: visible ASCII */
    const char *org_id;  /* x-gw-ims-org-id, as "...@AdobeOrg": visible ASCII */
    const char *sandbox; /* x-sandbox-name; NULL: REFLOW_DEFAULT_SANDBOX. A lower-case letter, then
                          * lower-case letters, digits and hyphens, at most 256 */
    const char *op;      /* the action's name; NULL: REFLOW_DEFAULT_OP. The service's OpenAPI file
                          * spells it RE_TRIGGER. 1 to 64 of A-Z a-z 0-9 . _ ~ - */

    /* Trust anchors: one or more certificates in PEM, or one in DER. PEM needs no final NUL; text
     * between the blocks is ignored, a block that cannot be read is too. */
    const void *anchors;
    size_t anchors_size;

    /* Optional: the leaf's key must be one of these. Verification of the chain is not replaced. */
    const uint8_t (*pins)[REFLOW_PIN_SIZE];
    size_t pin_count;

    enum reflow_clock_policy clock_policy; /* 0: REFLOW_CLOCK_REQUIRE */
    int64_t build_time; /* seconds since 1970; used by REFLOW_CLOCK_NOT_BEFORE_BUILD only */

    uint32_t timeout_ms; /* whole deadline of an operation, all attempts and delays included, 1 to
                          * 86400000; 0: REFLOW_DEFAULT_TIMEOUT_MS */
    uint8_t attempts;    /* at most this many; 0: REFLOW_DEFAULT_ATTEMPTS */

    const struct reflow_port *port; /* the platform's, as &reflow_posix */
    void *port_context;             /* what its functions are given */

    /* Optional: how many allocations of mbedTLS's have failed so far. mbedTLS does not always say so:
     * memory that ends inside the check of a signature comes out as "not trusted". With this the
     * error is REFLOW_ERR_OUT_OF_MEMORY even then. port/mbedtls/reflow_memory.h has a counter. */
    uint32_t (*memory_failures)(void *callback_context);

    /* Optional, for the blocking calls only: called at the commit point, after the verified
     * handshake and before the first byte of the request. Returns whether the request may go; if
     * not, the run ends with REFLOW_ERR_STORAGE, REFLOW_NOT_APPLIED. */
    bool (*on_commit)(void *callback_context, const char *run_id);

    /* Optional: told what goes on, in order. Must not call the library. */
    void (*on_trace)(void *callback_context, enum reflow_trace what, const char *text,
                     size_t length);
    void *callback_context;
};

/* ---- A client ------------------------------------------------------------------------------- */

struct reflow_client; /* defined at the end of this file; its members are private */

/* Prepares `client`, of `size` = sizeof(struct reflow_client) bytes. Opens nothing. Returns
 * REFLOW_OK, or REFLOW_ERR_INVALID_ARGUMENT when a field of `config` is out of its range, could
 * break out of its place in the request (control characters, spaces, non-ASCII), or `size` shows
 * that the library was compiled with other sizes; then no other call may follow. An initialized
 * client must not be copied or moved. */
enum reflow_error reflow_init(struct reflow_client *client, size_t size,
                              const struct reflow_config *config);

/* Which field of the configuration reflow_init() did not accept: "token", "url", ... Static
 * storage; "" when it was none of them. */
const char *reflow_invalid_field(const struct reflow_client *client);

/* Replaces the access token from the next operation on. Same rules as config.token. */
enum reflow_error reflow_set_token(struct reflow_client *client, const char *token);

/* Whether `run_id` can be sent: 1 to 128 of A-Z a-z 0-9 . _ ~ -, and neither "." nor ".."
 * (which a URL's path would swallow: RFC 3986 section 5.2.4). */
bool reflow_run_id_valid(const char *run_id);

/* Re-triggers one run and waits for the end. The connection is kept for the next run. The result
 * is also what reflow_result() returns. `run_id` is borrowed for the time of the call. */
enum reflow_outcome reflow_retrigger(struct reflow_client *client, const char *run_id);

/* The same in steps: begins a re-trigger, touching nothing yet. `run_id` is borrowed until the end
 * of the operation. Returns REFLOW_OK, or REFLOW_ERR_INVALID_ARGUMENT for a run ID that cannot be
 * sent, and the result says the same; or when an operation is already under way, which goes on
 * undisturbed. REFLOW_ERR_REQUEST_TOO_LARGE when the request does not fit into the buffer. */
enum reflow_error reflow_start_retrigger(struct reflow_client *client, const char *run_id);

/* How an operation has ended, or what it waits for. */
enum reflow_event {
    REFLOW_DONE,     /* re-triggered: see reflow_result() */
    REFLOW_FAILED,   /* ended otherwise: see reflow_result() */
    REFLOW_COMMIT,   /* the service is verified and nothing has been sent: record the intent now.
                      * The next step sends. To refuse, call reflow_abandon(). Said once for each
                      * operation that changes something, whatever number of attempts it takes. */
    REFLOW_READABLE, /* step again when the connection is readable, or at reflow_wake_ms() */
    REFLOW_WRITABLE, /* step again when the connection is writable, or at reflow_wake_ms() */
    REFLOW_LATER     /* step again at reflow_wake_ms(); the connection does not matter */
};

/* Does what can be done now. Never blocks and never sleeps. One step may compute for as long as one
 * elliptic-curve operation takes. Without an operation under way it repeats how the last ended. */
enum reflow_event reflow_step(struct reflow_client *client);

/* The monotonic time at which reflow_step() must be called again, whatever else happens. */
uint32_t reflow_wake_ms(const struct reflow_client *client);

/* Ends the operation under way now, with `why` and the outcome that is true at this moment (for
 * REFLOW_ERR_STORAGE at the commit point: not_applied). Between two attempts the result of the last
 * one stands instead. Drops the connection. */
void reflow_abandon(struct reflow_client *client, enum reflow_error why);

/* The result of the last operation that ended. */
const struct reflow_result *reflow_result(const struct reflow_client *client);

/* Says goodbye to the peer as far as that needs no waiting, drops the connection, frees all that
 * mbedTLS allocated, and wipes the buffer. Once for each successful reflow_init(). */
void reflow_close(struct reflow_client *client);

/* ---- Tokens (optional: a program that does not call this does not carry it) ------------------ */

/* What fields of struct reflow_ims are when they are NULL. */
#define REFLOW_DEFAULT_IMS_URL "https://ims-na1.adobelogin.com/ims/token/v3"
#define REFLOW_DEFAULT_SCOPE                                                                       \
    "openid,AdobeID,read_organizations,additional_info.projectedProductContext,session"

/* A token is fetched anew so long before its end; one that lives for less than twice as long, in the
 * middle of its life. */
#define REFLOW_TOKEN_MARGIN_S 300

/* What an access token is fetched with (OAuth server-to-server, grant type client_credentials), and
 * the token. Zero-initialize, then set client_id and client_secret. Borrowed until the client is
 * closed or given another token. Wipe it when done: it holds two secrets. */
struct reflow_ims {
    const char *url;           /* https://HOST[:PORT]/PATH; NULL: REFLOW_DEFAULT_IMS_URL */
    const char *client_id;     /* 1 to 256 visible ASCII characters */
    const char *client_secret; /* the same */
    const char *scope;         /* the same; NULL: REFLOW_DEFAULT_SCOPE */

    /* Set by reflow_start_token() and reflow_fetch_token(). */
    char token[REFLOW_MAX_TOKEN + 1]; /* empty: none yet */
    uint32_t life_s;                  /* how long it lives from when it was fetched */
    uint32_t fetched_ms;              /* monotonic */
    uint32_t asked_ms;                /* private */
};

/* Begins to fetch a token. Drive it with reflow_step(); after REFLOW_DONE give ims->token to
 * reflow_set_token(). The connection to the service is dropped for it: anchors, pins and clock
 * policy hold for both servers, so with pins one of them has to be that of the token's server.
 * REFLOW_ERR_UNAUTHORIZED when the credentials are not accepted; otherwise as for a re-trigger. The
 * service throttles who fetches too often: keep a token, and ask reflow_token_due(). */
enum reflow_error reflow_start_token(struct reflow_client *client, struct reflow_ims *ims);

/* Whether there is no token yet, or it is near its end. */
bool reflow_token_due(const struct reflow_client *client, const struct reflow_ims *ims);

/* Fetches a token, waits for the end, and sets it. */
enum reflow_error reflow_fetch_token(struct reflow_client *client, struct reflow_ims *ims);

/* reflow_retrigger() that sees to the token: fetches one when it is due; one that was fetched before
 * and is not accepted (REFLOW_ERR_UNAUTHORIZED) is fetched anew, and the run tried once more:
 * config.on_commit is called again then. When no token is to be had the result is that of fetching
 * it. Each of the up to three operations has its own deadline. REFLOW_NOT_APPLIED, with nothing done,
 * when an operation is already under way. */
enum reflow_outcome reflow_retrigger_authorized(struct reflow_client *client,
                                                struct reflow_ims *ims, const char *run_id);

/* ---- Resumption (optional, likewise) --------------------------------------------------------- */

/* What a session is resumed by: a handshake without certificates and, on a small device, without
 * most of its arithmetic. Zero-initialize. The bytes may be copied away and put back: they serve a
 * device that sleeps, restarts, or has lost its connection. They are secret, and have to be kept from
 * being written by others as the anchors have: whoever makes them up can stand for the service.
 * They hold a digest of themselves and of what the session was verified by: host, anchors, pins,
 * clock policy. Where anything of that has changed, where by the clock the certificates would not be
 * taken now, or where another version or configuration of mbedTLS wrote them, the handshake is a
 * full one.
 * With TLS 1.3 mbedtls_ms_time() must go on counting over sleep and restart: a ticket from the
 * future, or older than its life, is not offered. */
struct reflow_ticket {
    uint16_t length;                  /* of the bytes; 0: there is no session to be resumed */
    uint8_t bytes[REFLOW_MAX_TICKET]; /* what is copied away */
};

/* To be called after reflow_init(), before the first operation. From then on sessions with the
 * service are resumed by `ticket`, which is borrowed until reflow_close(). It is emptied when it goes
 * out with a handshake, or is found to be of no use, and written anew when the server gives a
 * session, as far as REFLOW_MAX_TICKET has room: in TLS 1.2 at the handshake's end, in TLS 1.3 as a
 * rule with the answer. Whoever copies it away does so after an operation. A server that chokes on
 * it, by an alert or a close, is at once met with a full handshake on another connection. */
void reflow_use_ticket(struct reflow_client *client, struct reflow_ticket *ticket);

/* ---- Proxies (optional, likewise) ------------------------------------------------------------ */

struct reflow_proxy; /* storage, defined at the end of this file; its members are private */

/* To be called after reflow_init(), before the first operation. From then on the client asks an HTTP
 * proxy for a tunnel (CONNECT: RFC 9110 section 9.3.6) wherever it connects to. TLS goes through it
 * from end to end: the proxy learns the server's name and port, and nothing else.
 *   proxy    1.5 KB that the client uses until it is closed
 *   url      [http://][USER[:PASSWORD]@]HOST[:PORT][/], as curl reads it: port 1080 where none is
 *            given. USER and PASSWORD, percent-encoded, at most 255 bytes when decoded, are sent as
 *            Basic credentials (RFC 7617), which whoever listens can read.
 *   except   hosts to be connected to directly, by the rules of curl's NO_PROXY: names, which stand
 *            for those below them too, addresses, and blocks of them as in 10.0.0.0/8, with commas
 *            or blanks between; "*" alone is all. NULL: none.
 * Both strings are borrowed until the client is closed. Returns REFLOW_OK, or
 * REFLOW_ERR_INVALID_ARGUMENT when the URL is not such a one; nothing has changed then.
 * A proxy that cannot be reached, refuses, keeps silent, or opens a tunnel out of which comes nothing
 * or no TLS is REFLOW_ERR_PROXY, and result->detail says which. */
enum reflow_error reflow_use_proxy(struct reflow_client *client, struct reflow_proxy *proxy,
                                   const char *url, const char *except);

/* ---- Reading runs (optional, likewise) ------------------------------------------------------- */

/* What a run's status word means; the documents spell the words in several ways. */
enum reflow_run_state {
    REFLOW_RUN_OTHER,     /* no word, or one that is not known */
    REFLOW_RUN_SCHEDULED, /* scheduled, queued, pending */
    REFLOW_RUN_RUNNING,   /* inProgress, IN_PROGRESS, started, processing, running */
    REFLOW_RUN_SUCCEEDED, /* success, COMPLETED */
    REFLOW_RUN_PARTIAL,   /* partialSuccess, PARTIAL_FAILURE: has ended, not wholly well */
    REFLOW_RUN_FAILED     /* failed */
};

/* What of a run matters. Strings are NULL when absent; they are the service's words, as in struct
 * reflow_result. A member that is far too long (a third of the client's buffer) counts as absent. */
struct reflow_run {
    const char *id;              /* 1 to 128 visible ASCII characters, always there */
    const char *flow_id;         /* the flow that it belongs to */
    const char *status;          /* metrics.statusSummary.status, as it was spelt */
    const char *etag;            /* with the quotes that are part of its value */
    const char *error_code;      /* of the first error that has one */
    const char *error_message;   /* likewise */
    int64_t created_ms;          /* milliseconds since 1970, or REFLOW_TIME_UNKNOWN */
    int64_t started_ms;          /* likewise */
    int64_t completed_ms;        /* likewise */
    int64_t input_records;       /* -1: unknown */
    int64_t output_records;      /* likewise */
    int64_t failed_records;      /* likewise */
    enum reflow_run_state state; /* what the status means */
};

/* Whether a run has come to its end: by its state, or, where that is not known, by its time of
 * completion. */
bool reflow_run_ended(const struct reflow_run *run);

/* The meaning of a status word; NULL is REFLOW_RUN_OTHER. Case and "_" do not matter. */
enum reflow_run_state reflow_run_state_of(const char *status);

/* Begins to read one run into `run`, which is filled in at REFLOW_DONE and whose strings live until
 * the client's next operation; both arguments are borrowed until then. When the answer is about
 * another run it is REFLOW_ERR_JSON_UNEXPECTED. */
enum reflow_error reflow_start_run(struct reflow_client *client, const char *run_id,
                                   struct reflow_run *run);

/* The same, waiting for the end: returns result->error. */
enum reflow_error reflow_read_run(struct reflow_client *client, const char *run_id,
                                  struct reflow_run *run);

/* Longest part of a list's answer that leads to the next page. */
#define REFLOW_MAX_CONTINUATION 1024

/* A list of runs, the newest first, as it is read. Zero-initialize, then set what is needed. What
 * is asked of the service is checked here again: no run is told that does not match. Memory does
 * not depend on the number of runs nor on their size. */
struct reflow_runs {
    const char *flow_id; /* only of this flow: 1 to 128 visible ASCII characters. NULL: of any */
    const char *status;  /* only with this status, spelt as the service does; likewise. Runs that it
                          * gives are compared in any spelling */
    int64_t since_ms;    /* only created at or after this time, milliseconds since 1970 */
    uint32_t limit;      /* at most so many in all; 0: no limit */

    /* Told of each run, as it arrives; its strings live until it returns. A list may break off after
     * some: they were told, and are right. Must not call the library with this client. */
    void (*on_run)(void *context, const struct reflow_run *run);
    void *context;

    /* Private. */
    uint32_t told;
    uint32_t of_page;
    uint32_t pages;
    int64_t before_ms;
    int64_t previous_ms;
    uint8_t error;
    bool begun;
    bool ended;
    bool skipping;
    bool unordered;
    bool old;
    char last[129];
    char next[REFLOW_MAX_CONTINUATION + 1];
};

/* Begins to read the next page, of up to 100 runs. More than 100,000 pages are taken for links that
 * lead in a circle: REFLOW_ERR_JSON_TOO_LARGE. After REFLOW_DONE ask reflow_runs_more(); a list
 * that has ended is REFLOW_ERR_INVALID_ARGUMENT. A page that had to be asked for again does not tell
 * its runs again; when the last one told is not there any more, the list ends in
 * REFLOW_ERR_JSON_UNEXPECTED. */
enum reflow_error reflow_start_runs(struct reflow_client *client, struct reflow_runs *runs);
bool reflow_runs_more(const struct reflow_runs *runs);

/* Reads all pages, waiting for the end: returns the last result->error. */
enum reflow_error reflow_read_runs(struct reflow_client *client, struct reflow_runs *runs);

/* ---- Looking at the server (optional, likewise) ----------------------------------------------- */

/* Room for a name of a certificate, its final NUL included. */
#define REFLOW_MAX_NAME 128

/* What a server's certificate says of itself. Names are as in "O=A Company, CN=example.com", of
 * visible ASCII characters and blanks; one that does not fit is cut and ends in "...". */
struct reflow_certificate {
    char issuer[REFLOW_MAX_NAME];  /* who vouches for it */
    char subject[REFLOW_MAX_NAME]; /* whose it is */
    int64_t not_before;            /* seconds since 1970 */
    int64_t not_after;             /* likewise: the last second that counts */
};

/* Fills in the certificate of the server that the client is connected to, which has been verified:
 * at REFLOW_COMMIT, or after an operation whose connection was kept. Returns false, and leaves
 * `certificate` alone, when there is no connection, when a session of TLS 1.3 was resumed, or when
 * mbedTLS keeps no certificate (MBEDTLS_SSL_KEEP_PEER_CERTIFICATE is off, as in the small
 * configuration without TLS 1.3). */
bool reflow_server_certificate(const struct reflow_client *client,
                               struct reflow_certificate *certificate);

/* "0.1.0", and the TLS library as in "mbedTLS 3.6.6". Static storage. */
const char *reflow_version(void);
const char *reflow_tls_version(void);

/* ---- Storage: private ------------------------------------------------------------------------
 * Only the sizes of what follows are the caller's business: they let a client be placed anywhere.
 * Each struct belongs to the module of its name in src/, whose header says what it means. */

struct reflow_text {
    char *data;
    size_t size;
    size_t length;
    bool overflow;
    bool invalid;
};

struct reflow_url {
    const char *host;
    const char *path;
    uint16_t host_length;
    uint16_t path_length;
    uint16_t port;
    bool ipv6;
};

struct reflow_http_response {
    uint32_t remaining;
    uint32_t content;
    uint32_t allowance;
    uint16_t status;
    uint16_t candidates;
    uint8_t state;
    uint8_t line;
    uint8_t framing;
    uint8_t flags;
    uint8_t interim;
    uint8_t error;
    uint8_t field;
    uint8_t at;
    uint8_t value_length;
    char value[REFLOW_MAX_FIELD];
};

#define REFLOW_JSON_PATHS 32
struct reflow_json_stream {
    const char *const *paths;
    uint32_t candidates;
    uint32_t code;
    uint8_t path_count;
    uint8_t path;
    uint8_t state;
    uint8_t after;
    uint8_t depth;
    uint8_t at;
    uint8_t word;
    uint8_t left;
    uint8_t low;
    uint8_t high;
    uint8_t matched[REFLOW_JSON_PATHS];
    uint8_t kinds[REFLOW_MAX_JSON_DEPTH / 8];
};

struct reflow_slice {
    uint16_t offset;
    uint16_t length;
    uint8_t path;
};

struct reflow_slices {
    struct reflow_json_stream stream;
    struct reflow_text store;
    struct reflow_slice slice[REFLOW_MAX_SLICES];
    uint32_t left_out;
    uint16_t before_length;
    uint8_t before_count;
    uint8_t count;
    uint8_t state;
    uint8_t element;
};

struct reflow_tls_resumption;

struct reflow_tls {
    const struct reflow_config *config;
    const struct reflow_tls_resumption *resumption;
    struct reflow_ticket *ticket;
    const char *host;
    void *session;
    unsigned char *out;
    uint16_t out_size;
    uint16_t out_limit;
    uint16_t out_start;
    uint16_t out_end;
    uint8_t fault;
    uint8_t error;
    bool established;
    bool dry;
    bool heard;
    bool starved;
    bool overrun;
    uint32_t failures;
    uint32_t taken;
};

struct reflow_operation;

struct reflow_answer {
    struct reflow_http_response response;
    struct reflow_slices slices;
    const struct reflow_operation *operation;
    void *object;
    int64_t date;
    int64_t retry_after;
    uint16_t head_taken;
    uint8_t retry_after_kind;
    uint8_t error;
    bool surplus;
};

struct reflow_client {
    struct reflow_config config;
    struct reflow_result result;
    const struct reflow_operation *operation;
    void *object;
    const char *subject;
    struct reflow_ticket *ticket;
    const char *token;
    const char *invalid;
    struct reflow_url url;
    struct reflow_tls tls;
    struct reflow_answer answer;
    uint32_t started_ms;
    uint32_t pause_ends_ms;
    uint32_t wake_ms;
    uint16_t request_at;
    uint8_t state;
    uint8_t event;
    uint8_t reads;
    bool connected;
    bool kept;
    bool committed;
    bool announced;
    bool elsewhere;
    char host[254];
    unsigned char buffer[REFLOW_BUFFER_SIZE];
};

#define REFLOW_PROXY_SIZE 1024 /* a request for a tunnel: two times a host, and credentials */
struct reflow_proxy {
    const struct reflow_client *client;
    const struct reflow_port *port;
    void *port_context;
    const char *except;
    const char *credentials;
    uint16_t credentials_length;
    uint16_t number;
    uint16_t at;
    uint16_t length;
    uint8_t state;
    uint8_t fault;
    char host[254];
    struct reflow_http_response response;
    char buffer[REFLOW_PROXY_SIZE];
};

#ifdef __cplusplus
}
#endif

#endif
