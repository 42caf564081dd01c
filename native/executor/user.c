// SPDX-License-Identifier: GPL-2.0
/*
 * User mode of a program: its steps, and what a user of threadlets does around
 * and inside them. All that it knows of where it is lies in registers, so a
 * context that goes to another task with wrong ones does wrong things; what
 * lies on its stacks is here.
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

#include "executor.h"

/* Far from all addresses that a program may give for a task. */
enum {
	PC_STEP = 0x59530000,	/* begin a step */
	PC_STEP_CALLED,		/* its call returns */
	PC_EXITS,
	PC_PAGE_MADE,		/* threadlet_on(0, 0) returns */
	PC_ARM,
	PC_ON,			/* threadlet_on() returns */
	PC_OPERATION,		/* begin an operation of a script */
	PC_OPERATION_CALLED,
	PC_OFF,			/* threadlet_off() returns */
	PC_PARK,
	PC_PARKED,		/* async_thread() returns */
	PC_RESUMED,		/* threadlet_exec() returns, in another task */
};

/* Tops of the stacks of threadlets, and the head's own behind them. */
#define STACKS_AT	0x60010000UL
#define STACK_BYTES	0x10000UL
#define MAIN_STACK	MAX_STACKS

#define NO_SCRIPT	0xffffUL
#define FIELD(type, base, field) ((base) + offsetof(type, field))

/* What threadlet_exec() pushes, and what it tells the threadlet. */
struct stack {
	bool			taken;		/* by a threadlet... */
	unsigned int		caller;		/* ...from this stack */
	uint64_t		armed;		/* cached: with this word */
	unsigned long		script;		/* of who called from here */
};

static struct {
	const struct program	*program;
	struct stack		stacks[MAX_STACKS + 1];
	uint64_t		page;		/* shared with the kernel */
} user;

