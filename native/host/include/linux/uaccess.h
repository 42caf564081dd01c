/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HOST_LINUX_UACCESS_H
#define _HOST_LINUX_UACCESS_H

#include <linux/compiler.h>
#include <linux/errno.h>

/* Whole or not at all, 0 or -EFAULT (D40, D41). */
int host_copy_from_user(void *to, unsigned long from, size_t n);
int host_copy_to_user(unsigned long to, const void *from, size_t n);

#define get_user(x, ptr) \
({ \
	__auto_type __gu = (__typeof__(*(ptr)))0; \
	int __gu_err = host_copy_from_user(&__gu, (unsigned long)(ptr), \
					   sizeof(__gu)); \
	(x) = __gu; \
	__gu_err; \
})
#define put_user(x, ptr) \
({ \
	__typeof__(*(ptr)) __pu = (x); \
	host_copy_to_user((unsigned long)(ptr), &__pu, sizeof(__pu)); \
})

#endif
