/* SPDX-License-Identifier: MIT */
/* failed: reads one page of the list, gives its runs out, reads the next. What is re-triggered
 * meanwhile makes new runs, which stand in front of those that have been read. A page with more
 * runs than were asked for is read again, until all of them have been given out. */
#include "failed.h"

#include <string.h>

#include "asking.h"
#include "interrupt.h"
#include "report.h"
#include "text.h"
#include "trouble.h"

#define PAGE 100 /* the most that is asked for at once */

static struct {
    const struct options *options;
    struct reflow_runs list;
    struct shard shard;
    int status;
    bool broken;               /* the list could not be read on */
    struct reflow_runs before; /* the list, as it was before this page */
    size_t passed; /* so many of the page's runs were given out when it was read before */
    size_t told;   /* so many it has told by now */
    bool overfull; /* and there are more than there is room for */
    size_t count;
    size_t next;
    struct {
        char run[MOST_FLOW_ID + 1];
        char flow[MOST_FLOW_ID + 1];
    } page[PAGE];
} failed;

static void take(void *context, const struct reflow_run *run)
{
    (void)context;
    if (!shard_takes(&failed.shard, run->id)) {
        return;
    }
    failed.told++;
    failed.overfull = failed.told > failed.passed + PAGE;
    if (failed.told <= failed.passed || failed.overfull) {
        return;
    }
    memset(&failed.page[failed.count], 0, sizeof failed.page[0]);
    memcpy(failed.page[failed.count].run, run->id, strlen(run->id));
    if (reflow_text_all(run->flow_id, MOST_FLOW_ID, reflow_is_visible)) {
        memcpy(failed.page[failed.count].flow, run->flow_id, strlen(run->flow_id));
    }
    failed.count++;
}

void failed_begin(const struct options *options)
{
    memset(&failed, 0, sizeof failed);
    failed.options = options;
    failed.list.status = "failed";
    failed.list.flow_id = options->flow;
    failed.list.since_ms = options->since_given ? options->since * 1000 : 0;
    failed.list.limit = options->limit;
    failed.list.on_run = take;
    failed.shard = options->shard;
}

/* Where some runs were told of, "nothing was changed" may not be said any more. */
static void complain(const struct connection *connection)
{
    static const char advice[] = "run the command again: it goes on with those that are missing";
    const int status = connection_status(connection);

    trouble_tell("the list of failed runs", connection_result(connection),
                 status == EXIT_NOT_APPLIED && failed.list.told > 0 ? advice : NULL);
    failed.status = report_worse(failed.status, status);
    failed.broken = true;
}

/* Turns to the next page, or once more to this one. */
static void turn_page(void)
{
    if (failed.overfull) {
        failed.list = failed.before;
        failed.passed += PAGE;
    } else {
        failed.before = failed.list;
        failed.passed = 0;
    }
    failed.overfull = false;
    failed.told = 0;
    failed.count = 0;
    failed.next = 0;
}

/* What a page has told before it broke off is right, and is used. */
static void read_page(struct connection *connection)
{
    struct asking asking = {0};

    turn_page();
    do {
        (void)reflow_start_runs(&connection->client, &failed.list);
        connection_finish(connection);
    } while (asking_again(&asking, connection, failed.options));
    if (connection_result(connection)->error != REFLOW_OK) {
        complain(connection);
    }
}

enum pool_next failed_next(struct job *job, bool may_wait)
{
    while (failed.next == failed.count) {
        if (failed.broken || (!failed.overfull && !reflow_runs_more(&failed.list))) {
            return POOL_END;
        }
        if (!may_wait || interrupt_asked() != INTERRUPT_NONE) {
            return POOL_WAIT;
        }
        read_page(&job->connection);
    }
    if (interrupt_asked() != INTERRUPT_NONE) { /* it came while the page was read */
        return POOL_WAIT;
    }
    memcpy(job->run, failed.page[failed.next].run, sizeof failed.page[0].run);
    memcpy(job->flow, failed.page[failed.next].flow, sizeof failed.page[0].flow);
    failed.next++;
    return POOL_RUN;
}

int failed_status(void)
{
    return failed.status;
}

uint32_t failed_count(void)
{
    return failed.list.told;
}
