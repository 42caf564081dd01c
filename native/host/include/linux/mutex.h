/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HOST_LINUX_MUTEX_H
#define _HOST_LINUX_MUTEX_H

#include <linux/wait.h>

struct mutex {
	struct task_struct *owner;
	wait_queue_head_t wait;
};

void mutex_init(struct mutex *lock);
void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

/* Nothing but the end of the program interrupts a task. */
#define mutex_lock_killable(lock)	(mutex_lock(lock), 0)
#define mutex_lock_interruptible(lock)	(mutex_lock(lock), 0)

#endif
