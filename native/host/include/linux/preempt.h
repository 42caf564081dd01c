/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HOST_LINUX_PREEMPT_H
#define _HOST_LINUX_PREEMPT_H

#include <linux/bug.h>

/* Depth of spinlocks held and preempt_disable(): no sleep, no point. */
extern int host_preempt_count;

static inline void preempt_disable(void)
{
	host_preempt_count++;
}

static inline void preempt_enable(void)
{
	BUG_ON(host_preempt_count <= 0);
	host_preempt_count--;
}

#endif
