// SPDX-License-Identifier: GPL-2.0
/* Opaque calls of a program: what the block says of them (D150, D151). */
#include "executor.h"

static const struct opaque_table *opaque_table(const struct program *program)
{
	const uint8_t *end = program_choices(program) + program->nr_choices;
	size_t at = end - (const uint8_t *)program;

	if (program->version != VERSION_OPAQUE)
		return NULL;
	at = (at + 7) & ~(size_t)7;
	return (const void *)((const uint8_t *)program + at);
}

static bool argument_valid(const struct opaque_argument *arg)
{
	return arg->nr_values <= MAX_VALUES && arg->is_written <= 1 &&
	       arg->counted_by < MAX_ARGUMENTS && (!arg->is_written || arg->per);
}

bool opaque_table_valid(const struct program *program)
{
	const struct opaque_table *table = opaque_table(program);
	unsigned int i, j;

	if (!table)
		return true;
	if (!table->nr_calls || table->nr_calls > MAX_OPAQUE)
		return false;
	for (i = 0; i < table->nr_calls; i++) {
		if (table->calls[i].nr_args > MAX_ARGUMENTS)
			return false;
		for (j = 0; j < table->calls[i].nr_args; j++)
			if (!argument_valid(&table->calls[i].args[j]))
				return false;
	}
	return true;
}

const struct opaque_call *program_opaque(const struct program *program,
					 uint64_t nr)
{
	const struct opaque_table *table = opaque_table(program);
	unsigned int i;

	for (i = 0; table && i < table->nr_calls; i++)
		if (table->calls[i].nr == nr)
			return &table->calls[i];
	return NULL;
}

static bool argument_allowed(const struct opaque_argument *arg, uint64_t value)
{
	unsigned int i;

	if (arg->most && value > arg->most)
		return false;
	for (i = 0; i < arg->nr_values; i++)
		if (arg->values[i] == (uint32_t)value)
			return true;
	return !arg->nr_values;
}

bool opaque_allows(const struct opaque_call *call, const uint64_t *args)
{
	unsigned int i;

	for (i = 0; i < call->nr_args; i++)
		if (!argument_allowed(&call->args[i], args[i]))
			return false;
	return true;
}

bool opaque_buffer(const struct opaque_call *call, unsigned int i,
		   const uint64_t *args, uint32_t *offset, uint32_t *bytes)
{
	const struct opaque_argument *arg = &call->args[i];
	uint64_t count = 1, start = args[i] - ARENA_BASE, end;

	if (!arg->is_written || start >= ARENA_SIZE)
		return false;
	if (arg->counted_by != i)
		count = (args[arg->counted_by] + arg->per - 1) / arg->per;
	count *= arg->unit;
	end = start + (count < MAX_OUT ? count : MAX_OUT);
	if (end > ARENA_SIZE)
		end = ARENA_SIZE;
	end = (end + 7) & ~7UL;
	start &= ~7UL;
	*offset = start;
	*bytes = end - start;
	return count;
}
