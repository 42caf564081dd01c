/* SPDX-License-Identifier: GPL-2.0 */
/* What syslets tell about themselves: to the observer, if there is one. */
#ifndef _TRACE_SYSLET_H
#define _TRACE_SYSLET_H

struct task_struct;
struct syslet_uatom;

#ifdef CONFIG_SYSLET_OBSERVER
void trace_syslet_fetch(const struct syslet_uatom __user *uatom);
void trace_syslet_execute(unsigned long nr);
void trace_syslet_handover(struct task_struct *from, struct task_struct *to);
#else
static inline void
trace_syslet_fetch(const struct syslet_uatom __user *uatom) { }
static inline void trace_syslet_execute(unsigned long nr) { }
static inline void
trace_syslet_handover(struct task_struct *from, struct task_struct *to) { }
#endif

#endif
