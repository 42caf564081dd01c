/* SPDX-License-Identifier: GPL-2.0 */
/* Where the scheduler and futexes tell the observer of small programs. */
#ifndef _LINUX_SYSLET_OBSERVER_H
#define _LINUX_SYSLET_OBSERVER_H

#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

struct syslet_uatom;
struct task_struct;

#ifdef CONFIG_SYSLET_OBSERVER
/* In the place of tracepoints, which have to run without delay. */
void executor_point(void);
void trace_syslet_fetch(const struct syslet_uatom __user *uatom);
void trace_syslet_execute(unsigned long nr);
void trace_syslet_spare(struct task_struct *spare);
void trace_syslet_handover(struct task_struct *from, struct task_struct *to);

static inline void trace_syslet_point(unsigned long ip)
{
	executor_point();
}

/* Who is taken from a queue of the real-time class. */
struct list_head *syslet_pick(struct list_head *queue);
/* The CPU goes to @next. */
void syslet_switch(struct task_struct *next);
/* A futex wakes @tsk. */
void syslet_futex_picked(struct task_struct *tsk);
/* Whether the choices of a program decide whom the present task wakes... */
bool syslet_chooses(void);
/* ...and which of so many it is. */
unsigned int syslet_choose(unsigned int options);
/* A point inside the code of an object: in deep mode only. */
void syslet_object_point(void);
/* The monotonic clock as the present task sees it, if it is of a program... */
void syslet_clock_of_program(struct timespec64 *ts);
/* ...and when a moment of that clock comes. */
ktime_t syslet_clock_to_host(ktime_t moment);
#else
static inline struct list_head *syslet_pick(struct list_head *queue)
{
	return queue->next;
}

static inline void syslet_switch(struct task_struct *next) { }
static inline void syslet_futex_picked(struct task_struct *tsk) { }

static inline bool syslet_chooses(void)
{
	return false;
}

static inline unsigned int syslet_choose(unsigned int options)
{
	return 0;
}

static inline void syslet_object_point(void) { }
static inline void syslet_clock_of_program(struct timespec64 *ts) { }

static inline ktime_t syslet_clock_to_host(ktime_t moment)
{
	return moment;
}
#endif

static inline void syslet_object_lock(struct mutex *lock)
{
	syslet_object_point();
	mutex_lock(lock);
	syslet_object_point();
}

static inline void syslet_object_unlock(struct mutex *lock)
{
	syslet_object_point();
	mutex_unlock(lock);
	syslet_object_point();
}

#endif /* _LINUX_SYSLET_OBSERVER_H */
