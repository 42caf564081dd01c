// SPDX-License-Identifier: GPL-2.0
/* The doorbell loop: one byte in, one byte out. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "host.h"
#include "../executor/executor.h"

static int shm_fd = -1, in_fd = -1, out_fd = -1;

static void parse(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (sscanf(argv[i], "--shm-fd=%d", &shm_fd) != 1 &&
		    sscanf(argv[i], "--in-fd=%d", &in_fd) != 1 &&
		    sscanf(argv[i], "--out-fd=%d", &out_fd) != 1)
			break;
	if (i < argc || shm_fd < 0 || in_fd < 0 || out_fd < 0) {
		fprintf(stderr,
			"usage: %s --shm-fd=N --in-fd=N --out-fd=N\n", argv[0]);
		exit(2);
	}
}

static int read_byte(void)
{
	unsigned char byte;
	ssize_t n;

	do {
		n = read(in_fd, &byte, 1);
	} while (n < 0 && errno == EINTR);
	return n == 1 ? byte : 'q';
}

static void write_byte(unsigned char byte)
{
	ssize_t n;

	do {
		n = write(out_fd, &byte, 1);
	} while (n < 0 && errno == EINTR);
	if (n != 1)
		exit(1);		/* the driver is gone */
}

int main(int argc, char **argv)
{
	const struct program *program;
	uint8_t *shm;
	int byte;

	parse(argc, argv);
	/* Not even a program that hangs outlives the one who asked for it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	shm = mmap(NULL, SHM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, shm_fd,
		   0);
	if (shm == MAP_FAILED) {
		perror("shared memory");
		return 1;
	}
	host_mm_init();
	program = (const struct program *)(shm + PROGRAM_AT);

	while ((byte = read_byte()) != 'q') {
		if (byte == 'p') {
			write_byte('p');
		} else if (byte == 'r' && (!program_valid(program) ||
					   program->version == VERSION_OPAQUE)) {
			write_byte('b');
		} else if (byte == 'r') {
			host_cov_map = shm + COVERAGE_AT;
			program_run(program, shm + TRACE_AT);
			write_byte('d');
		}
	}
	return 0;
}
