/* SPDX-License-Identifier: MIT */
/* The contract of runs, of lists: told once each, never more than was asked for, and never cut short
 * in silence. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "fence.h"

#include <stdio.h>

#include "runs.h"
#include "slices.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define STORE 4544 /* what a client of the usual sizes has for it */
#define MOST_TEXT 300000

static struct reflow_slices slices;
static char memory[STORE];
static char text[MOST_TEXT];

static void expect(const char *const *paths, size_t count, uint8_t element)
{
    memset(memory, 'x', sizeof memory);
    reflow_slices_init(&slices, memory, sizeof memory);
    reflow_slices_expect_each(&slices, paths, count, element);
}

static void append(const char *words)
{
    strcat(text, words);
}

/* `length` bytes of words. */
static void append_long(size_t length)
{
    const size_t at = strlen(text);

    memset(text + at, 'w', length);
    text[at + length] = '\0';
}

static struct reflow_runs list;
static char told[4096]; /* their IDs */
static size_t asked;    /* pages */

static void on_run(void *context, const struct reflow_run *one)
{
    assert_ptr_equal(context, told);
    (void)snprintf(told + strlen(told), sizeof told - strlen(told), "%s%s",
                   told[0] == '\0' ? "" : " ", one->id);
}

static void begin(void)
{
    memset(&list, 0, sizeof list);
    list.on_run = on_run;
    list.context = told;
    told[0] = '\0';
    asked = 0;
}

/* As much of an answer as comes, in pieces. Whoever asks does so twice: to see whether the request
 * fits, and to send it. */
static void hear(const char *answer, size_t length, size_t piece)
{
    size_t at = 0;
    size_t left;
    bool element;

    asked++;
    reflow_runs_begin_page(&list);
    reflow_runs_begin_page(&list);
    expect(reflow_list_paths, REFLOW_LIST_PATHS, REFLOW_RUN_MEMBERS);
    while (at < length) {
        left = length - at < piece ? length - at : piece;
        at += reflow_slices_read(&slices, fenced(answer + at, left), left, &element);
        if (element) {
            reflow_runs_take(&list, &slices);
            reflow_slices_forget(&slices);
        }
    }
}

static enum reflow_error page_in(const char *answer, size_t piece)
{
    hear(answer, strlen(answer), piece);
    assert_int_equal(reflow_slices_end(&slices), REFLOW_OK);
    return reflow_runs_end_page(&list, &slices);
}

static enum reflow_error page(const char *answer)
{
    return page_in(answer, 512);
}

/* An answer that breaks off behind `words`. */
static void breaks_off_behind(const char *answer, const char *words)
{
    const char *at = strstr(answer, words);

    assert_non_null(at);
    hear(answer, (size_t)(at - answer) + strlen(words), 512);
}

#define LINK(token) "\"_links\":{\"next\":{\"href\":\"/runs?continuationToken=" token "\"}}"
#define AT(id, created) "{\"id\":\"" id "\",\"createdAt\":" #created "}"

static void goes_on(const char *answer, const char *next)
{
    assert_int_equal(page(answer), REFLOW_OK);
    assert_false(list.ended);
    assert_string_equal(list.next, next);
}

static void is_last(const char *answer)
{
    assert_int_equal(page(answer), REFLOW_OK);
    assert_true(list.ended);
}

static void fails(const char *answer, enum reflow_error error)
{
    assert_string_equal(reflow_error_name(page(answer)), reflow_error_name(error));
    assert_false(list.ended);
}

static void each_run_is_told_once_over_all_pages(void **state)
{
    (void)state;
    begin();
    goes_on("{\"items\":[" AT("a", 9) "," AT("b", 8) "]," LINK("2") ",\"count\":3}", "2");
    goes_on("{" LINK("3") ",\"items\":[]}", "3");
    is_last("{\"items\":[" AT("c", 7) "],\"_links\":{}}");
    assert_string_equal(told, "a b c");
    assert_int_equal(list.told, 3);
}

