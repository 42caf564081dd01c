// SPDX-License-Identifier: GPL-2.0
/* The world of a program: memory, descriptors, the clock. */
#include <linux/eventfd.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pipe_fs_i.h>
#include <linux/sched.h>
#include <linux/syscalls.h>
#include <linux/vmalloc.h>
#include <asm/syslet.h>

#include "../time/tick-internal.h"
#include "observer.h"
#include "points.h"

u8 *syslet_world_arena;
static u8 kinds[ARENA_PAGES];
static struct page *pages[ARENA_PAGES];		/* what user space sees */
static struct page *absent[ARENA_PAGES];	/* what it does not */
static bool cold[ARENA_PAGES];			/* pages that are to come in */
static enum hrtimer_restart (*wakes_sleeper)(struct hrtimer *timer);

/* Calls that mean something to a program; all others are empty (D42, D48). */
bool syslet_in_world(unsigned int nr, const unsigned long *args)
{
	if (!syslet_observed(current))
		return true;
	switch (nr) {
	case __NR_read:
	case __NR_write:
	case __NR_close:
	case __NR_sched_yield:
	case __NR_nanosleep:
	case __NR_getpid:
	case __NR_gettid:
	case __NR_async_exec:
	case __NR_async_wait:
	case __NR_umem_add:
	case __NR_async_thread:
		return true;
	case __NR_futex:
		return ((u32)args[1] & ~FUTEX_PRIVATE_FLAG) <= FUTEX_WAKE;
	default:
		return false;
	}
}

/*
 * What is to become a cold page waits where nobody looks, and its place is
 * taken by a mapping whose faults sleep.
 */
#define ASIDE		0x6b60000000UL
#define TICK		ns_to_ktime(NSEC_PER_MSEC)

static int page_comes_in(unsigned int i)
{
	unsigned long addr = ARENA_BASE + i * PAGE_SIZE;
	unsigned long move[6] = {
		ASIDE + i * PAGE_SIZE, PAGE_SIZE, PAGE_SIZE,
		MREMAP_MAYMOVE | MREMAP_FIXED, addr,
	};
	unsigned long protect[6] = { addr, PAGE_SIZE, PROT_READ | PROT_WRITE };

	if (!cold[i])
		return 0;		/* for somebody else, meanwhile */
	cold[i] = false;
	kinds[i] = PAGE_ABSENT;		/* the next program needs another */
	if (arch_syslet_call(__NR_mremap, move) != addr)
		return -ENOMEM;
	return arch_syslet_call(__NR_mprotect, protect);
}

/* Serves user mode, as if the page had to be read from somewhere (D89). */
static vm_fault_t cold_fault(const struct vm_special_mapping *sm,
			     struct vm_area_struct *vma, struct vm_fault *vmf)
{
	unsigned int i = (vmf->address - ARENA_BASE) / PAGE_SIZE;
	struct syslet_user *user = syslet_user(current);
	ktime_t tick = TICK;
	u32 call;

	if (!syslet_observed(current) || !user->access ||
	    !(vmf->flags & FAULT_FLAG_ALLOW_RETRY))
		return VM_FAULT_SIGBUS;
	call = user->call;
	user->call = FAULT_CALL;
	release_fault_lock(vmf);
	set_current_state(TASK_KILLABLE);
	schedule_hrtimeout(&tick, HRTIMER_MODE_REL);
	user->call = call;
	if (!fatal_signal_pending(current) && page_comes_in(i))
		executor_bug("a cold page cannot be mapped");
	return VM_FAULT_RETRY;
}

static const struct vm_special_mapping cold_mapping = {
	.name	= "[cold]",
	.fault	= cold_fault,
};

static int map_cold(unsigned int i)
{
	unsigned long addr = ARENA_BASE + i * PAGE_SIZE;
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;

	mmap_write_lock(mm);
	vma = _install_special_mapping(mm, addr, PAGE_SIZE, VM_READ | VM_WRITE |
				       VM_MAYREAD | VM_MAYWRITE, &cold_mapping);
	mmap_write_unlock(mm);
	cold[i] = true;
	return PTR_ERR_OR_ZERO(vma);
}

