// SPDX-License-Identifier: GPL-2.0
/*
 * User mode of a program: its steps, and what a user of threadlets does around
 * and inside them. All that it knows of where it is lies in registers, so a
 * context that goes to another task with wrong ones does wrong things; what
 * lies on its stacks is in user_threadlet.c.
 *
 * Homes make the calls, and give sleeping accesses and schedule points.
 */
#ifdef __KERNEL__
# include <linux/string.h>
#else
# include <string.h>
#endif
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/syscalls.h>
#include <linux/syslet.h>
#include <asm/unistd.h>
#include <uapi/linux/syslet.h>

#include "user.h"

static const struct program *program;

void user_program_start(const struct program *block)
{
	program = block;
	threads_start(block);
	user_stacks_start();
}

void user_start(unsigned int thread, struct pt_regs *regs)
{
	set_pc(regs, PC_STEP);
	user_own_stack(regs, thread);
	*user_reg(regs, USER_STEP) = (unsigned long)thread << STEP_BITS |
				     thread_first_step(thread);
	*user_reg(regs, USER_SCRIPT) = NO_SCRIPT;
}

void user_resumed(struct pt_regs *regs)
{
	*user_reg(regs, USER_PC) = PC_RESUMED;
}

bool user_exits(struct pt_regs *regs)
{
	return *user_reg(regs, USER_PC) == PC_EXITS;
}

bool user_call_is_silent(struct pt_regs *regs)
{
	return *user_reg(regs, USER_PC) == PC_PAGE_MADE;
}

static unsigned int threadlet_of(unsigned long script)
{
	return script >> 8;
}

static unsigned int place_of(unsigned long script)
{
	return script & 0xff;
}

/* NULL behind the last one. */
static const struct step *operation(struct pt_regs *regs)
{
	unsigned long script = *user_reg(regs, USER_SCRIPT);
	unsigned int threadlet = threadlet_of(script);

	if (threadlet >= MAX_THREADLETS) {
		executor_bug("user mode is in no script");
		return NULL;
	}
	if (place_of(script) >= program->operations[threadlet])
		return NULL;
	return &program_script(program, threadlet)[place_of(script)];
}

const uint64_t *user_words(struct pt_regs *regs)
{
	unsigned int step = user_step(regs);
	static const uint64_t none[MAX_WORDS];
	const struct step *found;

	if (in_script(regs))
		found = operation(regs);
	else
		found = step < program->nr_steps ?
			&program->steps[step] : NULL;
	return found ? found->word : none;
}

void user_finish(struct pt_regs *regs, int64_t value)
{
	unsigned long *script = user_reg(regs, USER_SCRIPT);
	struct task_view me;

	if (executor_over())
		return;
	if (in_script(regs)) {
		executor_self(&me);
		trace_done(user_step(regs), place_of(*script), value, &me);
		++*script;
		set_pc(regs, PC_OPERATION);
	} else {
		trace_result(user_step(regs), value);
		++*user_reg(regs, USER_STEP);
		set_pc(regs, PC_STEP);
	}
}

bool user_make_call(struct pt_regs *regs, struct user_call *call,
		    unsigned long back, unsigned int nr, const uint64_t *args)
{
	set_pc(regs, back);
	memset(call, 0, sizeof(*call));
	call->nr = nr;
	if (args)
		memcpy(call->args, args, sizeof(call->args));
	return true;
}

/*
 * What is out of the table comes back at once (STEP-6). The calls of
 * threadlet_exec() are empty entries, when they are called by number (D87,
 * THREAD-18); but a step, which is never inside a threadlet, may try to end one
 * (D99).
 */
static bool call_by_number(struct pt_regs *regs, struct user_call *call,
			   const uint64_t *word, unsigned long back)
{
	if (word[0] == __NR_threadlet_on ||
	    (word[0] == __NR_threadlet_off && in_script(regs)))
		executor_point();
	else if (word[0] < NR_syscalls)
		return user_make_call(regs, call, back, word[0], word + 1);
	user_finish(regs, -ENOSYS);
	return false;
}

