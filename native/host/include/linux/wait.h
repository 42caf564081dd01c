/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HOST_LINUX_WAIT_H
#define _HOST_LINUX_WAIT_H

#include <linux/err.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

typedef struct {
	struct list_head head;		/* the longest waiting first */
} wait_queue_head_t;

struct wait_queue_entry {
	struct task_struct *task;
	struct list_head entry;
};

#define DEFINE_WAIT(name) \
	struct wait_queue_entry name = { \
		.task = current, .entry = LIST_HEAD_INIT((name).entry) }

void init_waitqueue_head(wait_queue_head_t *wq);
void prepare_to_wait(wait_queue_head_t *wq, struct wait_queue_entry *wait,
		     unsigned int state);
void finish_wait(wait_queue_head_t *wq, struct wait_queue_entry *wait);

/* Wakes all waiters in the order they came. */
void wake_up(wait_queue_head_t *wq);

#define __wait_event(wq, condition, state) \
({ \
	DEFINE_WAIT(__wait); \
	int __err = 0; \
	for (;;) { \
		prepare_to_wait(&(wq), &__wait, state); \
		if (condition) \
			break; \
		if (signal_pending_state(state, current)) { \
			__err = -ERESTARTSYS; \
			break; \
		} \
		schedule(); \
	} \
	finish_wait(&(wq), &__wait); \
	__err; \
})
#define wait_event_state(wq, condition, state) \
	((condition) ? 0 : __wait_event(wq, condition, state))
#define wait_event_interruptible(wq, condition) \
	wait_event_state(wq, condition, TASK_INTERRUPTIBLE)
#define wait_event_killable(wq, condition) \
	wait_event_state(wq, condition, TASK_KILLABLE)

#endif
