/*
 * bench/peer_sipp.h - SIPp doing the nearest thing to a robot's calls
 *
 * It calls the same crowd with -rtp_echo: for every packet that comes it sends
 * one, through one socket for all calls, and looks into none of them. What it
 * does not do: jitter buffer, codec, a socket for each call, voice activity,
 * prompts, recording, a script. Its figure is the price of the packets alone.
 */
#pragma once

/* Processor time for each of n calls, in percent of a core. Returns ENOENT
 * where SIPp is not installed. */
int peer_sipp_measure(unsigned n, double *core_pctp);
