/* SPDX-License-Identifier: MIT */
/* The contract of pem: the subject of a certificate. The certificates are made here, of DER values
 * that have the right tags in the right order and mean nothing. */
#include "fence.h"

#include "pem.h"

/* A DER value that grows at its front, so that lengths are known when they are written. */
struct value {
    uint8_t bytes[70000];
    size_t start;
};

static void put_back(struct value *value, const void *bytes, size_t length)
{
    assert_true(length <= value->start);
    value->start -= length;
    memcpy(value->bytes + value->start, bytes, length);
}

/* Puts a tag, and as many length bytes as asked for (0: the short form), before what is there from
 * `end` backwards. */
static void put_header(struct value *value, uint8_t tag, size_t end, size_t length_bytes)
{
    size_t length = end - value->start;
    uint8_t header[6] = {tag, (uint8_t)(0x80 + length_bytes)};

    if (length_bytes == 0) {
        assert_true(length < 0x80);
        header[1] = (uint8_t)length;
    }
    for (size_t i = length_bytes; i > 0; i--) {
        header[1 + i] = (uint8_t)(length & 0xff);
        length >>= 8;
    }
    put_back(value, header, 2 + length_bytes);
}

static void put_value(struct value *value, uint8_t tag, const char *content, size_t length_bytes)
{
    const size_t end = value->start;

    put_back(value, content, strlen(content));
    put_header(value, tag, end, length_bytes);
}

/* How a certificate is shaped; all zero is an ordinary one of version 3. */
struct shape {
    bool version_1;
    uint8_t wrong_part; /* 1 serialNumber to 5 subject: that one has another tag */
    size_t outer_lengths, issuer_lengths, subject_lengths; /* length bytes; 0: what is usual */
    const char *issuer;
};

static uint8_t tag_of(const struct shape *shape, uint8_t part, uint8_t tag)
{
    return shape->wrong_part == part ? 0x31 : tag;
}

#define SUBJECT "the subject's relative names"

static struct value certificate;

static void build(const struct shape *shape)
{
    size_t end = sizeof certificate.bytes;

    certificate.start = end;
    put_value(&certificate, 0x03, "signature", 0);
    put_value(&certificate, 0x30, "algorithm", 0);
    const size_t tbs_end = certificate.start;
    put_value(&certificate, 0x30, "subjectPublicKeyInfo", 0);
    put_value(&certificate, tag_of(shape, 5, 0x30), SUBJECT, shape->subject_lengths);
    put_value(&certificate, tag_of(shape, 4, 0x30), "validity", 0);
    put_value(&certificate, tag_of(shape, 3, 0x30),
              shape->issuer != NULL ? shape->issuer : "issuer", shape->issuer_lengths);
    put_value(&certificate, tag_of(shape, 2, 0x30), "algorithm", 0);
    put_value(&certificate, tag_of(shape, 1, 0x02), "\x01\x02\x03", 0);
    if (!shape->version_1) {
        put_value(&certificate, 0xa0, "\x02\x01\x02", 0);
    }
    put_header(&certificate, 0x30, tbs_end, shape->outer_lengths != 0 ? shape->outer_lengths : 1);
    put_header(&certificate, 0x30, end, shape->outer_lengths != 0 ? shape->outer_lengths : 1);
}

/* Whether the subject of what was built is found, all of it and nothing else. */
static bool subject_found(void)
{
    const size_t size = sizeof certificate.bytes - certificate.start;
    const uint8_t *const der = size <= FENCED_BYTES
                                   ? fenced(certificate.bytes + certificate.start, size)
                                   : certificate.bytes + certificate.start;
    size_t length = 0;
    const uint8_t *const subject = reflow_pem_subject(der, size, &length);
    const size_t content = sizeof SUBJECT - 1;

    if (subject == NULL) {
        return false;
    }
    assert_true(subject > der && subject + length < der + size);
    assert_int_equal(subject[0], 0x30);
    assert_true(length >= content + 2 && length <= content + 5);
    assert_memory_equal(subject + length - content, SUBJECT, content);
    return true;
}

static void the_subject_is_found_with_tag_and_length(void **state)
{
    struct shape shape = {0};

    (void)state;
    build(&shape);
    assert_true(subject_found());
}

static void a_certificate_of_version_1_has_a_subject_too(void **state)
{
    struct shape shape = {.version_1 = true};

    (void)state;
    build(&shape);
    assert_true(subject_found());
}

static void lengths_of_one_to_three_bytes_are_read(void **state)
{
    static char issuer[66000];
    struct shape shape = {0};

    (void)state;
    for (size_t bytes = 1; bytes <= 3; bytes++) {
        shape.outer_lengths = shape.issuer_lengths = shape.subject_lengths = bytes;
        build(&shape);
        assert_true(subject_found());
    }
    memset(issuer, 'i', sizeof issuer - 1);
    shape.issuer = issuer; /* does not fit into two bytes */
    build(&shape);
    assert_true(subject_found());
}

static void lengths_of_four_bytes_and_indefinite_ones_are_not(void **state)
{
    struct shape shape = {.subject_lengths = 4};

    (void)state;
    build(&shape);
    assert_false(subject_found());
    shape.subject_lengths = 0;
    shape.outer_lengths = 4;
    build(&shape);
    assert_false(subject_found());
    shape.outer_lengths = 1;
    build(&shape);
    certificate.bytes[certificate.start + 1] = 0x80;
    assert_false(subject_found());
}

