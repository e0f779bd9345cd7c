/*
 * phone/sip/farewell.h - what it takes to end a call from another process
 */
#pragma once

#include "phone/sip/dialog.h"

/* A text for phone_farewell(). ENOTCONN: nobody has answered. EBADMSG: what
 * they said of themselves cannot be written down. */
int farewell_write(char **textp, const struct dialog *dialog);
