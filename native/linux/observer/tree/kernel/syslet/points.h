/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Schedule points and the choices made there: who runs next is decided by the
 * program that is observed, and written down.
 */
#ifndef _SYSLET_POINTS_H
#define _SYSLET_POINTS_H

#include <linux/sched.h>
#include <linux/types.h>

#ifdef CONFIG_SYSLET_OBSERVER
#include "executor/executor.h"

/* What only observed tasks have, in common; NULL between programs. */
extern struct signal_struct *syslet_observed_signal;

/* Only those get priority SYSLET_PRIO; the observer stands below them. */
#define SYSLET_RT_PRIORITY	50
#define SYSLET_PRIO		(MAX_RT_PRIO - 1 - SYSLET_RT_PRIORITY)

static inline bool syslet_observed(const struct task_struct *tsk)
{
	return unlikely(syslet_observed_signal) &&
	       tsk->signal == syslet_observed_signal;
}

struct syslet_schedule {
	unsigned int		preemptions;	/* at schedule points */
	pid_t			first_pid;	/* of the program's tasks */
	bool			deep;		/* points in the objects, too */
	u16			sleeps[MAX_TASKS];	/* of each task */
};

/* From here on choices decide, until syslet_schedule_stop(). */
void syslet_schedule_start(const u8 *choices, unsigned int n, pid_t first_pid,
			   bool deep);
void syslet_schedule_stop(void);
extern struct syslet_schedule syslet_schedule;

/* Observed tasks that could run, without the current one. */
unsigned int syslet_others_runnable(void);

/* Who is picked next, unless another one was named before. */
void syslet_run_first(struct task_struct *tsk);

/* The creator of @tsk gives way until it sleeps for the first time. */
void syslet_run_to_sleep(struct task_struct *tsk);

/* Whether an observed task may make this call: the others are empty. */
bool syslet_in_world(unsigned int nr, const unsigned long *args);

/* Makes it; of an opaque one, what came of it is written down. */
long syslet_call_world(unsigned int nr, const unsigned long *args);

/* coverage.c; the map is NULL outside a run. */
extern u8 *syslet_coverage_map;
void syslet_coverage_switch(void);
#else
long arch_syslet_call(unsigned int nr, const unsigned long *args);

static inline void syslet_run_to_sleep(struct task_struct *tsk) { }
static inline bool syslet_in_world(unsigned int nr, const unsigned long *args)
{
	return true;
}

static inline long syslet_call_world(unsigned int nr, const unsigned long *args)
{
	return arch_syslet_call(nr, args);
}
#endif

#endif
