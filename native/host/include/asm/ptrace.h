/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HOST_ASM_PTRACE_H
#define _HOST_ASM_PTRACE_H

/* What a user context is here; see ../../handover.c and the executor. */
struct pt_regs {
	unsigned long	ax;		/* result of a call */
	unsigned long	orig_ax;	/* its number, -1UL outside a call */
	unsigned long	ip;
	unsigned long	sp;
	unsigned long	bx;
	unsigned long	r12;
};

#define instruction_pointer(regs)	((regs)->ip)
#define user_stack_pointer(regs)	((regs)->sp)

#endif
