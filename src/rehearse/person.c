/*
 * rehearse/person.c - a simulated person as data: the keys of the format
 *
 * The tables move_rowv and person_rowv are the format; docs/people.md
 * explains them.
 */
#include "base/mem.h"
#include "media/tone.h"
#include "rehearse/keys.h"
#include "rehearse/person.h"

enum {
	RING_MS = 600,  /* the telephone is near */
	TURN_MS = 700,  /* longer than the gaps inside a prompt */
	NOISE_DB = -40, /* a busy street: speech is at about -20 */
	ECHO_DB = -20,  /* of a loud handset */

	MS_MAX = 3600 * 1000,
	NUMBER_MAX = 32, /* as number_is_dialable() */
	KEYS_MAX = 32,
	NAME_BYTES_MAX = 100,
	REFUSE_MIN = 400,
	REFUSE_MAX = 699,
	RETRY_AFTER_MAX_S = 3600,
};

/* --- memory -------------------------------------------------------------- */

static void move_clear(struct move *move)
{
	mem_deref(move->say);
	mem_deref(move->keys);
	mem_deref(move->sound);
	mem_deref(move->tone);
}

void person_clear(struct person *person)
{
	mem_deref(person->number);
	mem_deref(person->name);
	mem_deref(person->about);
	mem_deref(person->voice);
	mem_deref(person->lang);
	mem_deref(person->truth);
	mem_deref(person->outcome);

	if (person->pickup)
		move_clear(person->pickup);
	mem_deref(person->pickup);
	if (person->early)
		move_clear(person->early);
	mem_deref(person->early);

	for (size_t i = 0; i < person->movec; i++)
		move_clear(&person->movev[i]);
	mem_deref(person->movev);

	for (size_t i = 0; i < person->varc; i++) {
		mem_deref(person->varv[i].name);
		mem_deref(person->varv[i].value);
	}
	mem_deref(person->varv);
}

/* --- a move -------------------------------------------------------------- */

static int read_interrupt(struct keys_reader *reader,
                          const struct keys_row *row, const json_t *value,
                          void *obj)
{
	struct move *move = obj;

	move->has_interrupt = true;

	return keys_number(reader, row, value, obj);
}

static int read_noise(struct keys_reader *reader, const struct keys_row *row,
                      const json_t *value, void *obj)
{
	static const char *const namev[NOISE_KINDS] = {
		[NOISE_WHITE] = "white",
		[NOISE_BABBLE] = "babble",
		[NOISE_CAR] = "car",
	};
	struct move *move = obj;

	(void)row;
	for (size_t i = 0; json_is_string(value) && i < NOISE_KINDS; i++) {
		if (!strcmp(namev[i], json_string_value(value))) {
			move->noise = (enum noise_kind)i;
			move->has_noise = true;
			return 0;
		}
	}

	return keys_fault(reader, "must be \"white\", \"babble\" or "
	                          "\"car\"");
}

static void sound_destructor(void *arg)
{
	struct voice_sound *sound = arg;

	mem_deref(sound->pcm);
}

static int read_tone(struct keys_reader *reader, const struct keys_row *row,
                     const json_t *value, void *obj)
{
	struct move *move = obj;
	struct tone tone;

	(void)row;
	if (!json_is_string(value) ||
	    tone_parse(&tone, json_string_value(value)))
		return keys_fault(reader, "must be a tone of at most a minute, "
		                          "like \"%%(500,500,425);loops=4\"");

	move->tone = mem_zalloc(sizeof(*move->tone), sound_destructor);
	if (!move->tone)
		return ENOMEM;

	move->tone->rate_hz = NOISE_RATE_HZ;
	move->tone->count = tone_samples(&tone, NOISE_RATE_HZ);
	move->tone->pcm = mem_zalloc(
		(move->tone->count + 1) * sizeof(*move->tone->pcm), NULL);
	if (!move->tone->pcm)
		return ENOMEM;
	tone_render(&tone, NOISE_RATE_HZ, move->tone->pcm);

	return 0;
}

static int read_keys(struct keys_reader *reader, const struct keys_row *row,
                     const json_t *value, void *obj)
{
	struct move *move = obj;
	int err;

	err = keys_text(reader, row, value, obj);
	if (err)
		return err;

	if (move->keys[strspn(move->keys, "0123456789*#ABCD")])
		return keys_fault(reader, "keys are 0 to 9, *, # and A to D");

	return 0;
}

#define MOVE(member) .offset = offsetof(struct move, member)

