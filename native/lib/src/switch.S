/* SPDX-License-Identifier: GPL-2.0 */
/*
 * threadlet_exec() and threadlet_complete() for x86-64.
 *
 * The caller's callee-saved registers, MXCSR and x87 control word lie on its
 * own stack, because the task that returns to it may be another, with the
 * registers of a threadlet in the middle of something (D81).
 *
 * Nothing may be armed while the stack pointer is still the caller's: a fault
 * would leave two tasks on one stack. So: switch, arm, run, disarm, switch.
 * The functions on the threadlet's stack end the backtrace there, for the
 * caller's frame is gone once it moved away; an exception finds no handler.
 */
#include "internal.h"

#define NR_async_thread		466
#define NR_threadlet_on		467
#define NR_threadlet_off	468
#define EINTR			4
#define EINVAL			22

/* What is kept on the caller's stack, from rsp upwards. */
#define FRAME_MXCSR		0
#define FRAME_CONTROL		4
#define FRAME_RBP		48
#define FRAME_SIZE		56

.macro SAVE_FRAME
	push	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbp, 0
	push	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbx, 0
	push	%r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r12, 0
	push	%r13
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r13, 0
	push	%r14
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r14, 0
	push	%r15
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r15, 0
	sub	$8, %rsp
	.cfi_adjust_cfa_offset 8
	stmxcsr	FRAME_MXCSR(%rsp)
	fnstcw	FRAME_CONTROL(%rsp)
.endm

/* Where the frame above is, for code that goes back to it. */
.macro CFI_FRAME
	.cfi_def_cfa %rsp, FRAME_SIZE + 8
	.cfi_offset %rbp, -16
	.cfi_offset %rbx, -24
	.cfi_offset %r12, -32
	.cfi_offset %r13, -40
	.cfi_offset %r14, -48
	.cfi_offset %r15, -56
.endm

/* On the threadlet's stack: the outermost frame. */
.macro CFI_OUTERMOST
	.cfi_def_cfa %rsp, 8
	.cfi_undefined %rip
.endm

	.text
	.hidden	threadlet_self
	.hidden	threadlet_region
	.hidden	threadlet_prepare
	.hidden	threadlet_alone
	.hidden	threadlet_forget
	.hidden	threadlet_complete_foreign

/* rdi: fn, rsi: stack, rdx: head, rcx: data */
	.globl	threadlet_exec
	.type	threadlet_exec, @function
	.globl	threadlet_exec_data
	.type	threadlet_exec_data, @function
	.p2align 6
threadlet_exec:
	.cfi_startproc
	xor	%ecx, %ecx
threadlet_exec_data:
	mov	threadlet_self@gottpoff(%rip), %r9
	mov	%fs:SELF_PAGE(%r9), %r8
	test	%r8, %r8
	jz	slow				/* no page yet */
	cmpq	$0, %fs:SELF_FOREIGN(%r9)
	jne	slow				/* who are we? */
	mov	threadlet_region+REGION_BASE(%rip), %r10
	mov	threadlet_region+REGION_BYTES(%rip), %r11
	mov	%rsi, %rax
	sub	%r10, %rax
	cmp	%r11, %rax
	jae	slow				/* not our stack */
	mov	%rsp, %rax
	sub	%r10, %rax
	cmp	%r11, %rax
	jb	slow				/* we are a threadlet */
	movzwl	%si, %eax
	cmp	$(STACK_SIZE - BLOCK_SIZE), %eax
	jne	slow				/* not a top */
	cmpq	$0, BLOCK_OWNER(%rsi)
	jne	slow				/* not given back */
	cmpq	$0, PAGE_ARMED(%r8)
	jne	slow				/* a signal handler? */
	cmpq	$0, PAGE_READY(%r8)
	je	slow				/* no spare */

	SAVE_FRAME
	mov	$2, %eax
	xadd	%rax, PAGE_TOKEN(%r8)
	add	$(2 + MAY_MOVE), %rax
	movq	$1, BLOCK_OWNER(%rsi)
	mov	%rax, BLOCK_TOKEN(%rsi)
	mov	%r8, BLOCK_PAGE(%rsi)
	mov	%rsp, BLOCK_CALLER(%rsi)
	movq	$STATE_RUNNING, BLOCK_STATE(%rsi)
	mov	%rsp, PAGE_RESTORE_STACK(%r8)
	lea	heir(%rip), %r11
	mov	%r11, PAGE_RESTORE_IP(%r8)
	mov	%rsi, %rsp
	.cfi_endproc
	.size	threadlet_exec, . - threadlet_exec
	.size	threadlet_exec_data, . - threadlet_exec_data

	.type	threadlet_run, @function
