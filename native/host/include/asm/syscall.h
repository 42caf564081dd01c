/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HOST_ASM_SYSCALL_H
#define _HOST_ASM_SYSCALL_H

#include <asm/unistd.h>

typedef long (*sys_call_ptr_t)(unsigned long, unsigned long, unsigned long,
			       unsigned long, unsigned long, unsigned long);
extern const sys_call_ptr_t sys_call_table[];

#endif
