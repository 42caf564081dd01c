// SPDX-License-Identifier: GPL-2.0
/* The system calls, in the manner of libc. */
#include <errno.h>
#include <syslet.h>

static long result(long ret)
{
	if (ret < 0 && ret >= -4095) {
		errno = -ret;
		return -1;
	}
	return ret;
}

/*
 * An addition of nothing, which another kernel cannot answer by accident: the
 * number is that of listxattrat() there, and 0 is no path.
 */
int syslet_available(void)
{
	unsigned long word = 0x5379736c65747321UL;

	return syslet_raw(SYS_umem_add, (unsigned long)&word, 0, 0, 0, 0, 0) ==
	       (long)word;
}

struct syslet_uatom *async_exec(struct syslet_uatom *atom,
				struct async_head_user *head)
{
	return (struct syslet_uatom *)result(
		syslet_raw(SYS_async_exec, (unsigned long)atom,
			   (unsigned long)head, 0, 0, 0, 0));
}

int async_wait(unsigned long min_wait_events, unsigned long user_ring_idx,
	       struct async_head_user *head)
{
	return result(syslet_raw(SYS_async_wait, min_wait_events,
				 user_ring_idx, (unsigned long)head, 0, 0, 0));
}

long umem_add(unsigned long *uptr, unsigned long inc)
{
	return syslet_raw(SYS_umem_add, (unsigned long)uptr, inc, 0, 0, 0, 0);
}

int async_thread(void)
{
	return result(syslet_raw(SYS_async_thread, 0, 0, 0, 0, 0, 0));
}

long threadlet_on(unsigned long restore_stack, unsigned long restore_ip,
		  struct async_head_user *head)
{
	return syslet_raw(SYS_threadlet_on, restore_stack, restore_ip,
			  (unsigned long)head, 0, 0, 0);
}

long threadlet_off(void)
{
	return syslet_raw(SYS_threadlet_off, 0, 0, 0, 0, 0, 0);
}
