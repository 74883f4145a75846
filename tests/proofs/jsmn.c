/* SPDX-License-Identifier: MIT */
/* jsmn, as Debian ships it, in strict mode. Of it reflow uses the scanner for strings only (json.c).
 * The scanners read nothing but the text; they either leave the parser as it was, or move it forward
 * to the last byte of a token which lies inside of what they passed; a string's token has no quote
 * but behind a backslash, no NUL, and no escape that is unknown or broken off. The main loop, with
 * the scanners replaced by just that, from any sound state (is_sound() below) leads to another, or
 * to an error: tokens lie inside the text, and never more are made than the array has.
 *
 * PROOF: prove_jsmn_string | jsmn_parse_string, jsmn_alloc_token, jsmn_fill_token |
 *         texts up to 12 bytes | --unwind 14
 * PROOF: prove_jsmn_string_within | jsmn_parse_string, jsmn_alloc_token, jsmn_fill_token |
 *         texts up to 8 bytes, from any quote in them on | --unwind 10
 * PROOF: prove_jsmn_primitive | jsmn_parse_primitive, jsmn_alloc_token, jsmn_fill_token |
 *         texts up to 12 bytes, from any place in them on | --unwind 14
 * PROOF: prove_jsmn_step | jsmn_parse, jsmn_alloc_token | any sound state of up to 5 tokens, any byte |
 *         --unwind 7 --unwindset jsmn_parse.3:2
 * PROOF: prove_jsmn_step_token | jsmn_parse | likewise, and a string or a primitive |
 *         --unwind 7 --unwindset jsmn_parse.3:2
 * PROOF: prove_jsmn_init | jsmn_init | all |
 * REPLACE: prove_jsmn_step | jsmn_parse_string=string_stub, jsmn_parse_primitive=primitive_stub
 * REPLACE: prove_jsmn_step_token | jsmn_parse_string=string_stub, jsmn_parse_primitive=primitive_stub
 *
 * MUTANT: prove_jsmn_string_within | i < 4 && parser->pos < len | i < 4 | build/jsmn/jsmn.h
 * MUTANT: prove_jsmn_primitive | JSMN_PRIMITIVE, start, parser->pos) |
 *        JSMN_PRIMITIVE, start, parser->pos + 1) | build/jsmn/jsmn.h
 * MUTANT: prove_jsmn_step | parser->toknext >= num_tokens | parser->toknext > num_tokens |
 *        build/jsmn/jsmn.h
 * MUTANT: prove_jsmn_step | parser->toksuper = -1; token->end = parser->pos + 1; |
 *        parser->toksuper = -1; token->end = parser->pos + 2; | build/jsmn/jsmn.h
 * MUTANT: prove_jsmn_init | parser->toksuper = -1; } | parser->toksuper = 0; } | build/jsmn/jsmn.h
 *
 * MEANT: jsmn_parse | parser->toknext - (unsigned int)1 | -1 where there is no token yet
 */
#define JSMN_STATIC
#define JSMN_STRICT
#include <jsmn.h>

#include "json_whole.h"

#define MOST 12
#define MOST_WITHIN 8
#define TOKENS 5
#define LENGTH 1000

static bool begins_primitive(char c)
{
    return c == '-' || (c >= '0' && c <= '9') || c == 't' || c == 'f' || c == 'n';
}

static bool is_scanned(char c)
{
    return c == '"' || begins_primitive(c);
}

/* What both scanners promise: a token more that lies in what they passed, or nothing changed. */
static bool kept(const jsmn_parser *before, const jsmn_parser *after)
{
    return after->pos == before->pos && after->toknext == before->toknext &&
           after->toksuper == before->toksuper;
}

static bool is_error(int result)
{
    return result == JSMN_ERROR_NOMEM || result == JSMN_ERROR_INVAL || result == JSMN_ERROR_PART;
}

static jsmn_parser any_parser(size_t length, size_t tokens)
{
    jsmn_parser parser;

    parser.toksuper = nondet_int();
    assume(parser.pos < length && parser.toknext <= tokens);
    return parser;
}

static void scan_string(const char *text, size_t length, jsmn_parser parser)
{
    jsmntok_t token[1];
    const size_t count = proof_up_to(1);
    const jsmn_parser before = parser;
    int result;

    assume(text[parser.pos] == '"' && parser.toknext <= count);
    result = jsmn_parse_string(&parser, text, length, token, count);
    if (result == 0) {
        prove(parser.pos > before.pos && parser.pos < length && text[parser.pos] == '"');
        prove(parser.toknext == before.toknext + 1 && parser.toknext <= count);
        prove(token[0].type == JSMN_STRING && token[0].size == 0);
        prove((unsigned)token[0].start == before.pos + 1 && (unsigned)token[0].end == parser.pos);
        prove(json_whole(text, before.pos + 1, parser.pos));
    } else {
        prove(is_error(result) && kept(&before, &parser));
    }
}

