/* SPDX-License-Identifier: GPL-2.0 */
/* Moves of the world on `victim`. */
#ifndef _OUTSIDE_H
#define _OUTSIDE_H

void play_stop(void);
void play_continue(void);
void play_signal(void);
void play_signal_thread(void);
void play_stop_thread(void);
void play_storm(void);
void play_debugger(void);
void play_drop_caches(void);
void play_squeeze(void);

#endif
