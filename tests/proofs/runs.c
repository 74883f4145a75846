/* SPDX-License-Identifier: MIT */
/* runs: whatever the slices of an answer are, a run's strings are slices that were decoded, and what
 * is kept of a list (last ID, next page) is copied into its place whole and ends with a NUL there.
 * The counts of a list stay in range: never more are told than its limit allows (is_sound()), and
 * the number of pages is bounded, so that a list ends.
 *
 * PROOF: prove_runs_requests | reflow_runs_show, reflow_runs_list, end_request, filter | any list |
 * PROOF: prove_runs_run | reflow_run_take, take_text, take_number | up to 3 slices | --unwind 14
 * PROOF: prove_runs_take | reflow_runs_take, note_time, is_told, is_wanted, is_same, has_status,
 *        is_limit_reached | any list, any run | --unwind 4
 * PROOF: prove_runs_begin_page | reflow_runs_begin_page | any list |
 * PROOF: prove_runs_continuation | continuation_in | links up to 31 bytes,
 *        with up to 4 marks in them | --unwind 33 --unwindset continuation_in.1:6
 * PROOF: prove_runs_follow | follow | continuations up to 16 bytes | --unwind 18
 * PROOF: prove_runs_follow_longest | follow | continuations of 1,024 and 1,025 bytes | --unwind 1027
 * PROOF: prove_runs_link | link_in | up to 3 slices | --unwind 5
 * PROOF: prove_runs_end_page | reflow_runs_end_page, turn_page | any list |
 * REPLACE: prove_runs_requests | reflow_http_request_begin=begin, reflow_text_number=number,
 *        reflow_http_request_target=target, reflow_http_request_value=target,
 *        reflow_flow_credentials=credentials, reflow_flow_end=end
 * REPLACE: prove_runs_run | reflow_slices_get=get, reflow_json_string=decode,
 *        reflow_json_integer=integer, reflow_run_state_of=state_of, reflow_text_all=is_all
 * REPLACE: prove_runs_take | reflow_run_take=some_run, reflow_run_state_of=state_of,
 *        strcmp=compare, strlen=id_length_of
 * REPLACE: prove_runs_continuation | strchr=find, strncmp=begins_with
 * REPLACE: prove_runs_follow | continuation_in=some_continuation, strncmp=compare_some,
 *        reflow_is_visible=is_some
 * REPLACE: prove_runs_follow_longest | continuation_in=some_continuation, strncmp=compare_some,
 *        reflow_is_visible=is_every
 * REPLACE: prove_runs_link | reflow_slices_get=get, reflow_json_string=decode
 * REPLACE: prove_runs_end_page | link_in=some_link, follow=some_error, reflow_slices_left_out=some_path
 *
 * MUTANT: prove_runs_requests | (runs->told - runs->of_page) | (runs->of_page - runs->told)
 * MUTANT: prove_runs_run | path - first < REFLOW_RUN_MEMBERS | path - first <= REFLOW_RUN_MEMBERS
 * MUTANT: prove_runs_take | return runs->limit > 0 && runs->told == runs->limit; | return false;
 * MUTANT: prove_runs_take | strlen(run.id) + 1 | strlen(run.id)
 * MUTANT: prove_runs_continuation | at[*length] != '\0' && at[*length] != '&' | at[*length] != '&'
 * MUTANT: prove_runs_follow_longest | length > REFLOW_MAX_CONTINUATION | length > REFLOW_MAX_CONTINUATION + 1
 * MUTANT: prove_runs_follow | runs->next[length] = '\0'; | runs->next[0] = next[0];
 * MUTANT: prove_runs_end_page | runs->pages == MOST_PAGES | runs->pages > MOST_PAGES
 *
 * MEANT: reflow_runs_list | unsigned - in runs->limit - | without a limit nothing looks at it
 */
#include <runs.c>

#include "proof.h"

#define ROOM 8

/* ---- What a sound list is --------------------------------------------------------------------- */

static bool is_sound(const struct reflow_runs *runs)
{
    return runs->of_page <= runs->told && (runs->limit == 0 || runs->told <= runs->limit) &&
           runs->last[sizeof runs->last - 1] == '\0' && runs->next[sizeof runs->next - 1] == '\0' &&
           runs->pages < MOST_PAGES;
}

static char flow_id[] = "flow";
static char status[] = "status";

