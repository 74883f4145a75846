/* SPDX-License-Identifier: MIT */
/* text: a bounded writer whose first failure sticks, so that a chain of writes needs one check. */
#ifndef REFLOW_TEXT_H
#define REFLOW_TEXT_H

#include "reflow.h"

/* Starts an empty text in `data`, of `size` bytes. The text is not ended by a NUL of its own. */
void reflow_text_init(struct reflow_text *text, void *data, size_t size);

/* Appends; what does not fit whole is left out whole and sets `overflow`, after which nothing more
 * is written. */
void reflow_text_bytes(struct reflow_text *text, const void *bytes, size_t length);
void reflow_text_string(struct reflow_text *text, const char *string);
void reflow_text_number(struct reflow_text *text, uint32_t number);

/* Appends with every byte but A-Z a-z 0-9 . _ ~ - percent-encoded (RFC 3986 section 2.1). */
void reflow_text_percent(struct reflow_text *text, const char *string);

/* Whether everything so far was written, and was allowed. */
bool reflow_text_sound(const struct reflow_text *text);

/* Classes of characters that several modules share; none depends on a locale. */
bool reflow_is_digit(char c);
bool reflow_is_unreserved(char c); /* RFC 3986 section 2.3: A-Z a-z 0-9 . _ ~ - */
bool reflow_is_visible(char c);    /* RFC 9110 VCHAR: 0x21 to 0x7e */
char reflow_lower(char c);         /* ASCII only */

/* Whether each of these bytes is visible, however many there are. */
bool reflow_text_visible(const char *bytes, size_t length);

/* Whether `string` is 1 to `most` characters, all of which `allowed` takes. NULL is not. */
bool reflow_text_all(const char *string, size_t most, bool (*allowed)(char));

/* Overwrites memory in a way that a compiler cannot leave out. */
void reflow_wipe(void *memory, size_t size);

#endif