static int map_page(unsigned int i, u8 kind)
{
	unsigned long base = kind == PAGE_COLD ? ASIDE : ARENA_BASE;
	unsigned long addr = base + i * PAGE_SIZE, err;
	unsigned long protect[6] = { addr, PAGE_SIZE };

	cold[i] = false;
	if (kind == PAGE_ABSENT)
		return 0;
	err = vm_mmap(NULL, addr, PAGE_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0);
	if (IS_ERR_VALUE(err))
		return err;
	if (get_user_pages_unlocked(addr, 1, &pages[i], FOLL_WRITE) != 1)
		return -ENOMEM;
	if (kind == PAGE_READ_WRITE)
		return 0;
	protect[2] = kind == PAGE_READ_ONLY ? PROT_READ : PROT_NONE;
	err = arch_syslet_call(__NR_mprotect, protect);
	return err || kind == PAGE_READ_ONLY ? err : map_cold(i);
}

static int map_arena(const u8 *wanted)
{
	struct page *view[ARENA_PAGES];
	unsigned int i;
	int err;

	if (syslet_world_arena)
		vunmap(syslet_world_arena);
	syslet_world_arena = NULL;
	vm_munmap(ARENA_BASE, ARENA_SIZE);
	vm_munmap(ASIDE, ARENA_SIZE);
	for (i = 0; i < ARENA_PAGES; i++) {
		if (pages[i])
			put_page(pages[i]);
		pages[i] = NULL;
		err = map_page(i, wanted[i]);
		if (err)
			return err;
		view[i] = pages[i] ?: absent[i];
	}
	syslet_world_arena = vmap(view, ARENA_PAGES, VM_MAP, PAGE_KERNEL);
	if (!syslet_world_arena)
		return -ENOMEM;
	memcpy(kinds, wanted, sizeof(kinds));
	return 0;
}

/* Programs mostly want the same pages, and mapping them is dear. */
int syslet_world_memory(const struct program *block)
{
	int err = 0;

	if (!syslet_world_arena || memcmp(kinds, block->pages, sizeof(kinds)))
		err = map_arena(block->pages);
	if (!err)
		memcpy(syslet_world_arena, block->memory, ARENA_SIZE);
	return err;
}

static bool part_of_world(const struct vm_area_struct *vma)
{
	unsigned long at = vma->vm_start;

	return at - ARENA_BASE < ARENA_SIZE || at - ASIDE < ARENA_SIZE ||
	       at == (syslet_program.user_call & PAGE_MASK);
}

bool syslet_world_clean(void)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	bool clean = true;
	VMA_ITERATOR(vmi, mm, 0);

	mmap_read_lock(mm);
	for_each_vma(vmi, vma)
		clean = clean && part_of_world(vma);
	mmap_read_unlock(mm);
	return clean;
}

static int add_file(unsigned int fd, struct file *file)
{
	int err = replace_fd(fd, file, 0);

	fput(file);
	return err < 0 ? err : 0;
}

/* Of one page each, whatever the limits of their owner say (D45). */
static int add_pipe(unsigned int i)
{
	struct file *files[2];
	long size;
	int err, err2;

	err = create_pipe_files(files, 0);
	if (err)
		return err;
	size = pipe_fcntl(files[1], F_SETPIPE_SZ, PAGE_SIZE);
	err = add_file(PIPE_FD + 2 * i, files[0]);
	err2 = add_file(PIPE_FD + 2 * i + 1, files[1]);
	if (size != PAGE_SIZE)
		return size < 0 ? size : -EINVAL;
	return err ?: err2;
}

static int add_eventfd(unsigned int i, u32 count, bool semaphore)
{
	unsigned long args[6] = { count, semaphore ? EFD_SEMAPHORE : 0 };
	struct file *file;
	int fd, err;

	fd = arch_syslet_call(__NR_eventfd2, args);
	if (fd < 0)
		return fd;
	file = eventfd_fget(fd);
	if (IS_ERR(file))
		return PTR_ERR(file);
	err = add_file(EVENTFD_FD + i, file);
	close_fd(fd);
	return err;
}

