/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_UM_SYSLET_H
#define _ASM_UM_SYSLET_H

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

/*
 * Calls entry @nr of the system-call table, unless a filter or a debugger that
 * the call passes on its way says otherwise.
 */
long arch_syslet_call(unsigned int nr, const unsigned long *args);

/* The caller returns a number: it looks like no call that wants to restart. */
void arch_syslet_never_restart(void);

#endif /* _ASM_UM_SYSLET_H */
