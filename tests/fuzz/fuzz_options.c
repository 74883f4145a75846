/* SPDX-License-Identifier: MIT */
/* Fuzzes the command line: each line of the input is a word of it. Whatever the words are, reading
 * them ends well, leaves numbers within their ranges, and prints no secret. */
#include "fuzz.h"

#include <getopt.h>

#include "cli/options.h"

#define MOST_WORDS 64

/* What is written behind one of these, or in the next word, is not for others to see. */
static const char *const secrets[] = {"--access-token", "--client-secret", "--secret", "--token"};

/* How much of the word is the name of a secret; 0: none is. */
static size_t secret_name(const char *word)
{
    size_t i;

    for (i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        const size_t length = strlen(secrets[i]);
        if (strncmp(word, secrets[i], length) == 0 && word[length] != '-') {
            return length;
        }
    }
    return 0;
}

/* The word as it is; where it is a secret's, with the secret behind it: --token=..SECRET,
 * --tokenSECRET. */
static char *make_word(const char *word, size_t length, const char *secret, bool is_secret)
{
    char *made = exact_copy(word, length, SECRET_LENGTH + 1);

    if (is_secret || (secret_name(made) != 0 && length > secret_name(made))) {
        strcpy(made + strlen(made), secret);
    }
    return made;
}

static int make_words(const uint8_t *data, size_t size, const char *secret, char **words)
{
    const char *at = (const char *)data;
    const char *const end = at + size;
    bool is_secret = false;
    int count = 0;

    words[count++] = exact_copy("reflow", 6, 1);
    while (at < end && count < MOST_WORDS) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        const size_t length = (size_t)((feed != NULL ? feed : end) - at);

        words[count] = make_word(at, length, secret, is_secret);
        is_secret = !is_secret && secret_name(words[count]) == strlen(words[count]) &&
                    words[count][0] != '\0';
        count++;
        at += length + 1;
    }
    words[count] = NULL;
    return count;
}

static void are_sound(const struct options *options, int argc)
{
    assert_true(options->operand_count < (size_t)argc);
    assert_true(options->url != NULL && options->sandbox != NULL);
    assert_in_range(options->pin_count, 0, MOST_PINS);
    assert_in_range(options->timeout_s, 1, 86400);
    assert_in_range(options->attempts, 1, 255);
    assert_in_range(options->jobs, 1, MOST_JOBS);
    assert_in_range(options->rounds, 1, MOST_ROUNDS);
    assert_in_range(options->poll_s, 1, 60);
    assert_in_range(options->wait_timeout_s, 0, 86400);
    assert_true(!options->since_given || options->since >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct options options;
    char *words[MOST_WORDS + 1];
    char secret[SECRET_LENGTH + 1];
    const char *said;
    size_t length;
    int count;
    int i;

    secret_of(data, size, secret);
    count = make_words(data, size, secret, words);
    char *given[MOST_WORDS + 1]; /* getopt_long() sorts them */
    memcpy(given, words, sizeof given);
    printed_forget();
    optind = 0; /* glibc begins anew */
    if (options_read(&options, count, given)) {
        are_sound(&options, count);
    } else {
        said = printed(&length);
        assert_true(length > 8 && memcmp(said, "reflow: ", 8) == 0 && said[length - 1] == '\n');
        assert_false(bytes_hold(said, length, secret, SECRET_LENGTH));
    }
    for (i = 0; i < count; i++) {
        free(words[i]);
    }
    return 0;
}
