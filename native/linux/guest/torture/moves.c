// SPDX-License-Identifier: GPL-2.0
/* All moves. A new one is a function, and a line here. */
#include "torture.h"
#include "outside.h"
#include "scripts.h"
#include "soup.h"

const struct move moves[] = {
	{ "stop", "job control", 12, OUTSIDE, 0, play_stop },
	{ "continue", "job control", 36, OUTSIDE, 0, play_continue },
	{ "stop-thread", "job control", 6, OUTSIDE, 0, play_stop_thread },
	{ "signal", "signals", 12, OUTSIDE, 0, play_signal },
	{ "signal-thread", "signals", 12, OUTSIDE, 0, play_signal_thread },
	{ "storm", "signals", 3, OUTSIDE, 0, play_storm },
	{ "debugger", "debugger", 3, OUTSIDE, 0, play_debugger },
	{ "drop-caches", "memory", 1, OUTSIDE, 0, play_drop_caches },
	{ "squeeze", "memory", 1, OUTSIDE, 0, play_squeeze },

	{ "chain", "chains", 50, USER, 0, play_chain },
	{ "wait", "chains", 12, USER, 0, play_wait },
	{ "garbage", "chains", 12, USER, 0, play_garbage },
	{ "second-head", "chains", 2, USER, 0, play_second_head },
	{ "threadlet", "threadlets", 30, USER, 0, play_threadlet },
	{ "share-page", "threadlets", 4, USER, 0, play_share_page },
	{ "unmap-page", "threadlets", 1, USER, 0, play_unmap_page },
	{ "scribbler", "threadlets", 2, USER, 0, play_scribbler },
	{ "timer", "signals", 2, USER, 0, play_timer },
	{ "signal-self", "signals", 4, USER, 0, play_signal_self },
	{ "fork", "processes", 3, USER, 0, play_fork },
	{ "vfork", "processes", 2, USER, 0, play_vfork },
	{ "clone", "processes", 3, USER, 0, play_clone },
	{ "execute", "processes", 1, USER, 0, play_execute },
	{ "exit-thread", "processes", 1, USER, 0, play_exit_thread },
	{ "exit-group", "processes", 1, USER, 0, play_exit_group },
	{ "crash", "processes", 1, USER, 0, play_crash },
	{ "allow-all", "filters", 1, USER, 0, play_allow_all },
	{ "unshare", "namespaces", 2, USER, 0, play_unshare },
	{ "priority", "priorities", 2, USER, 0, play_priority },
	{ "limit", "limits", 3, USER, 0, play_limit },
	{ "fail-allocation", "memory", 12, USER, NEEDS_FAULTS,
	  play_fail_allocation },

	{ "give-up", "credentials", 24, SCRIPT, 0, play_give_up },
	{ "filter-in-chain", "filters", 3, SCRIPT, 0, play_filter_in_chain },
	{ "return-changed", "namespaces", 8, SCRIPT, 0, play_return_changed },
	{ "held-spare", "debugger", 4, SCRIPT, 0, play_held_spare },
	{ "exec-set-user", "credentials", 6, SCRIPT, 0, play_exec_set_user },
	{ "fresh-page", "reading", 2, SCRIPT, 0, play_fresh_page },
	{ "end-of-file", "namespaces", 3, SCRIPT, 0, play_end_of_file },
	{ "cold-head", "threadlets", 8, SCRIPT, NEEDS_DISK, play_cold_head },
	{ "store-while-waiting", "threadlets", 5, SCRIPT, 0,
	  play_store_while_waiting },
	{ "cold-frame", "signals", 8, SCRIPT, NEEDS_DISK, play_cold_frame },
	{ "mask-of-call", "signals", 6, SCRIPT, 0, play_mask_of_call },
	{ "unblock-and-return", "signals", 6, SCRIPT, 0,
	  play_unblock_and_return },
	{ "signals-in-flight", "signals", 4, SCRIPT, 0,
	  play_signals_in_flight },
	{ "pending-with-head", "signals", 4, SCRIPT, 0,
	  play_pending_with_head },
	{ "handler-of-thread", "signals", 5, SCRIPT, 0,
	  play_handler_of_thread },
	{ "stop-in-atom", "job control", 6, SCRIPT, 0, play_stop_in_atom },
	{ "work-for-task", "signals", 5, SCRIPT, 0, play_work_for_task },
	{ "owned-lock", "chains", 3, SCRIPT, 0, play_owned_lock },
	{ "exec-of-thread", "processes", 6, SCRIPT, 0, play_exec_of_thread },
	{ "endless-chain", "job control", 6, SCRIPT, NEEDS_TIME,
	  play_endless_chain },
	{ "identity", "priorities", 3, SCRIPT, 0, play_identity },
	{ "priority-of-head", "priorities", 3, SCRIPT, 0,
	  play_priority_of_head },
	{ "many-blocked", "processes", 10, SCRIPT, 0, play_many_blocked },
	{ "failed-fork", "memory", 1, SCRIPT, 0, play_failed_fork },
};

const unsigned int nr_moves = sizeof(moves) / sizeof(*moves);

_Static_assert(sizeof(moves) / sizeof(*moves) <= MOVES, "");
