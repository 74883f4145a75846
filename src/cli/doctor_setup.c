/* SPDX-License-Identifier: MIT */
/* doctor_setup: what can be judged without a network: configuration, trust anchors, clock. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "files.h"
#include "pem.h"
#include "proxy_choice.h"
#include "proxy_except.h"
#include "proxy_request.h"
#include "reflow_posix.h"
#include "text.h"
#include "url.h"
#include "when.h"

/* ---- Configuration ---- */

/* In the order in which the library looks at them. `field` is its name for what the tool calls
 * `option`. */
static const struct setting {
    const char *field;
    const char *option;
    const char *variable;
    const char *standard;
    const char *sound; /* a value that lets the next setting be judged */
    const char *advice;
    size_t place_in_options;
    size_t place_in_config;
    bool shown;
} settings[] = {
    {"url", "--url", "REFLOW_URL", REFLOW_DEFAULT_URL, REFLOW_DEFAULT_URL,
     "--url (REFLOW_URL) must be https://HOST[:PORT][/PATH]", offsetof(struct options, url),
     offsetof(struct reflow_config, url), true},
    {"api_key", "--api-key", "REFLOW_API_KEY", NULL, "-",
     "--api-key K (REFLOW_API_KEY) is the client ID of the project: visible ASCII, no blanks",
     offsetof(struct options, api_key), offsetof(struct reflow_config, api_key), false},
    {"org_id", "--org", "REFLOW_ORG_ID", NULL, "-",
     "--org ID (REFLOW_ORG_ID) is the organization's, as ...@AdobeOrg",
     offsetof(struct options, org), offsetof(struct reflow_config, org_id), true},
    {"sandbox", "--sandbox", "REFLOW_SANDBOX", REFLOW_DEFAULT_SANDBOX, REFLOW_DEFAULT_SANDBOX,
     "--sandbox NAME (REFLOW_SANDBOX) must be lower-case letters, digits and hyphens, a letter "
     "first",
     offsetof(struct options, sandbox), offsetof(struct reflow_config, sandbox), true},
    {"op", "--op", NULL, NULL, REFLOW_DEFAULT_OP, "--op VALUE must be letters, digits, and . _ ~ -",
     offsetof(struct options, op), offsetof(struct reflow_config, op), true},
};

#define SETTINGS (sizeof settings / sizeof settings[0])

static const char *value_of(const struct options *options, const struct setting *setting)
{
    const char *value;

    memcpy(&value, (const char *)options + setting->place_in_options, sizeof value);
    return value;
}

static void put(struct reflow_config *config, const struct setting *setting, const char *value)
{
    memcpy((char *)config + setting->place_in_config, &value, sizeof value);
}

const char *doctor_origin(const char *value, const char *variable, const char *option,
                          const char *standard)
{
    /* The same pointer, not the same text: an option may repeat what the variable says. */
    if (variable != NULL && value == getenv(variable)) {
        return variable;
    }
    return standard != NULL && strcmp(value, standard) == 0 ? "default" : option;
}

/* The library names one field that it does not accept. With a sound value in its place it names the
 * next, until it misses the anchors, which are left out here. Returns a bit for each setting. */
static unsigned find_faults(const struct options *options)
{
    static struct reflow_client client;
    struct reflow_config config = {0};
    unsigned faults = 0;
    size_t i;

    config.port = &reflow_posix;
    for (i = 0; i < SETTINGS; i++) {
        put(&config, &settings[i], value_of(options, &settings[i]));
    }
    for (i = 0; i < SETTINGS; i++) {
        (void)reflow_init(&client, sizeof client, &config);
        if (strcmp(reflow_invalid_field(&client), settings[i].field) == 0) {
            faults |= 1U << i;
            put(&config, &settings[i], settings[i].sound);
        }
    }
    return faults;
}

/* "--org is missing", "--sandbox (REFLOW_SANDBOX) cannot be sent"; without the value, which may be
 * anything, a secret in the wrong place too. */
static void tell_fault(struct finding *finding, const struct setting *setting, const char *value)
{
    const char *next = finding->detail.length > 0 ? "; " : "";
    const char *from =
        value != NULL ? doctor_origin(value, setting->variable, setting->option, NULL) : NULL;

    words_add(&finding->detail, next);
    words_add(&finding->detail, from != NULL ? from : setting->option);
    (void)finding_fails(finding, EXIT_USAGE, value != NULL ? " is not valid" : " is missing", next);
    words_add(&finding->advice, setting->advice);
}

static void tell_setting(struct words *words, const struct setting *setting, const char *value)
{
    words_add(words, words->length > 0 ? ", " : "");
    words_add(words, setting->option + 2);
    words_add(words, " ");
    words_add(words, setting->shown ? value : "is set");
    words_add(words, " (");
    words_add(words, doctor_origin(value, setting->variable, setting->option, setting->standard));
    words_add(words, ")");
}

static void go_to(struct doctor *doctor, const struct reflow_url *url)
{
    memset(doctor->host, 0, sizeof doctor->host);
    memcpy(doctor->host, url->host, url->host_length);
    doctor->port = url->port;
}

