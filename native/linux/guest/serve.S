/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Init of a kernel that observes programs, and the user mode of their heads:
 * one page of code, and nothing else in the address space (D75).
 *
 * A head makes its calls at `call`, where the kernel sends it with registers
 * full of arguments. When the call comes back the kernel mostly sends it there
 * again; only a spare that was new when it took over goes on behind it. Who
 * takes over from a threadlet goes on at `resumed`, as threadlet_on() was told.
 */
#define SERVE	0x53590001
#define NEXT	0x53590002
#define RESUMED	0x53590003

	.section .note.GNU-stack,"",@progbits
	.globl	_start
	.text
_start:
	lea	call(%rip), %rdi
	lea	resumed(%rip), %rsi
	mov	$SERVE, %eax
	syscall
	ud2

call:
	syscall
	mov	%rax, %rdi
	mov	$NEXT, %eax
	syscall
	ud2

resumed:
	mov	%rax, %rdi
	mov	$RESUMED, %eax
	syscall
	ud2
