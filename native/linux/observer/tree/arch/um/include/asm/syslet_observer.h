/* SPDX-License-Identifier: GPL-2.0 */
/* What User Mode Linux does for the observer besides what syslets need. */
#ifndef _ASM_UM_SYSLET_OBSERVER_H
#define _ASM_UM_SYSLET_OBSERVER_H

#include <asm/syslet.h>

struct pt_regs;

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

#endif /* _ASM_UM_SYSLET_OBSERVER_H */
