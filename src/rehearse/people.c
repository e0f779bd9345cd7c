/*
 * rehearse/people.c - simulated people who answer the telephone
 */
#include <assert.h>
#include <csv.h>
#include "base/log.h"
#include "base/mem.h"
#include "rehearse/builtin.h"
#include "rehearse/handset.h"
#include "rehearse/rehearse.h"
#include "rehearse/roster.h"
#include "rehearse/visit.h"
#include <re_tmr.h>

struct people {
	struct roster *roster;
	struct voices *voices;
	struct handset_sounds *sounds;
	struct visit_host host;

	/* the preparation */
	struct voice_request *request;
	struct tmr tmr;
	struct move *move; /* whose sound is being made */
	void (*done)(const char *fault, void *arg);
	void *arg;
	bool is_ready;
	uint32_t rate_hz; /* of their speech */

	uint32_t live, held;
};

static void people_destructor(void *arg)
{
	struct people *people = arg;

	tmr_cancel(&people->tmr);
	mem_deref(people->request);

	/* Those that still ring; the others ended with the phone. */
	list_flush(&people->host.visitl);

	mem_deref(people->roster);
	mem_deref(people->sounds);
	mem_deref(people->voices);
}

static void visit_answered(void *arg)
{
	struct people *people = arg;

	people->live++;
	people->held++;
}

static void visit_ended(void *arg)
{
	struct people *people = arg;

	people->live--;
}

/* --- who they are -------------------------------------------------------- */

static bool is_answering(const struct person *person)
{
	return !person->refuse && !person->is_never_answering;
}

static int person_check(const struct person *person,
                        const struct voices *voices, char fault[CFG_FAULT_SIZE])
{
	const char *missing = NULL;
	enum outcome outcome;

	if (!outcome_parse(&outcome, person->outcome)) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "\"outcome\" of %s is \"%.40s\": it must be a "
		               "name like \"answered\", \"busy\", "
		               "\"no_answer\" or \"bad_number\"",
		               person->number, person->outcome);
		return EINVAL;
	}

	if (is_answering(person) || person->early)
		missing = voices_missing(voices, person->lang, person->voice);
	if (missing) {
		(void)snprintf(fault, CFG_FAULT_SIZE, "\"voice\" of %s: %.400s",
		               person->number, missing);
		return EINVAL;
	}

	return 0;
}

int people_alloc(struct people **peoplep, const char *path,
                 struct voices *voices, char fault[CFG_FAULT_SIZE])
{
	struct people *people;
	int err;

	assert(peoplep && voices && fault);

	fault[0] = '\0';
	people = mem_zalloc(sizeof(*people), people_destructor);
	if (!people)
		return ENOMEM;

	tmr_init(&people->tmr);
	people->voices = mem_ref(voices);
	people->sounds = mem_zalloc(sizeof(*people->sounds), NULL);
	if (!people->sounds) {
		err = ENOMEM;
		goto out;
	}
	handset_sounds_make(people->sounds);
	people->host.sounds = people->sounds;
	people->host.sink.answered = visit_answered;
	people->host.sink.ended = visit_ended;
	people->host.sink.arg = people;

	if (path)
		err = roster_load_file(&people->roster, path, fault);
	else
		err = roster_load(&people->roster, builtin_people,
		                  builtin_people_len, fault);
	if (err)
		goto out;

	for (size_t i = 0; !err && i < people->roster->personc; i++)
		err = person_check(&people->roster->personv[i], voices, fault);

out:
	if (err)
		mem_deref(people);
	else
		*peoplep = people;

	return err;
}

void people_tape(struct people *people, const char *folder)
{
	people->host.tapes = folder;
}

size_t people_count(const struct people *people)
{
	return people->roster->personc;
}

void people_info(const struct people *people, size_t i,
                 struct person_info *info)
{
	const struct person *person;

	assert(info && i < people->roster->personc);

	person = &people->roster->personv[i];
	info->number = person->number;
	info->name = person->name;
	info->about = person->about;
	info->truth = person->truth;
	info->outcome = person->outcome;
}

/* --- what they will say -------------------------------------------------- */

static bool is_unmade(const struct move *move)
{
	return move && move->say && !move->sound;
}

