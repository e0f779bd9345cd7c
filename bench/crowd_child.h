/*
 * bench/crowd_child.h - the crowd as a child process of a bench
 *
 * Threads: the control loop.
 */
#pragma once

#include <stdint.h>
#include "robot.h"

struct crowd_child;

/* phrase: a file of what callees say. heard gets each line of what the crowd
 * tells. Free with mem_deref(), which ends the process. */
int crowd_child_start(struct crowd_child **childp, const char *phrase,
                      const char *manner,
                      void (*heard)(const char *what, const char *id,
                                    uint64_t us, void *arg),
                      void *arg);

uint16_t crowd_child_port(const struct crowd_child *child);
void crowd_child_write(struct crowd_child *child, const char *command);

/* Asks for the counts; done is called when they are there. NULL: forget it. */
void crowd_child_count(struct crowd_child *child, struct robot_crowd *counts,
                       void (*done)(void *arg), void *arg);
