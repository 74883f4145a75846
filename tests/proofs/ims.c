/* SPDX-License-Identifier: MIT */
/* Proofs of ims: the token request is whole and its length is true; a token fits its place.
 *
 * The request's head comes in order, and Content-Length says exactly how many bytes follow it,
 * whatever the credentials; the secret lies where it is said to. Of an answer the slices are any
 * that slices.c could leave: up to 3 in a store of 20 bytes, with any bytes, and
 * REFLOW_MAX_TOKEN is 16, so that a token can be too long. A token is taken only whole, visible, ended, and with a
 * life of 1 second to ten days; otherwise what was there stays. Whether it is due never wraps.
 *
 * PROOF: prove_ims_percent_length | percent_length | strings up to 8 bytes | --unwind 10
 * PROOF: prove_ims_head | write_head | any URL, any room | --unwind 2
 * PROOF: prove_ims_request | reflow_ims_request, content_length, scope_of
 *         | credentials of any length up to 65536 | --unwind 4 --unwindset strlen.0:40
 * PROOF: prove_ims_only | only | 3 slices in 20 bytes | --unwind 5
 * PROOF: prove_ims_life | read_life | any number | --unwind 5
 * PROOF: prove_ims_token | reflow_ims_token | 3 slices in 20 bytes | --unwind 22
 * PROOF: prove_ims_problem | reflow_ims_problem | 3 slices in 20 bytes | --unwind 22
 * PROOF: prove_ims_due | reflow_ims_due | any life up to ten days, any age | --unwind 2
 * REPLACE: prove_ims_percent_length | reflow_text_bytes=bytes_counted
 * REPLACE: prove_ims_head | reflow_http_request_begin=begin_proven,
 *         reflow_http_request_host=host_proven, reflow_http_request_field=field_proven,
 *         reflow_http_request_end=end_proven, reflow_text_string=raw_proven,
 *         reflow_text_number=number_proven
 * REPLACE: prove_ims_request | reflow_text_bytes=bytes_counted,
 *         reflow_text_percent=percent_counted, percent_length=length_given,
 *         write_head=head_proven
 * REPLACE: prove_ims_life | reflow_json_integer=integer_proven, only=only_proven
 * REPLACE: prove_ims_token | reflow_json_string=string_proven, read_life=life_proven
 * REPLACE: prove_ims_problem | reflow_json_string=string_proven
 *
 * MUTANT: prove_ims_percent_length | ? 1 : 3 | ? 1 : 2
 * MUTANT: prove_ims_head | reflow_http_request_end(head); | ;
 * MUTANT: prove_ims_request | percent_length(ims->client_secret) | percent_length(ims->client_id)
 * MUTANT: prove_ims_request | *secret_length = request->length - secret_at; |
 *         *secret_length = request->length;
 * MUTANT: prove_ims_only | if (path == wanted && found != NULL) | if (false)
 * MUTANT: prove_ims_life | number <= 0 | number < 0
 * MUTANT: prove_ims_life | *life_s = MOST_LIFE_S; | ;
 * MUTANT: prove_ims_token | reflow_text_all(token, REFLOW_MAX_TOKEN, | reflow_text_all(token,
 *         REFLOW_MAX_TOKEN + 1,
 * MUTANT: prove_ims_problem | code[0] != '\0') { result->detail | code[length] != '\0') { result->detail
 * MUTANT: prove_ims_due | ims->life_s < 2 * REFLOW_TOKEN_MARGIN_S ? ims->life_s / 2 : | 
 */
#define REFLOW_MAX_TOKEN 16

#include <ims.c>

#include "http_parts.h"
#define STORE 20
#include "kept.h"

/* As the proofs of text have shown of reflow_text_bytes(), when there is room. */
void bytes_counted(struct reflow_text *text, const void *bytes, size_t length)
{
    prove(length == 0 || __CPROVER_r_ok(bytes, length));
    text->length += length;
}

void prove_ims_percent_length(void)
{
    char room[9];
    struct reflow_text text = any_head();

    room[8] = '\0';
    reflow_text_percent(&text, room);
    prove(text.length == percent_length(room));
}

/* A part of a field line that http_request does not write. */
void raw_proven(struct reflow_text *head, const char *string)
{
    prove(readable(string));
    appends(head, HEAD_FIELDS, HEAD_FIELDS);
}

static uint32_t announced;

void number_proven(struct reflow_text *head, uint32_t number)
{
    announced = number;
    appends(head, HEAD_FIELDS, HEAD_FIELDS);
}

void prove_ims_head(void)
{
    struct reflow_text head = any_head();
    struct reflow_url url;
    const uint32_t content = nondet_uint32();

    write_head(&head, &url, content);
    prove(stage == HEAD_ENDED && hosts == 1 && announced == content);
    prove(head.length <= head.size);
}

/* Any lengths, each string's own. */
static char client_id[1];
static char client_secret[1];
static size_t lengths[3];

size_t length_given(const char *string)
{
    if (string == client_id) {
        return lengths[0];
    }
    return string == client_secret ? lengths[1] : lengths[2];
}

