/*
 * store/linking.h - when links of calls are made (links.h)
 *
 * About a second behind the end of a call, many at once, and at the end of the
 * process. What a process that was killed has left is for the next one, or for
 * its neighbours.
 *
 * Threads: the control loop.
 */
#pragma once

struct store;

/* No batch is under way: looks whether there is something to do. */
void linking_kick(struct store *store);

/* At the end, when no job runs any more. */
void linking_end(struct store *store);
