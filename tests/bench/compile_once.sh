#!/bin/sh
# SPDX-License-Identifier: MIT
# A compiler that does nothing twice: what preprocesses to the same text is taken from the folder COMPILED.
#
#   COMPILED=FOLDER compile_once.sh CC ARGUMENT...
#
# Most options of mbedTLS change two or three of its 100 files. Lines that only name places (-P leaves them out) do not
# count: each variant has a configuration file of its own.
set -eu

case " $* " in
*' -c '*) ;;
*) exec "$@" ;;
esac

preprocess() {
    object=$1
    shift
    "$@" -E -P -MF "${object%.o}.d" -MT "$object" >"$object.i"
}

# The arguments once more, but for -o and the object.
count=$# object='' code='' previous=''
for word; do
    case $word in
    -[Ofgmsw]*) code="$code $word" ;;
    esac
    [ "$previous" != -o ] || object=$word
    previous=$word
done
previous=
for word; do
    [ "$word" = -o ] || [ "$previous" = -o ] || set -- "$@" "$word"
    previous=$word
done
shift "$count"

preprocess "$object" "$@"
sum=$({ echo "$1 $code" && cat "$object.i"; } | sha256sum)
rm "$object.i"
kept=$COMPILED/${sum%% *}.o
if [ ! -f "$kept" ]; then
    mkdir -p "$COMPILED"
    "$@" -MF "${object%.o}.d" -MT "$object" -o "$kept.$$"
    mv "$kept.$$" "$kept"
fi
cp "$kept" "$object"