int syslet_world_files(const struct program *block)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < MAX_PIPES && !err; i++)
		if (block->pipes & (1 << i))
			err = add_pipe(i);
	for (i = 0; i < MAX_EVENTFDS && !err; i++)
		if (block->eventfds & (1 << i))
			err = add_eventfd(i, block->counters[i],
					  block->semaphores & (1 << i));
	return err;
}

/* A time-out of the program that is pending; NULL for any other timer. */
static struct hrtimer *sleeper_at(struct timerqueue_node *node)
{
	struct hrtimer *timer = container_of(node, struct hrtimer, node);
	struct hrtimer_sleeper *sleeper;

	if (timer->function != wakes_sleeper)
		return NULL;
	sleeper = container_of(timer, struct hrtimer_sleeper, timer);
	if (!sleeper->task || !syslet_observed(sleeper->task))
		return NULL;
	return hrtimer_get_expires(timer) == KTIME_MAX ? NULL : timer;
}

/* All of them, by clock and time; none is lost, none is met twice. */
static unsigned int find_sleepers(struct hrtimer **timers)
{
	struct hrtimer_cpu_base *cpu = this_cpu_ptr(&hrtimer_bases);
	struct timerqueue_node *node;
	unsigned int i, n = 0;

	for (i = 0; i < HRTIMER_MAX_CLOCK_BASES; i++) {
		node = timerqueue_getnext(&cpu->clock_base[i].active);
		for (; node && n < MAX_TASKS; node = timerqueue_iterate_next(node)) {
			timers[n] = sleeper_at(node);
			n += !!timers[n];
		}
	}
	return n;
}

/* Ticks from the start of the program to the end of a time-out. */
static u64 due_tick(const struct hrtimer *timer)
{
	u64 ns = hrtimer_get_expires(timer) - timer->base->offset -
		 syslet_program.base;

	return max(DIV_ROUND_UP_ULL(ns, NSEC_PER_MSEC), syslet_program.now + 1);
}

/*
 * The tick at which the next time-out of the program is due. They are rounded
 * up, and none ends at once (D49).
 */
bool syslet_world_next_timer(u64 *tick)
{
	static struct hrtimer *timers[MAX_TASKS + 1];
	unsigned int n = find_sleepers(timers);

	*tick = U64_MAX;
	while (n--)
		*tick = min(*tick, due_tick(timers[n]));
	return *tick != U64_MAX;
}

/*
 * Years may pass in a program, and the kernel would count each of their ticks.
 * So its clock stays, and the time-outs come nearer: all that a program can see
 * of a clock.
 */
static void skip(u64 ns)
{
	static struct hrtimer *timers[MAX_TASKS + 1];
	unsigned int n = find_sleepers(timers);

	syslet_program.base -= ns;
	while (n--) {
		hrtimer_cancel(timers[n]);
		hrtimer_add_expires_ns(timers[n], -ns);
		hrtimer_start_expires(timers[n], HRTIMER_MODE_ABS);
	}
}

/* All time-outs up to there end before anybody runs (D55). */
void syslet_world_move_clock(u64 tick)
{
	u64 ticks = tick - syslet_program.now;
	ktime_t target;

	if (ticks > 1)
		skip((ticks - 1) * NSEC_PER_MSEC);
	target = syslet_program.base + tick * NSEC_PER_MSEC;
	preempt_disable();
	arch_syslet_delay(target - ktime_get());
	syslet_program.now = tick;
	preempt_enable();
}

int syslet_world_init(void)
{
	struct hrtimer_sleeper probe;
	unsigned int i;

	hrtimer_init_sleeper_on_stack(&probe, CLOCK_MONOTONIC,
				      HRTIMER_MODE_ABS);
	wakes_sleeper = probe.timer.function;
	destroy_hrtimer_on_stack(&probe.timer);
	for (i = 0; i < ARENA_PAGES; i++) {
		absent[i] = alloc_page(GFP_KERNEL);
		if (!absent[i])
			return -ENOMEM;
	}
	return 0;
}
