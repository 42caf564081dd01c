// SPDX-License-Identifier: GPL-2.0
/*
 * Random reads of a file, in the manner of the syslet engine of fio: up to so
 * many at a time ("depth"), each a chain of one pread. Beside it the same reads
 * by plain pread, by threadlets, by a pool of threads, and by io_uring, in the
 * same kernel and run; from the cache ("warm") and from the disk ("cold").
 *
 *	syslet boot --real-time --disk 64M -- build/fileread /mnt/file
 *
 * "async" is the share of reads that were not done when their submission
 * returned. A second argument is the size of the file in MiB. Without
 * --real-time the figures of time mean nothing.
 */
#include "common.h"
#include <linux/io_uring.h>
#include <pthread.h>
#include <sys/mman.h>

#define BLOCK		4096
#define MOST		64

struct request {
	struct syslet_call	call;
	unsigned long		number;
	int			used;
	unsigned char		data[BLOCK];
};

static struct request requests[MOST];
static unsigned long blocks;
static int fd, depth;
static long asynchronous;

/* Every block once, in an order that no read-ahead foresees. */
static unsigned long offset_of(unsigned long number)
{
	return number * 1664525 % blocks * BLOCK;
}

static void check(const unsigned char *data, unsigned long number, long got)
{
	unsigned long at = offset_of(number);

	errno = got < 0 ? -got : 0;
	if (got != BLOCK || data[0] != byte_at(at) ||
	    data[BLOCK - 1] != byte_at(at + BLOCK - 1))
		die("read %lu gave %ld", number, got);
}

static struct request *free_request(void)
{
	int i;

	for (i = 0; i < depth; i++)
		if (!__atomic_load_n(&requests[i].used, __ATOMIC_ACQUIRE))
			return &requests[i];
	return NULL;
}

static void finish(struct request *request, long got)
{
	check(request->data, request->number, got);
	__atomic_store_n(&request->used, 0, __ATOMIC_RELEASE);
}

static void by_pread(void)
{
	unsigned long i;

	for (i = 0; i < blocks; i++)
		check(requests[0].data, i,
		      pread(fd, requests[0].data, BLOCK, offset_of(i)));
}

static struct async_head_user head;
static struct syslet_uatom *ring[MOST];

static void reap(int wait)
{
	struct syslet_uatom *event;

	if (wait && syslet_ring_wait(&head, 1))
		die("async_wait");
	while ((event = syslet_ring_take(&head)))
		finish((struct request *)event,
		       ((struct request *)event)->call.ret);
}

static void by_syslets(void)
{
	struct syslet_uatom *last;
	struct request *request;
	unsigned long i;

	for (i = 0; i < blocks; i++) {
		reap(0);
		while (!(request = free_request()))
			reap(1);
		request->number = i;
		request->used = 1;
		syslet_prep(&request->call, SYS_pread64, fd, request->data,
			    BLOCK, offset_of(i));
		syslet_refill(&head);
		last = async_exec(&request->call.atom, &head);
		if (last == SYSLET_FAILED)
			die("async_exec");
		if (last)
			finish(request, request->call.ret);
		else
			asynchronous++;
	}
	for (i = 0; i < (unsigned long)depth; i++)
		while (requests[i].used)
			reap(1);
}

static struct counter done;

static long reader(void *data)
{
	struct request *request = data;

	finish(request, syslet_raw(SYS_pread64, fd,
				   (unsigned long)request->data, BLOCK,
				   offset_of(request->number), 0, 0));
	count_up(&done);
	return threadlet_complete();
}

static void by_threadlets(void)
{
	struct request *request;
	unsigned long i;
	void *stack;
	long ret;

	done.value = 0;
	for (i = 0; i < blocks; i++) {
		wait_for(&done, (int)i - depth + 1);
		request = free_request();
		request->number = i;
		request->used = 1;
		stack = new_stack();
		syslet_refill(&head);
		ret = threadlet_exec_data(reader, stack, &head, request);
		if (ret < 0)
			die("threadlet_exec: %s", strerror(-ret));
		asynchronous += !ret;
		threadlet_stack_free(stack);
	}
	wait_for(&done, blocks);
}

/* The best case of a pool: no thread hands out the work. */
static unsigned long next_block;

static void *pool_thread(void *data)
{
	unsigned char *buffer = data;
	unsigned long i;

	while ((i = __atomic_fetch_add(&next_block, 1, __ATOMIC_RELAXED)) <
	       blocks)
		check(buffer, i, pread(fd, buffer, BLOCK, offset_of(i)));
	return NULL;
}

static void by_pool(void)
{
	pthread_t threads[MOST];
	int i;

	next_block = 0;
	for (i = 0; i < depth; i++)
		if (pthread_create(&threads[i], NULL, pool_thread,
				   requests[i].data))
			die("pthread_create");
	for (i = 0; i < depth; i++)
		pthread_join(threads[i], NULL);
	asynchronous = -1;
}

