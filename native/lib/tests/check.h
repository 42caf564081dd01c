/* SPDX-License-Identifier: GPL-2.0 */
/* A verdict for tests that are programs. */
#ifndef _CHECK_H
#define _CHECK_H

#include <stdio.h>

static int failures;

#define CHECK(condition, ...) do {					\
	if (!(condition)) {						\
		failures++;						\
		fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition); \
		fprintf(stderr, __VA_ARGS__);				\
		fputc('\n', stderr);					\
	}								\
} while (0)

#endif
