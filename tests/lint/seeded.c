/* SPDX-License-Identifier: MIT */
/* seeded: breaks rules of MISRA C, one a function, for `make misra` to find: see seeded.txt. Never compiled. */
#include <stdint.h>
#include <string.h>

static int recursion(int number)
{
    if (number > 0) {
        number = recursion(number - 1);
    }
    return number;
}

static int octal(void)
{
    return 010;
}

static int jump(int number)
{
    if (number > 0) {
        goto end;
    }
    (void)octal();
end:
    return number;
}

static int fall_through(int number)
{
    int result = 0;

    switch (number) {
    case 1:
        result = 3;
    case 2:
        result++;
        break;
    default:
        break;
    }
    return result;
}

static uint8_t narrow(uint32_t wide, uint32_t other)
{
    uint8_t byte = wide + other;
    return byte;
}

static char *drop_const(const char *text)
{
    return (char *)text;
}

static int side_effect(int a, int b)
{
    return (a > 0) && (b++ > 0);
}

static void ignore(char *to, const char *from)
{
    strncpy(to, from, 3U);
}

static int variable_length(int count)
{
    int numbers[count];

    numbers[0] = recursion(1);
    return numbers[0];
}

int undeclared(char *text)
{
    ignore(drop_const(text), text);
    (void)narrow(1U, 2U);
    return fall_through(jump(1)) + side_effect(1, 2) + variable_length(3);
}
