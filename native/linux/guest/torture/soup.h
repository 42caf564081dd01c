/* SPDX-License-Identifier: GPL-2.0 */
/* Moves of a process without rights. */
#ifndef _SOUP_H
#define _SOUP_H

#define PAGES	24
#define PAGE	4096

/* values.c */
extern struct timespec tiny;
extern int soup_pipes[2];
short some_call(void);
void fill(unsigned long *v, int nr);

/* soup.c */
void prepare_soup(void);
void look_at_soup(void);

void play_chain(void);
void play_wait(void);
void play_garbage(void);
void play_threadlet(void);
void play_share_page(void);
void play_unmap_page(void);
void play_scribbler(void);
void play_second_head(void);

/* life.c */
void play_timer(void);
void play_signal_self(void);
void play_fork(void);
void play_vfork(void);
void play_clone(void);
void play_execute(void);
void play_exit_thread(void);
void play_exit_group(void);
void play_crash(void);
void play_allow_all(void);
void play_unshare(void);
void play_priority(void);
void play_limit(void);
void play_fail_allocation(void);

#endif
