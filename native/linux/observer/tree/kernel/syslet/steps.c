// SPDX-License-Identifier: GPL-2.0
/*
 * User mode of a program. Its calls are made by user mode, one system call
 * each; what is no call is done here on the way, because entering the kernel is
 * what costs. Where a program is lies in registers of user mode, so that the
 * task that takes over the context goes on with the right thing.
 */
#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/syscalls.h>
#include <linux/syslet.h>
#include <linux/uaccess.h>
#include <asm/syslet_observer.h>

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

/*
 * The others run until they cannot, and time may pass. Where none of them could
 * run anyway the observer has nothing to do.
 *
 * Rules: STEP-3, TIME-4, D55, D133
 */
void executor_settle(void)
{
	struct syslet_user *user = syslet_user(current);

	if (!syslet_others_runnable() && thread_rests_alone(user->family))
		return;
	user->task = current;
	user->settles = true;
	while (user->settles && !fatal_signal_pending(current)) {
		set_current_state(TASK_KILLABLE);
		if (user->settles)
			schedule();
	}
	__set_current_state(TASK_RUNNING);
}

/*
 * In the name of user mode: for it, a cold page comes in.
 *
 * Rules: D89
 */
int executor_get(uint64_t addr, uint64_t *value)
{
	struct syslet_user *user = syslet_user(current);
	int err;

	user->access = true;
	err = get_user(*value, (uint64_t __user *)addr);
	user->access = false;
	return err ? -EFAULT : 0;
}

int executor_put(uint64_t addr, uint64_t value)
{
	struct syslet_user *user = syslet_user(current);
	int err;

	user->access = true;
	err = put_user(value, (uint64_t __user *)addr);
	user->access = false;
	return err ? -EFAULT : 0;
}

uint64_t executor_page_get(uint64_t addr)
{
	uint64_t value = 0;

	if (get_user(value, (uint64_t __user *)addr))
		executor_bug("the page of threadlets cannot be read");
	return value;
}

void executor_page_put(uint64_t addr, uint64_t value)
{
	if (put_user(value, (uint64_t __user *)addr))
		executor_bug("the page of threadlets cannot be written");
}

unsigned long executor_resume_ip(void)
{
	return syslet_program.user_resumed;
}

unsigned long *user_reg(struct pt_regs *regs, enum user_reg reg)
{
	return arch_syslet_user_reg(regs, reg);
}

/* Up to the next call of user mode, or the end. */
static void enter_user(struct pt_regs *regs)
{
	struct user_call call;

	if (user_go_on(regs, &call)) {
		syslet_user(current)->call = call.nr;
		arch_syslet_set_call(regs, syslet_program.user_call, call.nr,
				     call.args);
	} else {
		syslet_head_park();
	}
}

static void call_returns(struct pt_regs *regs, long result)
{
	syslet_user(current)->call = NO_CALL;
	*user_reg(regs, USER_RESULT) = result;
	enter_user(regs);
}

void syslet_step_done(struct pt_regs *regs, long result)
{
	call_returns(regs, result);
}

void syslet_step_resumed(struct pt_regs *regs, long result)
{
	user_resumed(regs);
	call_returns(regs, result);
}

/*
 * Those of threadlet_exec(); they are in no other part of the world.
 *
 * Rules: THREAD-18, D87
 */
static bool for_threadlets(unsigned int nr)
{
	return nr == __NR_threadlet_on || nr == __NR_threadlet_off;
}

static void exit_from_step(int code)
{
	syslet_program.exit_codes[syslet_user(current)->family] = code;
	do_exit(code << 8);
}

/*
 * A system call. It may return as another call that went async long ago: what
 * counts then is the context that was taken over, and where that goes on.
 */
void syslet_step_call(struct pt_regs *regs, unsigned int nr)
{
	unsigned long args[6];
	bool interrupted;
	long ret = -ENOSYS;

	if (syslet_program.over) {
		syslet_head_park();
		return;
	}
	arch_syslet_args(regs, args);
	if (user_exits(regs))
		exit_from_step(args[0] & 0xff);
	if (!syslet_refuses(nr)) {
		if (!user_call_is_silent(regs))
			executor_point();
		ret = for_threadlets(nr) ? arch_syslet_call(nr, args) :
					   syslet_dispatch(nr, args,
							   &interrupted);
	}
	if (instruction_pointer(regs) != syslet_program.user_resumed)
		call_returns(regs, ret);
}

/* A thread that is not the first: the same, with steps of its own. */
static int syslet_further_head(void *number)
{
	struct pt_regs *regs = current_pt_regs();

	user_start((unsigned long)number, regs);
	enter_user(regs);
	return 0;
}

/*
 * They are there before step 0, runnable in their order.
 *
 * Rules: D130
 */
static int create_threads(unsigned int n)
{
	struct kernel_clone_args args = {
		.flags		= CLONE_VM | CLONE_FS | CLONE_FILES |
				  CLONE_SIGHAND | CLONE_THREAD | CLONE_IO |
				  CLONE_SYSVSEM,
		.fn		= syslet_further_head,
	};
	struct task_struct *tsk;
	unsigned long i;

	for (i = 1; i < n; i++) {
		args.fn_arg = (void *)i;
		tsk = copy_process(NULL, 0, NUMA_NO_NODE, &args);
		if (IS_ERR(tsk))
			return PTR_ERR(tsk);
		syslet_user(tsk)->family = i;
		wake_up_new_task(tsk);
	}
	return 0;
}

/*
 * First of all in the process of a program; goes to user mode afterwards. A pipe
 * without readers is told by the result alone.
 *
 * Rules: D27
 */
int syslet_head(void *unused)
{
	struct pt_regs *regs = current_pt_regs();
	int err;

	kernel_sigaction(SIGPIPE, SIG_IGN);
	err = syslet_world_files(syslet_program.block);
	if (err) {
		snprintf(syslet_program.report, sizeof(syslet_program.report),
			 "the program's files cannot be made: %d", err);
		syslet_program_stop(END_REPORT);
	}
	err = create_threads(program_threads(syslet_program.block));
	if (err) {
		snprintf(syslet_program.report, sizeof(syslet_program.report),
			 "the program's threads cannot be made: %d", err);
		syslet_program_stop(END_REPORT);
	}
	user_start(0, regs);
	enter_user(regs);
	return 0;
}
