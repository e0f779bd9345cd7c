/*
 * rehearse/rehearse.h - simulated people who answer the telephone
 *
 * A person has a number, a voice and a way to behave: what they say to which
 * question, when they interrupt, which keys they press, whether they answer
 * at all. People listen only to whether the robot speaks, not to what it
 * says; they know the outcome a good robot reaches with them.
 *
 * People live behind a phone of their own (an own process or the same) and
 * are called by real SIP and RTP.
 *
 * Ownership: of the program. Free people after their phone is closed.
 *
 * Threads: everything on the control loop; a person's audio half runs in the
 * tick.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/cfg.h"
#include "base/work.h"
#include "phone/phone.h"
#include "speech/voice.h"

struct people;

/* One person as the file describes them (examples/people.json). */
struct person_info {
	const char *number; /* '?' in it: a crowd, see docs/people.md */
	const char *name;
	const char *about;   /* "interrupts with yes" */
	const char *truth;   /* the label a good robot reaches, "" = none */
	const char *outcome; /* outcome_name() that the attempt should get */
};

/* Reads the people of a JSON file (docs/people.md), or the built-in ones where
 * path is NULL. On failure fault says where, what and the remedy. Returns
 * EINVAL, ENOMEM, or what opening the file gave. */
int people_alloc(struct people **peoplep, const char *path,
                 struct voices *voices, char fault[CFG_FAULT_SIZE]);

/* From now on what each says and hears is kept as FOLDER/CALL-ID.said.wav and,
 * written behind it, FOLDER/CALL-ID.heard.wav. The path outlives them. */
void people_tape(struct people *people, const char *folder);

/* Synthesises what they will say at 8000 or 16000 Hz, each of which any call
 * can take. done comes once, from the loop: with NULL
 * when all is there, else with what is missing and the remedy. Until
 * then callers get 480. Returns EALREADY the second time. */
int people_prepare(struct people *people, uint32_t rate_hz,
                   void (*done)(const char *fault, void *arg), void *arg);

size_t people_count(const struct people *people);
void people_info(const struct people *people, size_t i,
                 struct person_info *info);

/* For phone_prm.incoming with arg = people. */
phone_incoming_h people_incoming;

/* The list that calls them all, crowds left out, as CSV: number, name, truth,
 * outcome, and the variables of each person. */
void people_write_list(const struct people *people, FILE *out);

/* How many conversations are going on and were held. */
void people_figures(const struct people *people, uint32_t *livep,
                    uint32_t *heldp);
