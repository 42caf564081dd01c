// SPDX-License-Identifier: GPL-2.0
/* Wait queues and sleeping locks. */
#include <linux/bug.h>
#include <linux/mutex.h>
#include <linux/wait.h>

#include "host.h"

void init_waitqueue_head(wait_queue_head_t *wq)
{
	INIT_LIST_HEAD(&wq->head);
}

void prepare_to_wait(wait_queue_head_t *wq, struct wait_queue_entry *wait,
		     unsigned int state)
{
	if (list_empty(&wait->entry))
		list_add_tail(&wait->entry, &wq->head);
	set_current_state(state);
}

void finish_wait(wait_queue_head_t *wq, struct wait_queue_entry *wait)
{
	(void)wq;
	__set_current_state(TASK_RUNNING);
	list_del_init(&wait->entry);
}

void wake_up(wait_queue_head_t *wq)
{
	struct wait_queue_entry *wait, *next;

	list_for_each_entry_safe(wait, next, &wq->head, entry) {
		list_del_init(&wait->entry);	/* a retry is a new wait */
		wake_up_process(wait->task);
	}
}

void mutex_init(struct mutex *lock)
{
	lock->owner = NULL;
	init_waitqueue_head(&lock->wait);
}

void mutex_lock(struct mutex *lock)
{
	DEFINE_WAIT(wait);

	host_might_sleep("mutex taken");
	if (lock->owner == current)
		host_bug("deadlock on a mutex");
	while (lock->owner) {
		prepare_to_wait(&lock->wait, &wait, TASK_UNINTERRUPTIBLE);
		schedule();
		finish_wait(&lock->wait, &wait);
	}
	lock->owner = current;
}

/* All are woken, and the first that runs gets it (D60). */
void mutex_unlock(struct mutex *lock)
{
	if (lock->owner != current)
		host_bug("unlock of a mutex that is not held");
	lock->owner = NULL;
	wake_up(&lock->wait);
}