static const struct keys_row move_rowv[] = {
	/* clang-format off */
	{"wait_ms",      keys_number,    MOVE(wait_ms),      .max = MS_MAX},
	{"interrupt_ms", read_interrupt, MOVE(interrupt_ms), .max = MS_MAX},
	{"silence",      keys_flag,      MOVE(is_silence)},
	{"noise",        read_noise,     MOVE(noise)},
	{"noise_db",     keys_signed,    MOVE(noise_db),     .min = -90},
	{"tone",         read_tone,      MOVE(tone)},
	{"say",          keys_text,      MOVE(say),          .min = 1,
	                                                .max = PERSON_TEXT_MAX},
	{"talk_ms",      keys_number,    MOVE(talk_ms),      .min = 1,
	                                                     .max = MS_MAX},
	{"beep",         keys_flag,      MOVE(has_beep)},
	{"keys",         read_keys,      MOVE(keys),         .min = 1,
	                                                     .max = KEYS_MAX},
	{"hangup",       keys_flag,      MOVE(has_hangup)},
	/* clang-format on */
};

static int move_check(struct keys_reader *reader, const struct move *move)
{
	bool is_doing = move->say || move->tone || move->keys ||
	                move->has_beep || move->has_noise || move->has_hangup;

	if (move->is_silence && is_doing)
		return keys_fault(reader, "\"silence\" stands alone or with "
		                          "\"wait_ms\": take it or the rest "
		                          "away");
	if (!move->is_silence && !is_doing)
		return keys_fault(reader, "does nothing: give one of say, tone,"
		                          " keys, beep, noise, hangup, or "
		                          "\"silence\": true");
	if (move->talk_ms && !move->say)
		return keys_fault(reader, "\"talk_ms\" needs \"say\": the "
		                          "words that are said for so long");

	return 0;
}

static int move_read(struct keys_reader *reader, const json_t *value,
                     struct move *move)
{
	int err;

	move->noise_db = NOISE_DB;
	err = keys_read(reader, move_rowv, ARRAY_COUNT(move_rowv), value, move);
	if (err)
		return err;

	return move_check(reader, move);
}

/* --- a person ------------------------------------------------------------ */

/* A move of its own: what happens at once. */
static int read_first(struct keys_reader *reader, const struct keys_row *row,
                      const json_t *value, void *obj)
{
	struct move **movep = (void *)((char *)obj + row->offset);

	*movep = mem_zalloc(sizeof(**movep), NULL);
	if (!*movep)
		return ENOMEM;

	return move_read(reader, value, *movep);
}

static int read_moves(struct keys_reader *reader, const struct keys_row *row,
                      const json_t *value, void *obj)
{
	struct person *person = obj;
	size_t n = json_array_size(value);
	int err;

	(void)row;
	err = keys_array(reader, value, PERSON_MOVES_MAX);
	if (err || !n)
		return err;

	person->movev = mem_zalloc(n * sizeof(*person->movev), NULL);
	if (!person->movev)
		return ENOMEM;
	person->movec = n;

	for (size_t i = 0; !err && i < n; i++) {
		size_t mark = keys_enter_index(reader, i);

		err = move_read(reader, json_array_get(value, i),
		                &person->movev[i]);
		keys_leave(reader, mark);
	}

	return err;
}

static int number_check(struct keys_reader *reader, const char *number)
{
	const char *digits = number[0] == '+' ? number + 1 : number;

	if (!digits[0] || digits[strspn(digits, "0123456789?")])
		return keys_fault(reader, "must be digits after an optional "
		                          "'+'; '?' stands for any digit");

	return 0;
}

static int read_number(struct keys_reader *reader, const struct keys_row *row,
                       const json_t *value, void *obj)
{
	struct person *person = obj;
	int err;

	err = keys_text(reader, row, value, obj);
	if (err)
		return err;

	return number_check(reader, person->number);
}

/* A variable becomes a column of the list and ${name} in a script. */
static int var_check(struct keys_reader *reader, const char *name,
                     const json_t *value)
{
	static const char *const takenv[] = {"number", "name", "truth",
	                                     "outcome"};
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_";

	if (!name[0] || name[strspn(name, allowed)] ||
	    strlen(name) > NAME_BYTES_MAX)
		return keys_fault(reader,
		                  "a variable's name has 1 to %d "
		                  "letters, digits and '_'",
		                  NAME_BYTES_MAX);
	for (size_t i = 0; i < ARRAY_COUNT(takenv); i++) {
		if (!strcmp(name, takenv[i]))
			return keys_fault(reader, "is a column of every list "
			                          "already: choose another "
			                          "name");
	}
	if (!json_is_string(value) ||
	    json_string_length(value) > PERSON_TEXT_MAX)
		return keys_fault(reader, "must be a text of at most %d bytes",
		                  PERSON_TEXT_MAX);

	return 0;
}

