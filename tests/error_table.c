/* SPDX-License-Identifier: MIT */
/* error_table: prints README's table of errors from the one table in reflow.h. */
#include <stdio.h>

#include "reflow.h"

static void print_row(enum reflow_error error, const char *name, enum reflow_outcome certain,
                      enum reflow_outcome otherwise, int repeat, int status, const char *text)
{
    printf("| `%s` | %s | `%s`", name, text, reflow_outcome_name(certain));
    if (otherwise != certain) {
        printf(" / `%s`", reflow_outcome_name(otherwise));
    }
    printf(" | %s | %d", repeat ? "yes" : "no", status);
    if (otherwise == REFLOW_UNKNOWN) {
        printf(" / %d", reflow_exit_status(REFLOW_UNKNOWN, error));
    }
    printf(" |\n");
}

int main(void)
{
    printf("| error | meaning | outcome | repeated | exit |\n| --- | --- | --- | --- | --- |\n");
#define ROW(id, name, certain, otherwise, repeat, exit, text, advice)                              \
    print_row(REFLOW_ERR_##id, #name, REFLOW_##certain, REFLOW_##otherwise, repeat, exit, text);
    REFLOW_ERRORS(ROW)
#undef ROW
    return 0;
}