static struct reflow_runs any_runs(void)
{
    struct reflow_runs runs;

    runs.flow_id = nondet_bool() ? flow_id : NULL;
    runs.status = nondet_bool() ? status : NULL;
    runs.begun = nondet_bool();
    runs.ended = nondet_bool();
    runs.skipping = nondet_bool();
    runs.unordered = nondet_bool();
    runs.old = nondet_bool();
    assume(is_sound(&runs));
    return runs;
}

/* ---- Requests: tests/proofs/http_request.c and text.c show what these write -------------------- */

void begin(struct reflow_text *head, const char *method, const struct reflow_url *base)
{
    prove(head != NULL && method != NULL && base != NULL);
}

void target(struct reflow_text *head, const char *string)
{
    prove(head != NULL && string != NULL);
}

static uint32_t most_numbers; /* what the list still wants */

void number(struct reflow_text *head, uint32_t number)
{
    prove(number <= PAGE_SIZE && number <= most_numbers);
}

size_t credentials(struct reflow_text *head, const struct reflow_flow_request *request)
{
    return nondet_size();
}

void end(struct reflow_text *head)
{
    prove(head != NULL);
}

void prove_runs_requests(void)
{
    struct reflow_text head;
    struct reflow_url url;
    const struct reflow_flow_request request = {.url = &url, .run_id = flow_id};
    const struct reflow_runs runs = any_runs();

    most_numbers = runs.limit > 0 ? runs.limit - (runs.told - runs.of_page) : PAGE_SIZE;
    (void)reflow_runs_show(&head, &request);
    (void)reflow_runs_list(&head, &request, &runs);
}

/* ---- A run ------------------------------------------------------------------------------------ */

static char room[ROOM];
static size_t most_slices;

/* tests/proofs/slices.c shows this of reflow_slices_get(); no value is shorter than a byte. */
char *get(struct reflow_slices *slices, size_t index, size_t *length, size_t *path)
{
    if (index >= most_slices) {
        return NULL;
    }
    *length = proof_up_to(ROOM - 1) + 1;
    *path = nondet_size();
    return PROOF_END_OF(room, *length);
}

/* tests/proofs/json.c shows this of the two. */
bool decode(char *slice, size_t length)
{
    prove(__CPROVER_w_ok(slice, length));
    if (length < 2 || nondet_bool()) {
        return false;
    }
    slice[proof_up_to(length - 2)] = '\0';
    return true;
}

bool integer(const char *slice, size_t length, int64_t *number)
{
    prove(__CPROVER_r_ok(slice, length) && __CPROVER_w_ok(number, sizeof *number));
    if (nondet_bool()) {
        *number = nondet_int64();
    }
    return nondet_bool();
}

enum reflow_run_state state_of(const char *status)
{
    return (enum reflow_run_state)proof_up_to(REFLOW_RUN_OTHER);
}

bool is_all(const char *string, size_t most, bool (*allowed)(char))
{
    prove(string != NULL && most <= MOST_ID);
    return nondet_bool();
}

static bool is_slice(const char *string)
{
    return string == NULL || __CPROVER_same_object(string, room);
}

void prove_runs_run(void)
{
    struct reflow_slices slices;
    struct reflow_run run;

    most_slices = proof_up_to(3);
    if (reflow_run_take(&run, &slices, nondet_size())) {
        prove(run.id != NULL);
    }
    prove(is_slice(run.id) && is_slice(run.flow_id) && is_slice(run.status));
    prove(is_slice(run.etag) && is_slice(run.error_code) && is_slice(run.error_message));
}

/* ---- A list ----------------------------------------------------------------------------------- */

static char id[MOST_ID + 1];
static size_t id_length;
static unsigned told;

bool some_run(struct reflow_run *run, struct reflow_slices *slices, size_t first)
{
    struct reflow_run any;

    *run = any;
    id_length = proof_up_to(MOST_ID);
    id[MOST_ID] = '\0';
    run->id = id + (MOST_ID - id_length);
    run->flow_id = nondet_bool() ? flow_id : NULL;
    run->status = nondet_bool() ? status : NULL;
    return nondet_bool();
}

int compare(const char *one, const char *other)
{
    prove(one != NULL && other != NULL);
    return nondet_int();
}

size_t id_length_of(const char *string)
{
    prove(string == id + (MOST_ID - id_length));
    return id_length;
}

