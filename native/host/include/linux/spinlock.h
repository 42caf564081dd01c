/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HOST_LINUX_SPINLOCK_H
#define _HOST_LINUX_SPINLOCK_H

#include <linux/preempt.h>

/*
 * With one thread a spinlock is never contended: finding one taken means that
 * its holder slept, or takes it twice.
 */
typedef struct {
	bool held;
} spinlock_t;
typedef spinlock_t raw_spinlock_t;

static inline void spin_lock_init(spinlock_t *lock)
{
	lock->held = false;
}

static inline void spin_lock(spinlock_t *lock)
{
	if (lock->held)
		host_bug("deadlock on a spinlock");
	lock->held = true;
	preempt_disable();
}

static inline void spin_unlock(spinlock_t *lock)
{
	if (!lock->held)
		host_bug("unlock of a spinlock that is not held");
	lock->held = false;
	preempt_enable();
}

#define spin_lock_irq(l)		spin_lock(l)
#define spin_unlock_irq(l)		spin_unlock(l)
#define spin_lock_irqsave(l, f)		do { (f) = 0; spin_lock(l); } while (0)
#define spin_unlock_irqrestore(l, f)	do { (void)(f); spin_unlock(l); } while (0)
#define raw_spin_lock_irqsave(l, f)	spin_lock_irqsave(l, f)
#define raw_spin_unlock_irqrestore(l, f) spin_unlock_irqrestore(l, f)

#endif
