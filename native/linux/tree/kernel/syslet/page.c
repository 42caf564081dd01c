// SPDX-License-Identifier: GPL-2.0
/*
 * The page that a family shares with its user mode. The kernel uses it by its
 * own address, so that the scheduler may look at it at any moment; user mode by
 * a mapping that belongs to a file without a name, which cannot be opened. So
 * the page outlives anything that user space does to the mapping, and the other
 * way round.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <linux/syslet.h>

static vm_fault_t threadlet_page_fault(struct vm_fault *vmf)
{
	if (vmf->pgoff)
		return VM_FAULT_SIGBUS;
	vmf->page = vmf->vma->vm_private_data;
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct threadlet_page_vm_ops = {
	.fault = threadlet_page_fault,
};

/*
 * A child after fork() has no family, so it has no use for the page.
 *
 * Rules: D86
 */
static int threadlet_page_mmap(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &threadlet_page_vm_ops;
	vma->vm_private_data = file->private_data;
	return 0;
}

static int threadlet_page_release(struct inode *inode, struct file *file)
{
	put_page(file->private_data);
	return 0;
}

static const struct file_operations threadlet_page_fops = {
	.mmap		= threadlet_page_mmap,
	.release	= threadlet_page_release,
};

struct threadlet_page *syslet_map_page(unsigned long *addr)
{
	struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	struct file *file;

	if (!page)
		return ERR_PTR(-ENOMEM);
	file = anon_inode_getfile("[threadlet]", &threadlet_page_fops, page, O_RDWR);
	if (IS_ERR(file)) {
		put_page(page);
		return ERR_CAST(file);
	}
	get_page(page);			/* the other one is the file's */
	*addr = vm_mmap(file, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			0);
	fput(file);
	if (IS_ERR_VALUE(*addr)) {
		put_page(page);
		return ERR_PTR(*addr);
	}
	return page_address(page);
}

/*
 * By now something else may be mapped there, or the caller may be dying and
 * unable to unmap it.
 */
void syslet_unmap_page(struct threadlet_page *shared, unsigned long addr)
{
	struct page *page = virt_to_page(shared);
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;

	mmap_write_lock(mm);
	vma = vma_lookup(mm, addr);
	if (vma && vma->vm_ops == &threadlet_page_vm_ops &&
	    vma->vm_private_data == page)
		(void)do_munmap(mm, addr, PAGE_SIZE, NULL);
	mmap_write_unlock(mm);
	put_page(page);
}