static int read_vars(struct keys_reader *reader, const struct keys_row *row,
                     const json_t *value, void *obj)
{
	struct person *person = obj;
	size_t n = json_object_size(value);
	const char *name;
	json_t *text;

	(void)row;
	if (!json_is_object(value) || n > PERSON_VARS_MAX)
		return keys_fault(reader,
		                  "must be an object of at most %d texts",
		                  PERSON_VARS_MAX);

	person->varv = mem_zalloc((n ? n : 1) * sizeof(*person->varv), NULL);
	if (!person->varv)
		return ENOMEM;

	json_object_foreach((json_t *)value, name, text)
	{
		struct person_var *var = &person->varv[person->varc++];
		size_t mark = keys_enter(reader, name);
		int err;

		err = var_check(reader, name, text);
		if (!err)
			err = str_dup(&var->name, name);
		if (!err)
			err = str_dup(&var->value, json_string_value(text));
		if (err)
			return err;
		keys_leave(reader, mark);
	}

	return 0;
}

#define PERSON(member) .offset = offsetof(struct person, member)

static const struct keys_row person_rowv[] = {
	/* clang-format off */
	{"number",         read_number, PERSON(number), .min = 1,
	                            .max = NUMBER_MAX, .is_required = true},
	{"name",           keys_text,   PERSON(name),  .max = NAME_BYTES_MAX,
	                            .is_required = true},
	{"about",          keys_text,   PERSON(about), .max = PERSON_TEXT_MAX},
	{"voice",          keys_text,   PERSON(voice), .max = NAME_BYTES_MAX},
	{"lang",           keys_text,   PERSON(lang), .min = 1,
	                            .max = NAME_BYTES_MAX},
	{"truth",          keys_text,   PERSON(truth), .max = NAME_BYTES_MAX},
	{"outcome",        keys_text,   PERSON(outcome), .min = 1,
	                            .max = NAME_BYTES_MAX},
	{"ring_ms",        keys_number, PERSON(ring_ms), .max = MS_MAX},
	{"refuse",         keys_number, PERSON(refuse), .min = REFUSE_MIN,
	                            .max = REFUSE_MAX},
	{"retry_after_s",  keys_number, PERSON(retry_after_s), .min = 1,
	                            .max = RETRY_AFTER_MAX_S},
	{"never_answers",  keys_flag,   PERSON(is_never_answering)},
	{"turn_ms",        keys_number, PERSON(turn_ms), .min = 100,
	                            .max = MS_MAX},
	{"early",          read_first,  PERSON(early)},
	{"early_gated",    keys_flag,   PERSON(is_early_gated)},
	{"echo_ms",        keys_number, PERSON(echo_ms), .min = 1,
	                            .max = PERSON_ECHO_MAX_MS},
	{"echo_db",        keys_signed, PERSON(echo_db), .min = -90},
	{"pickup",         read_first,  PERSON(pickup)},
	{"moves",          read_moves,  PERSON(movev)},
	{"repeats_last",   keys_flag,   PERSON(is_repeating)},
	{"variables",      read_vars,   PERSON(varv)},
	/* clang-format on */
};

static int person_check(struct keys_reader *reader, const struct person *person)
{
	bool is_answering = !person->refuse && !person->is_never_answering;

	if (person->refuse && person->is_never_answering)
		return keys_fault(reader, "\"refuse\" and \"never_answers\" "
		                          "exclude each other");
	if (!is_answering && (person->movec || person->pickup))
		return keys_fault(reader, "never talks, so \"moves\" and "
		                          "\"pickup\" have no meaning");
	if (person->retry_after_s && !person->refuse)
		return keys_fault(reader, "\"retry_after_s\" belongs to "
		                          "\"refuse\"");
	if (person->is_early_gated && !person->early)
		return keys_fault(reader, "\"early_gated\" belongs to "
		                          "\"early\"");
	if (!is_answering && !person->outcome)
		return keys_fault(reader,
		                  "\"outcome\" is missing: how does the "
		                  "attempt end (\"busy\", "
		                  "\"no_answer\", …)?");

	return 0;
}

static int text_default(char **textp, const char *fallback)
{
	return *textp ? 0 : str_dup(textp, fallback);
}

int person_read(struct keys_reader *reader, const json_t *value,
                struct person *person)
{
	int err;

	person->ring_ms = RING_MS;
	person->turn_ms = TURN_MS;
	person->echo_db = ECHO_DB;
	err = keys_read(reader, person_rowv, ARRAY_COUNT(person_rowv), value,
	                person);
	if (!err)
		err = person_check(reader, person);
	if (!err)
		err = text_default(&person->about, "");
	if (!err)
		err = text_default(&person->voice, "");
	if (!err)
		err = text_default(&person->lang, "en");
	if (!err)
		err = text_default(&person->truth, "");
	if (!err)
		err = text_default(&person->outcome, "answered");

	return err;
}
