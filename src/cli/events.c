/* SPDX-License-Identifier: MIT */
/* events: entries in words. */
#include "events.h"

#include <string.h>
#include <unistd.h>

#include "when.h"

/* Where the columns of a line for a person begin; an ID is most often a UUID. */
#define EVENT_COLUMN 22
#define RUN_COLUMN 35
#define DETAIL_COLUMN 73

static struct line line;

/* ---- For a program ---- */

static void member(const char *name, const char *value)
{
    line_own(&line, ",\"");
    line_own(&line, name);
    line_own(&line, "\":");
    line_json(&line, value[0] != '\0' ? value : NULL);
}

/* A number of 0 says nothing. */
static void number_member(const char *name, uint32_t value)
{
    if (value == 0) {
        member(name, "");
        return;
    }
    line_own(&line, ",\"");
    line_own(&line, name);
    line_own(&line, "\":");
    line_number(&line, value);
}

static bool show_json(const struct journal_entry *entry, enum event_mark mark)
{
    char time[WHEN_SIZE];

    when_write(entry->time, time);
    line_begin(&line);
    line_own(&line, "{\"time\":");
    line_json(&line, time);
    member("event", journal_event_name(entry->event));
    member("run", entry->run);
    member("id", entry->id);
    member("flow", entry->flow);
    member("error", entry->error);
    number_member("http_status", entry->http);
    number_member("attempts", entry->attempts);
    member("by", entry->by_operator ? "operator" : "");
    line_own(&line, mark == EVENT_UNSETTLED ? ",\"unsettled\":true}" : ",\"unsettled\":false}");
    return line_write(&line, STDOUT_FILENO);
}

/* ---- For a person ---- */

/* Begins the details with their column and parts them with commas. */
static void begin_detail(bool *begun)
{
    if (*begun) {
        line_own(&line, ", ");
    } else {
        line_column(&line, DETAIL_COLUMN);
    }
    *begun = true;
}

static void detail(bool *begun, const char *words, const char *value)
{
    if (value[0] != '\0') {
        begin_detail(begun);
        line_own(&line, words);
        line_foreign(&line, value, strlen(value));
    }
}

static void describe_numbers(const struct journal_entry *entry, bool *begun)
{
    if (entry->http != 0) {
        begin_detail(begun);
        line_own(&line, "HTTP ");
        line_number(&line, entry->http);
    }
    if (entry->attempts > 1) {
        begin_detail(begun);
        line_number(&line, entry->attempts);
        line_own(&line, " attempts");
    }
}

static const char *word_of(const struct journal_entry *entry, enum event_mark mark)
{
    if (mark == EVENT_PLAIN) {
        return "";
    }
    if (mark == EVENT_UNANSWERED) {
        return "no outcome";
    }
    return entry->event == JOURNAL_INTENT ? "no outcome: UNSETTLED" : "UNSETTLED";
}

static bool show_line(const struct journal_entry *entry, enum event_mark mark)
{
    char time[WHEN_SIZE];
    bool begun = false;

    when_write(entry->time, time);
    line_begin(&line);
    line_own(&line, time);
    line_column(&line, EVENT_COLUMN);
    line_own(&line, journal_event_name(entry->event));
    line_column(&line, RUN_COLUMN);
    line_foreign(&line, entry->run, strlen(entry->run));
    detail(&begun, "", word_of(entry, mark));
    detail(&begun, "new run ", entry->id);
    detail(&begun, "", entry->error);
    describe_numbers(entry, &begun);
    detail(&begun, "", entry->by_operator ? "by operator" : "");
    detail(&begun, "flow ", entry->flow);
    return line_write(&line, STDOUT_FILENO);
}

bool events_show(const struct options *options, const struct journal_entry *entry,
                 enum event_mark mark)
{
    return options->json ? show_json(entry, mark) : show_line(entry, mark);
}

/* ---- What comes next ---- */

/* In quotes where a shell would take it for something else. No journal has an empty name. */
static void shell_word(struct line *to, const char *word)
{
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "_@%+=:,./-";
    size_t plain;

    if (word[strspn(word, harmless)] == '\0') {
        line_own(to, word);
        return;
    }
    line_own(to, "'");
    while (*word != '\0') {
        plain = strcspn(word, "'");
        line_foreign(to, word, plain);
        word += plain;
        if (*word != '\0') {
            line_own(to, "'\\''");
            word++;
        }
    }
    line_own(to, "'");
}

void events_settle_command(struct line *to, const char *journal)
{
    line_own(to, "reflow settle --journal ");
    shell_word(to, journal);
}

int events_output_lost(void)
{
    console_error((const char *[]){"standard output cannot be written to", NULL});
    return EXIT_STORAGE;
}
