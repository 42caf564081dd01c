/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HOST_LINUX_SLAB_H
#define _HOST_LINUX_SLAB_H

#include <linux/kernel.h>

#define GFP_KERNEL		0
#define GFP_KERNEL_ACCOUNT	0

/* Every allocation is counted: a program that leaves one behind is reported. */
void *host_alloc(size_t size, const char *file, int line);
void kfree(const void *ptr);

#define kzalloc(size, gfp)	host_alloc(size, __FILE__, __LINE__)
#define kmalloc(size, gfp)	host_alloc(size, __FILE__, __LINE__)

#endif
