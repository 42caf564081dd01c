// SPDX-License-Identifier: GPL-2.0
/*
 * Whenever more than one observed task could go on, the program's choices
 * decide; without any, everything is first in, first out. All of them are in
 * SCHED_FIFO with one priority, so that the order of their run queue is the
 * order in which they became runnable. One processor, and interrupts only when
 * the observer moves the clock.
 */
#include <linux/sched.h>
#include <linux/sched/rt.h>
#include <linux/syslet.h>
#include <linux/syslet_observer.h>

#include "../sched/sched.h"
#include "executor/executor.h"
#include "points.h"

struct signal_struct *syslet_observed_signal;
struct syslet_schedule syslet_schedule;

static struct {
	const u8		*next, *end;
	unsigned int		skip;
} choices;

static struct task_struct *running;	/* observed, and not asleep */
static struct task_struct *chosen;	/* who is picked next, in any case */
static struct task_struct *creator;	/* picked when its child sleeps */

/* The present run of a task, for the hints. */
static bool in_run;
static unsigned int run_index, points;

static void load_choice(void)
{
	if (choices.next < choices.end)
		choices.skip = *choices.next >> 3;
}

/* Only a moment with two or more options is a choice point. */
static unsigned int choose(unsigned int options)
{
	unsigned int pick;

	if (options < 2 || choices.next == choices.end)
		return 0;
	if (choices.skip) {
		choices.skip--;
		return 0;
	}
	pick = (*choices.next++ & 7) % options;
	load_choice();
	return pick;
}

void syslet_schedule_start(const u8 *bytes, unsigned int n, pid_t first_pid,
			   bool deep)
{
	choices.next = bytes;
	choices.end = bytes + n;
	choices.skip = 0;
	load_choice();
	running = NULL;
	chosen = NULL;
	creator = NULL;
	in_run = false;
	syslet_schedule = (struct syslet_schedule){
		.first_pid = first_pid,
		.deep = deep,
	};
}

/* The rest is first in, first out, and is not written down. */
void syslet_schedule_stop(void)
{
	choices.next = choices.end;
	syslet_observed_signal = NULL;
	chosen = NULL;
	creator = NULL;
}

static unsigned int index_of(const struct task_struct *tsk)
{
	return tsk->pid - syslet_schedule.first_pid;
}

static struct list_head *run_queue(void)
{
	return &this_rq()->rt.active.queue[SYSLET_PRIO];
}

static struct task_struct *entry_task(struct list_head *entry)
{
	return container_of(entry, struct task_struct, rt.run_list);
}

unsigned int syslet_others_runnable(void)
{
	struct list_head *entry;
	unsigned int n = 0;

	list_for_each(entry, run_queue())
		n += entry_task(entry) != current;
	return n;
}

static struct task_struct *other_runnable(unsigned int n)
{
	struct list_head *entry;

	list_for_each(entry, run_queue())
		if (entry_task(entry) != current && !n--)
			return entry_task(entry);
	return NULL;
}

/*
 * From the real-time class when it picks a task of @queue. Observed tasks sleep
 * before another is picked, or were preempted at a point; in between the same
 * one goes on, no matter why the scheduler looks again.
 */
struct list_head *syslet_pick(struct list_head *queue)
{
	struct list_head *entry, *next = queue->next;
	unsigned int n = 0;

	if (!syslet_observed_signal || queue != run_queue())
		return next;
	if (chosen) {
		next = &chosen->rt.run_list;
		chosen = NULL;
		return next;
	}
	if (creator) {
		next = &creator->rt.run_list;
		creator = NULL;
		return next;
	}
	list_for_each(entry, queue) {
		if (entry_task(entry) == running)
			return entry;
		n++;
	}
	for (n = choose(n); n; n--)
		next = next->next;
	return next;
}

/* From the scheduler, run queue locked. */
void syslet_switch(struct task_struct *next)
{
	if (!syslet_observed_signal)
		return;
	if (!syslet_observed(next) && !is_global_init(next))
		executor_bug("a task of the kernel ran in a program");
	if (syslet_observed(current) && !current->on_rq)
		syslet_schedule.sleeps[index_of(current) % MAX_TASKS]++;
	if (creator || next == running) {	/* a detour, and its end */
		syslet_coverage_switch();
		return;
	}
	if (in_run) {
		if (syslet_schedule.deep && !current->on_rq)
			trace_hint_slept(run_index);
		trace_hint_run(run_index, points);
	}
	in_run = syslet_observed(next);
	running = in_run ? next : NULL;
	run_index = index_of(next);
	points = 0;
	syslet_coverage_switch();
}

/* To the tail of the queue, as if preempted; ->__state stays what it is. */
static void give_way_to(struct task_struct *tsk)
{
	struct rq_flags rf;
	struct rq *rq;

	rq = this_rq_lock_irq(&rf);
	current->sched_class->yield_task(rq);
	chosen = tsk;
	rq_unlock_irq(rq, &rf);
	syslet_schedule.preemptions++;
	preempt_schedule();
}

void executor_point(void)
{
	unsigned int others, pick;

	if (!syslet_observed(current))
		return;
	others = syslet_others_runnable();
	if (others) {
		pick = choose(1 + others);
		if (pick)
			give_way_to(other_runnable(pick - 1));
	}
	points++;
}

/*
 * Around the lock of an object, and before the look at what it waits for: the
 * real object says what comes of it. Not on the way out: what a thread lets go of
 * then does not matter.
 *
 * Rules: OBJECT-1, OBJECT-2
 */
void syslet_object_point(void)
{
	if (unlikely(syslet_schedule.deep) && !(current->flags & PF_EXITING))
		executor_point();
}

void syslet_run_first(struct task_struct *tsk)
{
	if (!chosen)
		chosen = tsk;
}

void syslet_run_to_sleep(struct task_struct *tsk)
{
	struct rq_flags rf;
	struct rq *rq;

	if (!syslet_observed(current))
		return;
	rq = this_rq_lock_irq(&rf);
	chosen = tsk;
	creator = current;
	rq_unlock_irq(rq, &rf);
	preempt_schedule();
}

/*
 * Objects wake as the host's do, so that the same choices go the same way: all
 * who wait for a pipe, which look again, and the waiter of a futex that is
 * chosen.
 */
bool syslet_chooses(void)
{
	return syslet_observed(current);
}

unsigned int syslet_choose(unsigned int options)
{
	return choose(options);
}

/* A futex wakes @tsk. */
void syslet_futex_picked(struct task_struct *tsk)
{
	if (syslet_observed(current) && syslet_observed(tsk))
		trace_hint_pick(index_of(tsk));
}
