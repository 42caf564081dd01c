// SPDX-License-Identifier: GPL-2.0
/* The memory of a program: its arena, page by page of a kind. */
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/syscalls.h>
#include <asm/syslet_observer.h>

#include "observer.h"
#include "points.h"

#define NO_KIND		0xff

static u8 kinds[ARENA_PAGES] = { [0 ... ARENA_PAGES - 1] = NO_KIND };
static struct page *pages[ARENA_PAGES];		/* what user space sees */
static struct page *absent[ARENA_PAGES];	/* what it does not */
static bool cold[ARENA_PAGES];			/* pages that are to come in */

/*
 * What is to become a cold page waits where it is not seen, and its place is
 * taken by a mapping whose faults sleep.
 */
#define ASIDE		0x6b60000000UL

/*
 * What the kernel places by itself, the page of threadlets, lies where no sum of
 * a program's addresses leads.
 */
#define PLACED		0x6b70000000UL

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
		return 0;		/* for another task, meanwhile */
	cold[i] = false;
	kinds[i] = NO_KIND;		/* the next program decides */
	if (arch_syslet_call(__NR_mremap, move) != addr)
		return -ENOMEM;
	return arch_syslet_call(__NR_mprotect, protect);
}

/*
 * Serves user mode, as if the page had to be read from somewhere. It comes in for
 * all tasks when the task that slept goes on.
 *
 * Rules: PAGE-1 to PAGE-4, D89
 */
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

static int remap_page(unsigned int i, u8 kind)
{
	int err;

	kinds[i] = NO_KIND;
	vm_munmap(ARENA_BASE + i * PAGE_SIZE, PAGE_SIZE);
	vm_munmap(ASIDE + i * PAGE_SIZE, PAGE_SIZE);
	if (pages[i])
		put_page(pages[i]);
	pages[i] = NULL;
	err = map_page(i, kind);
	if (!err)
		kinds[i] = kind;
	return err;
}

void *syslet_world_page(unsigned int i)
{
	return page_address(pages[i] ?: absent[i]);
}

/*
 * Programs mostly want the same pages, and mapping them is dear.
 *
 * Rules: D114
 */
int syslet_world_memory(const struct program *block)
{
	unsigned int i;
	int err;

	current->mm->mmap_base = PLACED;
	for (i = 0; i < ARENA_PAGES; i++) {
		err = kinds[i] == block->pages[i] ?
			0 : remap_page(i, block->pages[i]);
		if (err)
			return err;
		memcpy(syslet_world_page(i), block->memory + i * PAGE_SIZE,
		       PAGE_SIZE);
	}
	return 0;
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
	struct vma_iterator vmi;
	bool clean = true;

	mmap_read_lock(mm);
	vma_iter_init(&vmi, mm, 0);
	for_each_vma(vmi, vma)
		clean = clean && part_of_world(vma);
	mmap_read_unlock(mm);
	return clean;
}

int syslet_memory_init(void)
{
	unsigned int i;

	for (i = 0; i < ARENA_PAGES; i++) {
		absent[i] = alloc_page(GFP_KERNEL);
		if (!absent[i])
			return -ENOMEM;
	}
	return 0;
}
