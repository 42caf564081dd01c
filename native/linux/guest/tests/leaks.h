/* SPDX-License-Identifier: GPL-2.0 */
/* Ten thousand programs; nothing of them is left. */
#ifndef _LEAKS_H
#define _LEAKS_H

#include "client.h"
#include <sys/wait.h>

static long number_in(const char *path)
{
	FILE *file = fopen(path, "r");
	long value = -1;

	if (!file || fscanf(file, "%ld", &value) != 1)
		exit(2);
	fclose(file);
	return value;
}

/* With KASAN what was freed stays in quarantine for a while, and counts. */
static void empty_quarantine(const char *cache)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", cache);
	file = fopen(path, "w");
	if (!file)
		return;
	fputs("1", file);
	fclose(file);
}

/* Objects in use, of one cache or (NULL) of all. */
static long active_objects(const char *cache)
{
	FILE *file;
	char line[256], name[64];
	long active = 0, found;

	if (cache)
		empty_quarantine(cache);
	file = fopen("/proc/slabinfo", "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%63s %ld", name, &found) == 2 &&
		    (!cache || !strcmp(name, cache)))
			active += found;
	if (file)
		fclose(file);
	return active;
}

/* Kilobytes of memory that is free. */
static long free_memory(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[256];
	long kb = -1;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemFree: %ld", &kb) == 1)
			break;
	if (file)
		fclose(file);
	return kb;
}

/* What is counted before and after. */
struct count {
	long	files, tasks, objects, memory;
};

static struct count count_all(void)
{
	return (struct count){
		.files = number_in("/proc/sys/fs/file-nr"),
		.tasks = active_objects("task_struct"),
		.objects = active_objects(NULL),
		.memory = free_memory(),
	};
}

/* One object or page left by each would be ten thousand. */
static inline void look_for_leaks(void (*program)(int i))
{
	struct count before = {}, after;
	int i, status;

	for (i = 0; i < 10100; i++) {
		if (i == 100) {
			sleep(2);
			before = count_all();
		}
		if (!fork()) {
			program(i);
			_exit(failures != 0);
		}
		wait(&status);
		CHECK(!status, "program %d: %#x", i, status);
		if (i % 500 == 0)
			sleep(1);
	}
	sleep(5);
	after = count_all();
	CHECK(after.files <= before.files + 2, "%ld files, then %ld",
	      before.files, after.files);
	CHECK(after.tasks <= before.tasks + 16, "%ld tasks, then %ld",
	      before.tasks, after.tasks);
	CHECK(after.objects <= before.objects + 1000, "%ld objects, then %ld",
	      before.objects, after.objects);
	CHECK(after.memory >= before.memory - 8000, "%ld kB free, then %ld",
	      before.memory, after.memory);
	printf("%ld objects and %ld kB before, %ld and %ld after\n",
	       before.objects, before.memory, after.objects, after.memory);
}

#endif
