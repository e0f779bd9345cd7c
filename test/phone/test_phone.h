/*
 * test/phone/test_phone.h - the phone folder's tests
 */
#pragma once

#include "harness.h"

int test_stream_tone(void);

int test_sip_call_udp(void);
int test_sip_call_tcp(void);
