// SPDX-License-Identifier: GPL-2.0
/*
 * The observer: init, in the kernel, in the lowest real-time priority. When it
 * runs, no task of the program can; then it writes down what is to be seen,
 * moves the clock, or ends the program. It sends no signal before the end.
 */
#include <linux/fdtable.h>
#include <linux/idr.h>
#include <linux/init_task.h>
#include <linux/kernel.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/syslet.h>
#include <linux/wait.h>
#include <trace/events/syslet.h>
#include <uapi/linux/sched/types.h>

#include "../sched/sched.h"
#include "observer.h"
#include "points.h"

#define FIRST_PID	1000
/* Some callbacks wait for a grace period, and those for a moment of rest. */
#define REST_EVERY	32

struct syslet_program syslet_program;
static u8 *shared;

const u64 *executor_page(unsigned int i)
{
	return syslet_world_page(i);
}

/* A program ends with the first report; the writer of traces has no room. */
void executor_bug(const char *what)
{
	if (!*syslet_program.report)
		strscpy(syslet_program.report, what);
	syslet_program.over = true;
}

struct syslet_user *syslet_user(const struct task_struct *tsk)
{
	return &syslet_program.users[(tsk->pid - FIRST_PID) % MAX_TASKS];
}

bool executor_over(void)
{
	return syslet_program.over;
}

static void view_task(struct task_view *view, const struct task_struct *tsk)
{
	const struct syslet_task *st = tsk->syslet;

	*view = (struct task_view){
		.index = tsk->pid - FIRST_PID,
		.role = st ? st->role : SYSLET_HEAD,
		.family = syslet_user(tsk)->family,
		.call = syslet_user(tsk)->call,
	};
	if (st && st->nr >= 0)
		view->call = st->nr;
	if (view->role == SYSLET_READY)
		view->call = NO_CALL;
}

void executor_self(struct task_view *view)
{
	view_task(view, current);
}

unsigned int executor_tasks(struct task_view *view)
{
	struct task_struct *tsk;
	unsigned int n = 0;

	rcu_read_lock();
	for_each_thread(syslet_program.leader, tsk) {
		if (tsk->exit_state)
			continue;
		view_task(&view[n++], tsk);
	}
	rcu_read_unlock();
	return n;
}

static void park_if_over(void)
{
	if (!syslet_program.over)
		return;
	if (current->syslet)
		current->syslet->armed = false;
	syslet_head_park();
}

void syslet_program_stop(enum end end)
{
	struct syslet_program *p = &syslet_program;

	if (!p->over)
		p->end = end;
	p->over = true;
	park_if_over();
}

/*
 * The program ends when its fuel is spent.
 *
 * Rules: STEP-5
 */
void trace_syslet_fetch(const struct syslet_uatom __user *uatom)
{
	if (!syslet_observed(current))
		return;
	park_if_over();
	if (syslet_program.fetches++ == syslet_program.block->fuel)
		syslet_program_stop(END_FUEL);
}

void trace_syslet_execute(unsigned long nr)
{
	syslet_program.atoms += syslet_observed(current);
}

void trace_syslet_handover(struct task_struct *from, struct task_struct *to)
{
	if (!syslet_observed(from))
		return;
	syslet_program.handovers++;
	/* The context of a chain goes in the middle of a call. */
	if (from->syslet->threadlet)
		return;
	syslet_user(to)->call = syslet_user(from)->call;
	syslet_user(from)->call = NO_CALL;
}

/* A spare is of the family of the task that makes it, for good. */
void trace_syslet_spare(struct task_struct *spare)
{
	if (syslet_observed(current))
		syslet_user(spare)->family = syslet_user(current)->family;
}

static bool group_gone(void)
{
	return syslet_program.leader->exit_state == EXIT_ZOMBIE &&
	       thread_group_empty(syslet_program.leader);
}

uint64_t executor_now(void)
{
	return syslet_program.now;
}

bool executor_next_timer(uint64_t *due)
{
	return syslet_world_next_timer(due);
}

void executor_move_clock(uint64_t tick)
{
	syslet_world_move_clock(tick);
}

void executor_go_on(unsigned int task)
{
	struct syslet_user *user = &syslet_program.users[task];

	user->settles = false;
	syslet_run_first(user->task);
	wake_up_process(user->task);
}

/* The observer looks at the clock, and not the task. */
void executor_settles_on(unsigned int task)
{
}

bool executor_lives(unsigned int task)
{
	struct task_struct *tsk;
	bool lives = false;

	rcu_read_lock();
	for_each_thread(syslet_program.leader, tsk)
		lives |= tsk->pid - FIRST_PID == task && !tsk->exit_state;
	rcu_read_unlock();
	return lives;
}

void executor_stop(enum end end)
{
	syslet_program.end = end;
	syslet_program.over = true;
}

/*
 * Tasks that are made runnable here run when all of it is done, and before this
 * goes on.
 *
 * Rules: D133
 */
static void observe_program(void)
{
	struct syslet_program *p = &syslet_program;

	while (!p->over) {
		if (group_gone()) {
			executor_stop(END_EXITED);
			break;
		}
		preempt_disable();
		threads_rest();
		preempt_enable();
	}
}

/*
 * The exit code is that of the thread that went last, not the leader's: of several
 * threads, one of theirs.
 *
 * Rules: D20, D134
 */
static void check_exit(int status)
{
	struct syslet_program *p = &syslet_program;
	unsigned int i;

	for (i = 0; i < program_threads(p->block); i++)
		if (status == p->exit_codes[i] << 8)
			return;
	snprintf(p->report, sizeof(p->report), "exit with %d seen as %#x",
		 p->exit_codes[0], status);
}