/* Neither "nothing" nor "128" is what a length byte of 0x80 says. */
static void an_indefinite_length_is_not_taken_for_another(void **state)
{
    uint8_t der[160] = {0x30, 0x81, 0x9d, 0x30, 0x81, 0x9a, 0x02, 0x80};
    static const uint8_t rest[] = {0x30, 0, 0x30, 0, 0x30, 0, 0x30, 1, 5};
    size_t length;

    (void)state;
    memcpy(der + 8, rest, sizeof rest);
    assert_null(reflow_pem_subject(der, sizeof der, &length));
    memset(der + 8, 0, sizeof rest);
    memcpy(der + 8 + 128, rest, sizeof rest);
    assert_null(reflow_pem_subject(der, sizeof der, &length));
    memmove(der + 7, (const uint8_t[]){0x81, 128}, 2); /* the same in a length byte more */
    memset(der + 9, 0, 128);
    memcpy(der + 9 + 128, rest, sizeof rest);
    assert_ptr_equal(reflow_pem_subject(der, sizeof der, &length), der + 9 + 128 + 6);
    assert_int_equal(length, 3);
}

static void an_empty_certificate_is_read_in_bounds(void **state)
{
    size_t length;

    (void)state;
    assert_null(reflow_pem_subject(fenced("\x30\x02\x30\x00", 4), 4, &length));
    assert_null(reflow_pem_subject(fenced("\x30\x00", 2), 2, &length));
}

static void a_part_with_another_tag_is_no_certificate(void **state)
{
    struct shape shape = {0};

    (void)state;
    for (shape.wrong_part = 1; shape.wrong_part <= 5; shape.wrong_part++) {
        build(&shape);
        assert_false(subject_found());
    }
    shape.wrong_part = 0;
    build(&shape);
    certificate.bytes[certificate.start] = 0x31;
    assert_false(subject_found());
    build(&shape);
    certificate.bytes[certificate.start + 3] = 0x31;
    assert_false(subject_found());
}

static void a_certificate_cut_short_anywhere_has_no_subject(void **state)
{
    struct shape shape = {.issuer_lengths = 2};
    size_t length;

    (void)state;
    build(&shape);
    const size_t size = sizeof certificate.bytes - certificate.start;
    for (size_t cut = 0; cut < size; cut++) {
        assert_null(
            reflow_pem_subject(fenced(certificate.bytes + certificate.start, cut), cut, &length));
    }
}

/* A length that is wrong by any amount, anywhere, must not lead out of its container, whatever else
 * it does: what is found lies between the bounds that tbsCertificate sets. */
static void no_changed_byte_leads_out_of_bounds(void **state)
{
    struct shape shape = {0};
    size_t length = 0;

    (void)state;
    build(&shape);
    const size_t size = sizeof certificate.bytes - certificate.start;
    for (size_t at = 0; at < size; at++) {
        uint8_t *const der = fenced(certificate.bytes + certificate.start, size);
        for (unsigned byte = 0; byte < 256; byte++) {
            der[at] = (uint8_t)byte;
            const uint8_t *const subject = reflow_pem_subject(der, size, &length);
            if (subject != NULL) {
                assert_true(subject > der && length <= size - (size_t)(subject - der));
            }
        }
    }
}

static void a_part_longer_than_its_container_is_not_followed(void **state)
{
    /* Both containers end before the subject does; the bytes behind them are there all the same. */
    static const uint8_t tbs_short[] = {0x30, 0x12, 0x30, 0x0a, 0x02, 0, 0x30, 0, 0x30, 0,
                                        0x30, 0,    0x30, 0x02, 1,    2, 3,    4, 5,    6};
    static const uint8_t sound[] = {0x30, 0x12, 0x30, 0x0c, 0x02, 0, 0x30, 0, 0x30, 0,
                                    0x30, 0,    0x30, 0x02, 1,    2, 3,    4, 5,    6};
    static const uint8_t outer_short[] = {0x30, 0x0a, 0x30, 0x0c, 0x02, 0, 0x30, 0, 0x30, 0,
                                          0x30, 0,    0x30, 0x02, 1,    2, 3,    4, 5,    6};
    size_t length = 0;

    (void)state;
    assert_ptr_equal(reflow_pem_subject(sound, sizeof sound, &length), sound + 12);
    assert_int_equal(length, 4);
    assert_null(reflow_pem_subject(tbs_short, sizeof tbs_short, &length));
    assert_null(reflow_pem_subject(outer_short, sizeof outer_short, &length));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_subject_is_found_with_tag_and_length),
        cmocka_unit_test(a_certificate_of_version_1_has_a_subject_too),
        cmocka_unit_test(lengths_of_one_to_three_bytes_are_read),
        cmocka_unit_test(lengths_of_four_bytes_and_indefinite_ones_are_not),
        cmocka_unit_test(an_indefinite_length_is_not_taken_for_another),
        cmocka_unit_test(an_empty_certificate_is_read_in_bounds),
        cmocka_unit_test(a_part_with_another_tag_is_no_certificate),
        cmocka_unit_test(a_certificate_cut_short_anywhere_has_no_subject),
        cmocka_unit_test(no_changed_byte_leads_out_of_bounds),
        cmocka_unit_test(a_part_longer_than_its_container_is_not_followed),
    };
    return cmocka_run_group_tests(tests, put_up_fence, NULL);
}
