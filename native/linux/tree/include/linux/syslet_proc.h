/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_SYSLET_PROC_H
#define _LINUX_SYSLET_PROC_H

struct pid_namespace;
struct seq_file;
struct task_struct;

/* The lines of /proc/PID/status that tell of the family of @tsk. */
#ifdef CONFIG_SYSLETS
void syslet_proc_status(struct seq_file *m, struct pid_namespace *ns,
			struct task_struct *tsk);
#else
static inline void syslet_proc_status(struct seq_file *m,
				      struct pid_namespace *ns,
				      struct task_struct *tsk)
{
}
#endif

#endif /* _LINUX_SYSLET_PROC_H */
