/* SPDX-License-Identifier: MIT */
/* cut_port: a port on which one exchange is cut at every byte. The exchange runs once; before each
 * byte the process forks once for each way to end, and the child lives on with that cut. */
#ifndef CUT_PORT_H
#define CUT_PORT_H

#include "fake_port.h"
#include "openssl_peer.h"

/* Whose bytes end. */
enum cut_place {
    CUT_CLIENT, /* what the client's TLS sends */
    CUT_SERVER, /* what the server's TLS sends */
    CUT_TEXT,   /* what the service says: TLS stays whole, the answer does not */
    CUT_PLACES
};

/* What becomes of the client's bytes behind the cut. */
enum cut_going {
    CUT_LATE, /* accepted; they reach the service when the client has long since given up */
    CUT_ONCE, /* those of the present call are, and then the connection is lost */
    CUT_LOST, /* not accepted: the connection is lost */
    CUT_STUCK /* not accepted for so long that the deadline passes, and then they are */
};

struct cut_ending {
    const char *name;
    unsigned places; /* 1 << enum cut_place, of those where this ending is different from others */
    enum cut_going going;
    int32_t coming; /* what recv() says when what had come is read: REFLOW_IO_* */
    bool notify;    /* the server's TLS says close_notify first */
    bool unread;    /* what the client has not read by then is lost as well */
};

/* What children came to. A child that does not say so by its exit status has crashed. */
struct cut_tally {
    size_t cases, lies, duplicates, crashes;
    size_t outcomes[4];
};

#define CUT_VERDICT 0x40 /* in an exit status: the bits below are a verdict's */
#define CUT_LIE 0x04
#define CUT_DUPLICATE 0x08

/* Of the connection that was cut, all that is needed to let the late bytes arrive. */
struct cut_late {
    SSL *ssl;
    bool stashed;
    size_t length;
    unsigned char bytes[16384];
    size_t heard_length;
    char heard[sizeof((struct fake_service *)0)->request];
};

struct cut_port {
    struct fake_port base; /* the first member: the context of both */
    struct openssl_peer *peer;
    const char *early; /* said as soon as there is a session: before any request */
    bool said_early;   /* in this connection */
    bool cutting;      /* fork from here on */
    bool from_answer;  /* or from the first answer on */
    size_t thin; /* 0: cut at each byte. 1: now and then where that takes another handshake. Others:
                  * the same, and of all that the client says only at every so many-th byte */
    bool greeted;    /* the client has taken the server for verified */
    size_t whole_at; /* bytes received, of all connections, with which the last answer is whole */
    size_t pairs;    /* of byte and ending, counted where they are sparse */
    struct cut_tally *tally; /* one for each place */

    /* In the child. */
    const struct cut_ending *ending; /* NULL: this is the parent */
    enum cut_place place;
    size_t
        at; /* bytes of that side before the cut, in this connection; of the text: in the answer */
    uint32_t when;
    bool over; /* the connection that was cut is behind us */
    struct cut_late late;
};

extern const struct reflow_port cut_port;

/* Stands between `peer`, already behind `port->base`, and the client. */
void cut_port_init(struct cut_port *port, struct openssl_peer *peer, struct cut_tally *tally);

/* Everybody has gone home, and now the late bytes arrive. Nothing is answered any more. */
void cut_port_deliver_late(struct cut_port *port);

/* Whether the client has received the whole of what the service last said, its end included. */
bool cut_port_answered(const struct cut_port *port);

/* Whether what the client has sent in this connection ends with a whole record. */
bool cut_port_between_records(const struct cut_port *port);

/* Counts one verdict, as in an exit status. */
void cut_tally_add(struct cut_tally *tally, int verdict);

#endif
