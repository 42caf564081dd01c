// SPDX-License-Identifier: GPL-2.0
/* The system-call table: the calls of the world, and empty entries (D42). */
#include <linux/errno.h>
#include <linux/syscalls.h>

#include "host.h"

/* All tasks are threads of one group (IDENT-1). */
SYSCALL_DEFINE0(getpid)
{
	return HOST_PID;
}

/* Of the task, in any role (IDENT-1). */
SYSCALL_DEFINE0(gettid)
{
	return current->pid;
}

/* Others run only at schedule points, and this is none (D59, YIELD-1). */
SYSCALL_DEFINE0(sched_yield)
{
	return 0;
}

/* An empty entry (ATOM-9, STEP-6). */
SYSCALL_DEFINE0(empty)
{
	return sys_ni_syscall();
}

#define DECLARE(name)	extern long sys_##name(__HOST_WORDS(a, b, c, d, e, f))
DECLARE(read);
DECLARE(write);
DECLARE(close);
DECLARE(dup);
DECLARE(dup2);
DECLARE(dup3);
DECLARE(eventfd2);
DECLARE(pipe2);
DECLARE(fcntl);
DECLARE(nanosleep);
DECLARE(futex);
DECLARE(clock_gettime);
DECLARE(clock_nanosleep);
DECLARE(async_exec);
DECLARE(async_wait);
DECLARE(umem_add);
DECLARE(async_thread);
DECLARE(threadlet_on);
DECLARE(threadlet_off);

#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
# pragma clang diagnostic ignored "-Winitializer-overrides"
#endif
const sys_call_ptr_t sys_call_table[NR_syscalls] = {
	[0 ... NR_syscalls - 1] = sys_empty,
	[__NR_read] = sys_read,
	[__NR_write] = sys_write,
	[__NR_close] = sys_close,
	[__NR_dup] = sys_dup,
	[__NR_dup2] = sys_dup2,
	[__NR_dup3] = sys_dup3,
	[__NR_eventfd2] = sys_eventfd2,
	[__NR_pipe2] = sys_pipe2,
	[__NR_fcntl] = sys_fcntl,
	[__NR_sched_yield] = sys_sched_yield,
	[__NR_nanosleep] = sys_nanosleep,
	[__NR_getpid] = sys_getpid,
	[__NR_gettid] = sys_gettid,
	[__NR_futex] = sys_futex,
	[__NR_clock_gettime] = sys_clock_gettime,
	[__NR_clock_nanosleep] = sys_clock_nanosleep,
	[__NR_async_exec] = sys_async_exec,
	[__NR_async_wait] = sys_async_wait,
	[__NR_umem_add] = sys_umem_add,
	[__NR_async_thread] = sys_async_thread,
	[__NR_threadlet_on] = sys_threadlet_on,
	[__NR_threadlet_off] = sys_threadlet_off,
};
