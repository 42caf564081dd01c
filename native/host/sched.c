// SPDX-License-Identifier: GPL-2.0
/*
 * The scheduler: one task runs until it sleeps, ends, or is preempted at a
 * schedule point. Whenever there is more than one way to go on, the program's
 * choices decide; without any, everything is first in, first out.
 */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/err.h>

#include <linux/syslet.h>
#include "host.h"

struct task_struct *host_current;
struct list_head host_tasks = LIST_HEAD_INIT(host_tasks);
unsigned int host_nr_tasks;
unsigned int host_preemptions;
bool host_dying;
int host_preempt_count;
bool host_irqs_off;

static struct list_head runnable = LIST_HEAD_INIT(runnable);
static unsigned int nr_runnable;
static struct task_struct table[MAX_TASKS];
static struct host_fiber main_fiber;
static struct host_fiber *came_from;
static bool idle;		/* the present task does not really run */
static bool in_order;		/* the first that is runnable comes first */

/* The present run of a task, for the hints. */
static bool in_run;
static unsigned int points;

static struct {
	const uint8_t *next, *end;
	unsigned int skip;
} choices;

void host_might_sleep(const char *what)
{
	if (host_preempt_count)
		host_bug("%s while a spinlock is held", what);
}

static void load_choice(void)
{
	if (choices.next < choices.end)
		choices.skip = *choices.next >> 3;
}

/* Only a moment with two or more options is a decision. */
unsigned int host_choose(unsigned int options)
{
	unsigned int pick;

	if (options < 2 || choices.next == choices.end || host_dying)
		return 0;
	if (choices.skip) {
		choices.skip--;
		return 0;
	}
	pick = (*choices.next++ & 7) % options;
	load_choice();
	return pick;
}

static void enqueue(struct task_struct *tsk)
{
	list_add_tail(&tsk->run, &runnable);
	nr_runnable++;
}

static struct task_struct *dequeue(unsigned int n)
{
	struct list_head *entry = runnable.next;

	while (n--)
		entry = entry->next;
	list_del_init(entry);
	nr_runnable--;
	return list_entry(entry, struct task_struct, run);
}

void wake_up_process(struct task_struct *tsk)
{
	/* The syslet hook takes a lock of its own inside this one. */
	if (host_irqs_off)
		host_bug("wake-up while a spinlock is held");
	BUG_ON(tsk->__state == TASK_DEAD && !tsk->refs);
	spin_lock(&tsk->pi_lock);
	if (tsk->__state != TASK_RUNNING && tsk->__state != TASK_DEAD) {
		tsk->__state = TASK_RUNNING;
		if (tsk != current || idle)
			enqueue(tsk);
	}
	spin_unlock(&tsk->pi_lock);
}

static void end_run(void)
{
	if (host_dying || !in_run)
		return;
	in_run = false;
	trace_hint_run(current->index, points);
}

static void begin_run(struct task_struct *tsk)
{
	host_current = tsk;
	host_cov_switch();
	in_run = true;
	points = 0;
}

static void switch_to(struct task_struct *next)
{
	struct task_struct *prev = current;

	came_from = &prev->fiber;
	begin_run(next);
	host_fiber_switch(&prev->fiber, &next->fiber);
}

/* Who runs when the present task cannot; NULL: none, the end has come. */
static struct task_struct *pick_next(void)
{
	unsigned int n;

	while (list_empty(&runnable)) {
		if (host_dying)
			return NULL;
		idle = true;
		host_nothing_runnable();
		idle = false;
		/* Only the end lets another task run while we are here. */
		if (host_dying)
			return current;
	}
	n = in_order ? 0 : host_choose(nr_runnable);
	in_order = false;
	return dequeue(n);
}

void host_stop(void)
{
	struct task_struct *me = current;

	end_run();
	host_current = NULL;
	host_fiber_switch(&me->fiber, &main_fiber);
}

static void give_way(void)
{
	struct task_struct *next;

	end_run();
	next = pick_next();
	if (!next)
		host_stop();
	else if (next != current)
		switch_to(next);
	else
		begin_run(next);
}

void schedule(void)
{
	struct task_struct *me = current;

	host_might_sleep("sleep");
	if (signal_pending_state(me->__state, me))
		me->__state = TASK_RUNNING;
	if (me->__state == TASK_RUNNING)
		return;
	syslet_sleeping(me);
	give_way();
}

