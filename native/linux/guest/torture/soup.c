// SPDX-License-Identifier: GPL-2.0
/*
 * Moves of a process without rights that does what it should not: garbage for
 * every pointer, memory that vanishes, two heads on one ring, stores to the page
 * of threadlets, an end at any moment. It may die of it, and nobody else.
 */
#include "torture.h"
#include "torture.h"
#include <sys/mman.h>
#include "soup.h"

#define HEADS	3

static struct async_head_user *heads[HEADS];
static struct threadlet_page *shared;

static void remap(void)
{
	int i;

	for (i = 0; i < PAGES; i++)
		CALL(SYS_mmap, arena + i * PAGE, PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

/* Chains that go forward only: they end. */
static void build(void)
{
	struct syslet_uatom *atom = (void *)arena;
	unsigned long *v = (void *)(arena + 8 * PAGE);
	int n = 16 + below(16), i, j;

	remap();
	for (i = 0; i < n; i++, v += 8) {
		atom[i].flags = below(3) ? below(256) : below(3);
		atom[i].nr = below(40) ? (unsigned long)some_call() : draw();
		atom[i].ret_ptr = (void *)(below(3) ? (unsigned long)(v + 6) :
						      garbage());
		atom[i].next = NULL;
		if (i + 1 < n && below(4))
			atom[i].next = &atom[i + 1 + below(n - i - 1 > 3 ?
							   3 : n - i - 1)];
		fill(v, atom[i].nr);
		for (j = 0; j < 6; j++)
			atom[i].arg_ptr[j] = below(60) ? v + j :
							 (void *)garbage();
	}
	memset(&atom[n], 0, sizeof(*atom));	/* where a skip ends */
}

static void make_head(struct async_head_user *head)
{
	head->completion_ring = (void *)(arena + (12 + below(3)) * PAGE +
					 below(2) * (PAGE - 16));
	head->ring_size_bytes = (1 + below(8)) * 8;
	head->kernel_ring_idx = 0;
	head->user_ring_idx = 0;
	head->head_stack = (unsigned long)stacks[3];
	head->head_ip = (unsigned long)spare_start;
	head->new_thread_stack = (unsigned long)stacks[2];
	head->new_thread_ip = (unsigned long)spare_start;
	if (!below(8))
		((unsigned long *)head)[below(8)] = garbage();
}

static void on_signal(int sig)
{
	(void)sig;
	if (!below(4))
		nap_us(1);
}

static void set_handler(int sig, int flags)
{
	struct sigaction action = { .sa_handler = on_signal };

	action.sa_flags = flags;
	sigaction(sig, &action, NULL);
}

void prepare_soup(void)
{
	int restart = below(2) ? SA_RESTART : 0, i;

	arena = (void *)CALL(SYS_mmap, 0, PAGES * PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < HEADS; i++) {
		heads[i] = (void *)(arena + (16 + i) * PAGE);
		make_head(heads[i]);
	}
	tiny.tv_nsec = 1000 * (1 + below(300));
	CALL(SYS_pipe2, soup_pipes, below(2) ? O_NONBLOCK : 0);
	set_handler(SIGUSR1, restart);
	set_handler(SIGUSR2, restart);
	set_handler(SIGALRM, restart);
	signal(SIGPIPE, SIG_IGN);
}

void play_chain(void)
{
	struct async_head_user *head = heads[below(HEADS)];

	build();
	if (below(3))
		make_head(head);
	if (!CALL(NR_ASYNC_EXEC, arena + below(20) *
		  sizeof(struct syslet_uatom), head))
		__atomic_add_fetch(&world->handovers, 1, __ATOMIC_RELAXED);
}

/* Nothing of the kernel is in this memory, and no right has come to us. */
void look_at_soup(void)
{
	int i;

	look_at_user();
	for (i = 0; i < PAGES; i++)
		look_at_page(arena + i * PAGE);
	if (shared)
		look_at_page(shared);
}

void play_wait(void)
{
	CALL(NR_ASYNC_WAIT, below(3), below(4), heads[below(HEADS)]);
}

void play_garbage(void)
{
	CALL(NR_ASYNC_EXEC, garbage(), garbage());
	CALL(NR_ASYNC_WAIT, garbage(), garbage(), garbage());
	CALL(NR_ASYNC_THREAD);
	CALL(NR_THREADLET_OFF);
	CALL(NR_UMEM_ADD, garbage(), garbage());
}

static bool never_alone(int nr)
{
	return nr == SYS_rt_sigreturn || nr == SYS_exit || nr == SYS_vfork ||
	       nr == SYS_clone || nr == SYS_pause;
}

static void end_as_thread(void)
{
	switch (below(6)) {
	case 1:
		CALL(SYS_exit, 3);
		break;
	case 2:
		if (!CALL(SYS_fork))
			leave(0);
		break;
	case 3:
		if (!below(4))
			execute_program("/proc/self/exe");
		break;
	case 4:
		if (!below(8))
			CALL(SYS_exit_group, 4);
		break;
	}
	CALL(NR_ASYNC_THREAD);
	CALL(SYS_exit, 5);
	/*
	 * Two threadlets on one stack may come here where both are refused. A
	 * loop would be all that happens where time is virtual.
	 */
	__builtin_trap();
}

static void run_calls(long unused)
{
	unsigned long v[6];
	int i, nr;

	(void)unused;
	for (i = below(4); i >= 0; i--) {
		nr = some_call();
		if (never_alone(nr))
			continue;
		fill(v, nr);
		if (nr != SYS_fork)
			call6(nr, v[0], v[1], v[2], v[3], v[4], v[5]);
		else if (!CALL(nr))
			leave(0);
	}
	if (below(2))
		return;
	if (!CALL(NR_THREADLET_OFF))
		end_as_thread();
}

void play_threadlet(void)
{
	struct threadlet_page *page = below(2) ? shared : NULL;

	if (exec_on(run_calls, 0, stacks[4 + below(2)] + STACK,
		    heads[below(HEADS)], page) == 0)
		__atomic_add_fetch(&world->handovers, 1, __ATOMIC_RELAXED);
}

void play_share_page(void)
{
	long page = CALL(NR_THREADLET_ON, 0, 0, heads[0]);

	if (page > 0)
		shared = (void *)page;
}

void play_unmap_page(void)
{
	CALL(SYS_munmap, shared, PAGE);
	shared = NULL;
}

/* Stores to the page and the memory of chains, while they are used. */
static void scribble(void)
{
	struct threadlet_page *page;
	int i;

	for (;;) {
		page = shared;
		if (page) {
			page->restore_stack = (unsigned long)stacks[6] + 30000;
			page->restore_ip = (unsigned long)spare_start;
			page->armed = draw() & 7;
			if (below(3))
				page->armed = 0;
		}
		if (!below(4))
			*(volatile unsigned long *)(arena + below(8 * PAGE) / 8 *
						    8) = garbage();
		if (below(3))
			nap_us(tiny.tv_nsec / 1000);
		else
			CALL(SYS_sched_yield);
		if (!below(8)) {
			i = below(PAGES);
			CALL(SYS_mprotect, arena + i * PAGE, PAGE, below(4));
			nap_us(20);
			CALL(SYS_mprotect, arena + i * PAGE, PAGE,
			     PROT_READ | PROT_WRITE);
		}
		if (!below(40))
			remap();
	}
}

void play_scribbler(void)
{
	spawn(scribble, stacks[8] + STACK);
}

/* Another head, on the same memory. */
static void be_second(void)
{
	for (;;) {
		CALL(NR_ASYNC_EXEC, arena + below(20) *
		     sizeof(struct syslet_uatom), heads[below(HEADS)]);
		CALL(NR_ASYNC_WAIT, below(3), below(4), heads[below(HEADS)]);
		nap_us(tiny.tv_nsec / 1000);
	}
}

void play_second_head(void)
{
	spawn(be_second, stacks[9] + STACK);
}
