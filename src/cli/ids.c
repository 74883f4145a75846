/* SPDX-License-Identifier: MIT */
/* ids: one at a time, in constant memory, whatever the number. */
#include "ids.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "interrupt.h"

void ids_begin(struct ids *ids, const struct options *options)
{
    memset(ids, 0, sizeof *ids);
    ids->operands = options->operands;
    ids->operand_count = options->operand_count;
    ids->from_input = options->operand_count == 1 && strcmp(options->operands[0], "-") == 0;
    ids->shard = options->shard;
}

static enum ids_result checked(const char *id)
{
    return reflow_run_id_valid(id) ? IDS_ONE : IDS_BAD;
}

static bool is_readable(int timeout_ms)
{
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};

    return poll(&input, 1, timeout_ms) > 0; /* a signal tells nothing about it */
}

/* Waits through signals, but for those that ask for an end. */
static ssize_t read_input(struct ids *ids)
{
    ssize_t got;

    do {
        got = read(STDIN_FILENO, ids->bytes, sizeof ids->bytes);
        if (got < 0 && errno == EAGAIN) { /* somebody else has made it non-blocking */
            (void)is_readable(-1);
        }
    } while (got < 0 && (errno == EINTR || errno == EAGAIN) && interrupt_asked() == INTERRUPT_NONE);
    return got;
}

/* Reads what there is. IDS_ONE: there is something. */
static enum ids_result fill(struct ids *ids, bool may_wait)
{
    ssize_t got;

    if (!may_wait && !is_readable(0)) {
        return IDS_WAIT;
    }
    got = read_input(ids);
    if (got < 0) {
        return IDS_FAILED;
    }
    ids->at = 0;
    ids->held = (size_t)got;
    return got > 0 ? IDS_ONE : IDS_END;
}

/* What stands in for a NUL byte: one that no ID holds, and that is nothing to be trimmed. */
#define NOT_A_CHARACTER '\xff'

static void keep(struct ids *ids, char c)
{
    if (ids->length < sizeof ids->line - 1) {
        ids->line[ids->length] = c != '\0' ? c : NOT_A_CHARACTER;
        ids->length++;
    }
}

/* Goes on with the line. IDS_ONE: it is whole, as is what the input ends with. */
static enum ids_result read_line(struct ids *ids, bool may_wait)
{
    enum ids_result result;

    for (;;) {
        while (ids->at < ids->held) {
            const char c = ids->bytes[ids->at];
            ids->at++;
            ids->taken++;
            if (c == '\n') {
                return IDS_ONE;
            }
            keep(ids, c);
        }
        result = fill(ids, may_wait);
        if (result != IDS_ONE) {
            return result == IDS_END && ids->length > 0 ? IDS_ONE : result;
        }
    }
}

/* The line without blanks around it: files come from other systems, lists from spreadsheets. */
static const char *trimmed(char *line)
{
    static const char blanks[] = " \t\r";
    size_t length;

    line += strspn(line, blanks);
    length = strlen(line);
    while (length > 0 && strchr(blanks, line[length - 1]) != NULL) {
        length--;
    }
    line[length] = '\0';
    return line;
}

static enum ids_result next_of_input(struct ids *ids, bool may_wait, const char **id)
{
    enum ids_result result = read_line(ids, may_wait);

    if (result != IDS_ONE) {
        return result;
    }
    ids->line[ids->length] = '\0';
    ids->length = 0;
    *id = trimmed(ids->line);
    return checked(*id);
}

static enum ids_result next_operand(struct ids *ids, const char **id)
{
    if (ids->next == ids->operand_count) {
        return IDS_END;
    }
    *id = ids->operands[ids->next];
    ids->next++;
    return checked(*id);
}

enum ids_result ids_next(struct ids *ids, bool may_wait, const char **id)
{
    enum ids_result result;

    do {
        result = ids->from_input ? next_of_input(ids, may_wait, id) : next_operand(ids, id);
    } while ((result == IDS_ONE || result == IDS_BAD) &&
             ((ids->from_input && **id == '\0') || !shard_takes(&ids->shard, *id)));
    return result;
}
