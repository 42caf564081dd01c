/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Planted faults, to measure what a checker finds. Each is a compile-time
 * constant: 0, unless the build says -DSYSLET_FAULT_<NAME>=1.
 */
#ifndef _SYSLET_FAULTS_H
#define _SYSLET_FAULTS_H

#define SYSLET_FAULT(name)	(SYSLET_FAULT_##name)

/* The event whose posting would wrap the ring index is lost. */
#ifndef SYSLET_FAULT_LOST_EVENT_ON_WRAP
#define SYSLET_FAULT_LOST_EVENT_ON_WRAP 0
#endif

/* Stop conditions are not looked at after a hand-over. */
#ifndef SYSLET_FAULT_STOP_IGNORED_WHEN_ASYNC
#define SYSLET_FAULT_STOP_IGNORED_WHEN_ASYNC 0
#endif

/* The event is the first atom of the chain, not the last executed. */
#ifndef SYSLET_FAULT_EVENT_OF_FIRST_ATOM
#define SYSLET_FAULT_EVENT_OF_FIRST_ATOM 0
#endif

/* async_wait decides to sleep before it registers as a waiter. */
#ifndef SYSLET_FAULT_LOST_WAKEUP
#define SYSLET_FAULT_LOST_WAKEUP 0
#endif

/* Results are stored for calls that are out of the table. */
#ifndef SYSLET_FAULT_BAD_NR_STORES
#define SYSLET_FAULT_BAD_NR_STORES 0
#endif

/* A SYNC atom that fails early leaves the rest of its chain synchronous. */
#ifndef SYSLET_FAULT_SYNC_NOT_RESTORED
#define SYSLET_FAULT_SYNC_NOT_RESTORED 0
#endif

/* The ring index is written before the slot. */
#ifndef SYSLET_FAULT_INDEX_BEFORE_SLOT
#define SYSLET_FAULT_INDEX_BEFORE_SLOT 0
#endif

/* A chain that stops on a condition posts its event twice. */
#ifndef SYSLET_FAULT_DOUBLE_COMPLETION
#define SYSLET_FAULT_DOUBLE_COMPLETION 0
#endif

/* SYSLET_NO_COMPLETE is ignored. */
#ifndef SYSLET_FAULT_NO_COMPLETE_IGNORED
#define SYSLET_FAULT_NO_COMPLETE_IGNORED 0
#endif

/* new_thread_stack keeps its value when a thread has taken it. */
#ifndef SYSLET_FAULT_STACK_NOT_CLEARED
#define SYSLET_FAULT_STACK_NOT_CLEARED 0
#endif

/* A full slot is overwritten. */
#ifndef SYSLET_FAULT_FULL_SLOT_OVERWRITTEN
#define SYSLET_FAULT_FULL_SLOT_OVERWRITTEN 0
#endif

/* SKIP_TO_NEXT_ON_STOP goes to the successor in next. */
#ifndef SYSLET_FAULT_SKIP_USES_NEXT
#define SYSLET_FAULT_SKIP_USES_NEXT 0
#endif

/* An asynchronous chain that faults on a fetch posts its last atom. */
#ifndef SYSLET_FAULT_FETCH_FAULT_POSTS
#define SYSLET_FAULT_FETCH_FAULT_POSTS 0
#endif

/* Flags are read again after the call. */
#ifndef SYSLET_FAULT_FLAGS_READ_AGAIN
#define SYSLET_FAULT_FLAGS_READ_AGAIN 0
#endif

/* A finished task goes to the front of the ready list. */
#ifndef SYSLET_FAULT_SPARE_AT_FRONT
#define SYSLET_FAULT_SPARE_AT_FRONT 0
#endif

/* NON_POSITIVE does not stop at zero. */
#ifndef SYSLET_FAULT_NON_POSITIVE_AT_ZERO
#define SYSLET_FAULT_NON_POSITIVE_AT_ZERO 0
#endif

/* Events in the ring are counted without regard to the wrap. */
#ifndef SYSLET_FAULT_WAIT_PLAIN_SUBTRACTION
#define SYSLET_FAULT_WAIT_PLAIN_SUBTRACTION 0
#endif

