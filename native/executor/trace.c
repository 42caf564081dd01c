// SPDX-License-Identifier: GPL-2.0
/* Writes a trace: events as they happen, hints behind them at the end. */
#include "../host/host.h"
#include "../kernel/syslet.h"
#include "executor.h"

#define MAX_HINTS	32768
#define WORDS		(ARENA_SIZE / 8)
#define EVENT_ROOM	(TRACE_ROOM - sizeof(struct trace_header) - \
			 4 * MAX_HINTS - 4 * HOST_MAX_TASKS - \
			 sizeof(host_report))
/* What the largest event needs: all tasks, every other word changed. */
#define EVENT_MAX	(16 + 8 * HOST_MAX_TASKS + 8 * WORDS + 8 * WORDS / 2)

struct event_header {
	uint8_t			kind;
	uint8_t			zero;
	uint16_t		step;
	uint32_t		bytes;
};

struct observation {
	uint16_t		nr_tasks;
	uint16_t		nr_runs;
	uint32_t		zero;
};

struct task_view {
	uint8_t			index;
	uint8_t			role;
	uint16_t		zero;
	uint32_t		call;
};

static struct trace_header *header;
static uint8_t *events;
static size_t used;
static size_t end_at;		/* where the end event starts */
static unsigned int end_step;
static uint32_t hints[MAX_HINTS];
static uint64_t last[WORDS];	/* the arena at the last observation */

static void *reserve(size_t bytes)
{
	void *ptr = events + used;

	used += bytes;
	return ptr;
}

static void put_header(enum event kind, unsigned int step, uint32_t bytes)
{
	struct event_header *event = reserve(sizeof(*event));

	*event = (struct event_header){ kind, 0, step, bytes };
}

static void make_room(size_t bytes)
{
	if (used + bytes + EVENT_MAX > EVENT_ROOM)
		host_bug("the trace is full");
}

void trace_start(uint8_t *room, const uint8_t *memory)
{
	header = (struct trace_header *)room;
	memset(header, 0, sizeof(*header));
	header->magic = TRACE_MAGIC;
	header->version = VERSION;
	events = room + sizeof(*header);
	used = 0;
	memcpy(last, memory, sizeof(last));
}

void trace_result(unsigned int step, int64_t value)
{
	make_room(16);
	put_header(EVENT_RESULT, step, 8);
	memcpy(reserve(8), &value, 8);
}

static uint32_t sleeps_in(const struct task_struct *tsk)
{
	const struct syslet_task *st = tsk->syslet;

	if (st && st->nr >= 0)
		return st->nr;
	if (!st || st->role == SYSLET_HEAD)
		return task_pt_regs(tsk)->orig_ax;	/* -1: none */
	return NO_CALL;
}

static unsigned int put_tasks(void)
{
	struct task_struct *tsk;
	struct task_view *view;
	unsigned int n = 0;

	list_for_each_entry(tsk, &host_tasks, tasks) {
		view = reserve(sizeof(*view));
		view->index = tsk->index;
		view->role = tsk->syslet ? tsk->syslet->role : SYSLET_HEAD;
		view->zero = 0;
		view->call = sleeps_in(tsk);
		n++;
	}
	return n;
}

/* The words of one page that differ; runs may go on in the next page. */
static unsigned int put_page(const uint64_t *now, unsigned int word,
			     uint32_t **run)
{
	unsigned int end = word + PAGE_SIZE / 8, n = 0;

	if (!memcmp(now + word, last + word, PAGE_SIZE)) {
		*run = NULL;
		return 0;
	}
	for (; word < end; word++) {
		if (now[word] == last[word]) {
			*run = NULL;
			continue;
		}
		if (!*run) {
			*run = reserve(8);
			(*run)[0] = word * 8;
			(*run)[1] = 0;
			n++;
		}
		memcpy(reserve(8), &now[word], 8);
		(*run)[1] += 8;
		last[word] = now[word];
	}
	return n;
}

static unsigned int put_runs(void)
{
	const uint64_t *now = (const uint64_t *)host_arena;
	uint32_t *run = NULL;
	unsigned int word, n = 0;

	for (word = 0; word < WORDS; word += PAGE_SIZE / 8)
		n += put_page(now, word, &run);
	return n;
}

static void put_observation(enum event kind, unsigned int step)
{
	size_t at = used + sizeof(struct event_header);
	struct event_header *event = (struct event_header *)(events + used);
	struct observation *seen;

	put_header(kind, step, 0);
	seen = reserve(sizeof(*seen));
	seen->zero = 0;
	seen->nr_tasks = put_tasks();
	seen->nr_runs = put_runs();
	event->bytes = used - at;
}

void trace_observe(enum event kind, unsigned int step)
{
	make_room(EVENT_MAX);
	put_observation(kind, step);
}

void trace_end(enum end end, unsigned int step)
{
	if (header->end)
		return;
	header->end = end;
	end_at = used;
	end_step = step;
	if (end == END_FUEL || end == END_REPORT)
		put_header(EVENT_END, step, 0);
	else
		put_observation(EVENT_END, step);
}

void trace_end_with_report(unsigned int step)
{
	if (header->end) {
		used = end_at;
		header->end = 0;
		step = end_step;
	}
	trace_end(END_REPORT, step);
}

static void put_hint(uint32_t hint)
{
	if (header->nr_hints < MAX_HINTS)
		hints[header->nr_hints++] = hint;
}

void host_hint_run(unsigned int index, unsigned int points)
{
	put_hint(index << 16 | points);
}

void host_hint_pick(unsigned int index)
{
	if (!host_dying)
		put_hint(1u << 24 | index << 16);
}

void trace_finish(unsigned int handovers, unsigned int atoms)
{
	unsigned int i;
	uint32_t *tids;

	header->event_bytes = used;
	memcpy(reserve(4 * header->nr_hints), hints, 4 * header->nr_hints);
	header->nr_tids = host_nr_tasks;
	tids = reserve(4 * host_nr_tasks);
	for (i = 0; i < host_nr_tasks; i++)
		tids[i] = host_task(i)->pid;
	header->report_bytes = strlen(host_report);
	memcpy(reserve(header->report_bytes), host_report,
	       header->report_bytes);
	header->handovers = handovers;
	header->atoms = atoms;
}
