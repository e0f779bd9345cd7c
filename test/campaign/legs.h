/*
 * test/campaign/legs.h - a dialer's calls as bare legs of a telephone line
 *
 * Real SIP without speech: who answers is hung up on.
 */
#pragma once

#include "campaign/campaign.h"

struct dialer_port legs_port(struct phone_line *line);
