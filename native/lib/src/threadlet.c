// SPDX-License-Identifier: GPL-2.0
/*
 * The part of threadlet_exec() that need not be quick: which way to take. Only
 * the stack pointer tells a head from one of its threadlets, since both have
 * the same thread-local storage. A threadlet must not store to the page of its
 * head, so the cached way is for callers outside the region of our stacks, and
 * only while all threadlets of this pthread are in it (foreign is 0).
 * Everything else takes the real calls, which the kernel checks.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <syslet.h>
#include <unistd.h>

#include "internal.h"

#define IS_AT(type, member, offset) \
	_Static_assert(offsetof(struct type, member) == (offset), "")
IS_AT(threadlet_block, owner, BLOCK_OWNER);
IS_AT(threadlet_block, token, BLOCK_TOKEN);
IS_AT(threadlet_block, page, BLOCK_PAGE);
IS_AT(threadlet_block, caller, BLOCK_CALLER);
IS_AT(threadlet_block, state, BLOCK_STATE);
IS_AT(threadlet_block, foreign, BLOCK_FOREIGN);
_Static_assert(sizeof(struct threadlet_block) == BLOCK_SIZE, "");
IS_AT(threadlet_page, armed, PAGE_ARMED);
IS_AT(threadlet_page, restore_stack, PAGE_RESTORE_STACK);
IS_AT(threadlet_page, restore_ip, PAGE_RESTORE_IP);
IS_AT(threadlet_page, ready, PAGE_READY);
IS_AT(threadlet_page, token, PAGE_TOKEN);
_Static_assert(THREADLET_MAY_MOVE == MAY_MOVE, "");
IS_AT(threadlet_self, page, SELF_PAGE);
IS_AT(threadlet_self, foreign, SELF_FOREIGN);
IS_AT(threadlet_region, base, REGION_BASE);
IS_AT(threadlet_region, bytes, REGION_BYTES);

hidden __thread struct threadlet_self threadlet_self;
hidden int threadlet_alone;

/* Memory of another owner: any word but this one means that it is free. */
#define FOREIGN_OWNER	0x7468726561646c65UL

static unsigned long owner_mark(const struct threadlet_block *block)
{
	if (threadlet_in_region((unsigned long)block))
		return 1;
	return FOREIGN_OWNER ^ (unsigned long)block;
}

static struct threadlet_block *foreign_block(unsigned long stack)
{
	return (struct threadlet_block *)((stack - BLOCK_SIZE) &
					  ~(BLOCK_SIZE - 1UL));
}

hidden int threadlet_foreign_busy(unsigned long stack)
{
	struct threadlet_block *block = foreign_block(stack);

	return __atomic_load_n(&block->owner, __ATOMIC_ACQUIRE) ==
	       owner_mark(block);
}

/*
 * All threadlets on foreign stacks, of all pthreads. A stack pointer belongs to
 * the next block above it.
 */
static struct threadlet_block *foreign_blocks;

static void remember(struct threadlet_block *block)
{
	__atomic_add_fetch(&threadlet_self.foreign, 1, __ATOMIC_RELAXED);
	threadlet_lock_stacks();
	block->next = foreign_blocks;
	foreign_blocks = block;
	threadlet_unlock_stacks();
}

hidden void threadlet_forget(struct threadlet_block *block)
{
	struct threadlet_block **link;

	threadlet_lock_stacks();
	for (link = &foreign_blocks; *link; link = &(*link)->next) {
		if (*link == block) {
			*link = block->next;
			break;
		}
	}
	threadlet_unlock_stacks();
	__atomic_sub_fetch(&threadlet_self.foreign, 1, __ATOMIC_RELAXED);
}

static struct threadlet_block *block_above(unsigned long here)
{
	struct threadlet_block *block, *best = NULL;

	threadlet_lock_stacks();
	for (block = foreign_blocks; block; block = block->next)
		if ((unsigned long)block > here && (!best || block < best))
			best = block;
	threadlet_unlock_stacks();
	return best;
}

