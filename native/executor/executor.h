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
#define FIRST_FD	100	/* those below are taken, and no file's */
#define FD_LIMIT	128
#define MAX_TASKS	256	/* a hint has 8 bits for the index */

#define PROGRAM_MAGIC	0x4c535953
#define TRACE_MAGIC	0x52545953
#define VERSION		2
#define VERSION_THREADS	3	/* of several threads */
#define VERSION_OPAQUE	4	/* with opaque calls */
#define MAX_THREADS	4
#define MAX_STEPS	256
#define MAX_THREADLETS	8
#define MAX_OPERATIONS	16	/* of a threadlet's script */
#define MAX_STACKS	8
#define MAX_CHOICES	256
#define MAX_WORDS	7
#define MAX_ARGUMENTS	6	/* of a call */
#define MAX_OPAQUE	64	/* calls that a program defines */
#define MAX_VALUES	8	/* that an argument of one may have */
#define MAX_OUT		512	/* bytes of a buffer of one */
#define MAX_TICKS	0xffffffffUL
#define NO_CALL		0xffffffff
#define FAULT_CALL	0xfffffffe	/* a page fault of user mode (D89) */

enum op {
	OP_CALL = 1, OP_STORE, OP_REAP, OP_SETTLE, OP_ADVANCE, OP_EXIT, OP_EXEC
};

enum end { END_NONE, END_DONE, END_STUCK, END_EXITED, END_FUEL, END_REPORT };
enum event {
	EVENT_RESULT = 1, EVENT_SETTLED, EVENT_BLOCKED, EVENT_END, EVENT_DONE,
	EVENT_OPAQUE
};

enum page_kind { PAGE_ABSENT, PAGE_READ_ONLY, PAGE_READ_WRITE, PAGE_COLD };

struct step {
	uint32_t		op;
	uint16_t		nr_args;
	uint16_t		thread;
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
	uint8_t			more_threads;	/* than one */
	uint16_t		nr_steps;
	uint16_t		nr_choices;
	uint32_t		counters[8];
	uint8_t			operations[MAX_THREADLETS];
	uint8_t			memory[32768];
	struct step		steps[];
};

/*
 * What the observer has to know of a call of which nobody says what it does: the
 * arguments that it may have, and the buffers that it writes (D151).
 */
struct opaque_argument {
	uint8_t			nr_values;	/* 0: any, up to @most */
	uint8_t			is_written;	/* a buffer */
	uint8_t			counted_by;	/* this argument; itself: one */
	uint8_t			zero;
	uint32_t		unit;		/* bytes of the buffer... */
	uint32_t		per;		/* ...for so many */
	uint32_t		most;		/* 0: no limit */
	uint32_t		values[MAX_VALUES];
};

struct opaque_call {
	uint32_t		nr;
	uint32_t		nr_args;
	struct opaque_argument	args[MAX_ARGUMENTS];
};

/* Behind the choices, at the next multiple of 8; in version 4 only. */
struct opaque_table {
	uint32_t		nr_calls;
	uint32_t		zero;
	struct opaque_call	calls[];
};

_Static_assert(offsetof(struct program, memory) == 64, "program header");
_Static_assert(offsetof(struct program, steps) == 32832, "program header");
_Static_assert(sizeof(struct step) == 64, "step");
_Static_assert(sizeof(struct program) + MAX_STEPS * sizeof(struct step) +
	       MAX_THREADLETS * MAX_OPERATIONS * sizeof(struct step) +
	       MAX_CHOICES + sizeof(struct opaque_table) +
	       MAX_OPAQUE * sizeof(struct opaque_call) <= PROGRAM_ROOM,
	       "room for a program");
_Static_assert(sizeof(struct opaque_call) == 296, "opaque call");

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
	uint8_t			family;		/* number of its thread */
	uint8_t			zero;
	uint32_t		call;
};

/* program.c */
bool program_valid(const struct program *program);
const struct step *program_script(const struct program *program,
				  unsigned int threadlet);
const uint8_t *program_choices(const struct program *program);

/* opaque.c */
bool opaque_table_valid(const struct program *program);
/* NULL: the program has no opaque call of this number. */
const struct opaque_call *program_opaque(const struct program *program,
					 uint64_t nr);
/* Whether its arguments are among those that it may have. */
bool opaque_allows(const struct opaque_call *call, const uint64_t *args);
/*
 * The part of the arena, in whole words, that holds what was written to the buffer
 * of argument @i; false if there is none.
 */
