/* SPDX-License-Identifier: GPL-2.0 */
/* One program at a time: its process, its world, and what is seen of it. */
#ifndef _SYSLET_OBSERVER_H
#define _SYSLET_OBSERVER_H

#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "executor/executor.h"

struct pt_regs;

#define SYSLET_SHM_SIZE		SHM_SIZE
/* Calls of user mode that only the observer knows; far out of the table. */
#define SYSLET_CALL_SERVE	0x53590001
#define SYSLET_CALL_NEXT	0x53590002
#define SYSLET_CALL_RESUMED	0x53590003

struct syslet_program {
	const struct program	*block;
	struct task_struct	*leader;
	unsigned long		user_call;	/* where user mode calls... */
	unsigned long		user_resumed;	/* ...and heirs go on */

	struct syslet_user {
		u32		call;		/* user mode is in it */
		bool		access;		/* it reads or writes */
		u8		family;		/* the number of its thread */
		bool		settles;	/* it gives way... */
		struct task_struct *task;	/* ...and is this one */
	}			users[MAX_TASKS];
	bool			over;		/* nothing counts any more */
	enum end		end;

	ktime_t			base;		/* when it became now */
	u64			now;		/* ticks */

	unsigned int		fetches;
	unsigned int		atoms;
	unsigned int		handovers;
	int			exit_codes[MAX_THREADS];
	char			report[512];
};

extern struct syslet_program syslet_program;

/* The program ends here, for all its tasks. */
void syslet_program_stop(enum end end);

/* Of an observed task. */
struct syslet_user *syslet_user(const struct task_struct *tsk);

/* steps.c: what user mode does, and its entries into the kernel. */
int syslet_head(void *unused);
void syslet_step_call(struct pt_regs *regs, unsigned int nr);
void syslet_step_done(struct pt_regs *regs, long result);
void syslet_step_resumed(struct pt_regs *regs, long result);
void syslet_head_park(void);

/* memory.c */
int syslet_memory_init(void);
int syslet_world_memory(const struct program *block);
bool syslet_world_clean(void);	/* nothing is mapped but that memory */
void *syslet_world_page(unsigned int i);	/* always writable */

/* world.c */
int syslet_world_init(void);
int syslet_world_files(const struct program *block);
bool syslet_world_next_timer(u64 *tick);	/* without any: U64_MAX */
void syslet_world_move_clock(u64 tick);

/* opaque.c */
bool syslet_opaque_in_world(unsigned int nr, const unsigned long *args);

/* observer.c; never returns. */
void syslet_observer_serve(u8 *shm, unsigned long user_call,
			   unsigned long user_resumed);

/* What the architecture does for the observer. */
int arch_syslet_ring(u8 *byte);			/* waits for the bell */
void arch_syslet_answer(u8 byte);
void arch_syslet_delay(u64 ns);			/* moves the clock */
void arch_syslet_program(bool runs);
void arch_syslet_quit(void) __noreturn;

#endif
