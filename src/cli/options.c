/* SPDX-License-Identifier: MIT */
/* options: getopt_long over DESIGN's options; option_value reads the values that are no words. */
#include "options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "option_value.h"
#include "proxy_choice.h"

#define MOST_RUNS 1000000000

enum {
    OPTION_PIN = 256,
    OPTION_SINCE,
    OPTION_SHARD,
    OPTION_ATTEMPTS,
    OPTION_TIMEOUT,
    OPTION_PROXY,
    OPTION_SECRET,                    /* what must not be given here */
    OPTION_TEXT,                      /* from here on the rows of `texts`, */
    OPTION_NUMBER = OPTION_TEXT + 32, /* of `numbers`, */
    OPTION_FLAG = OPTION_NUMBER + 32  /* and of `flags` */
};

/* Options that are kept as they are. Where there is a variable for one, it is the default. */
static const struct {
    size_t place;
    const char *variable;
    const char *standard;
} texts[] = {{offsetof(struct options, url), "REFLOW_URL", REFLOW_DEFAULT_URL},
             {offsetof(struct options, ca), "REFLOW_CA", NULL},
             {offsetof(struct options, api_key), "REFLOW_API_KEY", NULL},
             {offsetof(struct options, org), "REFLOW_ORG_ID", NULL},
             {offsetof(struct options, sandbox), "REFLOW_SANDBOX", REFLOW_DEFAULT_SANDBOX},
             {offsetof(struct options, token_file), "REFLOW_TOKEN_FILE", NULL},
             {offsetof(struct options, ims_url), "REFLOW_IMS_URL", REFLOW_DEFAULT_IMS_URL},
             {offsetof(struct options, client_id), "REFLOW_CLIENT_ID", NULL},
             {offsetof(struct options, secret_file), "REFLOW_SECRET_FILE", NULL},
             {offsetof(struct options, scope), "REFLOW_SCOPE", REFLOW_DEFAULT_SCOPE},
             {offsetof(struct options, op), NULL, NULL},
             {offsetof(struct options, flow), NULL, NULL},
             {offsetof(struct options, status), NULL, NULL},
             {offsetof(struct options, journal), NULL, NULL},
             {offsetof(struct options, as), NULL, NULL}};

enum {
    TEXT_URL = OPTION_TEXT,
    TEXT_CA,
    TEXT_API_KEY,
    TEXT_ORG,
    TEXT_SANDBOX,
    TEXT_TOKEN_FILE,
    TEXT_IMS_URL,
    TEXT_CLIENT_ID,
    TEXT_SECRET_FILE,
    TEXT_SCOPE,
    TEXT_OP,
    TEXT_FLOW,
    TEXT_STATUS,
    TEXT_JOURNAL,
    TEXT_AS
};

/* Numbers from 1 to the most. */
static const struct {
    size_t place;
    uint32_t most;
    uint32_t standard;
} numbers[] = {{offsetof(struct options, limit), MOST_RUNS, 0},
               {offsetof(struct options, jobs), MOST_JOBS, 1},
               {offsetof(struct options, rounds), MOST_ROUNDS, 3},
               {offsetof(struct options, wait_timeout_s), MOST_SECONDS, 0},
               {offsetof(struct options, poll_s), 60, 5}};

enum { NUMBER_LIMIT = OPTION_NUMBER, NUMBER_JOBS, NUMBER_ROUNDS, NUMBER_WAIT_TIMEOUT, NUMBER_POLL };

static const size_t flags[] = {
    offsetof(struct options, failed),         offsetof(struct options, dry_run),
    offsetof(struct options, repeat_unknown), offsetof(struct options, repeat_refused),
    offsetof(struct options, wait),           offsetof(struct options, json),
    offsetof(struct options, verbose),        offsetof(struct options, quiet),
    offsetof(struct options, version),        offsetof(struct options, help)};

enum {
    FLAG_FAILED = OPTION_FLAG,
    FLAG_DRY_RUN,
    FLAG_REPEAT_UNKNOWN,
    FLAG_REPEAT_REFUSED,
    FLAG_WAIT,
    FLAG_JSON,
    FLAG_VERBOSE,
    FLAG_QUIET,
    FLAG_VERSION,
    FLAG_HELP
};

