// SPDX-License-Identifier: GPL-2.0
/*
 * Runs one program: user mode of the head, which performs the steps, and what
 * happens when nobody can run.
 */
#include <stdio.h>

#include <asm/syscall.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/uaccess.h>
#include <uapi/linux/syslet.h>

#include "../host/host.h"
#include <linux/syslet.h>
#include "executor.h"

static struct {
	const struct program	*program;
	unsigned int		nr_steps;
	unsigned int		step;		/* begun last */
	unsigned int		fetches;
	unsigned int		atoms;
	unsigned int		handovers;
} run;

const uint8_t *executor_arena(void)
{
	return host_arena;
}

void executor_bug(const char *what)
{
	host_bug("%s", what);
}

static uint32_t sleeps_in(const struct task_struct *tsk)
{
	const struct syslet_task *st = tsk->syslet;

	if (st && st->nr >= 0)
		return st->nr;
	if (!st || st->role == SYSLET_HEAD)
		return task_pt_regs(tsk)->orig_ax;	/* -1: none */
	return NO_CALL;
}

unsigned int executor_tasks(struct task_view *view)
{
	struct task_struct *tsk;
	unsigned int n = 0;

	list_for_each_entry(tsk, &host_tasks, tasks)
		view[n++] = (struct task_view){
			.index = tsk->index,
			.role = tsk->syslet ? tsk->syslet->role : SYSLET_HEAD,
			.call = sleeps_in(tsk),
		};
	return n;
}

static void stop(enum end end, unsigned int steps)
{
	trace_end(end, steps);
	host_cov_map = NULL;
	host_stop();
}

/* Time only moves for a head that sleeps when there is a timer (D56). */
void host_nothing_runnable(void)
{
	uint64_t due;

	trace_observe(EVENT_BLOCKED, run.step);
	if (host_next_timer(&due))
		host_fire_timers(due);
	else
		stop(END_STUCK, run.step);
}

void host_group_exited(void)
{
	trace_end(END_EXITED, run.step + 1);
}

void host_probe_fetch(void)
{
	if (!host_dying && run.fetches++ == run.program->fuel)
		stop(END_FUEL, run.step);
}

void host_probe_execute(void)
{
	run.atoms += !host_dying;
}

void host_probe_handover(void)
{
	run.handovers += !host_dying;
}

static long step_store(const uint64_t *word)
{
	return host_copy_to_user(word[0], &word[1], sizeof(word[1]));
}

#define GET_FIELD(x, base, type, field) \
	host_copy_from_user(&(x), (base) + offsetof(type, field), sizeof(x))

/* What the client's consumer does (D53). */
static long step_reap(const uint64_t *word)
{
	const uint64_t zero = 0, ahu = word[0];
	uint64_t ring, size, idx, event;

	if (GET_FIELD(ring, ahu, struct async_head_user, completion_ring) ||
	    GET_FIELD(size, ahu, struct async_head_user, ring_size_bytes) ||
	    GET_FIELD(idx, ahu, struct async_head_user, user_ring_idx))
		return -EFAULT;
	if (idx >= size / 8)
		return 0;
	if (host_copy_from_user(&event, ring + 8 * idx, sizeof(event)))
		return -EFAULT;
	if (!event)
		return 0;
	if (host_copy_to_user(ring + 8 * idx, &zero, sizeof(zero)))
		return -EFAULT;
	idx = idx + 1 < size / 8 ? idx + 1 : 0;
	if (host_copy_to_user(ahu + offsetof(struct async_head_user,
					     user_ring_idx),
			      &idx, sizeof(idx)))
		return -EFAULT;
	return event;
}

static void step_advance(uint64_t ticks)
{
	uint64_t end = host_now + ticks, due;

	host_settle();
	while (!host_dying && host_next_timer(&due) && due <= end) {
		host_fire_timers(due);
		host_settle();
	}
	host_now = end;
}

/* Leaves the result for the way back to user mode, wherever that is. */
static void step_call(struct pt_regs *regs, const uint64_t *word)
{
	if (word[0] >= NR_syscalls) {
		regs->orig_ax = NR_syscalls;
		regs->ax = -ENOSYS;
		return;
	}
	regs->orig_ax = word[0];
	syslet_point();
	regs->ax = sys_call_table[word[0]](word[1], word[2], word[3], word[4],
					   word[5], word[6]);
}

static void do_step(struct pt_regs *regs)
{
	const struct step *step = &run.program->steps[run.step];
	long ret = 0;

	switch (step->op) {
	case OP_CALL:
		step_call(regs, step->word);
		return;
	case OP_EXIT:
		regs->orig_ax = __NR_exit;
		do_exit(step->word[0]);
	case OP_SETTLE:
	case OP_ADVANCE:
		if (step->op == OP_SETTLE)
			host_settle();
		else
			step_advance(step->word[0]);
		if (!host_dying)
			trace_observe(EVENT_SETTLED, run.step);
		regs->ip++;
		return;
	case OP_STORE:
		ret = step_store(step->word);
		break;
	case OP_REAP:
		ret = step_reap(step->word);
		break;
	}
	trace_result(run.step, ret);
	regs->ip++;
}

/*
 * User mode. The instruction pointer is the number of the step, so that whoever
 * takes over the context goes on with the right one.
 */
void host_user_mode(void)
{
	struct pt_regs *regs = task_pt_regs(current);

	for (;;) {
		if (signal_pending(current))
			do_exit(9);
		if (regs->ip > run.nr_steps)
			host_bug("a task without context went to user mode");
		if (regs->orig_ax != -1UL) {
			trace_result(regs->ip++, regs->ax);
			regs->orig_ax = -1UL;
		}
		run.step = regs->ip;
		if (run.step == run.nr_steps) {
			host_settle();
			if (!host_dying)
				stop(END_DONE, run.nr_steps);
			continue;
		}
		syslet_point();
		if (!host_dying)
			do_step(regs);
	}
}

static void check_leaks(void)
{
	if (!host_kill_all() && !*host_report)
		snprintf(host_report, sizeof(host_report),
			 "leak: a task is still there");
	if (*host_report) {
		host_abandon();
		host_slab_check();
		return;
	}
	host_slab_check();
	host_files_end();
}

void program_run(const struct program *program, uint8_t *trace)
{
	struct task_struct *head;

	memset(&run, 0, sizeof(run));
	run.program = program;
	run.nr_steps = program->nr_steps;
	*host_report = 0;

	host_mm_start(program->pages, program->memory);
	host_files_start(program->pipes, program->eventfds,
			 program->semaphores, program->counters);
	host_time_start();
	host_futex_start();
	trace_start(trace, program->memory);
	host_sched_start(program_choices(program), program->nr_choices);

	head = host_task_create(NULL, NULL);
	task_pt_regs(head)->orig_ax = -1UL;
	wake_up_process(head);
	host_run();
	host_cov_map = NULL;
	if (*host_report)
		host_abandon();
	check_leaks();
	if (*host_report)
		trace_end_with_report(run.step);
	trace_finish(&(struct trace_totals){
		.handovers = run.handovers,
		.atoms = run.atoms,
		.preemptions = host_preemptions,
		.nr_tids = host_nr_tasks,
		.first_tid = HOST_PID,
		.report = host_report,
	});
}
