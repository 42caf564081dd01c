// SPDX-License-Identifier: GPL-2.0
/* Edge coverage of kernel/, which alone is built with -fsanitize-coverage. */
#include "host.h"

#define COV_SLOTS	0xf000	/* the upper 4,096 belong to the model */

extern const char __executable_start[];

uint8_t *host_cov_map;
static uint64_t previous;

void host_cov_switch(void)
{
	previous = 0;
}

void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
	uint64_t here, edge;
	uint8_t *slot;

	if (!host_cov_map)
		return;
	here = (uint64_t)__builtin_return_address(0) -
	       (uint64_t)__executable_start;
	here *= 0x9e3779b97f4a7c15UL;
	edge = here ^ previous;
	previous = here >> 1;
	slot = &host_cov_map[((edge >> 32) * COV_SLOTS) >> 32];
	/*
	 * Once, twice, more: finer counts would reward a fuzzer for programs
	 * that loop until their fuel is spent, and those teach nothing.
	 */
	if (*slot < 3)
		++*slot;
}
