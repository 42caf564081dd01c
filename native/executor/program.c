// SPDX-License-Identifier: GPL-2.0
/* The program block: whether it is one. */
#include "executor.h"

static bool step_valid(const struct step *step)
{
	if (step->op < OP_CALL || step->op > OP_EXIT ||
	    step->nr_args > MAX_WORDS)
		return false;
	return step->op != OP_ADVANCE ||
	       (step->word[0] && step->word[0] <= MAX_TICKS);
}

bool program_valid(const struct program *program)
{
	unsigned int i;

	if (program->magic != PROGRAM_MAGIC || program->version != VERSION ||
	    program->nr_steps > MAX_STEPS || program->nr_choices > MAX_CHOICES)
		return false;
	for (i = 0; i < ARENA_PAGES; i++)
		if (program->pages[i] > PAGE_READ_WRITE)
			return false;
	for (i = 0; i < program->nr_steps; i++)
		if (!step_valid(&program->steps[i]))
			return false;
	return true;
}

const uint8_t *program_choices(const struct program *program)
{
	return (const uint8_t *)&program->steps[program->nr_steps];
}
