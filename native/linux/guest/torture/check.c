// SPDX-License-Identifier: GPL-2.0
/* Invariants of the world, looked at from outside. */
#include "torture.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define KERNEL_THREAD	0x00200000
#define OBJECTS_MORE	64
#define KB_MORE		24000
#define TRIES		12
#define MEMINFO		4096

static const char * const caches[] = {
	"task_struct", "cred_jar", "files_cache", "fs_cache", "signal_cache",
	"sighand_cache", "mm_struct", "pid", "nsproxy", "kmalloc-32",
	"kmalloc-64", "kmalloc-96", "kmalloc-128", "kmalloc-192",
	"kmalloc-256", "kmalloc-512", "kmalloc-1k", "kmalloc-2k", "kmalloc-4k",
};

#define CACHES (sizeof(caches) / sizeof(*caches))

static long objects_before[CACHES];
static char memory_before[MEMINFO];

static void put_word(const char *path, const char *word)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		return;
	(void)!write(fd, word, strlen(word));
	close(fd);
}

void make_secret(void)
{
	int fd = open(SECRET, O_CREAT | O_WRONLY, 0600);

	(void)!write(fd, "secret", 6);
	close(fd);
	fd = open(OTHERS, O_CREAT | O_WRONLY, 0600);
	(void)!fchown(fd, 2000, 2000);
	close(fd);
	mkdir(JAIL, 0755);
}

static void show_task(const char *path)
{
	FILE *status = fopen(path, "r");
	char line[128], state[64] = "?", pending[64] = "?";

	while (status && fgets(line, sizeof(line), status)) {
		sscanf(line, "State: %63[^\n]", state);
		sscanf(line, "SigPnd: %63[^\n]", pending);
	}
	if (status)
		fclose(status);
	tell("task %s: %s, pending %s", path, state, pending);
}

void show_tasks(pid_t pid)
{
	struct dirent *entry;
	char path[300];
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		if (*entry->d_name == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/status", pid,
			 entry->d_name);
		show_task(path);
	}
	if (folder)
		closedir(folder);
}

static bool is_ours(pid_t pid)
{
	char path[64], line[512], *at;
	unsigned long flags = KERNEL_THREAD;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stat = fopen(path, "r");
	if (!stat)
		return false;
	if (fgets(line, sizeof(line), stat)) {
		at = strrchr(line, ')');
		if (at)
			sscanf(at, ") %*c %*d %*d %*d %*d %*d %lu", &flags);
	}
	fclose(stat);
	return !(flags & KERNEL_THREAD);
}

static void look_for_tasks(void)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	pid_t pid;

	while (folder && (entry = readdir(folder))) {
		pid = atoi(entry->d_name);
		if (pid <= 1 || pid == getpid() || !is_ours(pid))
			continue;
		wrong("task left", "%d", pid);
		show_tasks(pid);
	}
	if (folder)
		closedir(folder);
}

/* All but init and us; who has become an orphan is our child. */
void end_everything(void)
{
	long end = now_ms() + 20000, looks = 0;
	pid_t pid;

	for (;;) {
		kill(-1, SIGKILL);
		pid = waitpid(-1, NULL, WNOHANG | __WALL);
		if (pid < 0)
			break;
		if (!pid && now_ms() > end && ++looks > 500) {
			wrong("cannot be killed", "what is left at the end");
			break;
		}
		if (!pid)
			nap_us(1000);
	}
	nap_us(50000);
	look_for_tasks();
}

static long objects_of(const char *cache)
{
	FILE *file = fopen("/proc/slabinfo", "r");
	char line[256], name[64], path[100];
	long found, active = -1;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", cache);
	put_word(path, "1");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%63s %ld", name, &found) == 2 &&
		    !strcmp(name, cache))
			active = found;
	if (file)
		fclose(file);
	return active;
}

static long kb_of(const char *text, const char *what)
{
	const char *at = strstr(text, what);

	return at ? atol(at + strlen(what)) : 0;
}

static const char *read_memory(char *text)
{
	int fd = open("/proc/meminfo", O_RDONLY);
	ssize_t n = read(fd, text, MEMINFO - 1);

	close(fd);
	text[n > 0 ? n : 0] = 0;
	return text;
}

/* What the memory is by now that is not free. */
static void show_memory(const char *now)
{
	char what[32];
	const char *line;
	long kb;

	for (line = now; line && *line; line = strchr(line, '\n') + 1) {
		if (sscanf(line, "%31[^:]: %ld", what, &kb) != 2)
			break;
		strcat(what, ":");
		if (labs(kb - kb_of(memory_before, what)) > 1000)
			tell("memory %s %ld kB, then %ld", what,
			     kb_of(memory_before, what), kb);
	}
}

/* Whether there is less than before; @tells of it then. */
static bool is_less(bool tells)
{
	static char now[MEMINFO];
	bool less = false;
	long objects, kb, before;
	unsigned int i;

	for (i = 0; i < CACHES; i++) {
		objects = objects_of(caches[i]);
		if (objects <= objects_before[i] + OBJECTS_MORE)
			continue;
		less = true;
		if (tells)
			wrong("memory is not back", "%s: %ld, then %ld",
			      caches[i], objects_before[i], objects);
	}
	before = kb_of(memory_before, "MemFree:");
	kb = kb_of(read_memory(now), "MemFree:");
	if (kb >= before - KB_MORE)
		return less;
	if (tells) {
		wrong("memory is not back", "%ld kB free, then %ld", before, kb);
		show_memory(now);
	}
	return true;
}

static void free_caches(void)
{
	sync();
	put_word("/proc/sys/vm/drop_caches", "3");
	nap_us(300000);
}

void note_memory(void)
{
	unsigned int i;

	/* An eighth of all memory may wait to be used again, and seem lost. */
	put_word("/proc/sys/vm/percpu_pagelist_high_fraction", "512");
	free_caches();
	for (i = 0; i < CACHES; i++)
		objects_before[i] = objects_of(caches[i]);
	read_memory(memory_before);
}

/* Some is freed late, and what leaks stays. */
void look_at_memory(void)
{
	int i;

	for (i = 0; i < TRIES; i++) {
		free_caches();
		if (!is_less(false))
			return;
	}
	is_less(true);
}
