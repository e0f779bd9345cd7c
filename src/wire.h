/*
 * wire.h - the joints between folders of one floor
 */
#pragma once

#include "cli/cli.h"

extern const struct cli_wire wire;
