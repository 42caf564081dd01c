/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_UM_SYSLET_H
#define _ASM_UM_SYSLET_H

struct arch_syslet_context;
struct syslet_resume;

/* Room for the user registers of a task, all of them. */
struct arch_syslet_context *arch_syslet_alloc_context(void);
void arch_syslet_free_context(struct arch_syslet_context *context);

/*
 * The registers that the caller entered the kernel with go there, and the result
 * 0, or what @resume says. User space says so, and it may be any number: one that
 * is no address of user space has to end in SIGSEGV. Must not sleep.
 */
void arch_syslet_leave_context(struct arch_syslet_context *context,
			       const struct syslet_resume *resume);

/* They become those that the caller will leave the kernel with. */
void arch_syslet_take_context(const struct arch_syslet_context *context);

/*
 * Calls entry @nr of the system-call table, unless a filter or a debugger that
 * the call passes on its way says otherwise.
 */
long arch_syslet_call(unsigned int nr, const unsigned long *args);

/* The caller enters user mode for the first time, by no call: signals first. */
void arch_syslet_first_entry(void);

/* The caller returns a number: it looks like no call that wants to restart. */
void arch_syslet_never_restart(void);

#endif /* _ASM_UM_SYSLET_H */
