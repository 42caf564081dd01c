/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host: a small deterministic world that runs the kernel files in user
 * space, on one thread, in virtual time.
 */
#ifndef _HOST_HOST_H
#define _HOST_HOST_H

#include <stdint.h>

#include <linux/list.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/wait.h>

#include "../executor/executor.h"

#define PAGE_SIZE		ARENA_PAGE
#define TASK_SIZE_MAX		0x7ffffffff000UL

#define HOST_PID		1000

#ifdef __SANITIZE_ADDRESS__
# define HOST_ASAN		1
#elif defined(__has_feature)
# if __has_feature(address_sanitizer)
#  define HOST_ASAN		1
# endif
#endif

/* fiber.c: stacks and the switch between them */
void host_fiber_init(struct host_fiber *fiber, void (*entry)(void));
void host_fiber_switch(struct host_fiber *from, struct host_fiber *to);
void host_fiber_leave(struct host_fiber *from, struct host_fiber *to)
	__attribute__((noreturn));
/* First thing in a fiber that starts: came from @from. */
void host_fiber_started(struct host_fiber *from);

/* sched.c: tasks, who runs next, schedule points */
extern struct list_head host_tasks;		/* all that live */
extern unsigned int host_nr_tasks;		/* created in this program */
extern unsigned int host_preemptions;		/* at schedule points */
extern bool host_dying;				/* the program has ended */

void host_sched_start(const uint8_t *choices, unsigned int n);
struct task_struct *host_task_create(int (*fn)(void *), void *arg);
struct task_struct *host_task(unsigned int index);
void host_run(void);		/* until host_stop() */
void host_stop(void);		/* back to the caller of host_run() */
void host_settle(void);		/* until the executor lets us go on... */
void host_settles_on(unsigned int index);	/* up to the next time-out */
void host_go_on(struct task_struct *tsk);	/* ...without a choice */
unsigned int host_choose(unsigned int options);
bool host_kill_all(void);	/* false if a task is still there */
void host_abandon(void);	/* forget all tasks, wherever they are */

/* coverage.c: another task goes on, which is no edge of the code */
void host_cov_switch(void);
extern uint8_t *host_cov_map;	/* NULL outside a run */

/* What the executor does for the scheduler. */
void host_user_mode(void) __attribute__((noreturn));
void host_nothing_runnable(void);	/* makes something runnable, or stops */
void host_group_exited(void);	/* the last user context is gone */

/* bug.c */
extern char host_report[512];		/* empty if all is well */

/* slab.c */
void host_slab_check(void);	/* reports what is left, and frees it */

/* mm.c: the arena */
extern uint8_t *host_arena;	/* always writable view */
void host_mm_init(void);
void host_mm_start(const uint8_t *pages, const uint8_t *memory);
/* How many bytes from @addr on, @n at most, user mode could access. */
size_t host_user_extent(unsigned long addr, size_t n, bool write);
bool host_user_page_writable(unsigned long addr);
bool host_user_page_cold(unsigned long addr);
void host_user_page_in(unsigned long addr);	/* it is cold no more */

/* time.c: ticks of 1 ms */
struct host_timer {
	uint64_t		due;
	struct task_struct	*task;
	bool			fired;
	struct list_head	node;
};
extern uint64_t host_now;
#define HOST_NEVER	UINT64_MAX
void host_time_start(void);
bool host_next_timer(uint64_t *due);
void host_fire_timers(uint64_t due);	/* moves the clock there */
void host_timer_add(struct host_timer *timer, uint64_t ticks);
void host_timer_del(struct host_timer *timer);
bool host_sleep(uint64_t ticks);	/* false if a signal ended it */
/* Reads and converts a timespec; 0, -EFAULT or -EINVAL. */
int host_get_ticks(unsigned long addr, uint64_t *ticks);
int host_get_moment(unsigned long addr, uint64_t *ticks);

/* file.c: open files, each of which may have several descriptors */
enum host_file_kind { FILE_PIPE_READ, FILE_PIPE_WRITE, FILE_EVENTFD };

struct host_file {
	enum host_file_kind	kind;
	unsigned int		flags;	/* those that fcntl() may change */
	unsigned int		refs;	/* descriptors, and calls in progress */
	void			*object;	/* the pipe or eventfd */
};

struct host_file *host_file_make(enum host_file_kind kind, void *object,
				 unsigned int flags);
struct host_file *host_file_get(struct host_file *file);
void host_file_put(struct host_file *file);

/* descriptor.c: the numbers of open files */
void host_files_start(uint8_t pipes, uint8_t eventfds, uint8_t semaphores,
		      const uint32_t *counters);
void host_files_end(void);
struct host_file *host_fd_lookup(unsigned int fd);	/* or NULL */
struct host_file *host_fd_clear(unsigned int fd);	/* it is free now */

/* pipe.c */
void host_pipe_make(unsigned int slots, unsigned int flags,
		    struct host_file *ends[2]);
void host_pipe_release(void *object, bool write);
long host_pipe_read(struct host_file *file, unsigned long buf, size_t count);
long host_pipe_write(struct host_file *file, unsigned long buf, size_t count);

/* eventfd.c */
struct host_file *host_eventfd_make(uint64_t count, bool semaphore,
				    unsigned int flags);
void host_eventfd_release(void *object);
long host_eventfd_read(struct host_file *file, unsigned long buf, size_t count);
long host_eventfd_write(struct host_file *file, unsigned long buf,
			size_t count);

/* futex.c */
void host_futex_start(void);

#endif
