// SPDX-License-Identifier: GPL-2.0
/* Writes a trace: events as they happen, hints behind them at the end. */
#include "executor.h"

#ifdef __KERNEL__
# include <linux/string.h>
#else
# include <string.h>
#endif

#define MAX_HINTS	32768
#define MAX_REPORT	512
#define WORDS		(ARENA_SIZE / 8)
#define PAGE_WORDS	(ARENA_PAGE / 8)
#define EVENT_ROOM	(TRACE_ROOM - sizeof(struct trace_header) - \
			 4 * MAX_HINTS - 4 * MAX_TASKS - MAX_REPORT)
/* What the largest event needs: all tasks, every other word changed. */
#define EVENT_MAX	(16 + 8 * MAX_TASKS + 8 * WORDS + 8 * WORDS / 2)

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

static struct trace_header *header;
static uint8_t *events;
static size_t used;
static size_t end_at;		/* where the end event starts */
static unsigned int end_step;
static uint32_t hints[MAX_HINTS];
/* The arena at the last observation: the program's memory until it changes. */
static const uint64_t *last[ARENA_PAGES];
static uint64_t changed[ARENA_PAGES][PAGE_WORDS];

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
		executor_bug("the trace is full");
}

void trace_start(uint8_t *room, const struct program *program)
{
	unsigned int i;

	header = (struct trace_header *)room;
	memset(header, 0, sizeof(*header));
	header->magic = TRACE_MAGIC;
	header->version = program->version;
	events = room + sizeof(*header);
	used = 0;
	for (i = 0; i < ARENA_PAGES; i++)
		last[i] = (const uint64_t *)(program->memory + i * ARENA_PAGE);
}

void trace_result(unsigned int step, int64_t value)
{
	make_room(16);
	put_header(EVENT_RESULT, step, 8);
	memcpy(reserve(8), &value, 8);
}

void trace_done(unsigned int step, unsigned int place, int64_t value,
		const struct task_view *who)
{
	const uint8_t by[8] = { place, who->index, who->role };

	make_room(24);
	put_header(EVENT_DONE, step, 16);
	memcpy(reserve(8), &value, 8);
	memcpy(reserve(8), by, 8);
}

/*
 * What is there now is what it has written, or what was there before.
 *
 * Rules: OPAQUE-2, D152
 */
static void put_buffer(uint32_t offset, uint32_t bytes)
{
	uint32_t *run = reserve(8);
	uint32_t end = offset + bytes;

	run[0] = offset;
	run[1] = bytes;
	for (; offset < end; offset += 8)
		memcpy(reserve(8), &executor_page(offset / ARENA_PAGE)
				   [offset % ARENA_PAGE / 8], 8);
}

void trace_opaque(const struct opaque_call *call, unsigned int index,
		  const uint64_t *args, int64_t value, unsigned int sleeps)
{
	struct event_header *event = (struct event_header *)(events + used);
	size_t at = used + sizeof(*event);
	uint8_t by[8] = { index };
	uint64_t tick = executor_now();
	uint32_t offset, bytes;
	unsigned int i;

	make_room(80 + MAX_ARGUMENTS * (MAX_OUT + 24));
	put_header(EVENT_OPAQUE, 0, 0);
	by[2] = sleeps < 0xffff ? sleeps : 0xff;
	by[3] = sleeps < 0xffff ? sleeps >> 8 : 0xff;
	memcpy(by + 4, &call->nr, 4);
	memcpy(reserve(8), &value, 8);
	memcpy(reserve(8), &tick, 8);
	memcpy(reserve(8 * MAX_ARGUMENTS), args, 8 * MAX_ARGUMENTS);
	for (i = 0; i < call->nr_args; i++)
		by[1] += opaque_buffer(call, i, args, &offset, &bytes);
	memcpy(reserve(8), by, 8);
	for (i = 0; i < call->nr_args; i++)
		if (opaque_buffer(call, i, args, &offset, &bytes))
			put_buffer(offset, bytes);
	event->bytes = used - at;
}

static bool same_page(const uint64_t *a, const uint64_t *b)
{
#ifdef __KERNEL__
	/* In User Mode Linux memcmp() goes byte by byte. */
	unsigned int i;

	for (i = 0; i < PAGE_WORDS; i += 8)
		if ((a[i] ^ b[i]) | (a[i + 1] ^ b[i + 1]) |
		    (a[i + 2] ^ b[i + 2]) | (a[i + 3] ^ b[i + 3]) |
		    (a[i + 4] ^ b[i + 4]) | (a[i + 5] ^ b[i + 5]) |
		    (a[i + 6] ^ b[i + 6]) | (a[i + 7] ^ b[i + 7]))
			return false;
	return true;
#else
	return !memcmp(a, b, ARENA_PAGE);
#endif
}

/* The words of one page that differ; runs may go on in the next page. */
static unsigned int put_page(unsigned int page, uint32_t **run)
{
	const uint64_t *now = executor_page(page), *before = last[page];
	unsigned int word, n = 0;

	if (same_page(now, before)) {
		*run = NULL;
		return 0;
	}
	for (word = 0; word < PAGE_WORDS; word++) {
		if (now[word] == before[word]) {
			*run = NULL;
			continue;
		}
		if (!*run) {
			*run = reserve(8);
			(*run)[0] = page * ARENA_PAGE + word * 8;
			(*run)[1] = 0;
			n++;
		}
		memcpy(reserve(8), &now[word], 8);
		(*run)[1] += 8;
	}
	last[page] = memcpy(changed[page], now, ARENA_PAGE);
	return n;
}

static unsigned int put_runs(void)
{
	uint32_t *run = NULL;
	unsigned int page, n = 0;

	for (page = 0; page < ARENA_PAGES; page++)
		n += put_page(page, &run);
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
	seen->nr_tasks = executor_tasks((struct task_view *)(events + used));
	used += seen->nr_tasks * sizeof(struct task_view);
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

void trace_hint_run(unsigned int index, unsigned int points)
{
	const unsigned int n = 0xffff;

	for (; points > n; points -= n)
		put_hint(index << 16 | n);
	put_hint(index << 16 | points);
}

void trace_hint_pick(unsigned int index)
{
	put_hint(1u << 24 | index << 16);
}

void trace_hint_slept(unsigned int index)
{
	put_hint(2u << 24 | index << 16);
}

void trace_finish(const struct trace_totals *totals)
{
	unsigned int i;
	uint32_t *tids;

	header->event_bytes = used;
	memcpy(reserve(4 * header->nr_hints), hints, 4 * header->nr_hints);
	header->nr_tids = totals->nr_tids;
	tids = reserve(4 * totals->nr_tids);
	for (i = 0; i < totals->nr_tids; i++)
		tids[i] = totals->first_tid + i;
	header->report_bytes = strnlen(totals->report, MAX_REPORT);
	memcpy(reserve(header->report_bytes), totals->report,
	       header->report_bytes);
	header->handovers = totals->handovers;
	header->atoms = totals->atoms;
	header->preemptions = totals->preemptions;
}
