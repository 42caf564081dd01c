// SPDX-License-Identifier: GPL-2.0
/* The user context of User Mode Linux on x86-64, and its system-call table. */
#include <linux/minmax.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/syslet.h>
#include <asm/syscall.h>
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

long arch_syslet_call(unsigned int nr, const unsigned long *args)
{
	return sys_call_table[nr](args[0], args[1], args[2], args[3], args[4],
				  args[5]);
}
