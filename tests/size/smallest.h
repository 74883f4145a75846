/* SPDX-License-Identifier: MIT */
/* smallest: the sizes of reflow_config.h that a client holds memory for, each at its least. */
#define REFLOW_MAX_TOKEN 16
#define REFLOW_BUFFER_SIZE (REFLOW_MAX_TOKEN + 512)
#define REFLOW_READ_SIZE 64
#define REFLOW_MAX_FIELD 64
#define REFLOW_MAX_JSON_DEPTH 8
#define REFLOW_MAX_SLICES 14
