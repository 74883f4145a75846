#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints the flash of each module for a Cortex-M4 (gcc -Os) and the size of a client there.
#   size.sh CPPFLAGS...      those that the core is compiled with
set -eu

cc=arm-none-eabi-gcc
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
flags="-std=c99 -Os -mcpu=cortex-m4 -mthumb -ffreestanding -ffunction-sections -fdata-sections"

# The texts for people are left out, as the linker does where nobody asks for them.
code() {
    "$cc" $flags "$@" -c "$source" -o "$folder/module.o"
    arm-none-eabi-size -A "$folder/module.o" |
        awk '/^\.(text|rodata|data)/ && !/error_texts|error_advice/ { n += $2 } END { print n + 0 }'
}

# What only programs carry that ask for it.
optional=' ims reading run_state runs tokens '

total=0
printf 'flash, bytes   module\n'
for source in src/*.c; do
    case $source in
        src/tls_*) continue ;;
    esac
    bytes=$(code "$@")
    module=$(basename "$source" .c)
    case $optional in
        *" $module "*) note=' (optional)' ;;
        *) note= total=$((total + bytes)) ;;
    esac
    printf '%12s   %s\n' "$bytes" "$module$note"
done
printf '%12s   all but TLS, the port and what is optional\n' "$total"

printf '#include "reflow.h"\nchar client[sizeof(struct reflow_client)];\n' >"$folder/client.c"
source=$folder/client.c
"$cc" $flags "$@" -c "$source" -o "$folder/client.o"
printf '%12s   struct reflow_client (RAM)\n' \
    "$(arm-none-eabi-nm -S "$folder/client.o" | awk '$4 == "client" { print strtonum("0x" $2) }')"
