/* SPDX-License-Identifier: GPL-2.0 */
/* Short scripts that know what must come out. */
#ifndef _SCRIPTS_H
#define _SCRIPTS_H

/* rights.c */
extern struct sock_fprog no_opening;
void play_give_up(void);

/* exec.c */
void play_exec_set_user(void);

/* reading.c */
void play_fresh_page(void);

/* debugger.c */
void play_held_spare(void);

/* changes.c */
void play_filter_in_chain(void);
void play_return_changed(void);
void play_end_of_file(void);

/* ends.c */
void play_undo(void);
void play_old_table(void);

/* moments.c */
void play_cold_head(void);
void play_store_while_waiting(void);
void play_cold_frame(void);
void play_missing_page(void);

/* sleeps.c */
void play_mask_of_call(void);
void play_owned_lock(void);

/* numbers.c */
void play_number_of_thread(void);
void play_number_of_atom(void);
void play_death_of_parent(void);

/* signals.c */
void play_unblock_and_return(void);
void play_signals_in_flight(void);
void play_pending_with_head(void);
void play_handler_of_thread(void);
void play_stop_in_atom(void);
void play_work_for_task(void);

/* threads.c */
void play_exec_of_thread(void);
void play_endless_chain(void);
void play_identity(void);
void play_priority_of_head(void);
void play_many_blocked(void);
void play_failed_fork(void);

#endif