/* A lost event is counted as if it were in the ring. */
#ifndef SYSLET_FAULT_LOST_EVENT_COUNTED
#define SYSLET_FAULT_LOST_EVENT_COUNTED 0
#endif

/* Waiters are woken while their waker is not yet on the ready list. */
#ifndef SYSLET_FAULT_WAKE_BEFORE_READY
#define SYSLET_FAULT_WAKE_BEFORE_READY 0
#endif

/* Events are posted without the completion lock. */
#ifndef SYSLET_FAULT_UNLOCKED_POST
#define SYSLET_FAULT_UNLOCKED_POST 0
#endif

/* The completion lock is not given back when an event is lost. */
#ifndef SYSLET_FAULT_LOCK_KEPT_WHEN_LOST
#define SYSLET_FAULT_LOCK_KEPT_WHEN_LOST 0
#endif

/* A full ring is waited for, with the processor. */
#ifndef SYSLET_FAULT_FULL_RING_SPINS
#define SYSLET_FAULT_FULL_RING_SPINS 0
#endif

/* The state of a family is not freed. */
#ifndef SYSLET_FAULT_CONTEXT_LEAKED
#define SYSLET_FAULT_CONTEXT_LEAKED 0
#endif

/* The state of a task is looked at when it has been freed. */
#ifndef SYSLET_FAULT_USE_AFTER_FREE
#define SYSLET_FAULT_USE_AFTER_FREE 0
#endif

/* A threadlet's heir gets the stack and the instruction pointer of who blocked. */
#ifndef SYSLET_FAULT_THREADLET_RESTORE_LOST
#define SYSLET_FAULT_THREADLET_RESTORE_LOST 0
#endif

/* A threadlet's heir returns 1. */
#ifndef SYSLET_FAULT_THREADLET_RESUMES_WITH_ONE
#define SYSLET_FAULT_THREADLET_RESUMES_WITH_ONE 0
#endif

/* threadlet_off tells a thread of its own that it is still head. */
#ifndef SYSLET_FAULT_THREADLET_COMPLETES_TWICE
#define SYSLET_FAULT_THREADLET_COMPLETES_TWICE 0
#endif

/* A threadlet may begin inside another. */
#ifndef SYSLET_FAULT_THREADLET_NESTS
#define SYSLET_FAULT_THREADLET_NESTS 0
#endif

/* After threadlet_off sleeping still hands over. */
#ifndef SYSLET_FAULT_THREADLET_ARMED_TOO_LONG
#define SYSLET_FAULT_THREADLET_ARMED_TOO_LONG 0
#endif

/* The page's word is not cleared at a hand-over. */
#ifndef SYSLET_FAULT_PAGE_ARMED_KEPT
#define SYSLET_FAULT_PAGE_ARMED_KEPT 0
#endif

/* The page does not learn of spares that come back. */
#ifndef SYSLET_FAULT_PAGE_COUNT_LATE
#define SYSLET_FAULT_PAGE_COUNT_LATE 0
#endif

/* The page that is shared with user mode stays when its family has ended. */
#ifndef SYSLET_FAULT_PAGE_LEAKED
#define SYSLET_FAULT_PAGE_LEAKED 0
#endif

/* That page is freed when the first task of the family is done, not the last. */
#ifndef SYSLET_FAULT_PAGE_FREED_EARLY
#define SYSLET_FAULT_PAGE_FREED_EARLY 0
#endif

/*
 * What only the real kernel can show; the host knows nothing of these.
 */

/* The state of a spare is looked at when it has been freed. */
#if !defined(SYSLET_FAULT_SPARE_FREED_EARLY)
#define SYSLET_FAULT_SPARE_FREED_EARLY 0
#endif

/* The scheduler's hook takes its locks in both orders. */
#if !defined(SYSLET_FAULT_HOOK_INVERTS_LOCKS)
#define SYSLET_FAULT_HOOK_INVERTS_LOCKS 0
#endif