void executor_point(void)
{
	struct task_struct *next;
	unsigned int pick;

	host_might_sleep("schedule point");
	if (host_dying)
		return;
	if (nr_runnable) {
		pick = host_choose(1 + nr_runnable);
		if (pick) {
			next = dequeue(pick - 1);
			end_run();
			enqueue(current);
			host_preemptions++;
			switch_to(next);
		}
	}
	points++;
}

/* No sleep: nothing hands over. If no other task runs, it is the same run. */
void host_settle(void)
{
	struct task_struct *me = current, *next;

	me->__state = TASK_UNINTERRUPTIBLE;
	next = pick_next();
	if (!next) {
		host_stop();
	} else if (next != me) {
		end_run();
		switch_to(next);
	}
}

/* It has seen that nothing can run: a run of no points, or the present one. */
void host_settles_on(unsigned int index)
{
	if (!in_run)
		trace_hint_run(index, 0);
}

void host_go_on(struct task_struct *tsk)
{
	in_order = true;
	wake_up_process(tsk);
}

static void start(void)
{
	struct task_struct *me = current;

	host_fiber_started(came_from);
	if (me->fn)
		me->fn(me->fn_arg);
	host_user_mode();
}

/* Made asleep, as if it had run as far as its first sleep. */
struct task_struct *host_task_create(int (*fn)(void *), void *arg)
{
	struct task_struct *tsk;

	if (current && signal_pending(current))
		return ERR_PTR(-ERESTARTNOINTR);
	if (host_nr_tasks == MAX_TASKS)
		return ERR_PTR(-EAGAIN);
	tsk = &table[host_nr_tasks];
	tsk->__state = TASK_INTERRUPTIBLE;
	tsk->pi_lock.held = false;
	tsk->syslet = NULL;
	tsk->index = host_nr_tasks++;
	tsk->family = current ? current->family : 0;
	tsk->pid = HOST_PID + tsk->index;
	tsk->killed = false;
	tsk->exiting = false;
	tsk->refs = 0;
	memset(&tsk->regs, 0, sizeof(tsk->regs));
	INIT_LIST_HEAD(&tsk->run);
	list_add_tail(&tsk->tasks, &host_tasks);
	tsk->fn = fn;
	tsk->fn_arg = arg;
	host_fiber_init(&tsk->fiber, start);
	return tsk;
}

struct task_struct *host_task(unsigned int index)
{
	return &table[index];
}

void do_exit(long code)
{
	struct task_struct *me = current, *next;

	me->exiting = true;
	syslet_exit(me, code);
	me->exit_code = code;
	BUG_ON(host_preempt_count);
	me->__state = TASK_DEAD;
	list_del_init(&me->tasks);
	end_run();
	next = list_empty(&host_tasks) ? NULL : pick_next();
	if (!next && !host_dying)
		host_group_exited();
	came_from = &me->fiber;
	host_current = NULL;
	if (next)
		begin_run(next);
	host_fiber_leave(&me->fiber, next ? &next->fiber : &main_fiber);
}

void host_sched_start(const uint8_t *bytes, unsigned int n)
{
	choices.next = bytes;
	choices.end = bytes + n;
	choices.skip = 0;
	load_choice();
	host_dying = false;
	host_nr_tasks = 0;
	host_preemptions = 0;
	host_preempt_count = 0;
	host_irqs_off = false;
	in_run = false;
	idle = false;
	in_order = false;
}

void host_run(void)
{
	struct task_struct *next;

	if (list_empty(&runnable))
		return;
	next = dequeue(0);
	came_from = &main_fiber;
	begin_run(next);
	host_fiber_switch(&main_fiber, &next->fiber);
}

static bool task_referenced(void)
{
	unsigned int i;

	for (i = 0; i < host_nr_tasks; i++)
		if (table[i].refs)
			return true;
	return false;
}

bool host_kill_all(void)
{
	struct task_struct *tsk;

	host_dying = true;
	in_order = false;
	list_for_each_entry(tsk, &host_tasks, tasks) {
		tsk->killed = true;
		tsk->__state = TASK_RUNNING;
		if (list_empty(&tsk->run))
			enqueue(tsk);
	}
	host_run();
	return list_empty(&host_tasks) && !task_referenced();
}

void host_abandon(void)
{
	while (!list_empty(&host_tasks))
		list_del_init(host_tasks.next);
	while (nr_runnable)
		dequeue(0);
	host_current = NULL;
	host_preempt_count = 0;
	host_irqs_off = false;
	idle = false;
}