static void a_page_is_the_same_in_any_pieces(void **state)
{
    static const char answer[] =
        "{" LINK("x") ",\"items\":[{\"id\":\"a-run\",\"flowId\":\"f\",\"x\":[{\"id\":\"no\"}]}," AT(
            "b", 8) "]}";

    (void)state;
    for (size_t piece = 1; piece < sizeof answer; piece++) {
        begin();
        assert_int_equal(page_in(answer, piece), REFLOW_OK);
        assert_string_equal(told, "a-run b");
        assert_string_equal(list.next, "x");
    }
}

static void an_empty_list_is_a_list(void **state)
{
    static const char *const empty[] = {"{\"items\":[],\"_links\":{}}",
                                        "{\"items\":[]}",
                                        "{}",
                                        "{\"items\":[],\"_links\":{\"next\":{}}}",
                                        "{\"items\":[],\"_links\":{\"next\":null}}",
                                        "{\"items\":[],\"_links\":null}",
                                        "{\"items\":[],\"_links\":{\"next\":{\"href\":null}}}",
                                        "{\"items\":[],\"_links\":{\"next\":{\"href\":\"\"}}}",
                                        ("{\"items\":[],\"_links\":{\"self\":{\"href\":\"/x?"
                                         "continuationToken=no\"}}}")};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(empty); i++) {
        begin();
        is_last(empty[i]);
        assert_string_equal(told, "");
    }
}

/* What a run of the list has to say, with all that a filter could look at. */
static void tell(const char *id, const char *flow, const char *status, const char *created)
{
    (void)snprintf(text, sizeof text,
                   "{\"items\":[{\"id\":\"%s\"%s%s%s,\"metrics\":{\"statusSummary\":{%s%s%s}}}]}",
                   id, flow, created[0] != '\0' ? ",\"createdAt\":" : "", created,
                   status[0] != '\0' ? "\"status\":\"" : "", status, status[0] != '\0' ? "\"" : "");
    is_last(text);
    list.ended = false; /* each is a page of its own */
    list.of_page = 0;
}

static void a_service_that_ignores_filters_is_not_believed(void **state)
{
    (void)state;
    begin();
    list.flow_id = "f";
    tell("a", ",\"flowId\":\"f\"", "", "");
    tell("b", ",\"flowId\":\"g\"", "", "");
    tell("c", "", "", "");
    tell("d", ",\"flowId\":\"F\"", "", "");
    tell("e", ",\"flowId\":\"ff\"", "", "");
    assert_string_equal(told, "a");
    begin();
    list.status = "FAILED";
    tell("a", "", "failed", "");
    tell("b", "", "success", "");
    tell("c", "", "", "");
    tell("d", "", "Failure", "");
    tell("e", "", "partialFailure", "");
    assert_string_equal(told, "a d");
    begin();
    list.status = "Paused";
    tell("a", "", "Paused", "");
    tell("b", "", "paused", "");
    tell("c", "", "", "");
    tell("d", "", "failed", "");
    assert_string_equal(told, "a");
    begin();
    list.since_ms = 100;
    tell("a", "", "", "101");
    tell("b", "", "", "100");
    tell("c", "", "", "99");
    tell("d", "", "", "");
    tell("e", "", "", "-5");
    assert_string_equal(told, "a b d");
}

static void no_more_are_told_than_the_limit(void **state)
{
    (void)state;
    begin();
    list.limit = 3;
    goes_on("{\"items\":[" AT("a", 9) "," AT("b", 8) "]," LINK("2") "}", "2");
    is_last("{\"items\":[" AT("c", 7) "," AT("d", 6) "]," LINK("3") "}");
    assert_string_equal(told, "a b c");
    assert_int_equal(list.told, 3);
}

static void only_what_is_told_counts_towards_the_limit(void **state)
{
    (void)state;
    begin();
    list.limit = 1;
    list.flow_id = "f";
    goes_on("{\"items\":[" AT("a", 9) "]," LINK("2") "}", "2");
    is_last("{\"items\":[{\"id\":\"b\",\"flowId\":\"f\"}]," LINK("3") "}");
    assert_string_equal(told, "b");
}

static void an_ordered_list_ends_where_all_that_follows_is_too_old(void **state)
{
    (void)state;
    begin();
    list.since_ms = 100;
    goes_on("{\"items\":[" AT("a", 102) "," AT("b", 102) "," AT("c", 100) "]," LINK("2") "}", "2");
    is_last("{\"items\":[" AT("d", 100) "," AT("e", 99) "]," LINK("3") "}");
    assert_string_equal(told, "a b c d");
}

