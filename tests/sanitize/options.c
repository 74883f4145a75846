/* SPDX-License-Identifier: MIT */
/* What the sanitizers of a program do without being told by its environment: a report is never
 * taken for an exit status of reflow's own (0 to 6), and is kept in a file however the program was
 * started. REPORTS is where, as an absolute path's beginning. */

#define ALWAYS "exitcode=99:external_symbolizer_path=/usr/bin/llvm-symbolizer-19:log_path=" REPORTS

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
    return ALWAYS ":detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1";
}

const char *__ubsan_default_options(void)
{
    return ALWAYS ":print_stacktrace=1";
}