/* As json.c calls it: the text is one string. */
void prove_jsmn_string(void)
{
    char room[MOST];
    const size_t length = proof_up_to(MOST);
    jsmn_parser parser;

    jsmn_init(&parser);
    assume(length > 0);
    scan_string(PROOF_END_OF(room, length), length, parser);
}

void prove_jsmn_string_within(void)
{
    char room[MOST_WITHIN];
    const size_t length = proof_up_to(MOST_WITHIN);

    scan_string(PROOF_END_OF(room, length), length, any_parser(length, 1));
}

void prove_jsmn_primitive(void)
{
    char room[MOST];
    const size_t length = proof_up_to(MOST);
    const char *text = PROOF_END_OF(room, length);
    jsmntok_t token[1];
    const size_t count = proof_up_to(1);
    jsmn_parser parser = any_parser(length, count);
    const jsmn_parser before = parser;
    int result;

    assume(begins_primitive(text[parser.pos]));
    result = jsmn_parse_primitive(&parser, text, length, token, count);
    if (result == 0) {
        prove(parser.pos >= before.pos && parser.pos + 1 < length);
        prove(parser.toknext == before.toknext + 1 && parser.toknext <= count);
        prove(token[0].type == JSMN_PRIMITIVE && token[0].size == 0);
        prove((unsigned)token[0].start == before.pos && (unsigned)token[0].end == parser.pos + 1);
    } else {
        prove(is_error(result) && kept(&before, &parser));
    }
}

/* ---- The main loop --------------------------------------------------------------------------- */

/* A token lies in the part of the text that has been read; -1 is an end that has not come yet. */
static bool is_sound_token(const jsmntok_t *token, int read)
{
    return token->start >= 0 && token->start < read && token->end <= read &&
           (token->end == -1 || token->start <= token->end) && token->size >= 0 &&
           token->size <= read;
}

static bool is_sound(const jsmn_parser *parser, const jsmntok_t *tokens)
{
    unsigned i;

    for (i = 0; i < TOKENS && i < parser->toknext; i++) {
        if (!is_sound_token(&tokens[i], (int)parser->pos)) {
            return false;
        }
    }
    return parser->toknext <= TOKENS && parser->toksuper >= -1 &&
           parser->toksuper < (int)parser->toknext;
}

/* What prove_jsmn_string and prove_jsmn_primitive show of the scanners. */
static int scanned(jsmn_parser *parser, jsmntok_t *tokens, jsmntype_t type)
{
    const int result = nondet_int();
    const int quote = type == JSMN_STRING ? 1 : 0;
    jsmntok_t *token;

    assume(is_error(result) || (result == 0 && parser->toknext < TOKENS));
    if (result == 0) {
        token = &tokens[parser->toknext++];
        token->type = type;
        token->start = (int)parser->pos + quote;
        token->end = LENGTH - quote;
        token->size = 0;
        parser->pos = LENGTH - 1;
    }
    return result;
}

int string_stub(jsmn_parser *parser, const char *text, size_t length, jsmntok_t *tokens,
                size_t count)
{
    prove(parser->pos < length && text[parser->pos] == '"');
    return scanned(parser, tokens, JSMN_STRING);
}

int primitive_stub(jsmn_parser *parser, const char *text, size_t length, jsmntok_t *tokens,
                   size_t count)
{
    prove(parser->pos < length && begins_primitive(text[parser->pos]));
    return scanned(parser, tokens, JSMN_PRIMITIVE);
}

/* The loop goes from state to state by one byte, or by one scanned token; and so does a parse of a
 * text that ends there. */
static void step_at(unsigned at, const char *text)
{
    jsmntok_t tokens[TOKENS];
    jsmn_parser parser;
    int result;

    parser.toksuper = nondet_int();
    parser.pos = at;
    assume(is_sound(&parser, tokens));
    result = jsmn_parse(&parser, text, LENGTH, tokens, TOKENS);
    prove(parser.toknext <= TOKENS);
    prove(is_sound(&parser, tokens) || result == JSMN_ERROR_INVAL);
    prove(is_error(result) || result == (int)parser.toknext);
    prove(is_error(result) || parser.pos == LENGTH || text[at] == '\0');
}

void prove_jsmn_step(void)
{
    char text[LENGTH];

    assume(!is_scanned(text[LENGTH - 1]));
    step_at(LENGTH - 1, text);
}

void prove_jsmn_step_token(void)
{
    char text[LENGTH];

    assume(is_scanned(text[LENGTH / 2]));
    step_at(LENGTH / 2, text);
}

void prove_jsmn_init(void)
{
    jsmn_parser parser;
    const jsmntok_t *none = NULL;

    jsmn_init(&parser);
    prove(parser.pos == 0 && parser.toknext == 0 && is_sound(&parser, none));
}
