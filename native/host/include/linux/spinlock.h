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

/* Like the flag of a processor: locks that turn it on and off must nest. */
extern bool host_irqs_off;

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

static inline void spin_lock_irq(spinlock_t *lock)
{
	BUG_ON(host_irqs_off);		/* the unlock would turn them on */
	host_irqs_off = true;
	spin_lock(lock);
}

static inline void spin_unlock_irq(spinlock_t *lock)
{
	BUG_ON(!host_irqs_off);
	spin_unlock(lock);
	host_irqs_off = false;
}

#define spin_lock_irqsave(l, f) \
	do { \
		(f) = host_irqs_off; \
		host_irqs_off = true; \
		spin_lock(l); \
	} while (0)
#define spin_unlock_irqrestore(l, f) \
	do { \
		BUG_ON(!host_irqs_off); \
		spin_unlock(l); \
		host_irqs_off = (f); \
	} while (0)

#define raw_spin_lock_init(l)		spin_lock_init(l)
#define raw_spin_lock(l)			spin_lock(l)
#define raw_spin_unlock(l)		spin_unlock(l)
#define raw_spin_lock_irq(l)		spin_lock_irq(l)
#define raw_spin_unlock_irq(l)		spin_unlock_irq(l)
#define raw_spin_lock_irqsave(l, f)	spin_lock_irqsave(l, f)
#define raw_spin_unlock_irqrestore(l, f) spin_unlock_irqrestore(l, f)

#endif
