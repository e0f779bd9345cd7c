/*
 * speech/iflytek.h - what iFlytek's services have in common
 */
#pragma once

#include "speech/hearing.h"

/* Whether there is an application, a key and, where wanted, a secret; EINVAL
 * with a fault otherwise. */
int iflytek_check(const struct service *service, bool wants_secret,
                  char fault[CFG_FAULT_SIZE]);

/* Signs a url of its v2 interfaces, which is good for five minutes then. */
int iflytek_sign(struct url *url, const struct service *service);

/* The best word of each place ("ws"), as one text. Returns text. */
const char *iflytek_words(char text[HEARING_TEXT_SIZE], const json_t *placev);

/* One of its error numbers, and what it said. */
void iflytek_fail(struct hearing_heard *heard, long code, const char *said);
