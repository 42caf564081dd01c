// SPDX-License-Identifier: GPL-2.0
/* Failed assertions: the program ends with a report, the executor goes on. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/bug.h>

#include "host.h"

char host_report[512];

/*
 * Nothing that the tasks hold is needed to go on: stacks, tasks and memory are
 * all taken from pools of the host. So the task that finds the kernel broken
 * just leaves.
 */
void host_bug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(host_report, sizeof(host_report), fmt, ap);
	va_end(ap);
	if (!current) {
		fprintf(stderr, "%s (outside of any task)\n", host_report);
		abort();
	}
	host_dying = true;
	for (;;)
		host_stop();
}
