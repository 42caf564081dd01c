/* SPDX-License-Identifier: GPL-2.0 */
/* Each check is a child of its own; one that fails leaves the others alone. */
#ifndef _CHECKS_H
#define _CHECKS_H

#include "client.h"
#include <sys/wait.h>

struct check {
	const char	*name;
	void		(*run)(void);
	int		status;		/* as of wait() */
};

static int run_check(const struct check *check, void (*prepare)(void))
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		prepare();
		check->run();
		exit(failures != 0);
	}
	waitpid(child, &status, 0);
	printf("%s: %s\n", check->name,
	       (status & ~0x80) == check->status ? "ok" : "FAILED");
	return (status & ~0x80) != check->status;
}

/* The one that is called so, or all that do not take long. */
static int run_checks(const struct check *checks, unsigned int n,
		      void (*prepare)(void), const char *name)
{
	unsigned int i;
	int failed = 0;

	for (i = 0; i < n; i++)
		if (name ? !strcmp(checks[i].name, name) :
			   strcmp(checks[i].name, "leaks") != 0)
			failed += run_check(&checks[i], prepare);
	return failed != 0;
}

#endif
