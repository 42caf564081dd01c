// SPDX-License-Identifier: GPL-2.0
/*
 * The observer's way out of User Mode Linux.
 *
 * syslet_observer=IN,OUT  host descriptors of the doorbell. Waiting for it is a
 *                         read(2) of the host: the whole guest stands still,
 *                         and no virtual time passes.
 * iomem=syslet,FILE       the memory that is shared with who rings.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/ptrace.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/time-internal.h>
#include <asm/syslet_observer.h>
#include <mem_user.h>
#include <os.h>
#include <shared/init.h>

#include "../../../kernel/syslet/observer.h"
#include "../../../kernel/syslet/points.h"

bool time_travel_stands;
static int bell_in = -1, bell_out = -1;

static int __init observer_setup(char *str, int *add)
{
	*add = 0;
	if (sscanf(str, "%d,%d", &bell_in, &bell_out) != 2)
		bell_in = -1;
	return 0;
}

__uml_setup("syslet_observer=", observer_setup,
	    "syslet_observer=<in>,<out>\n"
	    "    Descriptors of the doorbell for programs in iomem=syslet,<file>.\n\n");

int arch_syslet_ring(u8 *byte)
{
	int n;

	do {
		n = os_read_file(bell_in, byte, 1);
	} while (n == -EINTR);
	return n == 1 ? 0 : -EIO;
}

void arch_syslet_answer(u8 byte)
{
	int n;

	do {
		n = os_write_file(bell_out, &byte, 1);
	} while (n == -EINTR);
	if (n != 1)
		arch_syslet_quit();
}

void arch_syslet_quit(void)
{
	kernel_power_off();
	for (;;)
		cpu_relax();
}

void arch_syslet_delay(u64 ns)
{
	time_travel_ndelay(ns);
}

/* Its user mode only makes calls. */
void arch_syslet_program(bool runs)
{
	time_travel_stands = runs;
	userspace_without_fp = runs;
}

void arch_syslet_set_call(struct pt_regs *regs, unsigned long ip,
			  unsigned int nr, const u64 *args)
{
	unsigned long *gp = regs->regs.gp;

	gp[HOST_IP] = ip;
	gp[HOST_AX] = nr;
	gp[HOST_DI] = args[0];
	gp[HOST_SI] = args[1];
	gp[HOST_DX] = args[2];
	gp[HOST_R10] = args[3];
	gp[HOST_R8] = args[4];
	gp[HOST_R9] = args[5];
}

void arch_syslet_args(struct pt_regs *regs, unsigned long *args)
{
	const unsigned long *gp = regs->regs.gp;

	args[0] = gp[HOST_DI];
	args[1] = gp[HOST_SI];
	args[2] = gp[HOST_DX];
	args[3] = gp[HOST_R10];
	args[4] = gp[HOST_R8];
	args[5] = gp[HOST_R9];
}

unsigned long *arch_syslet_user_reg(struct pt_regs *regs, unsigned int reg)
{
	static const u8 place[] = {
		[USER_RESULT] = HOST_AX,
		[USER_STACK] = HOST_SP,
		[USER_STEP] = HOST_R12,
		[USER_SCRIPT] = HOST_R13,
		[USER_PC] = HOST_R14,
	};

	return &regs->regs.gp[place[reg]];
}

bool syslet_observer_call(struct pt_regs *regs, int nr)
{
	unsigned long size;
	u8 *shm;

	if (syslet_observed(current)) {
		if (nr == SYSLET_CALL_NEXT)
			syslet_step_done(regs, UPT_SYSCALL_ARG1(&regs->regs));
		else if (nr == SYSLET_CALL_RESUMED)
			syslet_step_resumed(regs,
					    UPT_SYSCALL_ARG1(&regs->regs));
		else
			syslet_step_call(regs, nr);
		return true;
	}
	if (nr != SYSLET_CALL_SERVE || !is_global_init(current))
		return false;
	shm = (u8 *)find_iomem("syslet", &size);
	if (!shm || size < SYSLET_SHM_SIZE || bell_in < 0)
		panic("the observer needs syslet_observer= and iomem=syslet,");
	syslet_observer_serve(shm, UPT_SYSCALL_ARG1(&regs->regs),
			      UPT_SYSCALL_ARG2(&regs->regs));
	return true;
}
