// SPDX-License-Identifier: GPL-2.0
/*
 * Opaque calls: the program's block says which there are. Nobody knows what comes
 * of them, so it is written down: the result, how often the task slept, and what is
 * in the buffers afterwards.
 */
#include <linux/sched.h>
#include <asm/syslet.h>
#include <asm/syslet_observer.h>

#include "observer.h"
#include "points.h"

static const struct opaque_call *opaque_call(unsigned int nr)
{
	return program_opaque(syslet_program.block, nr);
}

/*
 * With other arguments it might change the world, or never end.
 *
 * Rules: OPAQUE-4, D150, D151
 */
bool syslet_opaque_in_world(unsigned int nr, const unsigned long *args)
{
	const struct opaque_call *call = opaque_call(nr);

	return call && opaque_allows(call, (const uint64_t *)args);
}

/*
 * Nothing is written down behind the end of a program.
 *
 * Rules: OPAQUE-1, OPAQUE-3, D152, D153
 */
long syslet_call_world(unsigned int nr, const unsigned long *args)
{
	const struct opaque_call *call = NULL;
	unsigned int index;
	u16 before;
	long ret;

	if (syslet_observed(current))
		call = opaque_call(nr);
	if (!call)
		return arch_syslet_call(nr, args);
	index = (current->pid - syslet_schedule.first_pid) % MAX_TASKS;
	before = syslet_schedule.sleeps[index];
	ret = arch_syslet_call(nr, args);
	if (!syslet_program.over)
		trace_opaque(call, index, (const uint64_t *)args, ret,
			     (u16)(syslet_schedule.sleeps[index] - before));
	return ret;
}
