/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HOST_TRACE_EVENTS_SYSLET_H
#define _HOST_TRACE_EVENTS_SYSLET_H

#include <linux/sched.h>

/* The executor's probes: schedule points, fuel and statistics. */
void executor_point(void);
void host_probe_fetch(void);
void host_probe_execute(void);
void host_probe_handover(void);

#define trace_syslet_point(ip)		executor_point()
#define trace_syslet_fetch(uatom)	host_probe_fetch()
#define trace_syslet_execute(nr)	host_probe_execute()
#define trace_syslet_handover(from, to)	host_probe_handover()

#endif
