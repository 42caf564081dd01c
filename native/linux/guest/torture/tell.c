// SPDX-License-Identifier: GPL-2.0
/*
 * What is told goes out on a serial line at once, so the tail of it is there
 * even if this kernel dies the next moment. A line is one write.
 */
#include "torture.h"
#include <stdarg.h>
#include <stdio.h>

static void put(const char *head, const char *format, va_list args)
{
	char line[400];
	int n, m;

	n = snprintf(line, sizeof(line), "%s", head);
	m = vsnprintf(line + n, sizeof(line) - n - 1, format, args);
	n = m < (int)sizeof(line) - n - 1 ? n + m : (int)sizeof(line) - 2;
	line[n++] = '\n';
	CALL(SYS_write, STDOUT_FILENO, line, n);
}

void tell(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put("", format, args);
	va_end(args);
}

void wrong(const char *name, const char *format, ...)
{
	char head[80];
	va_list args;

	if (world)	/* not after an exec */
		__atomic_add_fetch(&world->wrongs, 1, __ATOMIC_RELAXED);
	snprintf(head, sizeof(head), "wrong %s: process %u: ", name, birth);
	va_start(args, format);
	put(head, format, args);
	va_end(args);
}

long now_ms(void)
{
	struct timespec ts;

	CALL(SYS_clock_gettime, CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
