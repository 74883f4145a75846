/* SPDX-License-Identifier: MIT */
/* console: what a person or a program reads: one bounded line at a time, safe for a terminal. */
#ifndef REFLOW_CLI_CONSOLE_H
#define REFLOW_CLI_CONSOLE_H

#include "reflow.h"

/* A line under construction. Large enough for every line that the command prints: the longest holds
 * a member of an answer, at most REFLOW_BUFFER_SIZE, of which each byte may become six. */
struct line {
    struct reflow_text text;
    char data[8 * REFLOW_BUFFER_SIZE];
};

void line_begin(struct line *line);

/* Appends words of our own, as they are. */
void line_own(struct line *line, const char *words);
void line_number(struct line *line, uint32_t number);

/* Appends blanks until the line is `column` characters long, and one more where it already is. */
void line_column(struct line *line, size_t column);

/* Appends words of somebody else's: control characters, invisible and direction-changing ones and
 * invalid UTF-8 come out as \uXXXX or U+FFFD, so that they can neither steer a terminal nor pretend
 * to be something else. */
void line_foreign(struct line *line, const char *words, size_t length);

/* Appends a JSON string with its quotes (escaped as above), or null for NULL. */
void line_json(struct line *line, const char *words);

/* From now on no line shows this secret, whoever says it: a debug page or an echoing proxy repeats
 * what it was sent. Borrowed; NULL ends it. */
enum hidden { HIDDEN_TOKEN, HIDDEN_SECRET, HIDDEN_COUNT };
void console_hide(enum hidden which, const char *secret);

/* Ends the line with a line feed and writes it whole. Returns whether that worked. */
bool line_write(struct line *line, int descriptor);

/* "reflow: " and the parts on standard error; `parts` ends with NULL. Safe as line_foreign(). */
void console_error(const char *const *parts);

#endif
