/* SPDX-License-Identifier: MIT */
/* fleet: devices that fail together come back to a service of limited rate; a simulation by events.
 *     fleet DEVICES CAPACITY RULE SERVICE SECONDS
 * Prints "done MS REQUESTS": how many devices have succeeded within SECONDS, when the last of them
 * did, and how many requests all have made; then the requests that were offered in each tenth of a
 * second, a line each.
 *
 * What is modelled. At 0 the outage ends, and every device makes its first request; nobody knows
 * how many they are. A request takes 20 to 219 ms to the service and the answer as long back, the
 * same for each request of one device. The service accepts CAPACITY requests a second (a bucket of
 * tokens that is empty at 0 and holds those of a second at most) and answers all others 429. A
 * device repeats until it is accepted, and then says no more. Not modelled: connections that fail,
 * handshakes, the time that the service takes.
 *
 * SERVICE is what a 429 says:
 *     silent    no Retry-After
 *     N         Retry-After: N, the same for all
 *     queue     Retry-After: when all that it owes would be done. What it owes is the number of its
 *               refusals less that of the requests it has accepted, so that each device is told a
 *               later time. (A service that takes off what time allows instead, whether anybody has
 *               come or not, owes nothing while late ones are still on the way, and calls those
 *               that it refuses then back at once.)
 * RULE is what a device does with it:
 *     reflow    src/retry.c with the attempts and the deadline of a fleet (255, a day)
 *     default   src/retry.c with reflow's defaults (4 attempts, 60 s). Whenever an operation has
 *               ended without success, the device leaves the service alone as long as the result's
 *               hold_ms says, and begins a new one, which knows nothing of the last
 *     steady    reflow without its random part: the whole backoff, or just Retry-After
 *     curl      curl --retry, as https://curl.se/docs/manpage.html#--retry documents it: 1 second,
 *               doubled each time up to 10 minutes; where there is a Retry-After, that instead
 *               (since 7.66.0). Its limits on attempts and on time are set aside
 *     wide      not a proposal but what it would take: from Retry-After to six times that, evenly */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "retry.h"

#define NOBODY UINT32_MAX
#define ONE_REQUEST 1000U /* a token; the service earns CAPACITY of these parts a millisecond */
#define CURL_FIRST_MS 1000U
#define CURL_LONGEST_MS 600000U
#define DAY_MS 86400000U

struct device {
    uint32_t next;     /* in the calendar: who else sends in the same millisecond */
    uint32_t begun_ms; /* the operation */
    uint32_t attempts; /* made in it */
};

struct rule {
    const char *name;
    uint32_t attempts;
    uint32_t timeout_ms;
    bool jitter;
    uint32_t (*delay)(struct device *device, struct reflow_retry_facts *facts, uint32_t now_ms);
};

static struct device *devices;
static const struct rule *rule;

/* ---- Chance: the same each time ---- */

static uint32_t random_state = 2463534242U;

/* Marsaglia's xorshift: its 32 bits are all that reflow_retry_delay() asks for. */
static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static uint32_t distance_ms(uint32_t device)
{
    return 20 + device * 2654435761U % 200;
}

/* ---- The calendar: who sends in which millisecond ---- */

static uint32_t *pages;
static uint32_t page_count;

static void enter(uint32_t device, uint64_t arrives_ms)
{
    if (arrives_ms < page_count) { /* what comes later than the end is never seen */
        devices[device].next = pages[arrives_ms];
        pages[arrives_ms] = device;
    }
}

/* ---- The service ---- */

static struct {
    uint64_t capacity;
    const char *says;   /* on the command line */
    uint64_t tokens;    /* in parts of ONE_REQUEST */
    uint32_t looked_ms; /* when they were counted */
    uint64_t owed;      /* requests refused, less those accepted */
    uint32_t *offered;  /* in each tenth of a second */
} service;

static void pass_time(uint32_t now_ms)
{
    const uint64_t earned = service.capacity * (now_ms - service.looked_ms);
    const uint64_t most = service.capacity * ONE_REQUEST;

    service.tokens = service.tokens + earned < most ? service.tokens + earned : most;
    service.looked_ms = now_ms;
}

static bool accepts(uint32_t now_ms)
{
    pass_time(now_ms);
    service.offered[now_ms / 100]++;
    if (service.tokens < ONE_REQUEST) {
        service.owed++;
        return false;
    }
    service.tokens -= ONE_REQUEST;
    service.owed -= service.owed > 0 ? 1 : 0;
    return true;
}

/* The value of a refusal's Retry-After, empty when it has none. Whole seconds, rounded up. */
static void say_when(char *value, size_t size)
{
    const uint64_t seconds = (service.owed + service.capacity - 1) / service.capacity;

    if (strcmp(service.says, "silent") == 0) {
        value[0] = '\0';
    } else if (strcmp(service.says, "queue") == 0) {
        (void)snprintf(value, size, "%u", (unsigned)seconds);
    } else {
        (void)snprintf(value, size, "%s", service.says);
    }
}

/* ---- The devices ---- */

