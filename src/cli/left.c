/* SPDX-License-Identifier: MIT */
/* left: verdicts in words. */
#include "left.h"

#include <string.h>
#include <unistd.h>

#include "console.h"
#include "report.h"
#include "text.h"
#include "when.h"

static struct line line;

int left_status(enum verdict verdict, bool named)
{
    switch (verdict) {
    case LEAVE_UNKNOWN:
        return EXIT_UNKNOWN;
    case LEAVE_ROUNDS:
        return EXIT_REFUSED;
    case LEAVE_REFUSED:
        return named ? EXIT_REFUSED : EXIT_DONE;
    default:
        return EXIT_DONE;
    }
}

/* What the journal tells of a run that is left. One that has had its rounds is refused, by us. */
static enum reflow_outcome outcome_of(enum verdict verdict)
{
    switch (verdict) {
    case LEAVE_RETRIGGERED:
        return REFLOW_RETRIGGERED;
    case LEAVE_UNKNOWN:
        return REFLOW_UNKNOWN;
    default:
        return REFLOW_REFUSED;
    }
}

static void add(struct reflow_text *words, const char *string)
{
    reflow_text_string(words, string);
}

static void add_time(struct reflow_text *words, const char *before, int64_t seconds)
{
    char time[WHEN_SIZE];

    when_write(seconds, time);
    add(words, before);
    add(words, time);
}

static void describe_past(struct reflow_text *words, const struct history *history)
{
    switch (history->state) {
    case HISTORY_NOT_APPLIED:
        add_time(words, "; not applied at ", history->last.time);
        break;
    case HISTORY_REFUSED:
        add_time(words, "; refused at ", history->last.time);
        break;
    case HISTORY_UNKNOWN:
        add_time(words, "; unknown since ", history->last.time);
        break;
    default: /* nothing is known: what was re-triggered is not taken */
        break;
    }
}

static void describe_next(struct reflow_text *words, const struct history *history)
{
    add(words, "would be re-triggered");
    if (history->round > 0) {
        add(words, "; it is retry number ");
        reflow_text_number(words, history->round);
    }
    describe_past(words, history);
}

/* Why, in one sentence that ends with a NUL. */
static const char *reason(enum verdict verdict, const struct history *history)
{
    static char bytes[512];
    struct reflow_text words;

    reflow_text_init(&words, bytes, sizeof bytes - 1);
    switch (verdict) {
    case LEAVE_RETRIGGERED:
        add_time(&words, "left alone: re-triggered already at ", history->last.time);
        break;
    case LEAVE_REFUSED:
        add_time(&words, "left alone: refused already at ", history->last.time);
        add(&words, ", ");
        add(&words, history->last.error);
        break;
    case LEAVE_UNKNOWN:
        add_time(&words, "left alone: attempted at ",
                 history->intent.run[0] != '\0' ? history->intent.time : history->last.time);
        add(&words, ", and what became of it is unknown");
        break;
    case LEAVE_ROUNDS:
        add(&words, "left alone: it is retry number ");
        reflow_text_number(&words, history->round);
        add(&words, " and has failed again");
        break;
    default: /* it is taken */
        describe_next(&words, history);
        break;
    }
    bytes[words.length] = '\0';
    return bytes;
}

static const char *advice(enum verdict verdict)
{
    switch (verdict) {
    case LEAVE_REFUSED:
        return "when the reason is gone: --repeat-refused";
    case LEAVE_UNKNOWN:
        return "look first: reflow settle --journal FILE; --repeat-unknown may do the work twice";
    case LEAVE_ROUNDS:
        return "find out why it fails; --rounds N allows more";
    default:
        return NULL;
    }
}

static bool left_json(const char *run, enum verdict verdict, const struct history *history)
{
    const char *error = verdict == LEAVE_REFUSED ? history->last.error : "";

    line_begin(&line);
    line_own(&line, "{\"run\":");
    line_json(&line, run);
    line_own(&line, ",\"outcome\":");
    line_json(&line, reflow_outcome_name(outcome_of(verdict)));
    line_own(&line, ",\"id\":");
    line_json(&line, verdict == LEAVE_RETRIGGERED ? history->last.id : NULL);
    line_own(&line, ",\"etag\":null,\"http_status\":null,\"error\":");
    line_json(&line, error[0] != '\0' ? error : NULL);
    line_own(&line, ",\"detail\":");
    line_json(&line, reason(verdict, history));
    line_own(&line, ",\"request_id\":null,\"attempts\":0,\"elapsed_ms\":0}");
    return line_write(&line, STDOUT_FILENO);
}

static bool left_line(const char *run, const char *word, enum verdict verdict,
                      const struct history *history)
{
    line_begin(&line);
    line_foreign(&line, run, strlen(run));
    line_column(&line, REPORT_OUTCOME_COLUMN);
    line_own(&line, word);
    line_column(&line, REPORT_DETAIL_COLUMN);
    line_foreign(&line, reason(verdict, history), strlen(reason(verdict, history)));
    if (verdict == LEAVE_RETRIGGERED) {
        line_own(&line, ", new run ");
        line_foreign(&line, history->last.id, strlen(history->last.id));
    }
    if (advice(verdict) != NULL) {
        line_own(&line, "\n    -> ");
        line_own(&line, advice(verdict));
    }
    return line_write(&line, STDOUT_FILENO);
}

bool left_report(const struct options *options, const char *run, enum verdict verdict,
                 const struct history *history)
{
    if (options->json) {
        return left_json(run, verdict, history);
    }
    return (options->quiet && verdict == LEAVE_RETRIGGERED) ||
           left_line(run, reflow_outcome_name(outcome_of(verdict)), verdict, history);
}

bool left_preview(const struct options *options, const char *run, enum verdict verdict,
                  const struct history *history)
{
    if (!options->json) {
        return left_line(run, verdict == TAKE ? "take" : "leave", verdict, history);
    }
    line_begin(&line);
    line_own(&line, "{\"run\":");
    line_json(&line, run);
    line_own(&line, verdict == TAKE ? ",\"take\":true" : ",\"take\":false");
    line_own(&line, ",\"reason\":");
    line_json(&line, reason(verdict, history));
    line_own(&line, "}");
    return line_write(&line, STDOUT_FILENO);
}
