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

	memcpy(target->gp, source->gp, sizeof(target->gp));
	memcpy(target->fp, source->fp, sizeof(to->thread.fp_room));
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
