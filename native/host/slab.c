// SPDX-License-Identifier: GPL-2.0
/* Memory: malloc, for AddressSanitizer's sake, with a list of what is out. */
#include <stdio.h>
#include <stdlib.h>

#include <linux/slab.h>

#include "host.h"

struct chunk {
	struct list_head	node;
	const char		*file;
	int			line;
	size_t			size;
	max_align_t		data[];
};

static struct list_head chunks = LIST_HEAD_INIT(chunks);

void *host_alloc(size_t size, const char *file, int line)
{
	struct chunk *chunk;

	host_might_sleep("allocation");
	chunk = calloc(1, sizeof(*chunk) + size);
	if (!chunk)
		return NULL;
	chunk->file = file;
	chunk->line = line;
	chunk->size = size;
	list_add_tail(&chunk->node, &chunks);
	return chunk->data;
}

void kfree(const void *ptr)
{
	struct chunk *chunk;

	if (!ptr)
		return;
	chunk = (struct chunk *)((char *)(uintptr_t)ptr -
				 offsetof(struct chunk, data));
	list_del_init(&chunk->node);
	free(chunk);
}

void host_slab_check(void)
{
	struct chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, &chunks, node) {
		if (!*host_report)
			snprintf(host_report, sizeof(host_report),
				 "leak: %zu bytes allocated at %s:%d",
				 chunk->size, chunk->file, chunk->line);
		list_del_init(&chunk->node);
		free(chunk);
	}
}