static void a_list_that_is_not_ordered_is_read_on(void **state)
{
    (void)state;
    begin();
    list.since_ms = 100;
    goes_on("{\"items\":[" AT("a", 101) "," AT("b", 102) "," AT("c", 99) "]," LINK("2") "}", "2");
    goes_on("{\"items\":[" AT("d", 98) "]," LINK("3") "}", "3");
    is_last("{\"items\":[" AT("e", 103) "]}");
    assert_string_equal(told, "a b e");
    begin();
    list.since_ms = 100;
    goes_on("{\"items\":[" AT("a", 101) "]," LINK("2") "}", "2");
    goes_on("{\"items\":[" AT("b", 102) "," AT("c", 99) "]," LINK("3") "}", "3"); /* across pages */
    is_last("{\"items\":[" AT("d", 101) "]}");
    assert_string_equal(told, "a b d");
}

static void runs_without_a_time_end_nothing(void **state)
{
    (void)state;
    begin();
    list.since_ms = 100;
    goes_on("{\"items\":[{\"id\":\"a\"},{\"id\":\"b\",\"createdAt\":null}]," LINK("2") "}", "2");
    is_last("{\"items\":[" AT("c", 99) ",{\"id\":\"d\"}]," LINK("3") "}");
    assert_string_equal(told, "a b d");
}

