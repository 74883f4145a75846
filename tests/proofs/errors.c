/* SPDX-License-Identifier: MIT */
/* errors: for any number given as an error or an outcome, there are words: a string inside its column, and the empty
 * one only for REFLOW_OK and numbers that are none of ours.
 *
 * PROOF: prove_errors_word | word | any index, columns of four strings in 16 bytes | --unwind 18
 * PROOF: prove_errors_columns | | all words | --unwind 4000
 * PROOF: prove_errors_any | reflow_error_name, reflow_error_text, reflow_error_advice | any number as an error |
 * PROOF: prove_errors_outcome | reflow_outcome_name, word | any number as an outcome | --unwind 20
 * REPLACE: prove_errors_any | word=some_word
 *
 * MUTANT: prove_errors_word | index < count ? index : count | index
 * MUTANT: prove_errors_word | strlen(at) + 1 | strlen(at) + 2
 * MUTANT: prove_errors_columns | error_advice[] = "\0" | error_advice[] = "\0\0"
 * MUTANT: prove_errors_columns | #name "\0" | #name
 * MUTANT: prove_errors_any | word(error_texts, (size_t)error, REFLOW_ERROR_COUNT) | word(error_texts, (size_t)error, REFLOW_ERROR_COUNT + 1)
 * MUTANT: prove_errors_outcome | (size_t)outcome, REFLOW_UNKNOWN + 1 | (size_t)outcome, REFLOW_UNKNOWN + 2
 */
#include <errors.c>

#include "proof.h"

/* As many strings as are counted, and the empty one at the end; they may be empty. */
void prove_errors_word(void)
{
    char words[16];
    size_t ends = 0;
    const char *found;

    for (size_t i = 0; i < sizeof words; i++) {
        ends += words[i] == '\0';
    }
    assume(ends == 5 && words[15] == '\0');
    found = word(words, nondet_size(), 4);
    prove(found >= words && found < words + sizeof words);
    prove(strlen(found) < sizeof words);
}

/* What word() is promised of a column: `count` strings and the empty one at the end; and only the first is empty, too. */
static void prove_column(const char *words, size_t size, size_t count)
{
    size_t ends = 0, empty = 0;
    char last = '\0';

    for (size_t i = 0; i < size; i++) {
        const char c = words[i];
        if (c == '\0') {
            ends++;
            empty += last == '\0';
        }
        last = c;
    }
    prove(last == '\0' && ends == count + 1);
    prove(words[0] == '\0' && words[size - 2] == '\0' && empty == 2);
}

void prove_errors_columns(void)
{
    prove_column(error_names, sizeof error_names, REFLOW_ERROR_COUNT);
    prove_column(error_texts, sizeof error_texts, REFLOW_ERROR_COUNT);
    prove_column(error_advice, sizeof error_advice, REFLOW_ERROR_COUNT);
}

/* What prove_errors_word shows, of a column that prove_errors_columns has seen. */
const char *some_word(const char *words, size_t index, size_t count)
{
    prove(words == error_names || words == error_texts || words == error_advice);
    prove(count == REFLOW_ERROR_COUNT);
    return words;
}

void prove_errors_any(void)
{
    const enum reflow_error error = (enum reflow_error)nondet_uint32();

    prove(reflow_error_name(error) == error_names);
    prove(reflow_error_text(error) == error_texts);
    prove(reflow_error_advice(error) == error_advice);
}

void prove_errors_outcome(void)
{
    const unsigned number = nondet_uint32();
    const char *const name = reflow_outcome_name((enum reflow_outcome)number);

    prove((*name != '\0') == (number <= REFLOW_UNKNOWN));
    prove(strlen(name) <= 11);
}
