// SPDX-License-Identifier: GPL-2.0
/*
 * Sleeps as some file systems do that are not built here: all signals but KILL are
 * blocked meanwhile. To read /proc/syslet_masked is to sleep so, for a tenth of a
 * second, and to find nothing.
 */
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/signal.h>

static ssize_t masked_read(struct file *file, char __user *buf, size_t size,
			   loff_t *pos)
{
	sigset_t all, old;

	siginitsetinv(&all, sigmask(SIGKILL));
	sigprocmask(SIG_BLOCK, &all, &old);
	schedule_timeout_interruptible(HZ / 10);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return 0;
}

static const struct proc_ops masked_ops = {
	.proc_read	= masked_read,
};

static int __init masked_init(void)
{
	proc_create("syslet_masked", 0444, NULL, &masked_ops);
	return 0;
}
late_initcall(masked_init);