static struct {
	int			fd;
	struct io_uring_sqe	*sqes;
	struct io_uring_cqe	*cqes;
	unsigned int		*sq_tail, *sq_array, *cq_head, *cq_tail;
	unsigned int		sq_mask, cq_mask;
} uring;

static void uring_start(void)
{
	struct io_uring_params p = { 0 };
	char *sq, *cq;

	uring.fd = syscall(SYS_io_uring_setup, MOST, &p);
	if (uring.fd < 0)
		die("io_uring_setup");
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * sizeof(int),
		  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, uring.fd,
		  IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(*uring.cqes),
		  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, uring.fd,
		  IORING_OFF_CQ_RING);
	uring.sqes = mmap(NULL, p.sq_entries * sizeof(*uring.sqes),
			  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			  uring.fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || uring.sqes == MAP_FAILED)
		die("mmap of io_uring");
	uring.sq_tail = (unsigned int *)(sq + p.sq_off.tail);
	uring.sq_array = (unsigned int *)(sq + p.sq_off.array);
	uring.sq_mask = *(unsigned int *)(sq + p.sq_off.ring_mask);
	uring.cq_head = (unsigned int *)(cq + p.cq_off.head);
	uring.cq_tail = (unsigned int *)(cq + p.cq_off.tail);
	uring.cq_mask = *(unsigned int *)(cq + p.cq_off.ring_mask);
	uring.cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
}

static void uring_enter(unsigned int submit, unsigned int wait)
{
	if (syscall(SYS_io_uring_enter, uring.fd, submit, wait,
		    wait ? IORING_ENTER_GETEVENTS : 0, NULL, 0) < 0)
		die("io_uring_enter");
}

/* How many. */
static int uring_reap(void)
{
	unsigned int head = *uring.cq_head;
	struct io_uring_cqe *cqe;
	int n = 0;

	while (head != __atomic_load_n(uring.cq_tail, __ATOMIC_ACQUIRE)) {
		cqe = &uring.cqes[head++ & uring.cq_mask];
		finish((struct request *)cqe->user_data, cqe->res);
		n++;
	}
	__atomic_store_n(uring.cq_head, head, __ATOMIC_RELEASE);
	return n;
}

static void uring_submit(struct request *request)
{
	unsigned int tail = *uring.sq_tail, slot = tail & uring.sq_mask;
	struct io_uring_sqe *sqe = &uring.sqes[slot];

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_READ;
	sqe->fd = fd;
	sqe->addr = (unsigned long)request->data;
	sqe->len = BLOCK;
	sqe->off = offset_of(request->number);
	sqe->user_data = (unsigned long)request;
	uring.sq_array[slot] = slot;
	__atomic_store_n(uring.sq_tail, tail + 1, __ATOMIC_RELEASE);
	uring_enter(1, 0);
}

static void by_io_uring(void)
{
	struct request *request;
	unsigned long i;

	for (i = 0; i < blocks; i++) {
		uring_reap();
		while (!(request = free_request())) {
			uring_enter(0, 1);
			uring_reap();
		}
		request->number = i;
		request->used = 1;
		uring_submit(request);
		uring_reap();
		asynchronous += request->used;
	}
	for (i = 0; i < (unsigned long)depth; i++)
		while (requests[i].used) {
			uring_enter(0, 1);
			uring_reap();
		}
}

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec + at.tv_nsec / 1e9;
}

static void measure(const char *name, void (*method)(void), int cold)
{
	double start, took;
	char share[16] = "-";

	if (cold)
		drop_caches();
	asynchronous = 0;
	start = now();
	method();
	took = now() - start;
	if (asynchronous >= 0)
		snprintf(share, sizeof(share), "%.0f%%",
			 100.0 * asynchronous / blocks);
	printf("%-5s %5d  %-10s %8.1f MB/s %6s async\n", cold ? "cold" : "warm",
	       depth, name, blocks * BLOCK / 1e6 / took, share);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int cold;

	if (argc < 2)
		die("usage: fileread FILE [MiB]");
	need_syslets(argv[0]);
	blocks = (argc > 2 ? atol(argv[2]) : 8) * (1 << 20) / BLOCK;
	make_file(argv[1], blocks * BLOCK);
	fd = open(argv[1], O_RDONLY);
	if (fd < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM) ||
	    syslet_head_init(&head, ring, MOST))
		die("%s", argv[1]);
	uring_start();
	for (cold = 0; cold < 2; cold++) {
		depth = 1;
		measure("pread", by_pread, cold);
		for (; depth <= MOST; depth *= 4) {
			measure("syslets", by_syslets, cold);
			measure("threadlets", by_threadlets, cold);
			measure("pool", by_pool, cold);
			measure("io_uring", by_io_uring, cold);
		}
	}
	return 0;
}