/* Where the first connection leads to. Returns whether the proxy's URL is sound, or there is none. */
static bool find_way(struct doctor *doctor)
{
    const struct options *options = doctor->options;
    const bool wanted = options->proxy != NULL && options->proxy[0] != '\0';
    struct reflow_proxy_url proxy;
    struct reflow_url url;

    if (wanted && !reflow_proxy_url_read(&proxy, options->proxy)) {
        return false;
    }
    if (reflow_url_read(&url, options->url)) {
        go_to(doctor, &url);
        if (wanted && !reflow_proxy_excepts(options->no_proxy, doctor->host)) {
            doctor->proxied = true;
            go_to(doctor, &proxy.at);
        }
    }
    return true;
}

static void tell_proxy(struct doctor *doctor, bool sound, const char *next)
{
    struct finding *finding = &doctor->finding;
    const char *from = proxy_origin(doctor->options);

    if (!sound) {
        words_add(&finding->detail, next);
        words_add(&finding->detail, from);
        (void)finding_fails(finding, EXIT_USAGE, " is not valid", next);
        words_add(&finding->advice, "the proxy must be http://[USER:PASSWORD@]HOST[:PORT]");
    } else if (doctor->proxied) {
        words_add(&finding->detail, ", proxy ");
        words_add(&finding->detail, doctor->host);
        words_add(&finding->detail, " (");
        words_add(&finding->detail, from);
        words_add(&finding->detail, ")");
    }
}

bool doctor_configuration(struct doctor *doctor)
{
    const unsigned faults = find_faults(doctor->options);
    const bool sound = find_way(doctor);
    struct finding *finding = &doctor->finding;
    const char *value;
    size_t i;

    for (i = 0; i < SETTINGS; i++) {
        value = value_of(doctor->options, &settings[i]);
        if ((faults >> i & 1U) != 0) {
            tell_fault(finding, &settings[i], value);
        } else if (faults == 0 && sound && value != NULL) {
            tell_setting(&finding->detail, &settings[i], value);
        }
    }
    if (faults == 0 || !sound) {
        tell_proxy(doctor, sound, faults != 0 ? "; " : "");
    }
    return faults == 0 && sound;
}

/* ---- Trust anchors ---- */

static int map_anchors(struct doctor *doctor)
{
    return files_anchors(doctor->options->ca, &doctor->anchors, &doctor->anchors_size) ? EXIT_DONE
                                                                                       : EXIT_USAGE;
}

/* The certificates that can be read; `others` counts those that cannot. */
static uint32_t count_anchors(const struct doctor *doctor, uint32_t *others)
{
    static uint8_t der[16384];
    uint32_t count = 0;
    size_t at = 0;
    size_t length;
    const char *block;

    *others = 0;
    if (reflow_pem_subject(doctor->anchors, doctor->anchors_size, &length) != NULL) {
        return 1; /* the file is one certificate in DER */
    }
    while ((block = reflow_pem_next(doctor->anchors, doctor->anchors_size, &at, &length)) != NULL) {
        const size_t size = reflow_pem_decode(block, length, der, sizeof der);
        if (reflow_pem_subject(der, size, &length) != NULL) {
            count++;
        } else {
            *others += 1;
        }
    }
    return count;
}

bool doctor_anchors(struct doctor *doctor)
{
    static const char advice[] = "--ca FILE (REFLOW_CA) must be a file of certificates, PEM or DER";
    struct finding *finding = &doctor->finding;
    const char *file = doctor->options->ca;
    const int status = doctor_overhear(doctor, map_anchors, &finding->detail);
    uint32_t others;
    uint32_t count;

    if (status != EXIT_DONE) {
        return finding_fails(finding, status, "", advice);
    }
    count = count_anchors(doctor, &others);
    words_count(&finding->detail, count, "certificate");
    words_add(&finding->detail, " in ");
    words_add(&finding->detail, file != NULL ? file : "the system's bundle");
    if (file != NULL) {
        words_add(&finding->detail, " (");
        words_add(&finding->detail, doctor_origin(file, "REFLOW_CA", "--ca", NULL));
        words_add(&finding->detail, ")");
    }
    if (others > 0) {
        words_add(&finding->detail, ", and ");
        words_number(&finding->detail, others);
        words_add(&finding->detail, " that cannot be read");
    }
    if (count == 0) {
        return finding_fails(finding, EXIT_USAGE, "", advice);
    }
    return true;
}

/* ---- Clock ---- */

bool doctor_clock(struct doctor *doctor)
{
    static const char advice[] =
        "set the clock: certificates are judged by it, and the journal is dated by it";
    const int64_t now = reflow_posix.unix_time(NULL);
    char text[WHEN_SIZE];

    if (now == REFLOW_TIME_UNKNOWN) {
        return finding_fails(&doctor->finding, EXIT_NOT_APPLIED, "it was never set", advice);
    }
    when_write(now, text);
    words_add(&doctor->finding.detail, text);
    if (now < REFLOW_RELEASED) {
        return finding_fails(&doctor->finding, EXIT_NOT_APPLIED,
                             ", which is before this version was released", advice);
    }
    return true;
}
