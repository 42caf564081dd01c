/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HOST_ASM_UNISTD_H
#define _HOST_ASM_UNISTD_H

#include_next <asm/unistd.h>

/* Headers of a machine may be older than the calls that are refused. */
#ifndef __NR_landlock_restrict_self
#define __NR_landlock_restrict_self	446
#endif
#ifndef __NR_lsm_set_self_attr
#define __NR_lsm_set_self_attr	460
#endif
#ifndef __NR_uretprobe
#define __NR_uretprobe		335
#endif

#define __NR_async_exec		463
#define __NR_async_wait		464
#define __NR_umem_add		465
#define __NR_async_thread	466
#define __NR_threadlet_on	467
#define __NR_threadlet_off	468
#define NR_syscalls		469

#endif