/* As src/finish.c does: within the operation, or else the hold after it and a new one. */
static uint32_t reflow_delay(struct device *device, struct reflow_retry_facts *facts,
                             uint32_t now_ms)
{
    const uint32_t elapsed_ms = now_ms - device->begun_ms;
    uint32_t delay_ms;

    facts->attempts = rule->attempts;
    facts->remaining_ms = elapsed_ms < rule->timeout_ms ? rule->timeout_ms - elapsed_ms : 0;
    if (!rule->jitter) {
        facts->random = facts->kind == REFLOW_RETRY_NONE ? UINT32_MAX : 0;
    }
    delay_ms = reflow_retry_delay(facts);
    if (delay_ms == REFLOW_RETRY_STOP) {
        facts->attempts = UINT32_MAX;
        facts->remaining_ms = DAY_MS;
        delay_ms = reflow_retry_delay(facts);
        delay_ms = delay_ms == REFLOW_RETRY_STOP ? DAY_MS : delay_ms;
        device->begun_ms = now_ms + delay_ms;
        device->attempts = 0;
    }
    return delay_ms;
}

static uint32_t curl_delay(struct device *device, struct reflow_retry_facts *facts, uint32_t now_ms)
{
    const uint32_t doublings = device->attempts - 1;

    (void)now_ms;
    if (facts->kind == REFLOW_RETRY_SECONDS) {
        return (uint32_t)facts->retry_after * 1000;
    }
    if (doublings >= 10 || CURL_FIRST_MS << doublings > CURL_LONGEST_MS) {
        return CURL_LONGEST_MS;
    }
    return CURL_FIRST_MS << doublings;
}

static uint32_t wide_delay(struct device *device, struct reflow_retry_facts *facts, uint32_t now_ms)
{
    const uint32_t asked_ms = (uint32_t)facts->retry_after * 1000;

    (void)device;
    (void)now_ms;
    return asked_ms + (uint32_t)((uint64_t)facts->random * (5 * asked_ms + 1) >> 32);
}

static const struct rule rules[] = {
    {"reflow", UINT8_MAX, DAY_MS, true, reflow_delay},
    {"default", REFLOW_DEFAULT_ATTEMPTS, REFLOW_DEFAULT_TIMEOUT_MS, true, reflow_delay},
    {"steady", UINT8_MAX, DAY_MS, false, reflow_delay},
    {"curl", 0, 0, false, curl_delay},
    {"wide", 0, 0, true, wide_delay}};

static void refuse(uint32_t device, uint32_t now_ms)
{
    const uint32_t away_ms = distance_ms(device);
    struct reflow_retry_facts facts = {.date = REFLOW_TIME_UNKNOWN, .now = REFLOW_TIME_UNKNOWN};
    char retry_after[24];
    uint32_t delay_ms;

    say_when(retry_after, sizeof retry_after);
    facts.kind = reflow_retry_after(retry_after, strlen(retry_after), &facts.retry_after);
    facts.random = next_random();
    facts.attempt = ++devices[device].attempts;
    delay_ms = rule->delay(&devices[device], &facts, now_ms + away_ms);
    enter(device, (uint64_t)now_ms + 2 * away_ms + delay_ms);
}

/* ---- From the first millisecond to the last ---- */

static uint32_t done;
static uint32_t done_ms;
static uint64_t requests;

static void run(void)
{
    for (uint32_t now_ms = 0; now_ms < page_count; now_ms++) {
        uint32_t device = pages[now_ms];
        while (device != NOBODY) {
            const uint32_t next = devices[device].next;
            requests++;
            if (accepts(now_ms)) {
                done++;
                done_ms = now_ms;
            } else {
                refuse(device, now_ms);
            }
            device = next;
        }
    }
}

static void print(uint32_t seconds)
{
    printf("%u %u %llu\n", (unsigned)done, (unsigned)done_ms, (unsigned long long)requests);
    for (uint32_t i = 0; i < seconds * 10; i++) {
        printf("%u\n", (unsigned)service.offered[i]);
    }
}

static bool make(uint32_t device_count, uint32_t seconds)
{
    page_count = seconds * 1000;
    pages = malloc(page_count * sizeof *pages);
    devices = calloc(device_count, sizeof *devices);
    service.offered = calloc(seconds, 10 * sizeof *service.offered);
    if (pages == NULL || devices == NULL || service.offered == NULL) {
        return false;
    }
    memset(pages, 0xff, page_count * sizeof *pages); /* NOBODY */
    for (uint32_t i = 0; i < device_count; i++) {
        enter(i, distance_ms(i));
    }
    return true;
}

static bool know_rule(const char *name)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(name, rules[i].name) == 0) {
            rule = &rules[i];
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    uint32_t device_count;
    uint32_t seconds;

    if (argc != 6 || !know_rule(argv[3])) {
        fputs("usage: fleet DEVICES CAPACITY RULE SERVICE SECONDS\n", stderr);
        return 2;
    }
    device_count = (uint32_t)strtoul(argv[1], NULL, 10);
    service.capacity = strtoul(argv[2], NULL, 10);
    service.says = argv[4];
    seconds = (uint32_t)strtoul(argv[5], NULL, 10);
    if (!make(device_count, seconds)) {
        fputs("fleet: no memory\n", stderr);
        return 1;
    }
    run();
    print(seconds);
    free(service.offered);
    free(devices);
    free(pages);
    return 0;
}
