// SPDX-License-Identifier: GPL-2.0
/* Random numbers; and values that have done harm before. */
#include "torture.h"

unsigned long draw_state = 1;

unsigned long draw(void)
{
	unsigned long x = draw_state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	draw_state = x;
	return x;
}

unsigned int below(unsigned int n)
{
	return (draw() >> 11) % n;
}

#define AROUND	(24 * 4096)

unsigned long garbage(void)
{
	switch (below(10)) {
	case 0:
		return 0;
	case 1:
		return draw();
	case 2:
		return below(64);
	case 3:
		return 0x7fffffffefffUL - below(32) + 16;
	case 4:
		return 0xffff800000000000UL + below(1 << 20);
	case 5:
		return -1UL - below(4096);
	default:
		return (unsigned long)arena + below(AROUND) / 8 * 8;
	}
}

static bool can_play(const struct move *move, enum who who)
{
	return move->who == who && world->enabled[move - moves] &&
	       !(move->needs & ~world->has);
}

const struct move *draw_move(enum who who)
{
	unsigned int i, sum = 0, at;

	for (i = 0; i < nr_moves; i++)
		if (can_play(&moves[i], who))
			sum += moves[i].weight;
	if (!sum)
		return NULL;
	at = below(sum);
	for (i = 0; i < nr_moves; i++) {
		if (!can_play(&moves[i], who))
			continue;
		if (at < moves[i].weight)
			return &moves[i];
		at -= moves[i].weight;
	}
	return NULL;
}
