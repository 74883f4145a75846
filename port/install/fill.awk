# SPDX-License-Identifier: MIT
# Fills in a template: awk -v NAME=VALUE ... errors.txt TEMPLATE
#
# A word @NAME@ is replaced by what was given; three lines, by what the table of errors says, as mdoc:
#   @errors@    a list item for each error of the command
#   @errors N@  the names of the errors that exit with N
#   @ids@       a list item for each error of the library

function word(name) # as JSON and logs spell an outcome
{
    return tolower(name)
}

function sentence(text)
{
    gsub(/^"|"$/, "", text)
    return toupper(substr(text, 1, 1)) substr(text, 2) "."
}

function outcomes(row)
{
    return word(certain[row]) (otherwise[row] == certain[row] ? "" : " or " word(otherwise[row]))
}

function exits(row)
{
    return status[row] (otherwise[row] == "UNKNOWN" ? " or 5" : "")
}

function item(label, row)
{
    print ".It " label " Pq " outcomes(row) "; exit " exits(row) (repeat[row] ? "; repeated" : "")
    print sentence(text[row])
    print sentence(advice[row])
}

function names(number, row, line)
{
    for (row = 1; row <= rows; row++) {
        if (status[row] == number || (number == 5 && otherwise[row] == "UNKNOWN")) {
            line = line (line == "" ? "" : " ,\n") ".Cm " name[row]
        }
    }
    print line " ."
}

NR == FNR {
    split($0, column, / *\| */)
    rows++
    gsub(/ /, "", column[1])
    id[rows] = column[1]
    name[rows] = column[2]
    certain[rows] = column[3]
    otherwise[rows] = column[4]
    repeat[rows] = column[5]
    status[rows] = column[6]
    text[rows] = column[7]
    sub(/ *$/, "", column[8])
    advice[rows] = column[8]
    next
}

$1 == "@errors@" {
    for (row = 1; row <= rows; row++) {
        item("Cm " name[row], row)
    }
    next
}

$1 == "@errors" {
    names($2 + 0)
    next
}

$1 == "@ids@" {
    for (row = 1; row <= rows; row++) {
        item("Dv REFLOW_ERR_" id[row], row)
    }
    next
}

{
    gsub(/@version@/, version)
    gsub(/@bindir@/, bindir)
    gsub(/@libdir@/, libdir)
    gsub(/@includedir@/, includedir)
    gsub(/@libs@/, libs)
    gsub(/@defines@/, defines)
    sub(/ +$/, "")
    print
}
