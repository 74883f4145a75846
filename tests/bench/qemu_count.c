/* SPDX-License-Identifier: MIT */
/* qemu_count: a plugin of QEMU that counts instructions.   qemu-aarch64 -plugin qemu_count.so,to=FILE PROGRAM */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* What of version 1 of QEMU's plugin interface is used here: Debian 12 has no package of its header. */
struct qemu_plugin_tb;
typedef void on_translated(uint64_t id, struct qemu_plugin_tb *block);
typedef void on_exit(uint64_t id, void *context);
enum { ADD_U64 };
extern int qemu_plugin_version;
int qemu_plugin_install(uint64_t id, const void *machine, int argc, char **argv);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block, int operation, void *to,
                                              uint64_t value);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, on_translated *callback);
void qemu_plugin_register_atexit_cb(uint64_t id, on_exit *callback, void *context);

int qemu_plugin_version = 1;

static uint64_t instructions;
static char path[4096];

static void count_block(uint64_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(block, ADD_U64, &instructions,
                                             qemu_plugin_tb_n_insns(block));
}

static void report(uint64_t id, void *context)
{
    FILE *file = fopen(path, "w");

    (void)id;
    (void)context;
    if (file != NULL) {
        fprintf(file, "%" PRIu64 "\n", instructions);
        fclose(file);
    }
}

int qemu_plugin_install(uint64_t id, const void *machine, int argc, char **argv)
{
    (void)machine;
    if (argc != 1 || strncmp(argv[0], "to=", 3) != 0 || strlen(argv[0] + 3) >= sizeof path) {
        return -1;
    }
    strcpy(path, argv[0] + 3);
    qemu_plugin_register_vcpu_tb_trans_cb(id, count_block);
    qemu_plugin_register_atexit_cb(id, report, NULL);
    return 0;
}
