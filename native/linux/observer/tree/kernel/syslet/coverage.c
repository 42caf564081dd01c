// SPDX-License-Identifier: GPL-2.0
/*
 * Edge coverage of what is built for it, whichever task runs. Not kcov, whose
 * map belongs to a task: after a hand-over that is another one.
 */
#include <linux/hash.h>
#include <linux/sched.h>
#include <asm/sections.h>

#include "points.h"

#define COV_SLOTS	0xf000	/* the upper 4,096 belong to the model */

u8 *syslet_coverage_map;
static u64 previous;

void notrace syslet_coverage_switch(void)
{
	previous = 0;
}

void __sanitizer_cov_trace_pc(void);

void notrace __sanitizer_cov_trace_pc(void)
{
	u64 here, edge;
	u8 *slot;

	if (!syslet_coverage_map)
		return;
	here = (_RET_IP_ - (unsigned long)_stext) * GOLDEN_RATIO_64;
	edge = here ^ previous;
	previous = here >> 1;
	slot = &syslet_coverage_map[((edge >> 32) * COV_SLOTS) >> 32];
	/* Once, twice, more: finer counts would reward loops. */
	if (*slot < 3)
		++*slot;
}
