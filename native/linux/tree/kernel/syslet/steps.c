// SPDX-License-Identifier: GPL-2.0
/*
 * The head of a program. Its calls are made by user mode, one system call each;
 * what is no call is done here on the way, because entering the kernel is what
 * costs. The number of the step is in a register of user mode, so that whoever
 * takes over the context goes on with the right one.
 */
#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/syscalls.h>
#include <linux/syslet.h>
#include <linux/uaccess.h>
#include <asm/syslet.h>
#include <uapi/linux/syslet.h>

#include "observer.h"
#include "points.h"

/* Until the end of the program: nothing after this happens any more. */
void syslet_head_park(void)
{
	while (!fatal_signal_pending(current)) {
		set_current_state(TASK_KILLABLE);
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

/* The others run until they cannot, and the clock goes on by @ticks (D55). */
static void settle(u64 ticks)
{
	struct syslet_program *p = &syslet_program;

	if (!ticks && !syslet_others_runnable())
		return;
	p->until = p->now + ticks;
	p->settler = current;
	while (p->settler == current && !fatal_signal_pending(current)) {
		set_current_state(TASK_KILLABLE);
		if (p->settler == current)
			schedule();
	}
	__set_current_state(TASK_RUNNING);
}

static long step_store(const u64 *word)
{
	return put_user(word[1], (u64 __user *)word[0]) ? -EFAULT : 0;
}

/* What the client's consumer does (D53). */
static long step_reap(struct async_head_user __user *ahu)
{
	struct syslet_uatom __user *__user *ring;
	struct syslet_uatom __user *event;
	unsigned long size, idx;

	if (get_user(ring, &ahu->completion_ring) ||
	    get_user(size, &ahu->ring_size_bytes) ||
	    get_user(idx, &ahu->user_ring_idx))
		return -EFAULT;
	size /= sizeof(event);
	if (idx >= size)
		return 0;
	if (get_user(event, ring + idx))
		return -EFAULT;
	if (!event)
		return 0;
	if (put_user(NULL, ring + idx))
		return -EFAULT;
	if (put_user(idx + 1 < size ? idx + 1 : 0, &ahu->user_ring_idx))
		return -EFAULT;
	return (long)event;
}

/* False if the step is a call, which user mode will make. */
static bool do_step(struct pt_regs *regs, const struct step *step,
		    unsigned int n)
{
	struct syslet_program *p = &syslet_program;
	u64 exit_args[6] = { step->word[0] };

	switch (step->op) {
	case OP_CALL:
		if (step->word[0] >= NR_syscalls) {
			trace_result(n, -ENOSYS);
			return true;
		}
		p->head_call = step->word[0];
		arch_syslet_set_call(regs, p->user_call, step->word[0],
				     step->word + 1);
		return false;
	case OP_EXIT:
		p->head_call = __NR_exit;
		arch_syslet_set_call(regs, p->user_call, __NR_exit, exit_args);
		return false;
	case OP_SETTLE:
	case OP_ADVANCE:
		settle(step->op == OP_ADVANCE ? step->word[0] : 0);
		if (!p->over)
			trace_observe(EVENT_SETTLED, n);
		return true;
	case OP_STORE:
		trace_result(n, step_store(step->word));
		return true;
	case OP_REAP:
		trace_result(n, step_reap((void __user *)step->word[0]));
		return true;
	}
	return true;
}

/* Up to the next call of user mode, or the end. */
static void go_on(struct pt_regs *regs)
{
	struct syslet_program *p = &syslet_program;
	unsigned long n;

	for (n = arch_syslet_step(regs); !p->over; n++) {
		arch_syslet_set_step(regs, n);
		if (WARN_ON(n > p->block->nr_steps))
			break;
		p->step = n;
		p->head_call = -1;
		if (n == p->block->nr_steps) {
			settle(0);
			if (!p->over)
				syslet_program_stop(END_DONE);
			break;
		}
		syslet_point();
		if (p->over || !do_step(regs, &p->block->steps[n], n))
			break;
	}
}

void syslet_step_done(struct pt_regs *regs, long result)
{
	unsigned long n = arch_syslet_step(regs);

	if (syslet_program.over)
		return;
	trace_result(n, result);
	arch_syslet_set_step(regs, n + 1);
	go_on(regs);
}

/*
 * The head's system call. It may return as another call that went async long
 * ago: what counts then is the context that was taken over.
 */
void syslet_step_call(struct pt_regs *regs, unsigned int nr)
{
	unsigned long args[6];
	long ret;

	if (syslet_program.over)
		return;
	arch_syslet_args(regs, args);
	if (syslet_program.block->steps[syslet_program.step].op == OP_EXIT)
		do_exit((args[0] & 0xff) << 8);
	syslet_point();
	ret = syslet_dispatch(nr, args);
	syslet_step_done(regs, ret);
}

/* First of all in the process of a program; goes to user mode afterwards. */
int syslet_head(void *unused)
{
	struct pt_regs *regs = current_pt_regs();
	int err;

	kernel_sigaction(SIGPIPE, SIG_IGN);		/* D27 */
	err = syslet_world_files(syslet_program.block);
	if (err) {
		snprintf(syslet_program.report, sizeof(syslet_program.report),
			 "the program's files cannot be made: %d", err);
		syslet_program_stop(END_REPORT);
	}
	arch_syslet_set_step(regs, 0);
	go_on(regs);
	return 0;
}
