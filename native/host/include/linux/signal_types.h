/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HOST_LINUX_SIGNAL_TYPES_H
#define _HOST_LINUX_SIGNAL_TYPES_H

/* There are no signals here; the type is that of the C library. */
#include <bits/types/sigset_t.h>

#endif
