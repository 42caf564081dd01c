// SPDX-License-Identifier: GPL-2.0
/* threadlet_exec() and threadlet_complete() of a program's user mode (D85). */
#ifdef __KERNEL__
# include <linux/string.h>
#else
# include <string.h>
#endif
#include <linux/errno.h>
#include <asm/unistd.h>
#include <uapi/linux/syslet.h>

#include "user.h"

/* Tops of the stacks of threadlets, and the threads' own behind them. */
#define STACKS_AT	0x60010000UL
#define STACK_BYTES	0x10000UL
#define MAIN_STACK	MAX_STACKS
#define ALL_STACKS	(MAX_STACKS + MAX_THREADS)

/* What threadlet_exec() pushes, and what it tells the threadlet. */
struct stack {
	bool			taken;		/* by a threadlet... */
	unsigned int		caller;		/* ...from this stack */
	uint64_t		armed;		/* cached: with this word */
	unsigned long		script;		/* of who called from here */
};

static struct {
	struct stack		stacks[ALL_STACKS];
	/* Shared with the kernel: one for each family (D131). */
	uint64_t		pages[MAX_THREADS];
} user;

static unsigned int stack_number(struct pt_regs *regs)
{
	unsigned long at = *user_reg(regs, USER_STACK) - STACKS_AT;

	if (at % STACK_BYTES || at / STACK_BYTES >= ALL_STACKS) {
		executor_bug("user mode is on no stack");
		return MAIN_STACK;
	}
	return at / STACK_BYTES;
}

static void set_stack(struct pt_regs *regs, unsigned int number)
{
	*user_reg(regs, USER_STACK) = STACKS_AT + number * STACK_BYTES;
}

void user_stacks_start(void)
{
	memset(&user, 0, sizeof(user));
}

void user_own_stack(struct pt_regs *regs, unsigned int thread)
{
	set_stack(regs, MAIN_STACK + thread);
}

/* On the new stack, with the caller's place left behind on the old one. */
static void enter_script(struct pt_regs *regs, uint64_t armed)
{
	const uint64_t *word = user_words(regs);
	unsigned int stack = word[1];

	user.stacks[stack].caller = stack_number(regs);
	user.stacks[stack].armed = armed;
	set_stack(regs, stack);
	*user_reg(regs, USER_SCRIPT) = word[0] << 8;
	set_pc(regs, PC_OPERATION);
}

/* It does not begin, and gives the stack back (D91). */
static void refuse(struct pt_regs *regs, int64_t err)
{
	user.stacks[user_words(regs)[1]].taken = false;
	user_finish(regs, err);
}

static bool call_on(struct pt_regs *regs, struct user_call *call)
{
	uint64_t args[6] = {
		*user_reg(regs, USER_STACK), executor_resume_ip(),
		user_words(regs)[2],
	};

	return user_make_call(regs, call, PC_ON, __NR_threadlet_on, args);
}

static uint64_t page_get(struct pt_regs *regs, size_t field)
{
	return executor_page_get(user.pages[user_thread(regs)] + field);
}

static void page_put(struct pt_regs *regs, size_t field, uint64_t value)
{
	executor_page_put(user.pages[user_thread(regs)] + field, value);
}

#define PAGE(field)	offsetof(struct threadlet_page, field)

/*
 * Begin by a store, if nothing has to be done by the kernel (D86, THREAD-19 to
 * THREAD-21).
 */
bool user_arm(struct pt_regs *regs, struct user_call *call)
{
	uint64_t ahu = user_words(regs)[2], ready = page_get(regs, PAGE(ready));
	uint64_t token, stack = 0;
	int err;

	if (!ready) {
		err = executor_get(FIELD(struct async_head_user, ahu,
					 new_thread_stack), &stack);
		if (err) {
			refuse(regs, err);
			return false;
		}
		if (stack)
			return call_on(regs, call);
	}
	token = page_get(regs, PAGE(token)) + 2;
	page_put(regs, PAGE(token), token);
	page_put(regs, PAGE(restore_stack), *user_reg(regs, USER_STACK));
	page_put(regs, PAGE(restore_ip), executor_resume_ip());
	token += ready ? THREADLET_MAY_MOVE : 0;
	page_put(regs, PAGE(armed), token);
	enter_script(regs, token);
	return false;
}

/*
 * threadlet_exec(); one in a script takes the real calls (D85 to D87). A stack
 * in use is refused here, any other is taken (THREAD-14, THREAD-15).
 */
bool user_exec(struct pt_regs *regs, struct user_call *call)
{
	const uint64_t *word = user_words(regs);
	const uint64_t make_page[6] = { 0, 0, word[2] };

	if (user.stacks[word[1]].taken) {
		user_finish(regs, -EBUSY);
		return false;
	}
	user.stacks[word[1]].taken = true;
	user.stacks[stack_number(regs)].script = *user_reg(regs, USER_SCRIPT);
	if (!word[3] || in_script(regs))
		return call_on(regs, call);
	if (!user.pages[user_thread(regs)])
		return user_make_call(regs, call, PC_PAGE_MADE, __NR_threadlet_on,
				 make_page);
	set_pc(regs, PC_ARM);
	return false;
}

void user_back_at_caller(struct pt_regs *regs, int64_t value)
{
	unsigned int caller = stack_number(regs);

	*user_reg(regs, USER_SCRIPT) = user.stacks[caller].script;
	user_finish(regs, value);
}

/* It never slept, and returns to its caller (THREAD-13, THREAD-25). */
static void leave_script(struct pt_regs *regs, int64_t value)
{
	struct stack *stack = &user.stacks[stack_number(regs)];

	stack->taken = false;
	set_stack(regs, stack->caller);
	user_back_at_caller(regs, value);
}

/* threadlet_complete() */
bool user_complete(struct pt_regs *regs, struct user_call *call)
{
	uint64_t armed = user.stacks[stack_number(regs)].armed;

	if (!armed || page_get(regs, PAGE(armed)) != armed)
		return user_make_call(regs, call, PC_OFF, __NR_threadlet_off, NULL);
	page_put(regs, PAGE(armed), 0);
	leave_script(regs, armed & THREADLET_MAY_MOVE ? 1 : 2);
	return false;
}

void user_page_made(struct pt_regs *regs, int64_t value)
{
	if (value < 0) {
		refuse(regs, value);
		return;
	}
	user.pages[user_thread(regs)] = value;
	set_pc(regs, PC_ARM);
}

/* An error is the result, and nothing of the script runs (THREAD-16). */
void user_on_returns(struct pt_regs *regs, int64_t value)
{
	if (value)
		refuse(regs, value);
	else
		enter_script(regs, 0);
}

/* On 0 it has become a context of its own, off the stack (D85, THREAD-15). */
void user_off_returns(struct pt_regs *regs, int64_t value)
{
	if (value) {
		leave_script(regs, value);
	} else {
		user.stacks[stack_number(regs)].taken = false;
		set_pc(regs, PC_PARK);
	}
}
