# SPDX-License-Identifier: MIT
# Judges pmccabe's table: number, number with each case counted, statements, first line, lines, file(line): function.

{
    functions++
    sum += $1
    if ($1 > largest) largest = $1
    if ($5 > longest) longest = $5
}
$1 > most || $5 > lines {
    wrong++
    printf "%s %s has %d decisions (at most %d) on %d lines (at most %d)\n", $6, $7, $1, most, $5, lines >"/dev/stderr"
}
END {
    printf "complexity: %d functions, at most %d and on average %.1f decisions, at most %d lines; %d above %d or %d\n",
        functions, largest, functions ? sum / functions : 0, longest, wrong, most, lines
    exit wrong > 0 || functions == 0
}