static void tell(void *context, const struct reflow_run *run)
{
    prove(run->id != NULL);
    told++;
}

void prove_runs_take(void)
{
    struct reflow_slices slices;
    struct reflow_runs runs = any_runs();
    const uint32_t before = runs.told;

    assume(before < UINT32_MAX);
    told = 0;
    runs.on_run = tell;
    reflow_runs_take(&runs, &slices);
    prove(is_sound(&runs) && runs.told == before + told);
    prove(told == 0 || runs.last[id_length] == '\0');
}

void prove_runs_begin_page(void)
{
    struct reflow_runs runs = any_runs();

    reflow_runs_begin_page(&runs);
    prove(is_sound(&runs) && runs.begun && runs.error == REFLOW_OK);
}

static char link_room[32];

static size_t left_of(const char *at)
{
    return sizeof link_room - 1 - (size_t)(at - link_room);
}

/* What the C standard says of strchr() and of strncmp() that finds a name, in a string that ends with
 * the array. */
char *find(const char *string, int c)
{
    static unsigned found = 0;
    const size_t at = nondet_size();

    if (at >= left_of(string)) {
        return NULL;
    }
    assume(string[at] == (char)c && found < 4);
    found++;
    return (char *)string + at;
}

int begins_with(const char *string, const char *name, size_t length)
{
    return left_of(string) >= length && nondet_bool() ? 0 : 1;
}

void prove_runs_continuation(void)
{
    const char *link = link_room + proof_up_to(sizeof link_room - 1);
    size_t length = 0;
    const char *at;

    __CPROVER_havoc_object(link_room);
    link_room[sizeof link_room - 1] = '\0';
    at = continuation_in(link, &length);
    prove(at == NULL || (at > link && length <= left_of(at)));
}

static char link_bytes[REFLOW_MAX_CONTINUATION + 2];

static size_t link_length;

const char *some_continuation(const char *link, size_t *length)
{
    if (link_length == 0) {
        return NULL;
    }
    *length = link_length;
    return PROOF_END_OF(link_bytes, link_length);
}

int compare_some(const char *one, const char *other, size_t length)
{
    return nondet_int();
}

bool is_some(char c)
{
    return nondet_bool();
}

bool is_every(char c)
{
    return true;
}

void prove_runs_follow(void)
{
    struct reflow_runs runs = any_runs();
    const size_t at = proof_up_to(REFLOW_MAX_CONTINUATION);
    const char before = runs.next[at];
    enum reflow_error error;

    link_length = proof_up_to(16);
    error = follow(&runs, link_bytes);
    prove(error == REFLOW_OK || runs.next[at] == before);
    prove(error != REFLOW_OK || runs.next[link_length] == '\0');
    prove(is_sound(&runs));
}

void prove_runs_follow_longest(void)
{
    struct reflow_runs runs = any_runs();

    link_length = REFLOW_MAX_CONTINUATION + 1;
    prove(follow(&runs, link_bytes) == REFLOW_ERR_JSON_TOO_LARGE);
    link_length = REFLOW_MAX_CONTINUATION;
    (void)follow(&runs, link_bytes);
    prove(is_sound(&runs));
}

void prove_runs_link(void)
{
    struct reflow_slices slices;
    const char *link;

    most_slices = proof_up_to(3);
    link = link_in(&slices);
    prove(link == NULL || link[0] == '\0' || __CPROVER_same_object(link, room));
}

const char *some_link(struct reflow_slices *slices)
{
    return nondet_bool() ? link_bytes : NULL;
}

enum reflow_error some_error(struct reflow_runs *runs, const char *link)
{
    prove(link != NULL);
    return nondet_bool() ? REFLOW_OK : REFLOW_ERR_JSON_UNEXPECTED;
}

bool some_path(const struct reflow_slices *slices, size_t path)
{
    prove(path < REFLOW_JSON_PATHS);
    return nondet_bool();
}

void prove_runs_end_page(void)
{
    struct reflow_slices slices;
    struct reflow_runs runs = any_runs();
    enum reflow_error error;

    runs.error = (uint8_t)(nondet_bool() ? REFLOW_OK : REFLOW_ERR_JSON_UNEXPECTED);
    error = reflow_runs_end_page(&runs, &slices);
    prove(error != REFLOW_OK || is_sound(&runs));
}