static const struct option known[] = {
    {"url", required_argument, NULL, TEXT_URL},
    {"ca", required_argument, NULL, TEXT_CA},
    {"pin", required_argument, NULL, OPTION_PIN},
    {"api-key", required_argument, NULL, TEXT_API_KEY},
    {"org", required_argument, NULL, TEXT_ORG},
    {"sandbox", required_argument, NULL, TEXT_SANDBOX},
    {"token-file", required_argument, NULL, TEXT_TOKEN_FILE},
    {"ims-url", required_argument, NULL, TEXT_IMS_URL},
    {"client-id", required_argument, NULL, TEXT_CLIENT_ID},
    {"secret-file", required_argument, NULL, TEXT_SECRET_FILE},
    {"scope", required_argument, NULL, TEXT_SCOPE},
    {"op", required_argument, NULL, TEXT_OP},
    {"flow", required_argument, NULL, TEXT_FLOW},
    {"status", required_argument, NULL, TEXT_STATUS},
    {"since", required_argument, NULL, OPTION_SINCE},
    {"limit", required_argument, NULL, NUMBER_LIMIT},
    {"shard", required_argument, NULL, OPTION_SHARD},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"attempts", required_argument, NULL, OPTION_ATTEMPTS},
    {"jobs", required_argument, NULL, NUMBER_JOBS},
    {"journal", required_argument, NULL, TEXT_JOURNAL},
    {"as", required_argument, NULL, TEXT_AS},
    {"rounds", required_argument, NULL, NUMBER_ROUNDS},
    {"failed", no_argument, NULL, FLAG_FAILED},
    {"dry-run", no_argument, NULL, FLAG_DRY_RUN},
    {"repeat-unknown", no_argument, NULL, FLAG_REPEAT_UNKNOWN},
    {"repeat-refused", no_argument, NULL, FLAG_REPEAT_REFUSED},
    {"wait", no_argument, NULL, FLAG_WAIT},
    {"wait-timeout", required_argument, NULL, NUMBER_WAIT_TIMEOUT},
    {"poll", required_argument, NULL, NUMBER_POLL},
    {"json", no_argument, NULL, FLAG_JSON},
    {"verbose", no_argument, NULL, 'v'},
    {"quiet", no_argument, NULL, 'q'},
    {"version", no_argument, NULL, FLAG_VERSION},
    {"help", no_argument, NULL, FLAG_HELP},
    {"token", required_argument, NULL, OPTION_SECRET},
    {"access-token", required_argument, NULL, OPTION_SECRET},
    {"secret", required_argument, NULL, OPTION_SECRET},
    {"client-secret", required_argument, NULL, OPTION_SECRET},
    {"proxy", required_argument, NULL, OPTION_PROXY},
    {NULL, 0, NULL, 0}};

/* An empty variable is as good as none: that is how a shell or a unit file unsets one. */
static const char *from_environment(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : otherwise;
}

/* Where in the options a member stands. */
static void *place_of(struct options *options, size_t place)
{
    return (char *)options + place;
}

static bool take(struct options *options, int option, const char *name, const char *value)
{
    const size_t flag = (size_t)option - OPTION_FLAG; /* large when it is none: below, as well */
    const size_t number = (size_t)option - OPTION_NUMBER;
    const size_t text = (size_t)option - OPTION_TEXT;

    if (text < sizeof texts / sizeof texts[0]) {
        *(const char **)place_of(options, texts[text].place) = value;
        return true;
    }
    if (number < sizeof numbers / sizeof numbers[0]) {
        return option_number(name, value, numbers[number].most,
                             place_of(options, numbers[number].place));
    }
    if (flag < sizeof flags / sizeof flags[0]) {
        *(bool *)place_of(options, flags[flag]) = true;
        return true;
    }
    switch (option) {
    case OPTION_PIN:
        return option_pin(options, value);
    case OPTION_SINCE:
        return option_since(options, value);
    case OPTION_SHARD:
        return option_shard(options, value);
    case OPTION_PROXY:
        return option_proxy(options, value);
    case OPTION_TIMEOUT:
        return option_timeout(options, value);
    default:
        return option_attempts(options, value);
    }
}

