/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A hostile world, seeded: many processes at once, each of which plays moves.
 *
 *	main.c		the world outside: births, deaths, invariants
 *	player.c	a process: what it draws, and what it is to begin with
 *	moves.c		the table; a move is one function and one line there
 *	calls.c		system calls, chains and threadlets without a library
 *	draw.c		random numbers, and values that make trouble
 *	tell.c		the log: it survives a crash of this kernel
 *	soup.c		moves of which nothing is expected but that no other process
 *			is hurt
 *	outside.c	moves of the world: job control, debuggers, memory
 *	others		short scripts of one kind, with an expectation
 */
#ifndef _TORTURE_H
#define _TORTURE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define __user
#include <uapi/linux/syslet.h>

#define NR_ASYNC_EXEC	463
#define NR_ASYNC_WAIT	464
#define NR_UMEM_ADD	465
#define NR_ASYNC_THREAD	466
#define NR_THREADLET_ON	467
#define NR_THREADLET_OFF 468

#define SECRET		"/tmp/secret"	/* for root only */
#define OTHERS		"/tmp/others"	/* of another user */
#define SET_USER	"/tmp/set-user"	/* this program, of root, with its mode bit */
#define JAIL		"/tmp/jail"
#define NOBODY		1000
#define MOVES		128
#define LONGEST_LOOK	40		/* ms for what takes 3 */
#define STACK		32768
#define STACKS		16
#define SLOTS		32
#define TOGETHER	32
#define EXECUTED	"executed"	/* argument after an exec */
#define STATUS_EXECUTED	8		/* and the status then... */
#define STATUS_ROOT	7		/* ...and of root */

/* Who plays a move. */
enum who {
	OUTSIDE,	/* the world, on any process */
	USER,		/* a process without rights, whatever becomes of it */
	SCRIPT,		/* a fresh child of root that knows what must come out */
};

/* What a move needs. */
#define NEEDS_TIME	1	/* it passes while something runs */
#define NEEDS_DISK	2	/* at /mnt: pages that are not in memory */
#define NEEDS_FAULTS	4	/* allocations can be made to fail */

struct move {
	const char	*name;
	const char	*kind;
	unsigned char	weight;
	unsigned char	who;
	unsigned char	needs;
	void		(*play)(void);
};

extern const struct move moves[];
extern const unsigned int nr_moves;

/* What all processes share. */
struct world {
	unsigned long	seed;
	unsigned long	handovers;
	unsigned long	wrongs;
	unsigned long	played[MOVES];
	unsigned char	enabled[MOVES];
	unsigned int	length;		/* moves of a process */
	unsigned int	has;		/* NEEDS_* that are met */
	bool		ready[TOGETHER]; /* to be disturbed */
	pid_t		keeper;		/* of root, with... */
	char		*secret;	/* ...this in its memory */
};

extern struct world *world;
extern unsigned int birth;		/* number of this process; 0: the world */
extern bool *ready;			/* its own */

/* soup.c */
extern char *arena;

/* draw.c */
extern unsigned long draw_state;
unsigned long draw(void);
unsigned int below(unsigned int n);
unsigned long garbage(void);
const struct move *draw_move(enum who who);

/* tell.c */
long now_ms(void);
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* An expectation of the oracle @name was not met. */
void wrong(const char *name, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* calls.c */
struct call {
	struct syslet_uatom	atom;
	unsigned long		args[6];
	volatile long		ret;
};

struct family {
	struct async_head_user	ahu;
	struct syslet_uatom	*ring[SLOTS];
	struct threadlet_page	*page;
};

extern struct family own;
extern char stacks[STACKS][STACK];

long call6(long nr, long a, long b, long c, long d, long e, long f);
#define CALL_(nr, a, b, c, d, e, f, ...)				\
	call6((long)(nr), (long)(a), (long)(b), (long)(c), (long)(d),	\
	      (long)(e), (long)(f))
#define CALL(...)	CALL_(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

void nap_us(long us);
void leave(int status) __attribute__((noreturn));
/* What threads without a context of their own would do in user mode. */
void spare_start(void);
long spawn(void (*fn)(void), void *top);
long exec_on(void (*fn)(long arg), long arg, void *top, void *ahu,
	     struct threadlet_page *page);
void set_call(struct call *call, unsigned long flags, long nr, long a, long b,
	      long c, long d);
void link_calls(struct call *first, struct call *second);
void begin_family(void);
/* With a spare; 0: it went asynchronous. */
long submit(struct call *first);
long threadlet(void (*fn)(long arg), long arg);
/* Until @n more events are there or nothing is busy. */
void reap(unsigned int n);
/* Falls asleep in a chain, so that another task is the head. */
bool hand_over(void);
/* A status of wait(), -1 if it has not ended within @ms. */
int await_child(pid_t pid, long ms);
void await_flag(volatile long *flag);
unsigned long blocked_by(long tid);

/* player.c */
void play_user(void);
void play_scripts(void);
void become_nobody(void);

/* exec.c */
int look_after_exec(void);
void execute_program(const char *name);
void make_set_user(void);

/* reading.c */
void look_at_page(const void *page);
void look_at_user(void);

/* outside.c */
extern pid_t victim;
pid_t random_thread(pid_t pid);
void set_oom_score(const char *score);

/* check.c */
void show_tasks(pid_t pid);
void make_secret(void);
void note_memory(void);
void look_at_memory(void);
void end_everything(void);

#endif
