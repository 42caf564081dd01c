/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM syslet

#if !defined(_TRACE_SYSLET_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_SYSLET_H

#include <linux/sched.h>
#include <linux/tracepoint.h>

struct syslet_uatom;

/* What follows at @ip can be seen by other tasks, or shows what they did. */
TRACE_EVENT(syslet_point, TP_PROTO(unsigned long ip), TP_ARGS(ip),
	    TP_STRUCT__entry(__field(unsigned long, ip)),
	    TP_fast_assign(__entry->ip = ip;),
	    TP_printk("%pS", (void *)__entry->ip)
);

/* An atom is fetched. */
TRACE_EVENT(syslet_fetch, TP_PROTO(const struct syslet_uatom __user *uatom), TP_ARGS(uatom),
	    TP_STRUCT__entry(__field(unsigned long, uatom)),
	    TP_fast_assign(__entry->uatom = (unsigned long)uatom;),
	    TP_printk("uatom=%#lx", __entry->uatom)
);

/* It is executed: the system call @nr, which may be any number. */
TRACE_EVENT(syslet_execute, TP_PROTO(unsigned long nr), TP_ARGS(nr),
	    TP_STRUCT__entry(__field(unsigned long, nr)),
	    TP_fast_assign(__entry->nr = nr;),
	    TP_printk("nr=%lu", __entry->nr)
);

/* A spare was created. */
TRACE_EVENT(syslet_spare, TP_PROTO(struct task_struct *spare), TP_ARGS(spare),
	    TP_STRUCT__entry(__field(pid_t, pid)),
	    TP_fast_assign(__entry->pid = spare->pid;),
	    TP_printk("pid=%d", __entry->pid)
);

/* The user context of @from goes to @to. */
TRACE_EVENT(syslet_handover, TP_PROTO(struct task_struct *from, struct task_struct *to),
	    TP_ARGS(from, to),
	    TP_STRUCT__entry(__field(pid_t, from)
			     __field(pid_t, to)),
	    TP_fast_assign(__entry->from = from->pid;
			   __entry->to = to->pid;),
	    TP_printk("from=%d to=%d", __entry->from, __entry->to)
);

#endif /* _TRACE_SYSLET_H */

/* Outside of the guard, since it reads this file again. */
#include <trace/define_trace.h>
