// SPDX-License-Identifier: GPL-2.0
/*
 * The world: processes are born and killed, and others do things to them. Called
 * with words like seed=7; what is not given has a default.
 *
 *	seed=N		what all random numbers follow from
 *	births=N	how many processes there will be
 *	together=N	how many at once
 *	length=N	a process plays about so many moves
 *	only=N,N,...	the processes that are born; all others are left out
 *	moves=A,B,...	the moves that are played; by default all
 *	has=N		NEEDS_* that are met
 *
 * With the one word `moves` it tells the table.
 */
#include "torture.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#define LAST_MS		15000	/* for who was killed */

struct world *world;
unsigned int birth;
bool *ready;

struct life {
	pid_t		pid;
	unsigned int	number;
	long		born, killed;
	long		looks;		/* since it was killed */
	bool		user;
};

static char secret[] = "secret";

static struct life lives[TOGETHER];
static unsigned int births = 60, together = 6, next_birth = 1;
static const char *only;

static bool is_listed(const char *list, const char *word)
{
	size_t size = strlen(word);
	const char *at = list;

	while (at && (at = strstr(at, word))) {
		if ((at == list || at[-1] == ',') &&
		    (!at[size] || at[size] == ','))
			return true;
		at += size;
	}
	return false;
}

static void tell_table(void)
{
	static const char * const who[] = { "outside", "user", "script" };
	unsigned int i;

	for (i = 0; i < nr_moves; i++)
		printf("%s\t%s\t%s\t%d\n", moves[i].name, moves[i].kind,
		       who[moves[i].who], moves[i].needs);
	exit(0);
}

static void enable(const char *list)
{
	unsigned int i;

	for (i = 0; i < nr_moves; i++)
		world->enabled[i] = !list || is_listed(list, moves[i].name);
}

static void read_word(char *word)
{
	char *value = strchr(word, '=');

	if (!value) {
		fprintf(stderr, "torture: %s is no word of the form A=B\n",
			word);
		exit(2);
	}
	*value++ = 0;
	if (!strcmp(word, "seed"))
		world->seed = strtoul(value, NULL, 10);
	else if (!strcmp(word, "births"))
		births = atoi(value);
	else if (!strcmp(word, "together"))
		together = atoi(value);
	else if (!strcmp(word, "length"))
		world->length = atoi(value);
	else if (!strcmp(word, "has"))
		world->has = atoi(value);
	else if (!strcmp(word, "only"))
		only = value;
	else if (!strcmp(word, "moves"))
		enable(value);
}

static void seed_process(unsigned int number)
{
	draw_state = (world->seed * 77777 + number) * 0x9e3779b97f4a7c15UL | 1;
	while (number++ % 8)
		draw();
	draw();
}

static bool is_user(unsigned int number)
{
	seed_process(number);
	return below(5) > 1;
}

static void live(unsigned int number, bool user)
{
	birth = number;
	is_user(number);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (user)
		play_user();
	else
		play_scripts();
	leave(0);
}

static void bear(struct life *life)
{
	unsigned long state = draw_state;
	char word[16];

	while (next_birth <= births) {
		snprintf(word, sizeof(word), "%u", next_birth);
		if (!only || is_listed(only, word))
			break;
		next_birth++;
	}
	if (next_birth > births)
		return;
	life->number = next_birth++;
	life->user = is_user(life->number);
	ready = &world->ready[life - lives];
	*ready = false;
	life->pid = fork();
	if (!life->pid) {
		set_oom_score("500");
		live(life->number, life->user);
	}
	draw_state = state;
	if (life->pid < 0)
		life->pid = 0;
	life->born = now_ms();
	life->killed = 0;
	life->looks = 0;
}

static bool bury(void)
{
	unsigned int i;
	pid_t pid;
	bool any = false;

	while ((pid = waitpid(-1, NULL, WNOHANG | __WALL)) > 0)
		for (i = 0; i < together; i++)
			if (lives[i].pid == pid)
				lives[i].pid = 0;
	for (i = 0; i < together; i++)
		any |= lives[i].pid > 0;
	return any;
}

/* Each process can be killed at any moment, and is gone soon. */
static void kill_old(struct life *life)
{
	long now = now_ms();

	if (!life->killed && life->user && now - life->born > 300 + below(2000)) {
		kill(life->pid, SIGKILL);
		life->killed = now;
	} else if (!life->killed && now - life->born > 200000) {
		kill(life->pid, SIGKILL);
		life->killed = now;
	}
	if (life->killed)
		life->looks++;
	if (life->killed && now - life->killed > LAST_MS &&
	    life->looks > LAST_MS / LONGEST_LOOK) {
		birth = life->number;
		wrong("cannot be killed", "after %ld ms", now - life->killed);
		show_tasks(life->pid);
		birth = 0;
		life->pid = 0;
	}
}

static void disturb(const struct life *life)
{
	const struct move *move = draw_move(OUTSIDE);

	/* A debugger may change what fork() returns: then there are two worlds. */
	if (getpid() != world->keeper) {
		wrong("two worlds", "process %u is another", life->number);
		leave(0);
	}
	if (!move || !world->ready[life - lives])
		return;
	__atomic_add_fetch(&world->played[move - moves], 1, __ATOMIC_RELAXED);
	tell("move 0 %s %u", move->name, life->number);
	victim = life->pid;
	move->play();
}

static void run_until(unsigned int last)
{
	unsigned int all = births, i;
	long told = now_ms();

	births = last;
	for (;;) {
		for (i = 0; i < together; i++)
			if (!lives[i].pid)
				bear(&lives[i]);
		i = below(together);
		if (lives[i].pid)
			disturb(&lives[i]);
		nap_us(2000);
		if (!bury() && next_birth > births)
			break;
		for (i = 0; i < together; i++)
			if (lives[i].pid)
				kill_old(&lives[i]);
		if (now_ms() - told > 1000) {
			tell("beat %u %lu", next_birth - 1, world->handovers);
			told = now_ms();
		}
	}
	births = all;
	end_everything();
}

/* So that allocations can fail that may sleep, and in silence. */
static void make_faults(void)
{
	static const char * const files[][2] = {
		{ "failslab/ignore-gfp-wait", "N" },
		{ "failslab/verbose", "0" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/min-order", "0" },
		{ "fail_page_alloc/verbose", "0" },
	};
	char path[100];
	unsigned int i;
	int fd;

	if (mount("debug", "/sys/kernel/debug", "debugfs", 0, NULL) &&
	    errno != EBUSY)
		return;
	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s",
			 files[i][0]);
		fd = open(path, O_WRONLY);
		if (fd < 0)
			return;
		(void)!write(fd, files[i][1], strlen(files[i][1]));
		close(fd);
	}
	world->has |= NEEDS_FAULTS;
}

int main(int argc, char **argv)
{
	int i;

	if (argc == 2 && !strcmp(argv[1], EXECUTED))
		return look_after_exec();
	if (argc == 2 && !strcmp(argv[1], "moves"))
		tell_table();
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	world->length = 40;
	enable(NULL);
	for (i = 1; i < argc; i++)
		read_word(argv[i]);
	if (together > TOGETHER)
		together = TOGETHER;

	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	set_oom_score("-1000");
	make_faults();
	make_secret();
	make_set_user();
	world->keeper = getpid();
	world->secret = secret;
	seed_process(0);
	run_until((births + 2) / 3);
	note_memory();
	run_until(births);
	look_at_memory();
	tell("done %u processes %lu hand-overs %lu wrong", births,
	     world->handovers, world->wrongs);
	return world->wrongs ? 1 : 0;
}