bool opaque_buffer(const struct opaque_call *call, unsigned int i,
		   const uint64_t *args, uint32_t *offset, uint32_t *bytes);

static inline unsigned int program_threads(const struct program *program)
{
	return program->more_threads + 1;
}

#ifndef __KERNEL__
/* host/run.c: on the host. The kernel has an observer. */
void program_run(const struct program *program, uint8_t *trace);
#endif

/* trace.c */
void trace_start(uint8_t *room, const struct program *program);
void trace_result(unsigned int step, int64_t value);
/* Operation @place of the script of @step, which @who has done. */
void trace_done(unsigned int step, unsigned int place, int64_t value,
		const struct task_view *who);
/* Task @index has made an opaque call, in which it slept so many times. */
void trace_opaque(const struct opaque_call *call, unsigned int index,
		  const uint64_t *args, int64_t value, unsigned int sleeps);
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

/* rest.c: threads, and what happens when none can run */
void threads_start(const struct program *program);
unsigned int thread_first_step(unsigned int thread);
/* False if it has no such step. */
bool thread_begins(unsigned int thread, unsigned int step);
/* The caller does so for its thread, in a way that executor_settle() waits. */
void thread_settles(unsigned int thread, uint64_t ticks);
void thread_ends(unsigned int thread);
void thread_exits(unsigned int thread);
/* Steps of all threads. */
unsigned int threads_finished(void);
/* The caller, and no other task, can run: true if its thread is done with it. */
bool thread_rests_alone(unsigned int thread);
/* No task can run: let some go on, move the clock, or end the program. */
void threads_rest(void);

/* What a home does for that. */
uint64_t executor_now(void);			/* in ticks */
bool executor_next_timer(uint64_t *due);
void executor_move_clock(uint64_t tick);	/* timers end, tasks wake up */
void executor_go_on(unsigned int task);		/* it has settled... */
void executor_settles_on(unsigned int task);	/* ...or not: time-outs end */
bool executor_lives(unsigned int task);
void executor_stop(enum end end);

/* What a home of the executor tells the writer of traces. */
const uint64_t *executor_page(unsigned int i);	/* of the arena */
/* Live tasks in order of index; at most MAX_TASKS. Returns how many. */
unsigned int executor_tasks(struct task_view *views);
void executor_bug(const char *what);
/* A schedule point: another task may be made to run here (D59). */
void executor_point(void);

/*
 * user.c: user mode, which lives in registers. A context that goes to another
 * task with the wrong ones goes on with the wrong thing.
 */
struct pt_regs;

enum user_reg {
	USER_RESULT,	/* of the last call */
	USER_PC,	/* what is done next; see there */
	USER_STACK,	/* a stack pointer */
	USER_STEP,	/* number of the present step, and its thread */
	USER_SCRIPT,	/* threadlet and place, on the stack of a threadlet */
};

/* A home has a register for each. */
unsigned long *user_reg(struct pt_regs *regs, enum user_reg reg);

struct user_call {
	unsigned int		nr;
	uint64_t		args[6];
};

/* At the start of a program, and of each of its threads. */
void user_program_start(const struct program *program);
void user_start(unsigned int thread, struct pt_regs *regs);
/* Go on up to the next call; false: the program is over for the caller. */
bool user_go_on(struct pt_regs *regs, struct user_call *call);
/* Where a task goes on that was resumed by threadlet_on(). */
void user_resumed(struct pt_regs *regs);
/* The call that user mode is about to make is the exit of the program. */
bool user_exits(struct pt_regs *regs);
/* It passes no schedule point (D86). */
bool user_call_is_silent(struct pt_regs *regs);

/* What a home does for user mode. */
bool executor_over(void);
void executor_settle(void);		/* up to executor_go_on(), or the end */
void executor_self(struct task_view *view);
/* Where threadlet_on() is to send the heir. */
unsigned long executor_resume_ip(void);
/* Words of user memory, 0 or -EFAULT; a cold page lets the caller sleep. */
int executor_get(uint64_t addr, uint64_t *value);
int executor_put(uint64_t addr, uint64_t value);
/* Words of the page that is shared with the kernel. */
uint64_t executor_page_get(uint64_t addr);
void executor_page_put(uint64_t addr, uint64_t value);

#endif
