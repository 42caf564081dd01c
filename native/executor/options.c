// SPDX-License-Identifier: GPL-2.0
/*
 * Options of the sanitizers, wherever the executor is started. Leaks are looked
 * for after each program; at the exit nothing is worth the search.
 */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0:strip_path_prefix=./";
}

const char *__ubsan_default_options(void)
{
	return "print_stacktrace=1";
}
