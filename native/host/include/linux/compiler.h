/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HOST_LINUX_COMPILER_H
#define _HOST_LINUX_COMPILER_H

#include <stdbool.h>
#include <stddef.h>

#define __user
#define __force
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))

/* One thread runs everything; the compiler is the only one to hold back. */
#define barrier()		__asm__ __volatile__("" : : : "memory")
#define smp_load_acquire(p) \
	({ __typeof__(*(p)) __v = READ_ONCE(*(p)); barrier(); __v; })
#define smp_store_release(p, v) \
	do { barrier(); WRITE_ONCE(*(p), v); } while (0)

#define __maybe_unused		__attribute__((__unused__))

#endif