/* As prove_ims_percent_length() has shown. */
void percent_counted(struct reflow_text *text, const char *string)
{
    text->length += length_given(string);
}

/* As prove_ims_head() has shown: the head is whole, and says this length. */
static size_t head_length;

void head_proven(struct reflow_text *head, const struct reflow_url *url, size_t content)
{
    prove(head->length == 0 && __CPROVER_r_ok(url, sizeof *url));
    prove(content <= UINT32_MAX);
    announced = (uint32_t)content;
    head_length = proof_up_to(1024);
    head->length = head_length;
}

/* The only sound end: there was room for all of it. */
void prove_ims_request(void)
{
    struct reflow_text request = any_head();
    struct reflow_url url;
    struct reflow_ims ims;
    size_t secret_at;
    size_t secret_length;

    for (size_t i = 0; i < 3; i++) {
        lengths[i] = proof_up_to(65536);
    }
    ims.client_id = client_id;
    ims.client_secret = client_secret;
    ims.scope = nondet_bool() ? "scope" : NULL;
    secret_at = reflow_ims_request(&request, &url, &ims, &secret_length);
    prove(request.length == head_length + announced);
    prove(secret_length == lengths[1]);
    prove(secret_at > head_length && secret_at + secret_length < request.length);
}

void prove_ims_only(void)
{
    char store[STORE];
    struct reflow_slices slices;
    const size_t wanted = proof_up_to(1);
    size_t length = 0;
    size_t count = 0;
    size_t last = 0;
    char *found;

    any_slices(&slices, store, REFLOW_IMS_TOKEN_PATHS);
    for (size_t i = 0; i < slices.count; i++) {
        if (slices.slice[i].path == wanted) {
            count++;
            last = i;
        }
    }
    found = only(&slices, wanted, &length);
    prove((found != NULL) == (count == 1));
    if (found != NULL) {
        prove(found == store + slices.slice[last].offset);
        prove(length == slices.slice[last].length);
    }
}

/* As prove_ims_only() has shown. */
static char number_text[4];

char *only_proven(struct reflow_slices *slices, size_t wanted, size_t *length)
{
    (void)slices;
    prove(wanted == EXPIRES_IN);
    *length = proof_up_to(sizeof number_text);
    return nondet_bool() ? PROOF_END_OF(number_text, *length) : NULL;
}

void prove_ims_life(void)
{
    struct reflow_slices slices;
    const uint32_t before = nondet_uint32();
    uint32_t life_s = before;

    if (read_life(&slices, &life_s)) {
        prove(life_s >= 1 && life_s <= MOST_LIFE_S);
    } else {
        prove(life_s == before);
    }
}

/* As prove_ims_life() has shown. */
bool life_proven(struct reflow_slices *slices, uint32_t *life_s)
{
    prove(__CPROVER_r_ok(slices, sizeof *slices));
    *life_s = 1 + (uint32_t)proof_up_to(MOST_LIFE_S - 1);
    return nondet_bool();
}

void prove_ims_token(void)
{
    char store[STORE];
    struct reflow_slices slices;
    struct reflow_ims ims;
    struct reflow_ims before;
    const size_t any = proof_up_to(REFLOW_MAX_TOKEN);

    any_slices(&slices, store, REFLOW_IMS_TOKEN_PATHS);
    before = ims;
    if (reflow_ims_token(&slices, &ims) == REFLOW_OK) {
        const size_t length = strlen(ims.token);

        prove(length >= 1 && length <= REFLOW_MAX_TOKEN);
        prove(any >= length || (ims.token[any] > ' ' && ims.token[any] < 0x7f));
        prove(ims.life_s >= 1 && ims.life_s <= MOST_LIFE_S && ims.fetched_ms == ims.asked_ms);
    } else {
        prove(ims.life_s == before.life_s && ims.fetched_ms == before.fetched_ms);
        prove(ims.token[any] == before.token[any]);
    }
    prove(ims.client_secret == before.client_secret && ims.asked_ms == before.asked_ms);
}

void prove_ims_problem(void)
{
    char store[STORE];
    struct reflow_slices slices;
    struct reflow_result result;
    struct reflow_result before;

    any_slices(&slices, store, REFLOW_IMS_PROBLEM_PATHS);
    before = result;
    prove(!reflow_ims_problem(&slices, &result));
    prove(result.code == before.code ||
          (lies_inside(result.code, store) && result.code[0] != '\0'));
    prove(result.detail == before.detail ||
          (lies_inside(result.detail, store) && result.detail[0] != '\0'));
    prove(result.id == before.id && result.request_id == before.request_id);
}

/* A token that is not due has not ended. */
void prove_ims_due(void)
{
    struct reflow_ims ims;
    const uint32_t age_ms = nondet_uint32();

    assume(ims.life_s <= MOST_LIFE_S);
    if (!reflow_ims_due(&ims, age_ms)) {
        prove(ims.token[0] != '\0');
        prove(age_ms < (uint64_t)ims.life_s * 1000);
    }
    prove(ims.life_s < 2 || ims.token[0] == '\0' || !reflow_ims_due(&ims, 0));
}