static bool complain_of_name(const char *dashes, const char *name, size_t length,
                             const char *advice)
{
    char shown[32];

    length = length < sizeof shown ? length : sizeof shown - 1;
    memcpy(shown, name, length);
    shown[length] = '\0';
    console_error((const char *[]){dashes, shown, ": ", advice, NULL});
    return false;
}

/* How much of a long option that is not ours can be shown: what stands before "=", and no more than the
 * name of one of ours that it begins with, as in --tokenSECRET. */
static size_t harmless_length(const char *word)
{
    size_t length = strcspn(word, "=");
    size_t i;

    for (i = 0; known[i].name != NULL; i++) {
        const size_t name = strlen(known[i].name);
        if (name < length && strncmp(word, known[i].name, name) == 0) {
            length = name;
        }
    }
    return length;
}

/* Words of our own in place of getopt's, which would repeat a secret behind the option. */
static bool complain_of_unknown(const char *word)
{
    static const char advice[] = "no such option, or not the whole of one; see reflow --help";
    const char letter = (char)optopt;

    if (optopt > 0 && optopt <= UINT8_MAX) {
        return complain_of_name("-", &letter, 1, advice);
    }
    return complain_of_name("--", word + 2, harmless_length(word + 2), advice);
}

/* The name of the secret that stands where a value should, as in --limit --token=SECRET: what complains
 * of the value would show it. NULL: it is none. */
static const char *secret_in(const char *value)
{
    for (size_t i = 0; value != NULL && strncmp(value, "--", 2) == 0 && known[i].name != NULL;
         i++) {
        const size_t length = strlen(known[i].name);
        if (known[i].val == OPTION_SECRET && strncmp(value + 2, known[i].name, length) == 0 &&
            value[2 + length] != '-') {
            return known[i].name;
        }
    }
    return NULL;
}

/* `name` is the name of a known option, `word` the last word that was looked at. */
static bool take_or_refuse(struct options *options, int option, const char *name, const char *word)
{
    const char *secret = secret_in(optarg);

    if (secret != NULL) {
        option = OPTION_SECRET;
        name = secret;
    }
    switch (option) {
    case OPTION_SECRET:
        return complain_of_name("--", name, strlen(name),
                                "secrets are not taken from the command line, where others see "
                                "them: use a file or the environment");
    case ':':
        return complain_of_name("--", word + 2, strlen(word + 2), "needs a value");
    case '?':
        return complain_of_unknown(word);
    case 'v':
        return take(options, FLAG_VERBOSE, name, NULL);
    case 'q':
        return take(options, FLAG_QUIET, name, NULL);
    default:
        return take(options, option, name, optarg);
    }
}

static void set_defaults(struct options *options)
{
    size_t i;

    memset(options, 0, sizeof *options);
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *(const char **)place_of(options, texts[i].place) =
            texts[i].variable != NULL ? from_environment(texts[i].variable, texts[i].standard)
                                      : texts[i].standard;
    }
    for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        *(uint32_t *)place_of(options, numbers[i].place) = numbers[i].standard;
    }
    proxy_from_environment(options);
    options->timeout_s = REFLOW_DEFAULT_TIMEOUT_MS / 1000;
    options->attempts = REFLOW_DEFAULT_ATTEMPTS;
}

bool options_read(struct options *options, int argc, char **argv)
{
    int index = 0;
    int option;

    set_defaults(options);
    opterr = 0;
    for (;;) {
        option = getopt_long(argc, argv, ":vq", known, &index);
        if (option == -1) {
            break;
        }
        if (!take_or_refuse(options, option, known[index].name, argv[optind - 1])) {
            return false;
        }
    }
    if (optind < argc) {
        options->command = argv[optind];
        optind++;
    }
    options->operands = argv + optind;
    options->operand_count = (size_t)(argc - optind);
    return true;
}
