/* SPDX-License-Identifier: MIT */
/* options: getopt_long over DESIGN's options; each value is checked where it is read. */
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "pem.h"

#define MOST_TIMEOUT_S 86400
#define MOST_ATTEMPTS 255
#define PIN_PREFIX "sha256//"

enum {
    OPTION_URL = 256,
    OPTION_CA,
    OPTION_PIN,
    OPTION_API_KEY,
    OPTION_ORG,
    OPTION_SANDBOX,
    OPTION_TOKEN_FILE,
    OPTION_OP,
    OPTION_TIMEOUT,
    OPTION_ATTEMPTS,
    OPTION_JSON,
    OPTION_VERSION,
    OPTION_HELP,
    OPTION_SECRET, /* what must not be given here */
    OPTION_LATER   /* documented, and not built yet */
};

static const struct option known[] = {{"url", required_argument, NULL, OPTION_URL},
                                      {"ca", required_argument, NULL, OPTION_CA},
                                      {"pin", required_argument, NULL, OPTION_PIN},
                                      {"api-key", required_argument, NULL, OPTION_API_KEY},
                                      {"org", required_argument, NULL, OPTION_ORG},
                                      {"sandbox", required_argument, NULL, OPTION_SANDBOX},
                                      {"token-file", required_argument, NULL, OPTION_TOKEN_FILE},
                                      {"op", required_argument, NULL, OPTION_OP},
                                      {"timeout", required_argument, NULL, OPTION_TIMEOUT},
                                      {"attempts", required_argument, NULL, OPTION_ATTEMPTS},
                                      {"json", no_argument, NULL, OPTION_JSON},
                                      {"verbose", no_argument, NULL, 'v'},
                                      {"quiet", no_argument, NULL, 'q'},
                                      {"version", no_argument, NULL, OPTION_VERSION},
                                      {"help", no_argument, NULL, OPTION_HELP},
                                      {"token", required_argument, NULL, OPTION_SECRET},
                                      {"access-token", required_argument, NULL, OPTION_SECRET},
                                      {"secret", required_argument, NULL, OPTION_SECRET},
                                      {"client-secret", required_argument, NULL, OPTION_SECRET},
                                      {"ims-url", required_argument, NULL, OPTION_LATER},
                                      {"secret-file", required_argument, NULL, OPTION_LATER},
                                      {"jobs", required_argument, NULL, OPTION_LATER},
                                      {"journal", required_argument, NULL, OPTION_LATER},
                                      {"shard", required_argument, NULL, OPTION_LATER},
                                      {"proxy", required_argument, NULL, OPTION_LATER},
                                      {"failed", no_argument, NULL, OPTION_LATER},
                                      {NULL, 0, NULL, 0}};

/* An empty variable is as good as none: that is how a shell or a unit file unsets one. */
static const char *from_environment(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : otherwise;
}

static bool complain(const char *option, const char *value, const char *advice)
{
    console_error((const char *[]){"--", option, " ", value, ": ", advice, NULL});
    return false;
}

/* Digits only, 1 to `most`. */
static bool read_number(const char *text, uint32_t most, uint32_t *number)
{
    uint32_t value = 0;

    if (text[0] == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        value = value * 10 + (uint32_t)(*text - '0');
        if (value > most) {
            return false;
        }
    }
    *number = value;
    return value >= 1;
}

static bool read_pin(struct options *options, const char *text)
{
    uint8_t pin[REFLOW_PIN_SIZE + 1];
    const size_t prefix = strlen(PIN_PREFIX);

    if (options->pin_count == MOST_PINS) {
        return complain("pin", text, "8 pins are the most");
    }
    if (strncmp(text, PIN_PREFIX, prefix) != 0 ||
        reflow_pem_decode(text + prefix, strlen(text + prefix), pin, sizeof pin) !=
            REFLOW_PIN_SIZE) {
        return complain("pin", text,
                        "must be sha256// and the base64 of 32 bytes, as curl's --pinnedpubkey");
    }
    memcpy(options->pins[options->pin_count], pin, REFLOW_PIN_SIZE);
    options->pin_count++;
    return true;
}

static bool take_text(struct options *options, int option, const char *value)
{
    switch (option) {
    case OPTION_URL:
        options->url = value;
        return true;
    case OPTION_CA:
        options->ca = value;
        return true;
    case OPTION_API_KEY:
        options->api_key = value;
        return true;
    case OPTION_ORG:
        options->org = value;
        return true;
    case OPTION_SANDBOX:
        options->sandbox = value;
        return true;
    case OPTION_TOKEN_FILE:
        options->token_file = value;
        return true;
    case OPTION_OP:
        options->op = value;
        return true;
    case OPTION_PIN:
        return read_pin(options, value);
    default:
        return false;
    }
}

static bool take_number(struct options *options, int option, const char *value)
{
    uint32_t number;

    if (option == OPTION_TIMEOUT) {
        return read_number(value, MOST_TIMEOUT_S, &options->timeout_s) ||
               complain("timeout", value, "must be 1 to 86400 seconds");
    }
    if (!read_number(value, MOST_ATTEMPTS, &number)) {
        return complain("attempts", value, "must be 1 to 255");
    }
    options->attempts = (uint8_t)number;
    return true;
}

static bool take(struct options *options, int option, const char *value)
{
    switch (option) {
    case OPTION_TIMEOUT:
    case OPTION_ATTEMPTS:
        return take_number(options, option, value);
    case OPTION_JSON:
        options->json = true;
        return true;
    case 'v':
        options->verbose = true;
        return true;
    case 'q':
        options->quiet = true;
        return true;
    case OPTION_VERSION:
        options->version = true;
        return true;
    case OPTION_HELP:
        options->help = true;
        return true;
    default:
        return take_text(options, option, value);
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

/* `name` is the name of a known option, `word` the last word that was looked at. */
static bool take_or_refuse(struct options *options, int option, const char *name, const char *word)
{
    switch (option) {
    case OPTION_SECRET:
        return complain_of_name("--", name, strlen(name),
                                "secrets are not taken from the command line, where others see "
                                "them: use a file or the environment");
    case OPTION_LATER:
        return complain_of_name("--", name, strlen(name), "not built yet");
    case ':':
        return complain_of_name("--", word + 2, strlen(word + 2), "needs a value");
    case '?':
        return complain_of_unknown(word);
    default:
        return take(options, option, optarg);
    }
}

static void set_defaults(struct options *options)
{
    memset(options, 0, sizeof *options);
    options->url = from_environment("REFLOW_URL", REFLOW_DEFAULT_URL);
    options->ca = from_environment("REFLOW_CA", NULL);
    options->api_key = from_environment("REFLOW_API_KEY", NULL);
    options->org = from_environment("REFLOW_ORG_ID", NULL);
    options->sandbox = from_environment("REFLOW_SANDBOX", REFLOW_DEFAULT_SANDBOX);
    options->token_file = from_environment("REFLOW_TOKEN_FILE", NULL);
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
