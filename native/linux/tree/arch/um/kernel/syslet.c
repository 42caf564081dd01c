// SPDX-License-Identifier: GPL-2.0
/* The user context of User Mode Linux on x86-64, and its system-call table. */
#include <linux/audit.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/syslet.h>
#include <asm/syscall.h>
#include <kern_util.h>
#include <sysdep/syscalls.h>
#include <asm/syslet.h>

/* FS and GS base are among gp; vectors, MXCSR and the x87 state are in fp. */
struct arch_syslet_context {
	unsigned long gp[MAX_REG_NR];
	unsigned long fp[MAX_FP_NR];
};

struct arch_syslet_context *arch_syslet_alloc_context(void)
{
	return kvzalloc(sizeof(struct arch_syslet_context), GFP_KERNEL_ACCOUNT);
}

void arch_syslet_free_context(struct arch_syslet_context *context)
{
	kvfree(context);
}

void arch_syslet_leave_context(struct arch_syslet_context *context,
			       const struct syslet_resume *resume)
{
	const struct uml_pt_regs *regs = &current->thread.regs.regs;

	memcpy(context->gp, regs->gp, sizeof(context->gp));
	memcpy(context->fp, regs->fp, sizeof(context->fp));
	context->gp[HOST_AX] = 0;
	if (!resume)
		return;
	context->gp[HOST_AX] = resume->result;
	context->gp[HOST_SP] = resume->stack;
	/* Nothing is mapped there, and it is an address for every processor. */
	context->gp[HOST_IP] = min(resume->ip, TASK_SIZE);
}

/*
 * The host process that runs user code belongs to the mm, not to the task, and
 * is loaded from here each time user mode is entered.
 */
void arch_syslet_take_context(const struct arch_syslet_context *context)
{
	struct uml_pt_regs *regs = &current->thread.regs.regs;

	memcpy(regs->gp, context->gp, sizeof(context->gp));
	memcpy(regs->fp, context->fp, sizeof(context->fp));
}

/* Where a call has its arguments, its number and its result. */
static const u8 syslet_call_regs[] = {
	HOST_DI, HOST_SI, HOST_DX, HOST_R10, HOST_R8, HOST_R9, HOST_ORIG_AX,
	HOST_AX,
};

struct syslet_call {
	unsigned long gp[ARRAY_SIZE(syslet_call_regs)];
	long nr;
};

static void syslet_get_call(struct syslet_call *call)
{
	const struct uml_pt_regs *regs = &current->thread.regs.regs;
	int i;

	for (i = 0; i < ARRAY_SIZE(syslet_call_regs); i++)
		call->gp[i] = regs->gp[syslet_call_regs[i]];
	call->nr = regs->syscall;
}

static void syslet_set_call(const struct syslet_call *call)
{
	struct uml_pt_regs *regs = &current->thread.regs.regs;
	int i;

	for (i = 0; i < ARRAY_SIZE(syslet_call_regs); i++)
		regs->gp[syslet_call_regs[i]] = call->gp[i];
	regs->syscall = call->nr;
}

/* What handle_syscall() does before a call, but that no signal steps it. */
static bool syslet_trace_enter(struct pt_regs *regs)
{
	audit_syscall_entry(UPT_SYSCALL_NR(&regs->regs),
			    UPT_SYSCALL_ARG1(&regs->regs),
			    UPT_SYSCALL_ARG2(&regs->regs),
			    UPT_SYSCALL_ARG3(&regs->regs),
			    UPT_SYSCALL_ARG4(&regs->regs));
	if (test_thread_flag(TIF_SYSCALL_TRACE) &&
	    ptrace_report_syscall_entry(regs))
		return false;
	return true;
}

static void syslet_trace_leave(struct pt_regs *regs)
{
	audit_syscall_exit(regs);
	if (test_thread_flag(TIF_SYSCALL_TRACE))
		ptrace_report_syscall_exit(regs, 0);
}

/* As entry @nr of the table, with what became of its number and arguments. */
static long syslet_do_call(const struct syslet_call *call)
{
	unsigned int nr = call->nr;

	if (nr >= NR_syscalls)
		return sys_ni_syscall();
	nr = array_index_nospec(nr, NR_syscalls);
	if (syslet_call_refused(nr))
		return sys_ni_syscall();
	syslet_say_granted(current->syslet, nr);
	return sys_call_table[nr](call->gp[0], call->gp[1], call->gp[2],
				  call->gp[3], call->gp[4], call->gp[5]);
}

/*
 * The registers are those of an atom meanwhile, and for no heir: a debugger lets
 * the caller sleep, but nothing hands over.
 *
 * Rules: D123
 */
static void syslet_show_call(const struct syslet_call *call)
{
	current->syslet->pinned = true;
	syslet_set_call(call);
}

static void syslet_hide_call(struct syslet_call *call,
			     const struct syslet_call *outer)
{
	syslet_get_call(call);
	syslet_set_call(outer);
	current->syslet->pinned = false;
}

/*
 * Who watches calls looks for them in the registers, so the call is put there,
 * but not while it is made: it may hand the registers over. Calls do not nest
 * for who watches: the one that submitted the chain ends here, and begins anew.
 *
 * Rules: D111
 */
static long syslet_traced_call(unsigned int nr, const unsigned long *args)
{
	struct pt_regs *regs = &current->thread.regs;
	struct syslet_call outer, call;
	bool passes;

	WRITE_ONCE(current->syslet->granted, false);	/* it may be another */
	syslet_get_call(&outer);
	PT_REGS_SET_SYSCALL_RETURN(regs, -ERESTARTNOINTR);
	syslet_trace_leave(regs);

	syslet_get_call(&call);
	memcpy(call.gp, args, 6 * sizeof(*args));
	call.gp[6] = nr;
	call.gp[7] = sys_ni_syscall();
	call.nr = nr;
	syslet_show_call(&call);
	passes = syslet_trace_enter(regs) && secure_computing() != -1;
	syslet_hide_call(&call, &outer);

	if (passes)
		call.gp[7] = syslet_do_call(&call);

	syslet_get_call(&outer);
	syslet_show_call(&call);
	syslet_trace_leave(regs);
	syslet_hide_call(&call, &outer);
	(void)syslet_trace_enter(regs);
	return call.gp[7];
}

static bool syslet_call_traced(void)
{
	return test_thread_flag(TIF_SECCOMP) ||
	       test_thread_flag(TIF_SYSCALL_TRACE) || !audit_dummy_context();
}

long arch_syslet_call(unsigned int nr, const unsigned long *args)
{
	if (unlikely(syslet_call_traced()))
		return syslet_traced_call(nr, args);
	return sys_call_table[nr](args[0], args[1], args[2], args[3], args[4],
				  args[5]);
}

/* A task that never was in user mode goes there without looking for signals. */
void arch_syslet_first_entry(void)
{
	interrupt_end();
}

void arch_syslet_never_restart(void)
{
	PT_REGS_SYSCALL_NR(&current->thread.regs) = -1;
}
