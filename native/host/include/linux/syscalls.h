/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HOST_LINUX_SYSCALLS_H
#define _HOST_LINUX_SYSCALLS_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <asm/syscall.h>

/* What a call that is not there answers. */
static inline long sys_ni_syscall(void)
{
	return -ENOSYS;
}

/*
 * Each call is a function of six words; what is behind the last argument is
 * ignored.
 */
#define __HOST_WORDS(a, b, c, d, e, f) \
	unsigned long a, unsigned long b, unsigned long c, \
	unsigned long d, unsigned long e, unsigned long f
#define SYSCALL_DEFINE0(name) \
	static long __do_sys_##name(void); \
	long sys_##name(__HOST_WORDS(a, b, c, d, e, f)) \
	{ (void)a, (void)b, (void)c, (void)d, (void)e, (void)f; \
	  return __do_sys_##name(); } \
	static long __do_sys_##name(void)

#define SYSCALL_DEFINE1(name, t1, a1) \
	static long __do_sys_##name(t1 a1); \
	long sys_##name(__HOST_WORDS(a, b, c, d, e, f)) \
	{ (void)b, (void)c, (void)d, (void)e, (void)f; \
	  return __do_sys_##name((t1)a); } \
	static long __do_sys_##name(t1 a1)

#define SYSCALL_DEFINE2(name, t1, a1, t2, a2) \
	static long __do_sys_##name(t1 a1, t2 a2); \
	long sys_##name(__HOST_WORDS(a, b, c, d, e, f)) \
	{ (void)c, (void)d, (void)e, (void)f; \
	  return __do_sys_##name((t1)a, (t2)b); } \
	static long __do_sys_##name(t1 a1, t2 a2)

#define SYSCALL_DEFINE3(name, t1, a1, t2, a2, t3, a3) \
	static long __do_sys_##name(t1 a1, t2 a2, t3 a3); \
	long sys_##name(__HOST_WORDS(a, b, c, d, e, f)) \
	{ (void)d, (void)e, (void)f; \
	  return __do_sys_##name((t1)a, (t2)b, (t3)c); } \
	static long __do_sys_##name(t1 a1, t2 a2, t3 a3)

#define SYSCALL_DEFINE4(name, t1, a1, t2, a2, t3, a3, t4, a4) \
	static long __do_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4); \
	long sys_##name(__HOST_WORDS(a, b, c, d, e, f)) \
	{ (void)e, (void)f; \
	  return __do_sys_##name((t1)a, (t2)b, (t3)c, (t4)d); } \
	static long __do_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4)

#define SYSCALL_DEFINE6(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6) \
	static long __do_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6); \
	long sys_##name(__HOST_WORDS(a, b, c, d, e, f)) \
	{ return __do_sys_##name((t1)a, (t2)b, (t3)c, (t4)d, (t5)e, (t6)f); } \
	static long __do_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6)

#endif
