/* SPDX-License-Identifier: GPL-2.0 */
/* The executor: programs in, traces out. The formats are docs/protocol.md. */
#ifndef _EXECUTOR_H
#define _EXECUTOR_H

#ifdef __KERNEL__
# include <linux/stddef.h>
# include <linux/types.h>
#else
# include <stdbool.h>
# include <stddef.h>
# include <stdint.h>
#endif

#define SHM_SIZE	0x100000
#define PROGRAM_AT	0x1000
#define PROGRAM_ROOM	0x1f000
#define TRACE_AT	0x20000
#define TRACE_ROOM	0xd0000
#define COVERAGE_AT	0xf0000

/* The memory of a program, and its descriptors. */
#define ARENA_BASE	0x10000000UL
#define ARENA_PAGE	4096UL
#define ARENA_PAGES	8
#define ARENA_SIZE	(ARENA_PAGES * ARENA_PAGE)
#define PIPE_FD		100
#define MAX_PIPES	8
#define EVENTFD_FD	120
#define MAX_EVENTFDS	8
#define MAX_TASKS	256	/* a hint has 8 bits for the index */

#define PROGRAM_MAGIC	0x4c535953
#define TRACE_MAGIC	0x52545953
#define VERSION		1
#define MAX_STEPS	256
#define MAX_CHOICES	256
#define MAX_WORDS	7
#define MAX_TICKS	0xffffffffUL
#define NO_CALL		0xffffffff

enum op { OP_CALL = 1, OP_STORE, OP_REAP, OP_SETTLE, OP_ADVANCE, OP_EXIT };
enum end { END_NONE, END_DONE, END_STUCK, END_EXITED, END_FUEL, END_REPORT };
enum event { EVENT_RESULT = 1, EVENT_SETTLED, EVENT_BLOCKED, EVENT_END };
enum page_kind { PAGE_ABSENT, PAGE_READ_ONLY, PAGE_READ_WRITE };

struct step {
	uint32_t		op;
	uint32_t		nr_args;
	uint64_t		word[MAX_WORDS];
};

struct program {
	uint32_t		magic;
	uint16_t		version;
	uint16_t		fuel;
	uint8_t			pages[8];
	uint8_t			pipes;
	uint8_t			eventfds;
	uint8_t			semaphores;
	uint8_t			pad1;
	uint16_t		nr_steps;
	uint16_t		nr_choices;
	uint32_t		counters[8];
	uint64_t		pad2;
	uint8_t			memory[32768];
	struct step		steps[];
};

_Static_assert(offsetof(struct program, memory) == 64, "program header");
_Static_assert(offsetof(struct program, steps) == 32832, "program header");
_Static_assert(sizeof(struct step) == 64, "step");
_Static_assert(sizeof(struct program) + MAX_STEPS * sizeof(struct step) +
	       MAX_CHOICES <= PROGRAM_ROOM, "room for a program");

struct trace_header {
	uint32_t		magic;
	uint16_t		version;
	uint16_t		end;
	uint32_t		event_bytes;
	uint32_t		nr_hints;
	uint32_t		nr_tids;
	uint32_t		report_bytes;
	uint32_t		handovers;
	uint16_t		atoms;
	uint16_t		preemptions;
};

/* What is known at the end of a run. */
struct trace_totals {
	unsigned int		handovers;
	unsigned int		atoms;
	unsigned int		preemptions;
	unsigned int		nr_tids;
	unsigned int		first_tid;	/* the others follow */
	const char		*report;	/* empty if all is well */
};

struct task_view {
	uint8_t			index;
	uint8_t			role;
	uint16_t		zero;
	uint32_t		call;
};

/* program.c */
bool program_valid(const struct program *program);
const uint8_t *program_choices(const struct program *program);

#ifndef __KERNEL__
/* run.c: on the host. The kernel has an observer. */
void program_run(const struct program *program, uint8_t *trace);
#endif

/* trace.c */
void trace_start(uint8_t *room, const uint8_t *memory);
void trace_result(unsigned int step, int64_t value);
void trace_observe(enum event event, unsigned int step);
/* Only the first end counts. */
void trace_end(enum end end, unsigned int step);
/* The program failed in a way that makes its end void. */
void trace_end_with_report(unsigned int step);
void trace_hint_run(unsigned int index, unsigned int points);
void trace_hint_pick(unsigned int index);
/* Before the hint of the run that ended so; only in deep mode. */
void trace_hint_slept(unsigned int index);
void trace_finish(const struct trace_totals *totals);

/* What a home of the executor tells the writer of traces. */
const uint8_t *executor_arena(void);
/* Live tasks in order of index; at most MAX_TASKS. Returns how many. */
unsigned int executor_tasks(struct task_view *views);
void executor_bug(const char *what);

#endif
