/* SPDX-License-Identifier: MIT */
/* The contract of proxy_except: curl's rules, one row for each way of being meant or not. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "fence.h"

#include "proxy_except.h"

static bool excepts(const char *list, const char *host)
{
    return reflow_proxy_excepts(fenced(list, strlen(list) + 1),
                                fenced_below(host, strlen(host) + 1));
}

static void means(const char *list, const char *host)
{
    if (!excepts(list, host)) {
        fail_msg("\"%s\" does not mean %s", list, host);
    }
}

static void does_not_mean(const char *list, const char *host)
{
    if (excepts(list, host)) {
        fail_msg("\"%s\" means %s", list, host);
    }
}

static void nothing_excepts_nothing(void **state)
{
    (void)state;
    assert_false(reflow_proxy_excepts(NULL, "a.example"));
    does_not_mean("", "a.example");
    does_not_mean(",", "a.example");
    does_not_mean(" , ,", "a.example");
    does_not_mean(".", "a.example");
    does_not_mean("..", "a.example");
    does_not_mean("a.example", "");
}

static void one_asterisk_alone_is_all(void **state)
{
    (void)state;
    means("*", "a.example");
    means("*", "10.0.0.1");
    means("*", "::1");
    does_not_mean("*,b.example", "a.example");
    does_not_mean("*.example", "a.example");
    does_not_mean("b.example,*", "a.example");
    does_not_mean(" *", "a.example");
}

static void a_name_is_the_host_and_all_below_it(void **state)
{
    (void)state;
    means("example.com", "example.com");
    means("example.com", "www.example.com");
    means("example.com", "a.b.example.com");
    does_not_mean("example.com", "nonexample.com");
    does_not_mean("example.com", "example.com.org");
    does_not_mean("www.example.com", "example.com");
    does_not_mean("ample.com", "example.com");
    does_not_mean("example.com", "exbmple.com");
    does_not_mean("example.com", "example.con");
    does_not_mean("www.example.com.of.somebody", "com");
    means("localhost", "localhost");
    means("a", "a");
    means("a", "b.a");
}

static void neither_case_nor_dots_around_it_count(void **state)
{
    (void)state;
    means("EXAMPLE.com", "www.Example.COM");
    means(".example.com", "example.com");
    means(".example.com", "www.example.com");
    means("example.com.", "example.com");
    means(".example.com.", "www.example.com.");
    means("example.com", "example.com.");
    does_not_mean("..example.com", "example.com");
    does_not_mean("example.com..", "example.com");
}

static void entries_stand_between_commas_or_blanks(void **state)
{
    (void)state;
    means("a.example,b.example", "b.example");
    means("a.example, b.example", "b.example");
    means(" a.example\t,\t b.example ", "b.example");
    means(",,a.example,,b.example,,", "b.example");
    means("a.example ,b.example", "a.example");
    does_not_mean("a.example,b.example", "c.example");
    means("a.example b.example", "b.example");
    means("a.example b.example", "a.example");
}

static void an_address_is_meant_however_it_is_spelt(void **state)
{
    (void)state;
    means("10.0.0.1", "10.0.0.1");
    does_not_mean("10.0.0.1", "10.0.0.2");
    does_not_mean("0.0.1", "10.0.0.1"); /* no name that ends so */
    does_not_mean("10.0.0.1.", "10.0.0.1");
    means("::1", "::1");
    means("0:0::1", "::1");
    means("2001:DB8::1", "2001:db8:0:0::1");
    does_not_mean("[::1]", "::1");
    does_not_mean("::2", "::1");
    does_not_mean("::10.0.0.1", "10.0.0.1"); /* of the other family */
    does_not_mean("10.0.0.1", "::10.0.0.1");
    does_not_mean("example.com", "10.0.0.1");
    does_not_mean("10.0.0.1", "a.example");
    means("1111:2222:3333:4444:5555:6666:255.255.255.255",
          "1111:2222:3333:4444:5555:6666:ffff:ffff");
    does_not_mean("1111:2222:3333:4444:5555:6666:255.255.255.2555555", "::1");
    does_not_mean("1111:2222:3333:4444:5555:6666:7777:8888888888888888888888", "::1");
}

static void a_block_is_meant_by_its_first_bits(void **state)
{
    (void)state;
    means("192.168.0.0/16", "192.168.255.1");
    does_not_mean("192.168.0.0/16", "192.169.0.1");
    means("10.1.2.3/8", "10.255.0.0");
    means("172.16.0.0/12", "172.31.255.255");
    does_not_mean("172.16.0.0/12", "172.32.0.0");
    means("128.0.0.0/1", "255.0.0.0");
    does_not_mean("128.0.0.0/1", "127.0.0.0");
    means("10.0.0.0/31", "10.0.0.1");
    does_not_mean("10.0.0.0/32", "10.0.0.1");
    means("10.0.0.1/032", "10.0.0.1");
    means("2001:db8::/32", "2001:db8:ffff::");
    does_not_mean("2001:db8::/33", "2001:db8:ffff::");
    means("fe80::/10", "febf::1");
    does_not_mean("fe80::/10", "fec0::1");
    means("::1/128", "::1");
    does_not_mean("::/127", "::2");
}

/* As curl has it: no bits, or none of them, are all. */
static void without_bits_all_of_them_count(void **state)
{
    (void)state;
    means("10.0.0.1/", "10.0.0.1");
    means("10.0.0.1/0", "10.0.0.1");
    does_not_mean("10.0.0.1/", "10.0.0.2");
    does_not_mean("0.0.0.0/0", "10.0.0.1");
}

static void what_is_no_number_of_bits_means_nothing(void **state)
{
    (void)state;
    does_not_mean("10.0.0.1/33", "10.0.0.1");
    does_not_mean("::1/129", "::1");
    does_not_mean("10.0.0.1/320", "10.0.0.1");
    does_not_mean("10.0.0.1/x", "10.0.0.1");
    does_not_mean("10.0.0.1/8x", "10.0.0.1");
    does_not_mean("10.0.0.1/-1", "10.0.0.1");
    does_not_mean("10.0.0.1/4294967304", "10.0.0.1");
    does_not_mean("10.0.0.1/99999999999999999999", "10.0.0.1");
    does_not_mean("/8", "10.0.0.1");
    does_not_mean("10.0.0.1/8/8", "10.0.0.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_excepts_nothing),
        cmocka_unit_test(one_asterisk_alone_is_all),
        cmocka_unit_test(a_name_is_the_host_and_all_below_it),
        cmocka_unit_test(neither_case_nor_dots_around_it_count),
        cmocka_unit_test(entries_stand_between_commas_or_blanks),
        cmocka_unit_test(an_address_is_meant_however_it_is_spelt),
        cmocka_unit_test(a_block_is_meant_by_its_first_bits),
        cmocka_unit_test(without_bits_all_of_them_count),
        cmocka_unit_test(what_is_no_number_of_bits_means_nothing),
    };

    return cmocka_run_group_tests_name("proxy_except", tests, put_up_fence, NULL);
}
