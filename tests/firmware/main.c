/* SPDX-License-Identifier: MIT */
/* main: a device that re-triggers one run and says what came of it. Arguments:
 *
 *     run=ID url=URL token=T key=K org=O ca=FILE     as the command's
 *     timeout=MS attempts=N                          likewise
 *     marker=FILE      flash: see marker.h. Without it nothing is remembered
 *     ticket=FILE      memory that outlives deep sleep: see retained.h. Without it no session is resumed
 *     dns=PORT         the name server listens there, on the gateway
 *     clock=unset      the wall clock is not known
 *     policy=require|not_before_build|pinned_only    build=SECONDS since 1970; pin=HEX
 *     arena=BYTES      as much memory for mbedTLS, and no more
 *     loop=1           drive reflow_step() in a super-loop, instead of the blocking call
 *     figures=1        memory used, and by the super-loop time, on a second line
 *     cut=POINT        stand still there: see marker.c */
#include <string.h>

#include "arguments.h"
#include "board.h"
#include "marker.h"
#include "memory.h"
#include "network.h"
#include "reflow_lwip.h"
#include "report.h"
#include "retained.h"
#include "semihosting.h"

#define STATUS_USAGE 2
#define STATUS_NOT_APPLIED 4
#define STATUS_UNKNOWN 5
#define DHCP_PATIENCE_MS 20000U

/* In a product the anchors are constants in flash. */
static char anchors[ANCHORS_SIZE];
static uint8_t pin[REFLOW_PIN_SIZE];
static struct reflow_client client;
static struct reflow_ticket ticket;
static struct reflow_lwip connection;

static int64_t wall_clock(void *unused)
{
    (void)unused;
    return argument_is("clock", "unset") ? REFLOW_TIME_UNKNOWN : (int64_t)semihosting_time();
}

static const struct reflow_lwip_board board = {
    .work = network_work, .unix_time = wall_clock, .context = NULL};

static bool on_commit(void *unused, const char *run)
{
    (void)unused;
    return marker_intend(run);
}

/* ---- Settings -------------------------------------------------------------------------------- */

static size_t read_anchors(const char *file)
{
    const int handle = semihosting_open(file, SEMIHOSTING_READ);
    size_t length = 0;

    if (handle >= 0) {
        length = semihosting_read(handle, anchors, sizeof anchors);
        (void)semihosting_close(handle);
    }
    return length;
}

static uint8_t digit(char hex)
{
    return (uint8_t)(hex <= '9' ? hex - '0' : hex - 'a' + 10);
}

static size_t read_pin(const char *hex)
{
    if (strlen(hex) != 2 * sizeof pin) {
        return 0;
    }
    for (size_t i = 0; i < sizeof pin; i++) {
        pin[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    }
    return 1;
}

static enum reflow_clock_policy policy(void)
{
    if (argument_is("policy", "not_before_build")) {
        return REFLOW_CLOCK_NOT_BEFORE_BUILD;
    }
    return argument_is("policy", "pinned_only") ? REFLOW_CLOCK_PINNED_ONLY : REFLOW_CLOCK_REQUIRE;
}

static bool set_up(void)
{
    const struct reflow_config config = {
        .url = argument("url", NULL),
        .token = argument("token", NULL),
        .api_key = argument("key", NULL),
        .org_id = argument("org", NULL),
        .anchors = anchors,
        .anchors_size = read_anchors(argument("ca", "")),
        .pins = (const uint8_t(*)[REFLOW_PIN_SIZE]) & pin,
        .pin_count = read_pin(argument("pin", "")),
        .clock_policy = policy(),
        .build_time = (int64_t)argument_number("build", 0),
        .timeout_ms = argument_number("timeout", 0),
        .attempts = (uint8_t)argument_number("attempts", 0),
        .port = &reflow_lwip,
        .port_context = &connection,
        .memory_failures = memory_failures,
        .on_commit = on_commit,
    };

    reflow_lwip_init(&connection, &board);
    if (reflow_init(&client, sizeof client, &config) != REFLOW_OK) {
        report_problem("not accepted: ", reflow_invalid_field(&client));
        return false;
    }
    if (argument("ticket", NULL) != NULL) {
        retained_use(argument("ticket", NULL));
        retained_read(&ticket);
        reflow_use_ticket(&client, &ticket);
    }
    return true;
}

/* ---- The job --------------------------------------------------------------------------------- */

/* What a product with other things to do has in its main loop. Returns the microseconds that reflow
 * itself took until the commit point, most of them for the handshake: waiting is not among them. */
static uint32_t super_loop(const char *run)
{
    enum reflow_event event;
    uint32_t before;
    uint32_t taken = 0;
    bool connecting = true;

    (void)reflow_start_retrigger(&client, run);
    do {
        network_work(NULL);
        before = board_us();
        event = reflow_step(&client);
        taken += connecting ? board_us() - before : 0;
        connecting = connecting && event != REFLOW_COMMIT;
        if (event == REFLOW_COMMIT && !marker_intend(run)) {
            reflow_abandon(&client, REFLOW_ERR_STORAGE);
        }
    } while (event != REFLOW_DONE && event != REFLOW_FAILED);
    return taken;
}

static int retrigger(const char *run)
{
    const struct reflow_result *result;
    uint32_t connecting = 0;

    if (!set_up()) {
        return STATUS_USAGE;
    }
    if (argument_is("loop", "1")) {
        connecting = super_loop(run);
    } else {
        (void)reflow_retrigger(&client, run);
    }
    result = reflow_result(&client);
    marker_settle(result);
    retained_write(&ticket);
    report_result(run, result);
    if (argument_is("figures", "1")) {
        report_figures(memory_peak(), board_stack_peak(), sizeof client, connecting);
    }
    return reflow_exit_status(result->outcome, result->error);
}

/* After a restart. An intent without outcome: power failed when the service may have acted; whoever
 * reads this line looks whether a new run has started, and erases the marker. A run that was
 * re-triggered is not re-triggered again. Returns whether there is nothing left to do. */
static bool remembered(const char *run, int *status)
{
    static struct marker marker;
    struct reflow_result result = {.outcome = REFLOW_UNKNOWN, .error = REFLOW_OK};
    const enum marker_state state = marker_read(&marker);

    *status = STATUS_UNKNOWN;
    if (state == MARKER_SETTLED && marker.outcome == REFLOW_RETRIGGERED &&
        strcmp(marker.run, run) == 0) {
        result.outcome = REFLOW_RETRIGGERED;
        result.id = marker.id;
        *status = 0;
    } else if (state != MARKER_UNSETTLED) {
        return false;
    }
    report_result(marker.run, &result);
    return true;
}

int main(void)
{
    const char *run;
    int status;

    board_start();
    if (!arguments_read()) {
        report_problem("the command line is too long", "");
        return STATUS_USAGE;
    }
    run = argument("run", "");
    marker_use(argument("marker", NULL));
    if (remembered(run, &status)) {
        return status;
    }
    memory_start(argument_number("arena", 0));
    network_start((uint16_t)argument_number("dns", 0));
    if (!network_wait(DHCP_PATIENCE_MS)) {
        report_problem("no address by DHCP", "");
        return STATUS_NOT_APPLIED;
    }
    return retrigger(run);
}
