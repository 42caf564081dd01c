/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_UM_SYSLET_H
#define _ASM_UM_SYSLET_H

struct pt_regs;
struct syslet_resume;
struct task_struct;

/*
 * Gives @to the user registers that @from entered the kernel with, and the
 * result 0, or what @resume says. User space says so, and it may be any number:
 * one that is no address of user space has to end in SIGSEGV. Neither task is
 * in user mode; @to is not running.
 */
void arch_syslet_copy_context(struct task_struct *from, struct task_struct *to,
			      const struct syslet_resume *resume);

/* Calls entry @nr of the system-call table. */
long arch_syslet_call(unsigned int nr, const unsigned long *args);

#ifdef CONFIG_SYSLET_OBSERVER
#include <linux/types.h>

/* User mode will make this call, at @ip. */
void arch_syslet_set_call(struct pt_regs *regs, unsigned long ip,
			  unsigned int nr, const u64 *args);
void arch_syslet_args(struct pt_regs *regs, unsigned long *args);
/* Of those that no call changes, one for each that user mode needs. */
unsigned long *arch_syslet_user_reg(struct pt_regs *regs, unsigned int reg);

/* The system call of an observed task; false: none of the observer's. */
bool syslet_observer_call(struct pt_regs *regs, int nr);
#else
static inline bool syslet_observer_call(struct pt_regs *regs, int nr)
{
	return false;
}
#endif

#endif