/* What the client's consumer does (D53, STEP-2). */
static int64_t reap(uint64_t ahu)
{
	uint64_t ring, size, idx, event;

	if (executor_get(FIELD(struct async_head_user, ahu, completion_ring),
			 &ring) ||
	    executor_get(FIELD(struct async_head_user, ahu, ring_size_bytes),
			 &size) ||
	    executor_get(FIELD(struct async_head_user, ahu, user_ring_idx),
			 &idx))
		return -EFAULT;
	size /= 8;
	if (idx >= size)
		return 0;
	if (executor_get(ring + 8 * idx, &event))
		return -EFAULT;
	if (!event)
		return 0;
	if (executor_put(ring + 8 * idx, 0) ||
	    executor_put(FIELD(struct async_head_user, ahu, user_ring_idx),
			 idx + 1 < size ? idx + 1 : 0))
		return -EFAULT;
	return event;
}

/* One behind the other; each is told when it is done (THREAD-22). */
static bool begin_operation(struct pt_regs *regs, struct user_call *call)
{
	const struct step *step = operation(regs);

	if (!step)
		return !executor_over() && user_complete(regs, call);
	executor_point();
	if (executor_over())
		return false;
	switch (step->op) {
	case OP_CALL:
		return call_by_number(regs, call, step->word,
				      PC_OPERATION_CALLED);
	case OP_STORE:
		user_finish(regs, executor_put(step->word[0], step->word[1]));
		return false;
	default:
		return user_exec(regs, call);
	}
}

static void settle(struct pt_regs *regs, uint64_t ticks)
{
	thread_settles(user_thread(regs), ticks);
	executor_settle();
	++*user_reg(regs, USER_STEP);
}

/* The steps that are no calls are made here (STEP-1, STEP-3). */
static bool do_step(struct pt_regs *regs, const struct step *step,
		    struct user_call *call)
{
	const uint64_t code[6] = { step->word[0] };

	switch (step->op) {
	case OP_CALL:
		return call_by_number(regs, call, step->word, PC_STEP_CALLED);
	case OP_STORE:
		user_finish(regs, executor_put(step->word[0], step->word[1]));
		return false;
	case OP_REAP:
		user_finish(regs, reap(step->word[0]));
		return false;
	case OP_EXEC:
		return user_exec(regs, call);
	case OP_EXIT:
		thread_exits(user_thread(regs));
		return user_make_call(regs, call, PC_EXITS, __NR_exit, code);
	default:
		settle(regs, step->op == OP_ADVANCE ? step->word[0] : 0);
		return false;
	}
}

/* Behind its last one a thread stays until all are there (STEP-7, GROUP-5). */
static bool begin_step(struct pt_regs *regs, struct user_call *call)
{
	unsigned int step = user_step(regs);

	if (step > program->nr_steps) {
		executor_bug("user mode is behind the last step");
		return false;
	}
	if (!thread_begins(user_thread(regs), step)) {
		thread_ends(user_thread(regs));
		executor_settle();
		return false;
	}
	executor_point();
	return !executor_over() &&
	       do_step(regs, &program->steps[step], call);
}

/* Up to the next thing that could be observed; true: a call. */
static bool go_on(struct pt_regs *regs, struct user_call *call)
{
	int64_t value = *user_reg(regs, USER_RESULT);

	switch (*user_reg(regs, USER_PC)) {
	case PC_STEP:
		return begin_step(regs, call);
	case PC_STEP_CALLED:
	case PC_OPERATION_CALLED:
		user_finish(regs, value);
		return false;
	case PC_PAGE_MADE:
		user_page_made(regs, value);
		return false;
	case PC_ARM:
		return user_arm(regs, call);
	case PC_ON:
		user_on_returns(regs, value);
		return false;
	case PC_OPERATION:
		return begin_operation(regs, call);
	case PC_OFF:
		user_off_returns(regs, value);
		return false;
	case PC_PARK:
		return user_make_call(regs, call, PC_PARKED, __NR_async_thread,
				 NULL);
	case PC_RESUMED:
		user_back_at_caller(regs, value);
		return false;
	default:
		executor_bug("user mode is nowhere");
		return false;
	}
}

bool user_go_on(struct pt_regs *regs, struct user_call *call)
{
	while (!executor_over())
		if (go_on(regs, call))
			return true;
	return false;
}
