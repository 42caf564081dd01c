// SPDX-License-Identifier: GPL-2.0
/*
 * The threads of a program: where each one stands, and what a moment of rest
 * means to them (D133).
 */
#ifdef __KERNEL__
# include <linux/string.h>
#else
# include <string.h>
#endif
#include "executor.h"

enum state { IN_STEP, SETTLES, AT_END, EXITS };

static struct thread {
	unsigned int		first, end;	/* its steps */
	unsigned int		step;		/* the first not finished */
	enum state		state;
	unsigned int		task;		/* which settles or exits */
	uint64_t		until;		/* it settles, in ticks */
} threads[MAX_THREADS];

static unsigned int nr_threads;

/* Steps are numbered through, thread by thread (D130). */
void threads_start(const struct program *program)
{
	unsigned int i, step = 0;

	memset(threads, 0, sizeof(threads));
	nr_threads = program->more_threads + 1;
	for (i = 0; i < nr_threads; i++) {
		threads[i].first = step;
		threads[i].step = step;
		while (step < program->nr_steps &&
		       program->steps[step].thread == i)
			step++;
		threads[i].end = step;
	}
}

unsigned int thread_first_step(unsigned int thread)
{
	return threads[thread].first;
}

bool thread_begins(unsigned int thread, unsigned int step)
{
	threads[thread].step = step;
	threads[thread].state = IN_STEP;
	return step < threads[thread].end;
}

static void enter(unsigned int thread, enum state state)
{
	struct task_view me;

	executor_self(&me);
	threads[thread].task = me.index;
	threads[thread].state = state;
}

void thread_settles(unsigned int thread, uint64_t ticks)
{
	enter(thread, SETTLES);
	threads[thread].until = executor_now() + ticks;
}

void thread_ends(unsigned int thread)
{
	enter(thread, AT_END);
}

void thread_exits(unsigned int thread)
{
	enter(thread, EXITS);
}

static bool is_gone(const struct thread *thread)
{
	return thread->state == EXITS && !executor_lives(thread->task);
}

unsigned int threads_finished(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < nr_threads; i++)
		n += threads[i].step - threads[i].first + is_gone(&threads[i]);
	return n;
}

/* Nothing but this thread can run, and it is all that settles. */
bool thread_rests_alone(unsigned int thread)
{
	unsigned int i;

	for (i = 0; i < nr_threads; i++)
		if (i != thread && threads[i].state == SETTLES)
			return false;
	if (threads[thread].state != SETTLES ||
	    threads[thread].until > executor_now())
		return false;
	trace_observe(EVENT_SETTLED, threads[thread].step++);
	threads[thread].state = IN_STEP;
	return true;
}

/* Those that have settled go on together, in order (GROUP-4). */
static bool go_on(void)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < nr_threads; i++) {
		if (threads[i].state != SETTLES ||
		    threads[i].until > executor_now())
			continue;
		trace_observe(EVENT_SETTLED, threads[i].step++);
		threads[i].state = IN_STEP;
		executor_go_on(threads[i].task);
		any = true;
	}
	return any;
}

/* Time goes on to the first end of an advance, or of a time-out (TIME-4). */
static bool advance(void)
{
	const struct thread *first = NULL;
	uint64_t due, tick = ~(uint64_t)0;
	unsigned int i;

	for (i = 0; i < nr_threads; i++) {
		if (threads[i].state != SETTLES)
			continue;
		if (!first)
			first = &threads[i];
		if (threads[i].until < tick)
			tick = threads[i].until;
	}
	if (!first)
		return false;
	if (executor_next_timer(&due) && due <= tick) {
		executor_settles_on(first->task);
		tick = due;
	}
	executor_move_clock(tick);
	return true;
}

/* The first thread that is in a step; NULL if none is (GROUP-5). */
static const struct thread *first_in_step(void)
{
	unsigned int i;

	for (i = 0; i < nr_threads; i++)
		if (threads[i].state != AT_END && !is_gone(&threads[i]))
			return &threads[i];
	return NULL;
}

void threads_rest(void)
{
	const struct thread *thread;
	uint64_t due;

	if (go_on() || advance())
		return;
	thread = first_in_step();
	if (!thread) {
		executor_stop(END_DONE);		/* STEP-7 */
		return;
	}
	/* On to the next time-out (TIME-5), or there is none (STEP-4). */
	trace_observe(EVENT_BLOCKED, thread->step);
	if (executor_next_timer(&due))
		executor_move_clock(due);
	else
		executor_stop(END_STUCK);
}