/*
 * The whole group ends, and nothing is left of it.
 *
 * Rules: D26
 */
static void end_group(void)
{
	struct syslet_program *p = &syslet_program;
	unsigned int i;
	int status = 0;

	if (!group_gone())
		do_send_sig_info(SIGKILL, SEND_SIG_PRIV, p->leader,
				 PIDTYPE_TGID);
	for (i = 0; i < 10 && !group_gone(); i++)
		schedule_timeout_uninterruptible(1);
	if (!group_gone()) {
		if (!*p->report)
			strscpy(p->report, "leak: a task is still there");
		return;
	}
	kernel_wait(FIRST_PID, &status);
	if (p->end == END_EXITED)
		check_exit(status);
}

static struct task_struct *create_leader(void)
{
	struct kernel_clone_args args = {
		.flags		= CLONE_VM | CLONE_FS,
		.exit_signal	= SIGCHLD,
		.fn		= syslet_head,
	};
	const struct sched_param param = {
		.sched_priority = SYSLET_RT_PRIORITY,
	};
	struct task_struct *tsk;

	idr_set_cursor(&task_active_pid_ns(current)->idr, FIRST_PID);
	tsk = copy_process(NULL, 0, NUMA_NO_NODE, &args);
	if (IS_ERR(tsk))
		return tsk;
	get_task_struct(tsk);
	sched_setscheduler_nocheck(tsk, SCHED_FIFO, &param);
	if (tsk->pid != FIRST_PID)
		executor_bug("leak: the first process number is taken");
	return tsk;
}

static unsigned int count_tids(void)
{
	return idr_get_cursor(&task_active_pid_ns(current)->idr) - FIRST_PID;
}

static void end_program(void)
{
	struct syslet_program *p = &syslet_program;
	struct trace_totals totals = {
		.handovers	= p->handovers,
		.atoms		= p->atoms,
		.preemptions	= syslet_schedule.preemptions,
		.nr_tids	= count_tids(),
		.first_tid	= FIRST_PID,
		.report		= p->report,
	};

	if (!*p->report)
		trace_end(p->end, threads_finished());
	syslet_schedule_stop();
	syslet_coverage_map = NULL;
	end_group();
	if (!syslet_world_clean() && !*p->report)
		strscpy(p->report, "leak: a mapping is still there");
	if (*p->report)
		trace_end_with_report(threads_finished());
	trace_finish(&totals);
}

static bool run_program(const struct program *block, bool deep)
{
	struct syslet_program *p = &syslet_program;
	unsigned long call = p->user_call, resumed = p->user_resumed;
	unsigned int i;

	if (!program_valid(block))
		return false;
	memset(p, 0, sizeof(*p));
	p->block = block;
	p->user_call = call;
	p->user_resumed = resumed;
	p->base = ktime_get();
	for (i = 0; i < MAX_TASKS; i++)
		p->users[i].call = NO_CALL;
	user_program_start(block);
	trace_start(shared + TRACE_AT, block);
	if (syslet_world_memory(block)) {
		executor_bug("the program's memory cannot be mapped");
		trace_end_with_report(0);
		trace_finish(&(struct trace_totals){ .report = p->report });
		return true;
	}
	arch_syslet_program(true);
	p->leader = create_leader();
	syslet_schedule_start(program_choices(block), block->nr_choices,
			      FIRST_PID, deep);
	syslet_observed_signal = p->leader->signal;
	syslet_coverage_map = shared + COVERAGE_AT;
	wake_up_new_task(p->leader);
	observe_program();
	end_program();
	arch_syslet_program(false);
	put_task_struct(p->leader);
	return true;
}

/*
 * Nothing but the page with the calls, and no descriptor.
 *
 * Rules: D52, D75
 */
static void unmap_all_but_calls(unsigned long user_call)
{
	unsigned long page = user_call & PAGE_MASK;
	int fd;

	vm_munmap(PAGE_SIZE, page - PAGE_SIZE);
	vm_munmap(page + PAGE_SIZE, TASK_SIZE - page - PAGE_SIZE);
	for (fd = 0; fd < 3; fd++)
		close_fd(fd);
}

/*
 * Real time has no limit, and the server that lends a twentieth of it to other
 * tasks is off: they wait for the moments of rest between two programs.
 */
static void own_processor(void)
{
	struct sched_dl_entity *server;
	struct rq_flags rf;
	struct rq *rq;

	sysctl_sched_rt_runtime = -1;
	sched_set_fifo_low(current);
	rq = this_rq_lock_irq(&rf);
	server = &rq->fair_server;
	update_rq_clock(rq);
	dl_server_stop(server);
	if (dl_server_apply_params(server, 0, server->dl_period, false))
		panic("the fair server cannot be stopped");
	rq_unlock_irq(rq, &rf);
}

void syslet_observer_serve(u8 *shm, unsigned long user_call,
			   unsigned long user_resumed)
{
	const struct program *block = (void *)(shm + PROGRAM_AT);
	unsigned int programs = 0;
	u8 byte;

	shared = shm;
	syslet_program.user_call = user_call;
	syslet_program.user_resumed = user_resumed;
	unmap_all_but_calls(user_call);
	if (syslet_world_init())
		panic("no memory for the observer");
	own_processor();
	/* The timers turn exact with the first ticks. */
	schedule_timeout_uninterruptible(2);
	while (!arch_syslet_ring(&byte) && byte != 'q') {
		if (byte == 'p') {
			arch_syslet_answer('p');
		} else if (byte == 'r' || byte == 'R') {
			arch_syslet_answer(run_program(block, byte == 'R') ? 'd' : 'b');
			if (++programs % REST_EVERY == 0)
				schedule_timeout_uninterruptible(1);
		}
	}
	arch_syslet_quit();
}
