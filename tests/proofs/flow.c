/* SPDX-License-Identifier: MIT */
/* Proofs of flow: requests are whole and in order, and what is read of an answer lies in its store.
 *
 * A request's parts come in the one order that makes a head of them, whatever the strings and
 * however much room there is: so with what the proofs of http_request show, no string of a caller
 * leaves its place. Where it says that the token begins lies inside the text. Of an answer the
 * slices are any that slices.c could leave: up to 3 in a store of 16 bytes, with any bytes. The ID
 * and the other words that are taken lie inside the store and end there with a NUL; success names
 * an ID of visible characters, and one only, or there is none at all.
 *
 * PROOF: prove_flow_request | reflow_flow_retrigger, reflow_flow_credentials, reflow_flow_end,
 *         or_default | any strings, any room | --unwind 2
 * PROOF: prove_flow_id | take_id, is_id | 3 slices in 16 bytes | --unwind 18
 * PROOF: prove_flow_new_run | reflow_flow_new_run | 3 slices in 16 bytes | --unwind 18
 * PROOF: prove_flow_problem_text | problem_text | 3 slices in 16 bytes | --unwind 18
 * PROOF: prove_flow_gateway_code | gateway_code | 3 slices in 16 bytes | --unwind 18
 * PROOF: prove_flow_last_part | last_part | 12 bytes | --unwind 14
 * PROOF: prove_flow_problem | reflow_flow_problem | words up to 8 bytes | --unwind 10
 * REPLACE: prove_flow_request | reflow_http_request_begin=begin_proven,
 *         reflow_http_request_target=target_proven, reflow_http_request_value=target_proven,
 *         reflow_http_request_host=host_proven, reflow_http_request_field=field_proven,
 *         reflow_http_request_bearer=bearer_proven, reflow_http_request_end=end_proven
 * REPLACE: prove_flow_id | reflow_json_string=string_proven
 * REPLACE: prove_flow_new_run | reflow_json_string=string_proven, take_id=take_id_proven
 * REPLACE: prove_flow_problem_text | reflow_json_string=string_proven
 * REPLACE: prove_flow_gateway_code | reflow_json_string=string_proven,
 *         reflow_json_integer=integer_proven, reflow_slices_keep=keep_proven
 * REPLACE: prove_flow_problem | problem_text=text_proven, gateway_code=code_proven
 *
 * MUTANT: prove_flow_request | reflow_http_request_target(head, "/action?op="); | ;
 *         reflow_http_request_end(head);
 * MUTANT: prove_flow_request | value != NULL ? value : standard | value
 * MUTANT: prove_flow_id | reflow_text_all(text, MOST_ID, reflow_is_visible) | text[0] != '\0'
 * MUTANT: prove_flow_new_run | && sound; | ;
 * MUTANT: prove_flow_new_run | path == ID \|\| path == ITEM_ID | path <= ETAG
 * MUTANT: prove_flow_problem_text | && slice[0] != '\0' | && slice[length] != '\0'
 * MUTANT: prove_flow_gateway_code | return reflow_slices_keep(slices, slice, length); | return slice;
 * MUTANT: prove_flow_last_part | slash + 1 | slash
 * MUTANT: prove_flow_problem | type != NULL && last_part(type) | last_part(type)
 * MUTANT: prove_flow_problem | if (result->request_id == NULL) | if (true)
 */
#include <flow.c>

#include "http_parts.h"
#include "kept.h"

static const char *any_string(void)
{
    static char strings[8];

    return strings + proof_up_to(sizeof strings - 1);
}

void prove_flow_request(void)
{
    struct reflow_text head = any_head();
    struct reflow_config config;
    struct reflow_url url;
    struct reflow_flow_request request = {&url, &config, NULL, any_string()};
    size_t token_at;

    request.token = nondet_bool() ? any_string() : NULL;
    config.api_key = any_string();
    config.org_id = any_string();
    config.sandbox = nondet_bool() ? any_string() : NULL;
    config.op = nondet_bool() ? any_string() : NULL;
    token_at = reflow_flow_retrigger(&head, &request);
    prove(stage == HEAD_ENDED && hosts == 1 && bearers == 1);
    prove(token_at <= head.length && head.length <= head.size);
    prove(request.token != NULL || !reflow_text_sound(&head));
}

void prove_flow_id(void)
{
    char store[STORE];
    char other[4];
    const size_t length = proof_up_to(STORE);
    char *slice = PROOF_END_OF(store, length);
    struct reflow_result result;

    other[3] = '\0';
    result.id = nondet_bool() ? other : NULL;
    if (take_id(&result, slice, length)) {
        const size_t any = nondet_size();

        prove(strcmp(result.id, slice) == 0 && slice[0] != '\0' && strlen(slice) < length);
        assume(any < strlen(slice));
        prove(slice[any] > ' ' && slice[any] < 0x7f);
    }
    prove(result.id == NULL || result.id == other || result.id == slice);
}

