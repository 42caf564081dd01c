// SPDX-License-Identifier: GPL-2.0
/* Atoms, heads and rings. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <syslet.h>

#define THREAD_STACK	0x4000UL

void syslet_prep_args(struct syslet_call *call, unsigned long nr,
		      unsigned int count, unsigned long a, unsigned long b,
		      unsigned long c, unsigned long d, unsigned long e,
		      unsigned long f)
{
	const unsigned long args[SYSLET_MAX_ARGS] = { a, b, c, d, e, f };
	unsigned int i;

	memset(call, 0, sizeof(*call));
	memcpy(call->args, args, sizeof(args));
	call->atom.nr = nr;
	call->atom.ret_ptr = &call->ret;
	for (i = 0; i < count && i < SYSLET_MAX_ARGS; i++)
		call->atom.arg_ptr[i] = &call->args[i];
}

int syslet_head_init(struct async_head_user *head, struct syslet_uatom **ring,
		     unsigned long slots)
{
	memset(head, 0, sizeof(*head));
	if (slots)
		memset(ring, 0, slots * sizeof(*ring));
	head->completion_ring = ring;
	head->ring_size_bytes = slots * sizeof(*ring);
	head->head_ip = (unsigned long)syslet_thread_start;
	head->new_thread_ip = (unsigned long)syslet_thread_start;
	if (syslet_new_thread_stack(head))
		return -1;
	head->head_stack = head->new_thread_stack;
	return syslet_new_thread_stack(head);
}

/*
 * The address space is reserved; memory is used when a thread really comes to
 * user mode there, which it does not in this kernel (D27).
 */
int syslet_new_thread_stack(struct async_head_user *head)
{
	void *area = mmap(NULL, THREAD_STACK, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
			  MAP_STACK, -1, 0);

	if (area == MAP_FAILED) {
		errno = ENOMEM;
		return -1;
	}
	head->new_thread_stack = (unsigned long)area + THREAD_STACK;
	return 0;
}

unsigned long syslet_ring_drain(struct async_head_user *head,
				void (*done)(struct syslet_uatom *event,
					     void *data),
				void *data)
{
	struct syslet_uatom *event;
	unsigned long count = 0;

	while ((event = syslet_ring_take(head))) {
		done(event, data);
		count++;
	}
	return count;
}

int syslet_ring_wait(struct async_head_user *head, unsigned long min)
{
	return async_wait(min, head->user_ring_idx, head);
}
