/*
 * base/mem.h - objects with one owner, lists, byte buffers
 *
 * The whole program allocates with mem_zalloc() and a destructor and lets go
 * with mem_deref(); these come from libre, as do struct list and struct mbuf.
 * Reference counts are not atomic: an object belongs to one thread at a time
 * and travels to another only as the single reference inside a message.
 */
#pragma once

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdarg.h>
#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <re_types.h>
#include <re_fmt.h>
#include <re_mem.h>
#include <re_list.h>
#include <re_hash.h>
#include <re_mbuf.h>

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))
