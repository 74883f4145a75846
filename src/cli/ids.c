/* SPDX-License-Identifier: MIT */
/* ids: one at a time, in constant memory, whatever the number. */
#include "ids.h"

#include <string.h>

void ids_begin(struct ids *ids, const struct options *options)
{
    memset(ids, 0, sizeof *ids);
    ids->operands = options->operands;
    ids->operand_count = options->operand_count;
    ids->from_input = options->operand_count == 1 && strcmp(options->operands[0], "-") == 0;
}

static enum ids_result checked(const char *id)
{
    return reflow_run_id_valid(id) ? IDS_ONE : IDS_BAD;
}

/* What stands in for a NUL byte: one that no ID holds, and that is nothing to be trimmed. */
#define NOT_A_CHARACTER '\xff'

/* Keeps what there is room for. Returns whether there was a line. */
static bool read_line(struct ids *ids)
{
    size_t length = 0;
    int c = getc(stdin);

    if (c == EOF) {
        return false;
    }
    while (c != EOF && c != '\n') {
        if (length < sizeof ids->line - 1) {
            ids->line[length] = c != '\0' ? (char)c : NOT_A_CHARACTER;
            length++;
        }
        c = getc(stdin);
    }
    ids->line[length] = '\0';
    return true;
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

static enum ids_result next_of_input(struct ids *ids, const char **id)
{
    while (read_line(ids)) {
        *id = trimmed(ids->line);
        if (**id != '\0') {
            return checked(*id);
        }
    }
    return ferror(stdin) != 0 ? IDS_FAILED : IDS_END;
}

enum ids_result ids_next(struct ids *ids, const char **id)
{
    if (ids->from_input) {
        return next_of_input(ids, id);
    }
    if (ids->next == ids->operand_count) {
        return IDS_END;
    }
    *id = ids->operands[ids->next];
    ids->next++;
    return checked(*id);
}
