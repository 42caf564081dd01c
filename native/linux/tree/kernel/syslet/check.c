// SPDX-License-Identifier: GPL-2.0
/*
 * The lists and counts of a family, looked at whenever a member changes its
 * role or ends: what is wrong is reported there, and not where it hurts.
 */
#include <linux/bug.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/syslet.h>

#include "syslet_internal.h"

/* Returns how many there are; a list that is broken ends where it is cut. */
static unsigned int syslet_check_list(struct syslet_ctx *ctx,
				      struct list_head *list,
				      enum syslet_role role)
{
	struct syslet_task *st;
	unsigned int n = 0;

	list_for_each_entry(st, list, node) {
		if (n++ > ctx->members)
			break;
		WARN_ONCE(st->ctx != ctx, "syslet: member of another family");
		WARN_ONCE(st->role != role, "syslet: role %d on the list of %d",
			  st->role, role);
		WARN_ONCE(role == SYSLET_READY && st->armed,
			  "syslet: a spare is armed");
		WARN_ONCE(st->task->syslet != st,
			  "syslet: a task that is gone is on a list");
	}
	return n;
}

void syslet_check(struct syslet_task *st)
{
	struct syslet_ctx *ctx = st->ctx;
	unsigned int ready, busy;

	lockdep_assert_held(&ctx->lock);
	WARN_ONCE(st->role == SYSLET_HEAD && !list_empty(&st->node),
		  "syslet: a head is on a list");
	ready = syslet_check_list(ctx, &ctx->ready, SYSLET_READY);
	busy = syslet_check_list(ctx, &ctx->busy, SYSLET_BUSY);
	WARN_ONCE(ready != ctx->nr_ready, "syslet: %u are ready, and %u count",
		  ready, ctx->nr_ready);
	WARN_ONCE(ready + busy > ctx->members,
		  "syslet: %u ready and %u busy of %u", ready, busy,
		  ctx->members);
	WARN_ONCE(ctx->head && ctx->head->role != SYSLET_HEAD,
		  "syslet: the head has the role %d", ctx->head->role);
	WARN_ONCE(st->role == SYSLET_HEAD && ready + busy == ctx->members,
		  "syslet: the head does not count");
}
