/*
 * flow/label.h - the class of a call once it is over
 */
#pragma once

#include "flow/session.h"

/* The label of the first rule that holds, "" none. */
const char *label_of(const struct flow_session *sess,
                     const struct flow_counters *counters);
