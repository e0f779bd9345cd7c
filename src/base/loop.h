/*
 * base/loop.h - the control loop: SIP, sessions, dialling
 *
 * One per process, on the main thread, over libre's poll loop and timers.
 * Other threads reach it through its mailbox, and only so.
 */
#pragma once

#include "base/mailbox.h"

/* Starts libre, raises the descriptor limit to what the system allows and
 * opens the home mailbox. Returns an errno. */
int loop_init(void);

/* Runs until loop_stop(). Returns an errno of the poll call. */
int loop_run(void);

/* Makes loop_run() return. From the loop's thread or a handler of it. */
void loop_stop(void);

/* Where other threads post to; lives until loop_close(). */
struct mailbox *loop_mailbox(void);

/* Calls handler on the loop for each SIGINT and SIGTERM. */
int loop_on_signal(void (*handler)(int signum));

/* Drains what is left and frees everything of libre. */
void loop_close(void);