void user_start(const struct program *program, struct pt_regs *regs)
{
	memset(&user, 0, sizeof(user));
	user.program = program;
	*user_reg(regs, USER_PC) = PC_STEP;
	*user_reg(regs, USER_STACK) = STACKS_AT + MAIN_STACK * STACK_BYTES;
	*user_reg(regs, USER_STEP) = 0;
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

static void set_pc(struct pt_regs *regs, unsigned long pc)
{
	*user_reg(regs, USER_PC) = pc;
}

static unsigned int stack_number(struct pt_regs *regs)
{
	unsigned long at = *user_reg(regs, USER_STACK) - STACKS_AT;

	if (at % STACK_BYTES || at / STACK_BYTES > MAIN_STACK) {
		executor_bug("user mode is on no stack");
		return MAIN_STACK;
	}
	return at / STACK_BYTES;
}

static void set_stack(struct pt_regs *regs, unsigned int number)
{
	*user_reg(regs, USER_STACK) = STACKS_AT + number * STACK_BYTES;
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
	if (place_of(script) >= user.program->operations[threadlet])
		return NULL;
	return &program_script(user.program, threadlet)[place_of(script)];
}

static bool in_script(struct pt_regs *regs)
{
	return *user_reg(regs, USER_SCRIPT) != NO_SCRIPT;
}

/* The words of the step or operation that is being done. */
static const uint64_t *words(struct pt_regs *regs)
{
	unsigned long step = *user_reg(regs, USER_STEP);
	static const uint64_t none[MAX_WORDS];
	const struct step *found;

	if (in_script(regs))
		found = operation(regs);
	else
		found = step < user.program->nr_steps ?
			&user.program->steps[step] : NULL;
	return found ? found->word : none;
}

/* A step or an operation is done. */
static void finish(struct pt_regs *regs, int64_t value)
{
	unsigned long *script = user_reg(regs, USER_SCRIPT);
	unsigned long *step = user_reg(regs, USER_STEP);
	struct task_view me;

	if (executor_over())
		return;
	if (in_script(regs)) {
		executor_self(&me);
		trace_done(*step, place_of(*script), value, &me);
		++*script;
		set_pc(regs, PC_OPERATION);
	} else {
		trace_result(*step, value);
		++*step;
		set_pc(regs, PC_STEP);
	}
}

static bool make_call(struct pt_regs *regs, struct user_call *call,
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
 * What is out of the table comes back at once. The calls of threadlet_exec()
 * are empty entries, when they are called by number (D87).
 */
static bool call_by_number(struct pt_regs *regs, struct user_call *call,
			   const uint64_t *word, unsigned long back)
{
	if (word[0] == __NR_threadlet_on || word[0] == __NR_threadlet_off)
		syslet_point();
	else if (word[0] < NR_syscalls)
		return make_call(regs, call, back, word[0], word + 1);
	finish(regs, -ENOSYS);
	return false;
}

/* What the client's consumer does (D53). */
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

/* On the new stack, with the caller's place left behind on the old one. */
static void enter_script(struct pt_regs *regs, uint64_t armed)
{
	const uint64_t *word = words(regs);
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
	user.stacks[words(regs)[1]].taken = false;
	finish(regs, err);
}

static bool call_on(struct pt_regs *regs, struct user_call *call)
{
	uint64_t args[6] = {
		*user_reg(regs, USER_STACK), executor_resume_ip(),
		words(regs)[2],
	};

	return make_call(regs, call, PC_ON, __NR_threadlet_on, args);
}

static uint64_t page_get(size_t field)
{
	return executor_page_get(user.page + field);
}

static void page_put(size_t field, uint64_t value)
{
	executor_page_put(user.page + field, value);
}

#define PAGE(field)	offsetof(struct threadlet_page, field)

/* Begin by a store, if nothing has to be done by the kernel (D86). */
static bool arm(struct pt_regs *regs, struct user_call *call)
{
	uint64_t ahu = words(regs)[2], ready = page_get(PAGE(ready));
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
	token = page_get(PAGE(token)) + 2;
	page_put(PAGE(token), token);
	page_put(PAGE(restore_stack), *user_reg(regs, USER_STACK));
	page_put(PAGE(restore_ip), executor_resume_ip());
	token += ready ? THREADLET_MAY_MOVE : 0;
	page_put(PAGE(armed), token);
	enter_script(regs, token);
	return false;
}

/* threadlet_exec(); one in a script takes the real calls (D85 to D87). */
static bool exec(struct pt_regs *regs, struct user_call *call)
{
	const uint64_t *word = words(regs);
	const uint64_t make_page[6] = { 0, 0, word[2] };

	if (user.stacks[word[1]].taken) {
		finish(regs, -EBUSY);
		return false;
	}
	user.stacks[word[1]].taken = true;
	user.stacks[stack_number(regs)].script = *user_reg(regs, USER_SCRIPT);
	if (!word[3] || in_script(regs))
		return call_on(regs, call);
	if (!user.page)
		return make_call(regs, call, PC_PAGE_MADE, __NR_threadlet_on,
				 make_page);
	set_pc(regs, PC_ARM);
	return false;
}

/* The caller goes on behind threadlet_exec(), with what it kept there. */
static void back_at_caller(struct pt_regs *regs, int64_t value)
{
	unsigned int caller = stack_number(regs);

	*user_reg(regs, USER_SCRIPT) = user.stacks[caller].script;
	finish(regs, value);
}

static void leave_script(struct pt_regs *regs, int64_t value)
{
	struct stack *stack = &user.stacks[stack_number(regs)];

	stack->taken = false;
	set_stack(regs, stack->caller);
	back_at_caller(regs, value);
}

/* threadlet_complete() */
static bool end_script(struct pt_regs *regs, struct user_call *call)
{
	uint64_t armed = user.stacks[stack_number(regs)].armed;

	if (!armed || page_get(PAGE(armed)) != armed)
		return make_call(regs, call, PC_OFF, __NR_threadlet_off, NULL);
	page_put(PAGE(armed), 0);
	leave_script(regs, armed & THREADLET_MAY_MOVE ? 1 : 2);
	return false;
}

static bool begin_operation(struct pt_regs *regs, struct user_call *call)
{
	const struct step *step = operation(regs);

	if (!step)
		return !executor_over() && end_script(regs, call);
	syslet_point();
	if (executor_over())
		return false;
	switch (step->op) {
	case OP_CALL:
		return call_by_number(regs, call, step->word,
				      PC_OPERATION_CALLED);
	case OP_STORE:
		finish(regs, executor_put(step->word[0], step->word[1]));
		return false;
	default:
		return exec(regs, call);
	}
}

static void settle(struct pt_regs *regs, uint64_t ticks)
{
	unsigned long *step = user_reg(regs, USER_STEP);

	executor_settle(ticks);
	if (!executor_over())
		trace_observe(EVENT_SETTLED, *step);
	++*step;
}

static bool do_step(struct pt_regs *regs, const struct step *step,
		    struct user_call *call)
{
	const uint64_t code[6] = { step->word[0] };

	switch (step->op) {
	case OP_CALL:
		return call_by_number(regs, call, step->word, PC_STEP_CALLED);
	case OP_STORE:
		finish(regs, executor_put(step->word[0], step->word[1]));
		return false;
	case OP_REAP:
		finish(regs, reap(step->word[0]));
		return false;
	case OP_EXEC:
		return exec(regs, call);
	case OP_EXIT:
		return make_call(regs, call, PC_EXITS, __NR_exit, code);
	default:
		settle(regs, step->op == OP_ADVANCE ? step->word[0] : 0);
		return false;
	}
}

static bool begin_step(struct pt_regs *regs, struct user_call *call)
{
	unsigned long step = *user_reg(regs, USER_STEP);

	if (step > user.program->nr_steps) {
		executor_bug("user mode is behind the last step");
		return false;
	}
	executor_step(step);
	if (step == user.program->nr_steps) {
		executor_settle(0);
		if (!executor_over())
			executor_done();
		return false;
	}
	syslet_point();
	return !executor_over() &&
	       do_step(regs, &user.program->steps[step], call);
}

/* A context of its own that has ended it (D85). */
static void ended_alone(struct pt_regs *regs)
{
	user.stacks[stack_number(regs)].taken = false;
	set_pc(regs, PC_PARK);
}

static void page_made(struct pt_regs *regs, int64_t value)
{
	if (value < 0) {
		refuse(regs, value);
		return;
	}
	user.page = value;
	set_pc(regs, PC_ARM);
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
		finish(regs, value);
		return false;
	case PC_PAGE_MADE:
		page_made(regs, value);
		return false;
	case PC_ARM:
		return arm(regs, call);
	case PC_ON:
		if (value)
			refuse(regs, value);
		else
			enter_script(regs, 0);
		return false;
	case PC_OPERATION:
		return begin_operation(regs, call);
	case PC_OFF:
		if (value)
			leave_script(regs, value);
		else
			ended_alone(regs);
		return false;
	case PC_PARK:
		return make_call(regs, call, PC_PARKED, __NR_async_thread,
				 NULL);
	case PC_RESUMED:
		back_at_caller(regs, value);
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