threadlet_run:
	.cfi_startproc
	CFI_OUTERMOST
	xor	%ebp, %ebp
	mov	%rdi, %r11
	mov	%rcx, %rdi
	mov	%rax, PAGE_ARMED(%r8)		/* it begins */
	call	*%r11
	mov	BLOCK_STATE(%rsp), %rax
	test	%rax, %rax
	jle	not_done
	mov	%rsp, %rcx
	mov	BLOCK_CALLER(%rcx), %rsp
	.cfi_endproc
	.size	threadlet_run, . - threadlet_run

	.type	threadlet_return, @function
threadlet_return:
	.cfi_startproc
	CFI_FRAME
	movq	$0, BLOCK_OWNER(%rcx)
	mov	FRAME_RBP(%rsp), %rbp
	.cfi_restore %rbp
	add	$FRAME_SIZE, %rsp
	.cfi_def_cfa_offset 8
	ret
	.cfi_endproc
	.size	threadlet_return, . - threadlet_return

/*
 * The heir of a threadlet that blocked arrives here, on the caller's stack. All
 * else it has is the threadlet's, which may have been in the midst of anything.
 */
	.type	threadlet_heir, @function
threadlet_heir:
	.cfi_startproc
	CFI_FRAME
heir:
	cld
	fninit
	fldcw	FRAME_CONTROL(%rsp)
	ldmxcsr	FRAME_MXCSR(%rsp)
	xor	%eax, %eax
restore:
	add	$8, %rsp
	.cfi_adjust_cfa_offset -8
	pop	%r15
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r15
	pop	%r14
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r14
	pop	%r13
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r13
	pop	%r12
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r12
	pop	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbx
	pop	%rbp
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbp
	ret
	.cfi_endproc
	.size	threadlet_heir, . - threadlet_heir

/* Still in threadlet_exec(), on the caller's stack, nothing touched. */
	.type	threadlet_slow, @function
threadlet_slow:
	.cfi_startproc
slow:
	push	%rdi
	.cfi_adjust_cfa_offset 8
	push	%rdx
	.cfi_adjust_cfa_offset 8
	push	%rcx
	.cfi_adjust_cfa_offset 8
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rsp, %rdx
	call	threadlet_prepare
	pop	%rcx
	.cfi_adjust_cfa_offset -8
	mov	%rdx, %rsi			/* the block */
	pop	%rdx
	.cfi_adjust_cfa_offset -8
	pop	%rdi
	.cfi_adjust_cfa_offset -8
	test	%rax, %rax
	jz	1f
	ret
1:
	SAVE_FRAME
	mov	%rsp, BLOCK_CALLER(%rsi)
	mov	BLOCK_TOKEN(%rsi), %rax
	test	%rax, %rax
	jz	real
	mov	BLOCK_PAGE(%rsi), %r8
	mov	%rsp, PAGE_RESTORE_STACK(%r8)
	lea	heir(%rip), %r11
	mov	%r11, PAGE_RESTORE_IP(%r8)
	mov	%rsi, %rsp
	CFI_OUTERMOST
	jmp	threadlet_run
	.cfi_endproc
	.size	threadlet_slow, . - threadlet_slow

/* The same through the kernel; rbx: fn, then the result, r12: data */
	.type	threadlet_run_real, @function
threadlet_run_real:
	.cfi_startproc
	CFI_OUTERMOST
real:
	mov	%rdi, %rbx
	mov	%rcx, %r12
	mov	%rsp, %rdi
	mov	%rsi, %rsp
	lea	heir(%rip), %rsi
	mov	$NR_threadlet_on, %eax
	syscall
	test	%rax, %rax
	jnz	refused
	xor	%ebp, %ebp
	mov	%r12, %rdi
	call	*%rbx
	mov	BLOCK_STATE(%rsp), %rax
	test	%rax, %rax
	jle	not_done
