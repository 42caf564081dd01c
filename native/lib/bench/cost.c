// SPDX-License-Identifier: GPL-2.0
/*
 * What a threadlet that does not block costs: threadlet_exec() of an empty
 * function beside a plain call of one, two changes of a context by
 * swapcontext(), and a thread that is created and joined. All on the processor
 * that this thread is bound to, in turns, the best turn of each. Nanoseconds
 * per call, one line each: "name figure".
 *
 * `cost page` makes up the page that the kernel would provide: for a machine
 * without syslets.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslet.h>
#include <time.h>
#include <ucontext.h>

#include "../src/internal.h"

#define TURNS	25

static struct async_head_user head;
static void *stack;
static ucontext_t caller, callee;
static long sink;

static long empty(void *data)
{
	return (long)data + 1;
}

static long threadlet(void *data)
{
	(void)data;
	return threadlet_complete();
}

static void plain_call(long n)
{
	threadlet_fn *function = empty;

	__asm__("" : "+r" (function));	/* the compiler cannot know it */
	while (n--)
		sink += function(NULL);
}

static void cached(long n)
{
	while (n--)
		sink += threadlet_exec(threadlet, stack, &head);
}

/* Nothing moves away here, so the other way of ending is right as well. */
static void cached_by(int alone, long n)
{
	int really = threadlet_alone;

	threadlet_alone = alone;
	cached(n);
	threadlet_alone = really;
}

static void cached_unlocked(long n)
{
	cached_by(1, n);
}

static void cached_locked(long n)
{
	cached_by(0, n);
}

static void by_real_calls(long n)
{
	threadlet_self.foreign = 1;
	while (n--) {
		syslet_refill(&head);
		sink += threadlet_exec(threadlet, stack, &head);
	}
	threadlet_self.foreign = 0;
}

static void go_back(void)
{
	for (;;)
		swapcontext(&callee, &caller);
}

static void contexts(long n)
{
	while (n--)
		swapcontext(&caller, &callee);
}

static void *thread(void *data)
{
	return data;
}

static void threads(long n)
{
	pthread_t id;

	while (n--) {
		if (pthread_create(&id, NULL, thread, NULL))
			exit(2);
		pthread_join(id, NULL);
	}
}

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec * 1e9 + at.tv_nsec;
}

static struct {
	const char	*name;
	void		(*work)(long n);
	long		times;
	double		best;
} measured[] = {
	{ "plain_call", plain_call, 400000, 1e99 },
	{ "threadlet_exec", cached, 200000, 1e99 },
	{ "threadlet_exec_one_processor", cached_unlocked, 200000, 1e99 },
	{ "threadlet_exec_many_processors", cached_locked, 200000, 1e99 },
	{ "threadlet_exec_real_calls", by_real_calls, 500, 1e99 },
	{ "swapcontext_there_and_back", contexts, 500, 1e99 },
	{ "pthread_create_and_join", threads, 50, 1e99 },
};

#define MEASURED	(sizeof(measured) / sizeof(measured[0]))

static void measure(int made_up)
{
	double before, each;
	unsigned int turn, i;

	for (turn = 0; turn < TURNS; turn++) {
		for (i = 0; i < MEASURED; i++) {
			if (made_up && measured[i].work == by_real_calls)
				continue;
			before = now();
			measured[i].work(measured[i].times);
			each = (now() - before) / measured[i].times;
			if (each < measured[i].best)
				measured[i].best = each;
		}
	}
	for (i = 0; i < MEASURED; i++)
		if (measured[i].best < 1e99)
			printf("%s %.2f\n", measured[i].name,
			       measured[i].best);
}

/* One that blocks leaves a spare behind when it is done, as any program has. */
static long sleeper(void *data)
{
	struct timespec moment = { 0, 1000000 };

	(void)data;
	syslet_raw(35, (unsigned long)&moment, 0, 0, 0, 0, 0);	/* nanosleep */
	return threadlet_complete();
}

static void make_spare(void)
{
	struct threadlet_page *page;

	if (threadlet_exec(sleeper, stack, &head)) {
		fprintf(stderr, "cost: nanosleep did not block\n");
		exit(2);
	}
	page = threadlet_self.page;
	while (threadlet_stack_busy(stack) || !page->ready)
		sched_yield();
}

int main(int argc, char **argv)
{
	static struct threadlet_page page = { .ready = 1 };
	static char context_stack[65536];
	int made_up = argc > 1 && !strcmp(argv[1], "page");
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	stack = threadlet_stack_alloc();
	if (!stack || syslet_head_init(&head, NULL, 0))
		return 2;
	if (made_up) {
		threadlet_self.page = &page;
	} else if (syslet_available()) {
		make_spare();
	} else {
		fprintf(stderr, "cost: no syslets in this kernel; try: syslet boot --real-time -- %s\n",
			argv[0]);
		return 77;
	}
	getcontext(&callee);
	callee.uc_stack.ss_sp = context_stack;
	callee.uc_stack.ss_size = sizeof(context_stack);
	makecontext(&callee, go_back, 0);
	measure(made_up);
	return sink ? 0 : 1;
}