/* The kernel knows whether there is anything to end; then there is a block. */
hidden long threadlet_complete_foreign(void)
{
	struct threadlet_block *block;
	long ret;

	block = block_above((unsigned long)__builtin_frame_address(0));
	ret = threadlet_off();
	if (ret >= 0 && block)
		block->state = ret ? STATE_DONE : STATE_ASYNC;
	return ret;
}

/* The page that this thread shares with the kernel, made when first asked for. */
static struct threadlet_page *own_page(struct async_head_user *head)
{
	long page;

	if (!threadlet_self.page) {
		page = threadlet_on(0, 0, head);
		if (page > 0)
			threadlet_self.page = (struct threadlet_page *)page;
	}
	return threadlet_self.page;
}

/*
 * What to arm the page with; 0 for the real calls. Without a spare they make
 * one, if there is a stack for it; else nothing can be handed over, and the
 * token without its lowest bit says so (D86, THREAD-19 to THREAD-21).
 */
static unsigned long choose_token(struct threadlet_page *page,
				  const struct async_head_user *head)
{
	unsigned long token, move;

	if (!page || __atomic_load_n(&page->armed, __ATOMIC_RELAXED))
		return 0;
	move = __atomic_load_n(&page->ready, __ATOMIC_RELAXED) ?
	       THREADLET_MAY_MOVE : 0;
	if (!move && head->new_thread_stack)
		return 0;
	token = __atomic_add_fetch(&page->token, 2, __ATOMIC_RELAXED);
	return token | move;
}

/* Who has a page has the calls. */
static int is_there(void)
{
	static int known;

	if (threadlet_self.page)
		return 1;
	if (!known)
		known = syslet_available() ? 1 : -1;
	return known > 0;
}

/* A stack that a threadlet still runs on is refused (THREAD-14). */
static long take_block(unsigned long stack, struct threadlet_block **block)
{
	int ours = threadlet_in_region(stack);

	if (stack < BLOCK_SIZE ||
	    (ours && stack % STACK_SIZE != STACK_SIZE - BLOCK_SIZE))
		return -EINVAL;
	*block = ours ? (struct threadlet_block *)stack : foreign_block(stack);
	if (__atomic_load_n(&(*block)->owner, __ATOMIC_ACQUIRE) ==
	    owner_mark(*block))
		return -EBUSY;
	return is_there() ? 0 : -ENOSYS;
}

hidden struct threadlet_plan threadlet_prepare(unsigned long stack,
					       struct async_head_user *head,
					       unsigned long here)
{
	struct threadlet_plan plan = { 0, NULL };
	struct threadlet_block *block;

	plan.error = take_block(stack, &plan.block);
	if (plan.error)
		return plan;
	block = plan.block;
	block->foreign = !threadlet_in_region(stack);
	block->token = 0;
	block->page = NULL;
	if (!block->foreign && !threadlet_in_region(here) &&
	    !__atomic_load_n(&threadlet_self.foreign, __ATOMIC_RELAXED)) {
		block->page = own_page(head);
		block->token = choose_token(block->page, head);
	}
	if (block->foreign)
		remember(block);
	block->state = STATE_RUNNING;
	block->owner = owner_mark(block);
	return plan;
}

/* A new process has no page, and no thread that runs on a stack. */
static void after_fork(void)
{
	threadlet_self.page = NULL;
	threadlet_self.foreign = 0;
	foreign_blocks = NULL;
	threadlet_free_all_stacks((unsigned long)__builtin_frame_address(0));
	threadlet_unlock_stacks();
}

/*
 * How many processors there can ever be, not how many this process may use now.
 * Not known counts as many.
 */
static int one_processor(void)
{
	int fd = open("/sys/devices/system/cpu/possible", O_RDONLY | O_CLOEXEC);
	char text[4];
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text));
	close(fd);
	return n == 2 && text[0] == '0' && text[1] == '\n';
}

__attribute__((constructor)) static void prepare(void)
{
	threadlet_alone = one_processor();
	pthread_atfork(threadlet_lock_stacks, threadlet_unlock_stacks,
		       after_fork);
}
