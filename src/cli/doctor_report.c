/* SPDX-License-Identifier: MIT */
/* doctor_report: findings in words, and words that others have for them. */
#include "doctor.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "console.h"
#include "text.h"

#define CHECK_COLUMN 6
#define DETAIL_COLUMN 21

/* ---- Words ---- */

void words_bytes(struct words *words, const char *text, size_t length)
{
    static const char dots[] = "...";
    const size_t room = sizeof words->text - sizeof dots - words->length;

    if (words->cut) {
        return;
    }
    words->cut = length > room;
    length = words->cut ? room : length;
    memcpy(words->text + words->length, text, length);
    words->length += length;
    memcpy(words->text + words->length, words->cut ? dots : "", words->cut ? sizeof dots : 1);
}

void words_add(struct words *words, const char *text)
{
    words_bytes(words, text, strlen(text));
}

void words_number(struct words *words, uint32_t number)
{
    char digits[16] = {0};
    struct reflow_text text;

    reflow_text_init(&text, digits, sizeof digits - 1);
    reflow_text_number(&text, number);
    words_add(words, digits);
}

void words_count(struct words *words, uint32_t number, const char *unit)
{
    words_number(words, number);
    words_add(words, " ");
    words_add(words, unit);
    words_add(words, number == 1 ? "" : "s");
}

bool finding_fails(struct finding *finding, int status, const char *detail, const char *advice)
{
    finding->verdict = VERDICT_FAILED;
    finding->status = status;
    words_add(&finding->detail, detail);
    words_add(&finding->advice, advice);
    return false;
}

bool finding_skips(struct finding *finding, const char *why)
{
    finding->verdict = VERDICT_SKIPPED;
    words_add(&finding->detail, why);
    return false;
}

/* ---- Lines ---- */

static struct line line;

static void write_json(const struct finding *finding, const char *check)
{
    static const char *const ok[] = {"true", "false", "null"};

    line_own(&line, "{\"check\":");
    line_json(&line, check);
    line_own(&line, ",\"ok\":");
    line_own(&line, ok[finding->verdict]);
    line_own(&line, ",\"detail\":");
    line_json(&line, finding->detail.text);
    line_own(&line, ",\"advice\":");
    line_json(&line, finding->advice.length > 0 ? finding->advice.text : NULL);
    line_own(&line, "}");
}

static void write_person(const struct finding *finding, const char *check)
{
    static const char *const verdicts[] = {"ok", "FAIL", "skip"};

    line_own(&line, verdicts[finding->verdict]);
    line_column(&line, CHECK_COLUMN);
    line_own(&line, check);
    line_column(&line, DETAIL_COLUMN);
    line_foreign(&line, finding->detail.text, finding->detail.length);
    if (finding->advice.length > 0) {
        line_own(&line, "\n    -> ");
        line_foreign(&line, finding->advice.text, finding->advice.length);
    }
}

bool finding_report(const struct finding *finding, const struct options *options, const char *check)
{
    line_begin(&line);
    if (options->json) {
        write_json(finding, check);
    } else {
        write_person(finding, check);
    }
    return line_write(&line, STDOUT_FILENO);
}

/* ---- What is said on standard error ---- */

/* Without "reflow: " at the beginning of each line, and with lines joined. */
static void add_lines(struct words *words, char *said)
{
    static const char name[] = "reflow: ";
    char *end;

    for (; *said != '\0'; said = end) {
        end = said + strcspn(said, "\n");
        if (*end != '\0') {
            *end = '\0';
            end++;
        }
        words_add(words, words->length > 0 ? "; " : "");
        words_add(words, strncmp(said, name, strlen(name)) == 0 ? said + strlen(name) : said);
    }
}

/* More than words hold, so that they show where they were cut. */
static void read_all(int file, struct words *words)
{
    static char said[2 * sizeof words->text];
    size_t length = 0;
    ssize_t got = 1;

    while (got > 0 && length < sizeof said - 1) {
        got = read(file, said + length, sizeof said - 1 - length);
        length += got > 0 ? (size_t)got : 0;
    }
    said[length] = '\0';
    add_lines(words, said);
}

/* A pipe holds more than the line or two that there are to be said. */
int doctor_overhear(struct doctor *doctor, int (*begin)(struct doctor *doctor), struct words *words)
{
    const int before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int ends[2] = {-1, -1};
    int status;

    if (before < 0 || pipe(ends) != 0 || dup2(ends[1], STDERR_FILENO) < 0) {
        (void)close(before);
        (void)close(ends[0]);
        (void)close(ends[1]);
        return begin(doctor);
    }
    (void)close(ends[1]);
    status = begin(doctor);
    (void)dup2(before, STDERR_FILENO);
    (void)close(before);
    read_all(ends[0], words);
    (void)close(ends[0]);
    return status;
}
