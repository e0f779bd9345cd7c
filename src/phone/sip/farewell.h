/*
 * phone/sip/farewell.h - what it takes to end a call from another process
 */
#pragma once

#include "phone/sip/dialog.h"

struct phone;
struct request;
struct sip_msg;

/* A text for phone_farewell(): of a dialog that is up, or of our INVITE (or
 * NULL) that is not answered yet. ENOTCONN: nothing was sent. EBADMSG: what
 * they said of themselves cannot be written down. */
int farewell_write(char **textp, const struct dialog *dialog,
                   const struct request *invite);

/* An answer without a transaction: to the INVITE of a process that is gone. */
void farewell_answered(struct phone *phone, const struct sip_msg *msg);
