/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HOST_LINUX_BUG_H
#define _HOST_LINUX_BUG_H

#include <linux/compiler.h>

/*
 * A failed assertion of the kernel: ends the program with a report. Does not
 * return; every task is left where it is.
 */
void host_bug(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

#define BUG() \
	host_bug("kernel BUG at %s:%d", __FILE__, __LINE__)
#define BUG_ON(c) \
	do { \
		if (unlikely(c)) \
			host_bug("kernel BUG at %s:%d: %s", __FILE__, \
				 __LINE__, #c); \
	} while (0)
#define WARN_ON(c)	({ bool __w = (c); BUG_ON(__w); __w; })
#define WARN_ON_ONCE(c)	WARN_ON(c)

#endif