static void of_a_link_only_the_token_is_taken(void **state)
{
    static const struct {
        const char *link;
        const char *next;
    } rows[] = {
        {"/runs?continuationToken=abc", "abc"},
        {"/flows?continuationToken=abc", "abc"},
        {"https:\\/\\/evil.example\\/x?continuationToken=abc", "abc"},
        {"?continuationToken=abc", "abc"},
        {"/runs?limit=1&continuationToken=abc&orderby=x", "abc"},
        {"/runs?continuationToken=abc#there", "abc"},
        {"/runs?a=b&xcontinuationToken=no&continuationToken=abc", "abc"},
        {"/runs?continuationToken=%7B%22token%22%3A%22%2BRID%3A~x%3D%3D%22%7D",
         "%7B%22token%22%3A%22%2BRID%3A~x%3D%3D%22%7D"},
        {"/runs?continuationToken=a?b=c", "a?b=c"},
        {"/runs?continuationToken=a\\u0026limit=1", "a"},
        {"/runs?continuationToken=first&continuationToken=second", "first"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        begin();
        (void)snprintf(text, sizeof text, "{\"items\":[],\"_links\":{\"next\":{\"href\":\"%s\"}}}",
                       rows[i].link);
        goes_on(text, rows[i].next);
    }
}

static void a_link_may_stand_before_the_runs_or_behind_them(void **state)
{
    (void)state;
    begin();
    goes_on("{" LINK("2") ",\"items\":[" AT("a", 9) "," AT("b", 8) "]}", "2");
    goes_on("{\"items\":[" AT("c", 7) "]," LINK("3") "}", "3");
    goes_on("{" LINK("4") ",\"items\":[" AT("d", 6) "]," LINK("no") "}", "4");
    assert_string_equal(told, "a b c d");
}

/* Members of a run outside the array are no link, whatever they say. */
static void what_stands_beside_the_runs_is_no_link(void **state)
{
    (void)state;
    begin();
    goes_on("{\"id\":\"x?continuationToken=no\",\"items\":[" AT("a", 9) "]," LINK("2") "}", "2");
    goes_on("{\"items\":[" AT("b", 8) "]," LINK("3") ",\"etag\":\"x\"}", "3");
    assert_string_equal(told, "a b");
}

/* It cannot be followed, but there is more: the list is not whole. */
static void a_link_that_leads_nowhere_is_an_error(void **state)
{
    static const char *const links[] = {"\"/runs\"",
                                        "\"/runs?\"",
                                        "\"/runs?limit=100\"",
                                        "\"/runs?continuationToken\"",
                                        "\"/runs?continuationToken=\"",
                                        "\"/runs?continuationToken=&limit=1\"",
                                        "\"/runs?continuationtoken=a\"",
                                        "\"/runs&continuationToken=a\"",
                                        "\"continuationToken=a\"",
                                        "\"/runs?continuationToken=a b\"",
                                        "\"/runs?continuationToken=a\\r\\nX: y\"",
                                        "\"/runs?continuationToken=caf\\u00e9\"",
                                        "\"/runs?continuationToken=a\\u0000\"",
                                        "\" \"",
                                        "7",
                                        "-1",
                                        "true",
                                        "false",
                                        "{}",
                                        "[]",
                                        "[\"/runs?continuationToken=a\"]"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(links); i++) {
        begin();
        (void)snprintf(text, sizeof text,
                       "{\"items\":[" AT("a", 9) "],\"_links\":{\"next\":{\"href\":%s}}}",
                       links[i]);
        fails(text, REFLOW_ERR_JSON_UNEXPECTED);
        assert_string_equal(told, "a");
        fails(text, REFLOW_ERR_JSON_UNEXPECTED); /* asked for again, it is told once all the same */
        assert_string_equal(told, "a");
    }
}

static void links_that_lead_in_a_circle_come_to_an_end(void **state)
{
    static const char *const circle[] = {"{\"items\":[]," LINK("a") "}",
                                         "{\"items\":[]," LINK("b") "}"};
    enum reflow_error error = REFLOW_OK;

    (void)state;
    begin();
    while (error == REFLOW_OK) {
        error = page(circle[asked % 2]);
        assert_true(asked <= 100000);
    }
    assert_int_equal(error, REFLOW_ERR_JSON_TOO_LARGE);
    assert_int_equal(asked, 100000);
}

static void a_link_to_the_same_page_is_an_error(void **state)
{
    (void)state;
    begin();
    goes_on("{\"items\":[" AT("a", 9) "]," LINK("same") "}", "same");
    fails("{\"items\":[" AT("b", 8) "]," LINK("same") "}", REFLOW_ERR_JSON_UNEXPECTED);
    begin();
    goes_on("{" LINK("same") "}", "same");
    goes_on("{" LINK("sam") "}", "sam");
    goes_on("{" LINK("same") "}", "same");
}

static void with_link_of(size_t length)
{
    strcpy(text, "{\"items\":[],\"_links\":{\"next\":{\"href\":\"/runs?continuationToken=");
    append_long(length);
    append("\"}}}");
}

static void a_link_that_is_too_long_is_an_error(void **state)
{
    (void)state;
    begin();
    with_link_of(REFLOW_MAX_CONTINUATION);
    assert_int_equal(page(text), REFLOW_OK);
    assert_int_equal(strlen(list.next), REFLOW_MAX_CONTINUATION);
    with_link_of(REFLOW_MAX_CONTINUATION + 1);
    begin();
    fails(text, REFLOW_ERR_JSON_TOO_LARGE);
    with_link_of(100000); /* longer than what is kept at all */
    begin();
    fails(text, REFLOW_ERR_JSON_TOO_LARGE);
}

static void once_there_is_enough_no_link_matters(void **state)
{
    (void)state;
    begin();
    list.limit = 1;
    is_last("{\"items\":[" AT("a", 9) "],\"_links\":{\"next\":{\"href\":7}}}");
    begin();
    list.limit = 1;
    strcpy(text, "{\"items\":[" AT("a", 9) "],\"_links\":{\"next\":{\"href\":\"");
    append_long(100000);
    append("\"}}}");
    is_last(text);
}

static void an_item_that_is_no_run_is_an_error_but_the_others_are_told(void **state)
{
    static const char *const odd[] = {"null",          "7",     "{}",        "[]",
                                      "{\"id\":\"\"}", "\"a\"", "{\"id\":7}"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        begin();
        (void)snprintf(text, sizeof text, "{\"items\":[" AT("a", 9) ",%s," AT("b", 8) "]}", odd[i]);
        fails(text, REFLOW_ERR_JSON_UNEXPECTED);
        assert_string_equal(told, "a b");
        fails(text, REFLOW_ERR_JSON_UNEXPECTED);
        assert_string_equal(told, "a b");
        is_last("{\"items\":[" AT("a", 9) "," AT("b", 8) "," AT("c", 7) "]}");
        assert_string_equal(told, "a b c");
    }
}

/* ---- Pages asked for again ---- */

#define FIRST_PAGE "{\"items\":[" AT("a", 9) "," AT("b", 8) "," AT("c", 7) "]," LINK("2") "}"

static void a_page_asked_for_again_does_not_tell_again(void **state)
{
    (void)state;
    begin();
    breaks_off_behind(FIRST_PAGE, AT("b", 8));
    breaks_off_behind(FIRST_PAGE, AT("a", 9));
    breaks_off_behind(FIRST_PAGE, "[");
    assert_string_equal(told, "a b");
    goes_on(FIRST_PAGE, "2");
    breaks_off_behind("{\"items\":[" AT("d", 6) "]}", "[");
    is_last("{\"items\":[" AT("d", 6) "]}");
    assert_string_equal(told, "a b c d");
    assert_int_equal(list.told, 4);
}

static void a_page_of_which_nothing_was_told_is_told_whole(void **state)
{
    (void)state;
    begin();
    breaks_off_behind(FIRST_PAGE, "[");
    goes_on(FIRST_PAGE, "2");
    assert_string_equal(told, "a b c");
}

static void runs_that_are_new_by_then_are_not_told(void **state)
{
    (void)state;
    begin();
    breaks_off_behind(FIRST_PAGE, AT("b", 8));
    goes_on("{\"items\":[" AT("z", 11) "," AT("y", 10) "," AT("a", 9) "," AT("b", 8) "," AT(
                "c", 7) "]," LINK("2") "}",
            "2");
    assert_string_equal(told, "a b c");
}

static void the_last_one_told_may_have_moved_to_the_next_page(void **state)
{
    (void)state;
    begin();
    breaks_off_behind(FIRST_PAGE, AT("b", 8));
    goes_on("{\"items\":[" AT("z", 11) "," AT("y", 10) "," AT("a", 9) "]," LINK("x") "}", "x");
    breaks_off_behind("{\"items\":[" AT("b", 8) "," AT("c", 7) "]}", "[");
    is_last("{\"items\":[" AT("b", 8) "," AT("c", 7) "," AT("d", 6) "]}");
    assert_string_equal(told, "a b c d");
}

/* Where to go on is not known any more: better an error than a run told twice, or left out. */
static void when_the_last_one_told_has_vanished_the_list_is_not_whole(void **state)
{
    (void)state;
    begin();
    breaks_off_behind(FIRST_PAGE, AT("b", 8));
    goes_on("{\"items\":[" AT("a", 9) "," AT("c", 7) "]," LINK("x") "}", "x");
    fails("{\"items\":[" AT("d", 6) "],\"_links\":{}}", REFLOW_ERR_JSON_UNEXPECTED);
    assert_string_equal(told, "a b");
    begin();
    list.since_ms = 7;
    breaks_off_behind(FIRST_PAGE, AT("b", 8));
    goes_on("{\"items\":[" AT("a", 9) "," AT("e", 5) "]," LINK("x") "}", "x"); /* however old */
    fails("{\"items\":[]}", REFLOW_ERR_JSON_UNEXPECTED);
}

static void the_last_one_told_may_have_changed(void **state)
{
#define IN(id, status)                                                                             \
    "{\"id\":\"" id "\",\"metrics\":{\"statusSummary\":{\"status\":\"" status "\"}}}"
    (void)state;
    begin();
    list.status = "inProgress";
    breaks_off_behind("{\"items\":[" IN("a", "inProgress") "," IN("b", "inProgress") "]}",
                      "\"a\",\"metrics\":{\"statusSummary\":{\"status\":\"inProgress\"}}}");
    is_last("{\"items\":[" IN("a", "success") "," IN("b", "inProgress") "]}");
    assert_string_equal(told, "a b");
#undef IN
}

static void asking_again_does_not_make_a_list_unordered(void **state)
{
    (void)state;
    begin();
    list.since_ms = 8;
    list.flow_id = "f"; /* so that nothing is told */
    breaks_off_behind(FIRST_PAGE, AT("b", 8));
    is_last(FIRST_PAGE);
    begin();
    list.since_ms = 8;
    breaks_off_behind(FIRST_PAGE, AT("c", 7));
    is_last(FIRST_PAGE);
    assert_string_equal(told, "a b");
}

static void what_was_too_old_in_an_answer_that_broke_off_ends_nothing(void **state)
{
    (void)state;
    begin();
    list.since_ms = 8;
    list.flow_id = "f";
    breaks_off_behind(FIRST_PAGE, AT("c", 7));
    goes_on("{\"items\":[]," LINK("2") "}", "2");
}

static void all_told_but_the_end_not_heard_is_the_end_when_asked_again(void **state)
{
    (void)state;
    begin();
    list.limit = 3;
    breaks_off_behind(FIRST_PAGE, AT("c", 7));
    assert_int_equal(list.told, 3);
    assert_int_equal(list.told - list.of_page, 0); /* three are asked for, not none */
    is_last(FIRST_PAGE);
    assert_string_equal(told, "a b c");
}

static void long_lists_take_no_more_memory(void **state)
{
    char item[64];

    (void)state;
    begin();
    for (int at = 0; at < 100; at++) {
        strcpy(text, "{\"items\":[");
        for (int i = 0; i < 100; i++) {
            told[0] = '\0';
            (void)snprintf(item, sizeof item, "%s{\"id\":\"run-%d\"}", i == 0 ? "" : ",",
                           at * 100 + i);
            append(item);
        }
        (void)snprintf(item, sizeof item, "]," LINK("%d") "}", at);
        append(item);
        assert_int_equal(page(text), REFLOW_OK);
        assert_in_range(slices.store.length, 1, 64); /* the link */
        assert_int_equal(slices.count, 1);
        told[0] = '\0';
    }
    assert_int_equal(list.told, 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_run_is_told_once_over_all_pages),
        cmocka_unit_test(a_page_is_the_same_in_any_pieces),
        cmocka_unit_test(an_empty_list_is_a_list),
        cmocka_unit_test(a_service_that_ignores_filters_is_not_believed),
        cmocka_unit_test(no_more_are_told_than_the_limit),
        cmocka_unit_test(only_what_is_told_counts_towards_the_limit),
        cmocka_unit_test(an_ordered_list_ends_where_all_that_follows_is_too_old),
        cmocka_unit_test(a_list_that_is_not_ordered_is_read_on),
        cmocka_unit_test(runs_without_a_time_end_nothing),
        cmocka_unit_test(of_a_link_only_the_token_is_taken),
        cmocka_unit_test(a_link_may_stand_before_the_runs_or_behind_them),
        cmocka_unit_test(what_stands_beside_the_runs_is_no_link),
        cmocka_unit_test(a_link_that_leads_nowhere_is_an_error),
        cmocka_unit_test(a_link_to_the_same_page_is_an_error),
        cmocka_unit_test(links_that_lead_in_a_circle_come_to_an_end),
        cmocka_unit_test(a_link_that_is_too_long_is_an_error),
        cmocka_unit_test(once_there_is_enough_no_link_matters),
        cmocka_unit_test(an_item_that_is_no_run_is_an_error_but_the_others_are_told),
        cmocka_unit_test(a_page_asked_for_again_does_not_tell_again),
        cmocka_unit_test(a_page_of_which_nothing_was_told_is_told_whole),
        cmocka_unit_test(runs_that_are_new_by_then_are_not_told),
        cmocka_unit_test(the_last_one_told_may_have_moved_to_the_next_page),
        cmocka_unit_test(when_the_last_one_told_has_vanished_the_list_is_not_whole),
        cmocka_unit_test(the_last_one_told_may_have_changed),
        cmocka_unit_test(asking_again_does_not_make_a_list_unordered),
        cmocka_unit_test(what_was_too_old_in_an_answer_that_broke_off_ends_nothing),
        cmocka_unit_test(all_told_but_the_end_not_heard_is_the_end_when_asked_again),
        cmocka_unit_test(long_lists_take_no_more_memory),
    };

    return cmocka_run_group_tests_name("runs_list", tests, put_up_fence, NULL);
}
