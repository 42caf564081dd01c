/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HOST_ASM_UNISTD_H
#define _HOST_ASM_UNISTD_H

#include_next <asm/unistd.h>

#define __NR_async_exec		463
#define __NR_async_wait		464
#define __NR_umem_add		465
#define __NR_async_thread	466
#define __NR_threadlet_on	467
#define __NR_threadlet_off	468
#define NR_syscalls		469

#endif
