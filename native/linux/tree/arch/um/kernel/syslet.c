// SPDX-License-Identifier: GPL-2.0
/* The user context of User Mode Linux on x86-64, and its system-call table. */
#include <linux/minmax.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/syslet.h>
#include <asm/syscall.h>
#include <sysdep/syscalls.h>
#include <asm/syslet.h>

#include "../../../kernel/syslet/faults.h"

/* What the two copies below hold besides, for faults that lose one of them. */
struct parts {
	unsigned long	fs, gs;
	u16		control;
	u32		mxcsr;
};

static u16 *x87_control(struct uml_pt_regs *regs)
{
	return (void *)regs->fp;
}

static u32 *mxcsr(struct uml_pt_regs *regs)
{
	return (void *)regs->fp + 24;
}

static struct parts parts_of(struct uml_pt_regs *regs)
{
	return (struct parts){
		.fs = regs->gp[HOST_FS_BASE],
		.gs = regs->gp[HOST_GS_BASE],
		.control = *x87_control(regs),
		.mxcsr = *mxcsr(regs),
	};
}

static void keep_parts(struct uml_pt_regs *regs, const struct parts *before)
{
	if (SYSLET_FAULT(MOVE_NO_FS_BASE))
		regs->gp[HOST_FS_BASE] = before->fs;
	if (SYSLET_FAULT(MOVE_NO_GS_BASE))
		regs->gp[HOST_GS_BASE] = before->gs;
	if (SYSLET_FAULT(MOVE_NO_X87_CONTROL))
		*x87_control(regs) = before->control;
	if (SYSLET_FAULT(MOVE_NO_MXCSR))
		*mxcsr(regs) = before->mxcsr;
}

/*
 * The host process that runs user code belongs to the mm, not to the task, and
 * is loaded from here each time user mode is entered. FS and GS base are among
 * the general registers; vectors, MXCSR and the x87 state are in fp.
 */
void arch_syslet_copy_context(struct task_struct *from, struct task_struct *to,
			      const struct syslet_resume *resume)
{
	struct uml_pt_regs *source = &from->thread.regs.regs;
	struct uml_pt_regs *target = &to->thread.regs.regs;
	struct parts before = parts_of(target);

	if (!SYSLET_FAULT(MOVE_NO_GENERAL))
		memcpy(target->gp, source->gp, sizeof(target->gp));
	if (!SYSLET_FAULT(MOVE_NO_VECTORS))
		memcpy(target->fp, source->fp, sizeof(to->thread.fp_room));
	keep_parts(target, &before);
	if (!SYSLET_FAULT(MOVE_NO_RESULT))
		PT_REGS_SET_SYSCALL_RETURN(&to->thread.regs, 0);
	if (!resume)
		return;
	PT_REGS_SET_SYSCALL_RETURN(&to->thread.regs, resume->result);
	PT_REGS_SP(&to->thread.regs) = resume->stack;
	/* Nothing is mapped there, and it is an address for every processor. */
	PT_REGS_IP(&to->thread.regs) = min(resume->ip, TASK_SIZE);
}

long arch_syslet_call(unsigned int nr, const unsigned long *args)
{
	return sys_call_table[nr](args[0], args[1], args[2], args[3], args[4],
				  args[5]);
}
