// SPDX-License-Identifier: GPL-2.0
/* The program block: whether it is one. */
#include "executor.h"

static bool words_valid(const struct step *step)
{
	switch (step->op) {
	case OP_ADVANCE:
		return step->word[0] && step->word[0] <= MAX_TICKS;
	case OP_EXEC:
		return step->word[0] < MAX_THREADLETS &&
		       step->word[1] < MAX_STACKS && step->word[3] <= 1;
	default:
		return true;
	}
}

static bool step_valid(const struct step *step)
{
	return step->op >= OP_CALL && step->op <= OP_EXEC &&
	       step->nr_args <= MAX_WORDS && words_valid(step);
}

static bool operation_valid(const struct step *step)
{
	return (step->op == OP_CALL || step->op == OP_STORE ||
		step->op == OP_EXEC) && step_valid(step);
}

static bool scripts_valid(const struct program *program)
{
	const struct step *step;
	unsigned int i, j;

	for (i = 0; i < MAX_THREADLETS; i++) {
		if (program->operations[i] > MAX_OPERATIONS)
			return false;
		step = program_script(program, i);
		for (j = 0; j < program->operations[i]; j++)
			if (!operation_valid(&step[j]))
				return false;
	}
	return true;
}

/* Thread by thread, all of them in order (D130). */
static bool threads_valid(const struct program *program)
{
	unsigned int i, thread = 0;

	if (program->version == VERSION && program->more_threads)
		return false;
	if (program->more_threads >= MAX_THREADS)
		return false;
	for (i = 0; i < program->nr_steps; i++) {
		if (program->steps[i].thread < thread ||
		    program->steps[i].thread > program->more_threads)
			return false;
		thread = program->steps[i].thread;
	}
	return true;
}

bool program_valid(const struct program *program)
{
	unsigned int i;

	if (program->magic != PROGRAM_MAGIC ||
	    program->version < VERSION || program->version > VERSION_OPAQUE ||
	    program->nr_steps > MAX_STEPS || program->nr_choices > MAX_CHOICES)
		return false;
	for (i = 0; i < ARENA_PAGES; i++)
		if (program->pages[i] > PAGE_COLD)
			return false;
	for (i = 0; i < program->nr_steps; i++)
		if (!step_valid(&program->steps[i]))
			return false;
	return threads_valid(program) && scripts_valid(program) &&
	       opaque_table_valid(program);
}

/* One behind the other; that of threadlet 8 is where the choices are. */
const struct step *program_script(const struct program *program,
				  unsigned int threadlet)
{
	const struct step *step = &program->steps[program->nr_steps];
	unsigned int i;

	for (i = 0; i < threadlet; i++)
		step += program->operations[i];
	return step;
}

const uint8_t *program_choices(const struct program *program)
{
	return (const uint8_t *)program_script(program, MAX_THREADLETS);
}