/* A spare that is told between its test and its sleep sleeps on. */
#if !defined(SYSLET_FAULT_SPARE_MISSES_WAKEUP)
#define SYSLET_FAULT_SPARE_MISSES_WAKEUP 0
#endif

/* The general registers stay with the task that blocks. */
#if !defined(SYSLET_FAULT_MOVE_NO_GENERAL)
#define SYSLET_FAULT_MOVE_NO_GENERAL 0
#endif

/* The vector and floating-point registers stay. */
#if !defined(SYSLET_FAULT_MOVE_NO_VECTORS)
#define SYSLET_FAULT_MOVE_NO_VECTORS 0
#endif

/* The base of the FS segment stays. */
#if !defined(SYSLET_FAULT_MOVE_NO_FS_BASE)
#define SYSLET_FAULT_MOVE_NO_FS_BASE 0
#endif

/* The base of the GS segment stays. */
#if !defined(SYSLET_FAULT_MOVE_NO_GS_BASE)
#define SYSLET_FAULT_MOVE_NO_GS_BASE 0
#endif

/* The control word of the x87 stays. */
#if !defined(SYSLET_FAULT_MOVE_NO_X87_CONTROL)
#define SYSLET_FAULT_MOVE_NO_X87_CONTROL 0
#endif

/* Control and status of the vector unit, MXCSR, stay. */
#if !defined(SYSLET_FAULT_MOVE_NO_MXCSR)
#define SYSLET_FAULT_MOVE_NO_MXCSR 0
#endif

/* The new head's call does not return NULL. */
#if !defined(SYSLET_FAULT_MOVE_NO_RESULT)
#define SYSLET_FAULT_MOVE_NO_RESULT 0
#endif

/* The name of the thread and its personality stay. */
#if !defined(SYSLET_FAULT_MOVE_NO_NAME)
#define SYSLET_FAULT_MOVE_NO_NAME 0
#endif

/* That it may gain no privileges stays. */
#if !defined(SYSLET_FAULT_MOVE_NO_NEW_PRIVS)
#define SYSLET_FAULT_MOVE_NO_NEW_PRIVS 0
#endif

/* The credentials stay. */
#if !defined(SYSLET_FAULT_MOVE_NO_CREDENTIALS)
#define SYSLET_FAULT_MOVE_NO_CREDENTIALS 0
#endif

/* The signal mask stays. */
#if !defined(SYSLET_FAULT_MOVE_NO_MASK)
#define SYSLET_FAULT_MOVE_NO_MASK 0
#endif

/* Signals that are pending for the head stay. */
#if !defined(SYSLET_FAULT_MOVE_NO_PENDING)
#define SYSLET_FAULT_MOVE_NO_PENDING 0
#endif

/* The list of robust futexes stays. */
#if !defined(SYSLET_FAULT_MOVE_NO_ROBUST_LIST)
#define SYSLET_FAULT_MOVE_NO_ROBUST_LIST 0
#endif

/* The word that is cleared when the thread ends stays. */
#if !defined(SYSLET_FAULT_MOVE_NO_CLEAR_TID)
#define SYSLET_FAULT_MOVE_NO_CLEAR_TID 0
#endif

/* A task that is stopped in a threadlet hands over. */
#if !defined(SYSLET_FAULT_STOP_HANDS_OVER)
#define SYSLET_FAULT_STOP_HANDS_OVER 0
#endif

/* A signal handler in a threadlet hands over. */
#if !defined(SYSLET_FAULT_HANDLER_HANDS_OVER)
#define SYSLET_FAULT_HANDLER_HANDS_OVER 0
#endif

/* Kernel threads get a twentieth of the time, in the middle of a program. */
#if !defined(SYSLET_FAULT_LENDS_THE_PROCESSOR)
#define SYSLET_FAULT_LENDS_THE_PROCESSOR 0
#endif

/* The alternate signal stack stays. */
#if !defined(SYSLET_FAULT_MOVE_NO_ALTSTACK)
#define SYSLET_FAULT_MOVE_NO_ALTSTACK 0
#endif

#endif /* _SYSLET_FAULTS_H */
