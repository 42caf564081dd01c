// SPDX-License-Identifier: GPL-2.0
/*
 * Runs one program: makes the calls of its user mode, and sees to what happens
 * when no task can run.
 */
#include <stdio.h>

#include <asm/syscall.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/uaccess.h>

#include "host.h"
#include <linux/syslet.h>
#include "../executor/executor.h"

static struct {
	const struct program	*program;
	unsigned int		fetches;
	unsigned int		atoms;
	unsigned int		handovers;
	long			exit_codes[MAX_THREADS];
} run;

const uint64_t *executor_page(unsigned int i)
{
	return (const uint64_t *)(host_arena + i * ARENA_PAGE);
}

void executor_bug(const char *what)
{
	host_bug("%s", what);
}

bool executor_over(void)
{
	return host_dying;
}

static void view_task(struct task_view *view, struct task_struct *tsk)
{
	const struct syslet_task *st = tsk->syslet;

	*view = (struct task_view){
		.index = tsk->index,
		.role = st ? st->role : SYSLET_HEAD,
		.family = tsk->family,
		.call = task_pt_regs(tsk)->orig_ax,	/* -1: none */
	};
	if (st && st->nr >= 0)
		view->call = st->nr;
	if (view->role == SYSLET_READY)
		view->call = NO_CALL;
}

void executor_self(struct task_view *view)
{
	view_task(view, current);
}

unsigned int executor_tasks(struct task_view *view)
{
	struct task_struct *tsk;
	unsigned int n = 0;

	list_for_each_entry(tsk, &host_tasks, tasks)
		view_task(&view[n++], tsk);
	return n;
}

static void stop(enum end end, unsigned int steps)
{
	trace_end(end, steps);
	host_cov_map = NULL;
	host_stop();
}

void executor_stop(enum end end)
{
	stop(end, threads_finished());
}

void host_nothing_runnable(void)
{
	threads_rest();
}

/*
 * The code of the process is the one with which the last task went, whichever it
 * was: all tasks of a family have their head's (D20, D134).
 */
void host_group_exited(void)
{
	unsigned int i;
	long code;

	for (i = 0; i < host_nr_tasks; i++) {
		code = run.exit_codes[host_task(i)->family];
		if (host_task(i)->exit_code != code)
			host_bug("exit with %ld seen as %ld", code,
				 host_task(i)->exit_code);
	}
	trace_end(END_EXITED, threads_finished());
}

uint64_t executor_now(void)
{
	return host_now;
}

bool executor_next_timer(uint64_t *due)
{
	return host_next_timer(due);
}

void executor_move_clock(uint64_t tick)
{
	host_fire_timers(tick);
}

void executor_go_on(unsigned int task)
{
	host_go_on(host_task(task));
}

void executor_settles_on(unsigned int task)
{
	host_settles_on(task);
}

bool executor_lives(unsigned int task)
{
	return !list_empty(&host_task(task)->tasks);
}

/* The program ends when its fuel is spent (STEP-5). */
void host_probe_fetch(void)
{
	if (!host_dying && run.fetches++ == run.program->fuel)
		executor_stop(END_FUEL);
}

void host_probe_execute(void)
{
	run.atoms += !host_dying;
}

void host_probe_handover(void)
{
	run.handovers += !host_dying;
}

/* The others run first, and time may pass (STEP-3, TIME-4). */
void executor_settle(void)
{
	host_settle();
}

/* User mode's own access: a cold page comes in meanwhile (D89, PAGE-4). */
static int access_user(uint64_t addr, bool write)
{
	struct pt_regs *regs = task_pt_regs(current);
	const unsigned long call = regs->orig_ax;
	unsigned long there;

	while ((there = host_user_extent(addr, 8, write)) < 8) {
		if (!host_user_page_cold(addr + there))
			return -EFAULT;
		regs->orig_ax = FAULT_CALL;
		host_sleep(1);
		regs->orig_ax = call;
		if (signal_pending(current))
			do_exit(9);
		host_user_page_in(addr + there);
	}
	return 0;
}

int executor_get(uint64_t addr, uint64_t *value)
{
	return access_user(addr, false) ?:
	       host_copy_from_user(value, addr, sizeof(*value));
}

int executor_put(uint64_t addr, uint64_t value)
{
	return access_user(addr, true) ?:
	       host_copy_to_user(addr, &value, sizeof(value));
}

uint64_t executor_page_get(uint64_t addr)
{
	return *(uint64_t *)addr;
}

void executor_page_put(uint64_t addr, uint64_t value)
{
	*(uint64_t *)addr = value;
}

/* Of the host's user mode, whose instruction pointer says what it does next. */
unsigned long *user_reg(struct pt_regs *regs, enum user_reg reg)
{
	switch (reg) {
	case USER_RESULT:
		return &regs->ax;
	case USER_PC:
		return &regs->ip;
	case USER_STACK:
		return &regs->sp;
	case USER_STEP:
		return &regs->bx;
	default:
		return &regs->r12;
	}
}

unsigned long executor_resume_ip(void)
{
	struct pt_regs regs;

	user_resumed(&regs);
	return regs.ip;
}

/* It may return as another call of user mode, in a context that was given. */
static void make_call(struct pt_regs *regs, const struct user_call *call)
{
	const uint64_t *a = call->args;

	regs->orig_ax = call->nr;
	if (user_exits(regs)) {
		run.exit_codes[current->family] = a[0];
		do_exit(a[0]);
	}
	if (syslet_refuses(call->nr)) {
		regs->ax = -ENOSYS;
	} else {
		if (!user_call_is_silent(regs))
			executor_point();
		regs->ax = sys_call_table[call->nr](a[0], a[1], a[2], a[3],
						    a[4], a[5]);
	}
	regs->orig_ax = -1UL;
}

void host_user_mode(void)
{
	struct pt_regs *regs = task_pt_regs(current);
	struct user_call call;

	regs->orig_ax = -1UL;
	for (;;) {
		if (signal_pending(current))
			do_exit(9);
		if (user_go_on(regs, &call))
			make_call(regs, &call);
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
	host_files_end();
	host_slab_check();
}

void program_run(const struct program *program, uint8_t *trace)
{
	struct task_struct *head;
	unsigned int i;

	memset(&run, 0, sizeof(run));
	run.program = program;
	*host_report = 0;

	host_mm_start(program->pages, program->memory);
	host_files_start(program->pipes, program->eventfds,
			 program->semaphores, program->counters);
	host_time_start();
	host_futex_start();
	trace_start(trace, program);
	host_sched_start(program_choices(program), program->nr_choices);

	user_program_start(program);
	for (i = 0; i < program_threads(program); i++) {
		head = host_task_create(NULL, NULL);
		head->family = i;
		user_start(i, task_pt_regs(head));
		wake_up_process(head);
	}
	host_run();
	host_cov_map = NULL;
	if (*host_report)
		host_abandon();
	check_leaks();
	if (*host_report)
		trace_end_with_report(threads_finished());
	trace_finish(&(struct trace_totals){
		.handovers = run.handovers,
		.atoms = run.atoms,
		.preemptions = host_preemptions,
		.nr_tids = host_nr_tasks,
		.first_tid = HOST_PID,
		.report = host_report,
	});
}