/* The next move whose words have no sound yet, and who makes it. */
static struct move *move_unmade(const struct roster *roster,
                                const struct person **whop)
{
	for (size_t i = 0; i < roster->personc; i++) {
		struct person *person = &roster->personv[i];

		*whop = person;
		if (is_unmade(person->early))
			return person->early;
		if (is_unmade(person->pickup))
			return person->pickup;

		for (size_t k = 0; k < person->movec; k++) {
			if (is_unmade(&person->movev[k]))
				return &person->movev[k];
		}
	}

	return NULL;
}

static void prepare_next(void *arg);

static void sound_made(struct voice_sound *sound, const char *fault, void *arg)
{
	struct people *people = arg;

	people->request = mem_deref(people->request);
	if (!sound) {
		people->done(fault, people->arg);
		return;
	}

	people->move->sound = mem_ref(sound);
	prepare_next(people);
}

/* One after another: a voice makes one sound at a time anyway. */
static void prepare_next(void *arg)
{
	struct people *people = arg;
	const struct person *who;
	struct voice_prm prm = {.text = NULL};
	int err;

	people->move = move_unmade(people->roster, &who);
	if (!people->move) {
		people->is_ready = true;
		people->done(NULL, people->arg);
		return;
	}

	prm.text = people->move->say;
	prm.lang = who->lang;
	prm.name = who->voice;
	err = voices_get(&people->request, people->voices, &prm,
	                 people->rate_hz, sound_made, people);
	if (err)
		people->done(strerror(err), people->arg);
}

int people_prepare(struct people *people, uint32_t rate_hz,
                   void (*done)(const char *fault, void *arg), void *arg)
{
	assert(rate_hz == HANDSET_RATE_HZ || rate_hz == HANDSET_WIDE_HZ);
	assert(done);

	if (people->done)
		return EALREADY;

	people->rate_hz = rate_hz;
	people->done = done;
	people->arg = arg;
	tmr_start(&people->tmr, 0, prepare_next, people);

	return 0;
}

/* --- calls --------------------------------------------------------------- */

void people_incoming(struct phone_leg *leg, struct phone_line *line,
                     const char *from, const char *to, void *arg)
{
	struct people *people = arg;
	const struct person *person = roster_find(people->roster, to);
	char masked[LOG_MASK_SIZE];
	int err;

	(void)line;
	(void)from;
	if (!people->is_ready) {
		mem_deref(leg); /* 480: they are still learning their words */
		return;
	}
	if (!person) {
		log_info("rehearse", "nobody has the number %s",
		         log_mask(masked, to));
		(void)phone_leg_refuse(leg, 404, "Not Found", 0);
		mem_deref(leg);
		return;
	}

	err = visit_begin(&people->host, leg, person,
	                  (size_t)people->held * HANDSET_RATE_HZ);
	if (err) {
		log_warning("rehearse",
		            "%s can not take a call: %s; the "
		            "caller is refused",
		            person->name, strerror(err));
	}
}

void people_figures(const struct people *people, uint32_t *livep,
                    uint32_t *heldp)
{
	assert(livep && heldp);

	*livep = people->live;
	*heldp = people->held;
}

/* --- the list ------------------------------------------------------------ */

static void write_cell(FILE *out, const char *text)
{
	(void)fputc(',', out);
	(void)csv_fwrite(out, text, strlen(text));
}

static const char *var_value(const struct person *person, const char *name)
{
	for (size_t i = 0; i < person->varc; i++) {
		if (!strcmp(person->varv[i].name, name))
			return person->varv[i].value;
	}

	return "";
}

void people_write_list(const struct people *people, FILE *out)
{
	const struct roster *roster = people->roster;

	assert(out);

	(void)fputs("number,name,truth,outcome", out);
	for (size_t i = 0; i < roster->columnc; i++)
		write_cell(out, roster->columnv[i]);
	(void)fputc('\n', out);

	for (size_t i = 0; i < roster->personc; i++) {
		const struct person *person = &roster->personv[i];

		/* A pattern is a crowd, and no number to call. */
		if (roster_is_pattern(person->number))
			continue;

		(void)csv_fwrite(out, person->number, strlen(person->number));
		write_cell(out, person->name);
		write_cell(out, person->truth);
		write_cell(out, person->outcome);
		for (size_t k = 0; k < roster->columnc; k++)
			write_cell(out, var_value(person, roster->columnv[k]));
		(void)fputc('\n', out);
	}
}
