// SPDX-License-Identifier: GPL-2.0
/*
 * System calls that a head does not wait for when it gives something up.
 *
 * A call asks for rights by what its arguments name: a path, an address, a key,
 * the data that are sent. Those may be read late, from memory that changed since.
 * These calls ask for none, or before they read anything: their descriptors and
 * numbers came with the call. What they read besides are times, lengths, and
 * places to write to. So they may go on, however long they sleep. poll() and
 * select() are none of these: which descriptors they mean is read.
 */
#include <linux/kernel.h>
#include <linux/syscalls.h>
#include <asm/unistd.h>

#include <linux/syslet.h>

static const bool syslet_granted_calls[NR_syscalls] = {
	[__NR_read] = true,		/* writes */
	[__NR_pread64] = true,		/* writes */
	[__NR_readv] = true,		/* places, and writes */
	[__NR_preadv] = true,		/* places, and writes */
	[__NR_preadv2] = true,		/* places, and writes */
	[__NR_getdents] = true,		/* writes */
	[__NR_getdents64] = true,	/* writes */
	[__NR_accept] = true,		/* a length, and writes */
	[__NR_accept4] = true,		/* a length, and writes */
	[__NR_recvfrom] = true,		/* a length, and writes */
	[__NR_recvmsg] = true,		/* places, and writes */
	[__NR_recvmmsg] = true,		/* places, a time, and writes */
	[__NR_msgrcv] = true,		/* writes */
	[__NR_mq_timedreceive] = true,	/* a time, and writes */
	[__NR_epoll_wait] = true,	/* writes */
	[__NR_wait4] = true,		/* writes */
	[__NR_waitid] = true,		/* writes */
	[__NR_nanosleep] = true,	/* a time */
	[__NR_clock_nanosleep] = true,	/* a time */
	[__NR_futex] = true,		/* a word, and a time */
	[__NR_pause] = true,		/* nothing */
	[__NR_sched_yield] = true,	/* nothing */
	[__NR_flock] = true,		/* nothing */
	[__NR_sync] = true,		/* nothing */
	[__NR_syncfs] = true,		/* nothing */
	[__NR_fsync] = true,		/* nothing */
	[__NR_fdatasync] = true,	/* nothing */
	[__NR_umem_add] = true,		/* a word */
};

/*
 * Rules: D127
 */
bool syslet_call_granted(unsigned int nr)
{
	return syslet_granted_calls[nr];
}
