/* SPDX-License-Identifier: GPL-2.0 */
/* What the two files of user mode share. */
#ifndef _EXECUTOR_USER_H
#define _EXECUTOR_USER_H

#include "executor.h"

/* What is done next; far from all addresses that a program gives for a task. */
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

#define NO_SCRIPT	0xffffUL
#define FIELD(type, base, field) ((base) + offsetof(type, field))

static inline void set_pc(struct pt_regs *regs, unsigned long pc)
{
	*user_reg(regs, USER_PC) = pc;
}

/* A step's number is below, its thread above. */
#define STEP_BITS	16

static inline unsigned int user_step(struct pt_regs *regs)
{
	return *user_reg(regs, USER_STEP) & ((1U << STEP_BITS) - 1);
}

static inline unsigned int user_thread(struct pt_regs *regs)
{
	unsigned long thread = *user_reg(regs, USER_STEP) >> STEP_BITS;

	if (thread < MAX_THREADS)
		return thread;
	executor_bug("user mode is in no thread");
	return 0;
}

static inline bool in_script(struct pt_regs *regs)
{
	return *user_reg(regs, USER_SCRIPT) != NO_SCRIPT;
}

/* user.c */

/* The words of the step or operation that is being done. */
const uint64_t *user_words(struct pt_regs *regs);
/* It is done. */
void user_finish(struct pt_regs *regs, int64_t value);
/* Fill in a call that comes back to @back; true. */
bool user_make_call(struct pt_regs *regs, struct user_call *call,
		    unsigned long back, unsigned int nr, const uint64_t *args);

/*
 * user_threadlet.c. Those that return a truth value may need the kernel: then
 * it is true, and the call is filled in.
 */
void user_stacks_start(void);
/* The one that the thread begins with. */
void user_own_stack(struct pt_regs *regs, unsigned int thread);
bool user_exec(struct pt_regs *regs, struct user_call *call);
void user_page_made(struct pt_regs *regs, int64_t value);
bool user_arm(struct pt_regs *regs, struct user_call *call);
void user_on_returns(struct pt_regs *regs, int64_t value);
/* The script is at its end. */
bool user_complete(struct pt_regs *regs, struct user_call *call);
void user_off_returns(struct pt_regs *regs, int64_t value);
/* The caller goes on behind threadlet_exec(), with what it kept there. */
void user_back_at_caller(struct pt_regs *regs, int64_t value);

#endif
