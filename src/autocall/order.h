/*
 * autocall/order.h - a call that a user ordered: their telephone first, then
 * the client's; private to autocall/
 */
#pragma once

#include "autocall/autocall_parts.h"

/* GET /make_call?id&channel&exten&caller_id&caller_id_name&user&action_id */
httpd_h order_handler;

void order_hangup_all(struct autocall *ac);

/* The service ends: calls that still go on are nobody's any more. */
void order_orphan_all(struct autocall *ac);