/* Whether the slice is one of an ID. */
static bool names_run(const struct reflow_slices *slices, size_t index)
{
    return slices->slice[index].path == ID || slices->slice[index].path == ITEM_ID;
}

/* As prove_flow_id() has shown: an ID, the first of all or the same again; or not. */
static unsigned ids;
static bool all_same;

bool take_id_proven(struct reflow_result *result, char *slice, size_t length)
{
    const bool same = nondet_bool();

    prove(__CPROVER_w_ok(slice, length));
    ids++;
    all_same = all_same && same;
    if (result->id == NULL && (same || nondet_bool())) {
        assume(length > 1);
        slice[length - 1] = '\0';
        result->id = slice;
    }
    return same;
}

void prove_flow_new_run(void)
{
    char store[STORE];
    struct reflow_slices slices;
    struct reflow_result result;
    unsigned named = 0;

    any_slices(&slices, store, REFLOW_FLOW_NEW_RUN_PATHS);
    for (size_t i = 0; i < slices.count; i++) {
        named += names_run(&slices, i) ? 1 : 0;
    }
    all_same = true;
    if (reflow_flow_new_run(&slices, &result) == REFLOW_OK) {
        prove(all_same && ids > 0);
        prove(result.id != NULL && lies_inside(result.id, store));
        prove(result.etag == NULL || lies_inside(result.etag, store));
    } else {
        prove(!all_same || ids == 0);
        prove(result.id == NULL && result.etag == NULL);
    }
    prove(ids == named);
}

void prove_flow_problem_text(void)
{
    char store[STORE];
    struct reflow_slices slices;
    const size_t path = proof_up_to(REFLOW_FLOW_PROBLEM_PATHS - 1);
    const char *text;

    any_slices(&slices, store, REFLOW_FLOW_PROBLEM_PATHS);
    text = problem_text(&slices, path);
    prove(text == NULL || (lies_inside(text, store) && text[0] != '\0'));
}

void prove_flow_gateway_code(void)
{
    char store[STORE];
    struct reflow_slices slices;
    struct reflow_slices before;
    const char *text;

    any_slices(&slices, store, REFLOW_FLOW_PROBLEM_PATHS);
    before = slices;
    text = gateway_code(&slices);
    prove(text == NULL || lies_inside(text, store));
    prove(slices.store.length >= before.store.length && slices.store.length <= STORE);
}

void prove_flow_last_part(void)
{
    char room[13];
    const char *type = PROOF_STRING(room);
    const char *part = last_part(type);

    prove(part >= type && part <= type + strlen(type));
    prove(strchr(part, '/') == NULL);
    prove(part == type || part[-1] == '/');
}

/* As prove_flow_problem_text() and prove_flow_gateway_code() have shown: a text that ends, or
 * none. */
static char words[REFLOW_FLOW_PROBLEM_PATHS][9];

char *text_proven(struct reflow_slices *slices, size_t path)
{
    (void)slices;
    prove(path < REFLOW_FLOW_PROBLEM_PATHS);
    return words[path][0] != '\0' ? words[path] : NULL;
}

const char *code_proven(struct reflow_slices *slices)
{
    return text_proven(slices, ERROR_CODE);
}

void prove_flow_problem(void)
{
    struct reflow_slices slices;
    struct reflow_result result;
    struct reflow_result before;
    bool later;

    for (size_t i = 0; i < REFLOW_FLOW_PROBLEM_PATHS; i++) {
        for (size_t at = 0; at < sizeof words[i] - 1; at++) {
            words[i][at] = nondet_char();
        }
    }
    before = result;
    later = reflow_flow_problem(&slices, &result);
    prove(later ==
          (strcmp(words[ERROR_CODE], "503000") == 0 || strcmp(words[ERROR_CODE], "503010") == 0));
    prove(result.detail == NULL || result.detail[0] != '\0');
    prove((result.detail == NULL) ==
          (words[DETAILED_MESSAGE][0] == '\0' && words[ERROR_MESSAGE][0] == '\0' &&
           words[DETAIL][0] == '\0' && words[MESSAGE][0] == '\0' && words[TITLE][0] == '\0'));
    prove(result.code == NULL || result.code[0] != '\0');
    prove(before.request_id == NULL || result.request_id == before.request_id);
    prove(result.id == before.id && result.outcome == before.outcome);
}