refused:
	cmpq	$0, BLOCK_FOREIGN(%rsp)
	je	back
	mov	%rax, %rbx
	mov	%rsp, %rdi
	call	threadlet_forget
	mov	%rbx, %rax
back:
	mov	%rsp, %rcx
	mov	BLOCK_CALLER(%rcx), %rsp
	.cfi_remember_state
	CFI_FRAME
	movq	$0, BLOCK_OWNER(%rcx)
	jmp	restore
	.cfi_restore_state

not_done:
	js	end
	call	threadlet_complete		/* fn forgot */
	mov	BLOCK_STATE(%rsp), %rax
	test	%rax, %rax
	jg	refused
	jz	broken
end:
	cmpq	$0, BLOCK_FOREIGN(%rsp)
	je	1f
	mov	%rsp, %rdi
	call	threadlet_forget
1:
	mov	%rsp, %rcx
	movq	$0, BLOCK_OWNER(%rcx)		/* last use of the stack */
	jmp	syslet_thread_start
broken:
	ud2					/* whose context is this? */
	.cfi_endproc
	.size	threadlet_run_real, . - threadlet_run_real

/*
 * Wait to become an heir. Uses no stack. A kernel that sends such
 * threads to user mode for signals wants them back; otherwise it is an error,
 * and the thread ends.
 */
	.globl	syslet_thread_start
	.type	syslet_thread_start, @function
syslet_thread_start:
	.cfi_startproc
	CFI_OUTERMOST
	mov	$NR_async_thread, %eax
	syscall
	test	%rax, %rax
	jns	syslet_thread_start
	cmp	$-EINTR, %rax
	je	syslet_thread_start
	xor	%edi, %edi
	mov	$60, %eax			/* exit */
	syscall
	hlt
	.cfi_endproc
	.size	syslet_thread_start, . - syslet_thread_start

/*
 * The comparison with our own token is what says whether we are still in the
 * caller's context: the kernel clears it at a hand-over. It exchanges in the same
 * instruction, because a hand-over may come before any other. The lock is for
 * an heir that arms the page on another processor meanwhile: an exchange that
 * fails writes as well. It costs more than all the rest; with one processor it
 * is left out.
 */
	.globl	threadlet_complete
	.type	threadlet_complete, @function
	.p2align 5
threadlet_complete:
	.cfi_startproc
	mov	%rsp, %rax
	sub	threadlet_region+REGION_BASE(%rip), %rax
	cmp	threadlet_region+REGION_BYTES(%rip), %rax
	jae	3f
	mov	%rsp, %rdi
	or	$(STACK_SIZE - 1), %rdi
	sub	$(BLOCK_SIZE - 1), %rdi
	mov	BLOCK_TOKEN(%rdi), %rax
	test	%rax, %rax
	jz	1f
	mov	BLOCK_PAGE(%rdi), %rdx
	xor	%esi, %esi
	cmpl	$0, threadlet_alone(%rip)
	je	6f
	cmpxchg	%rsi, PAGE_ARMED(%rdx)		/* it ends */
	mov	%rsi, BLOCK_TOKEN(%rdi)
	jne	2f
7:
	not	%eax
	and	$1, %eax
	inc	%eax				/* may move: 1, else 2 */
	mov	%rax, BLOCK_STATE(%rdi)
	ret
1:	/* by real calls, or a second time */
	cmpq	$STATE_RUNNING, BLOCK_STATE(%rdi)
	jne	4f
2:	/* moved away, or by real calls */
	mov	$NR_threadlet_off, %eax
	syscall
	test	%rax, %rax
	js	5f
	lea	-1(%rax,%rax), %rdx		/* 1: done, 0: async */
	mov	%rdx, BLOCK_STATE(%rdi)
	ret
3:	/* not on one of our stacks */
	jmp	threadlet_complete_foreign
4:
	mov	$-EINVAL, %rax
5:
	ret
6:
	lock cmpxchg %rsi, PAGE_ARMED(%rdx)
	mov	%rsi, BLOCK_TOKEN(%rdi)
	je	7b
	jmp	2b
	.cfi_endproc
	.size	threadlet_complete, . - threadlet_complete

	.section .note.GNU-stack, "", @progbits
