/*
 * test/campaign/sim_judge_db.c - what is written
 *
 * The database tells of each change by itself, so that looking after every
 * transaction costs little, however long the lists are.
 */
#include <assert.h>
#include <stdio.h>
#include "campaign/sim.h"

enum {
	/* What is counted in pieces of time may be forgotten so much later. */
	PIECE_MS = 600000,
};

/* Indices for our questions, and a place for changes that may not be. */
int sim_judge_watch(void)
{
	return sim_db_script(
		"CREATE INDEX sim_claimed ON targets (campaign_id, contact_id)"
		" WHERE state = 'claimed';"
		"CREATE INDEX sim_alive ON workers (lease_until_ms)"
		" WHERE lease_until_ms > 0;"
		"CREATE INDEX sim_shown ON attempts (caller_id, start_ms)"
		" WHERE caller_id <> '';"
		"CREATE TABLE sim_odd (what INTEGER NOT NULL);"
		/* Who is done stays it, and an attempt has the next number. */
		"CREATE TRIGGER sim_target AFTER UPDATE OF state ON targets"
		" WHEN OLD.state = 'done' OR (NEW.state = 'claimed' AND"
		"  (OLD.state <> 'ready' OR NEW.attempts <> OLD.attempts + 1))"
		" BEGIN INSERT INTO sim_odd VALUES (1); END;"
		"CREATE TRIGGER sim_attempt AFTER UPDATE OF state ON attempts"
		" WHEN OLD.state = 'ended'"
		" BEGIN INSERT INTO sim_odd VALUES (2); END;"
		"CREATE TRIGGER sim_next AFTER INSERT ON attempts"
		" WHEN NEW.n <> (SELECT attempts FROM targets"
		"  WHERE campaign_id = NEW.campaign_id"
		"  AND contact_id = NEW.contact_id AND state = 'claimed')"
		" BEGIN INSERT INTO sim_odd VALUES (3); END;"
		"CREATE TRIGGER sim_lost AFTER DELETE ON targets"
		" BEGIN INSERT INTO sim_odd VALUES (4); END;"
		"CREATE TRIGGER sim_gone AFTER DELETE ON attempts"
		" BEGIN INSERT INTO sim_odd VALUES (5); END;"
		"CREATE TRIGGER sim_link BEFORE INSERT ON links"
		" WHEN EXISTS (SELECT 1 FROM links WHERE callid = NEW.callid)"
		" OR NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM links)"
		" BEGIN INSERT INTO sim_odd VALUES (6); END");
}

/* --- a call that leaves --------------------------------------------------- */

static void attempt_handler(const int64_t *numberv, void *arg)
{
	struct sim_call *call = arg;

	call->permit_ms = numberv[0];
	call->due_ms = numberv[1];
}

void sim_judge_attempt(struct sim *sim, struct sim_call *call)
{
	const struct db_arg argv[] = {
		db_int(call->attempt_id),
		db_text(call->number->text),
		db_text(call->line->name),
		db_text(call->caller < 0 ? ""
	                                 : sim->callerv[call->caller].text),
		db_int(call->dialer->campaign->id),
	};

	call->permit_ms = 0;
	if (sim_db_rows("SELECT a.start_ms, t.due_ms FROM attempts a"
	                " JOIN targets t ON t.campaign_id = a.campaign_id"
	                " AND t.contact_id = a.contact_id WHERE a.id = ?1"
	                " AND a.number = ?2 AND a.line = ?3"
	                " AND a.caller_id = ?4 AND a.campaign_id = ?5"
	                " AND a.outcome = ''",
	                argv, ARRAY_COUNT(argv), attempt_handler, call) ||
	    !call->permit_ms)
		sim_wrong(sim, "attempt %lld is not written",
		          (long long)call->attempt_id);
	else if (sim_now() > call->permit_ms + SIM_PERMIT_MS)
		sim_wrong(sim, "attempt %lld is used %lld ms later",
		          (long long)call->attempt_id,
		          (long long)(sim_now() - call->permit_ms));
}

int64_t sim_judge_ended_ms(struct sim *sim, int64_t attempt_id)
{
	const struct db_arg id = db_int(attempt_id);
	int64_t end_ms = 0;

	if (sim_db_number(&end_ms,
	                  "SELECT coalesce(max(end_ms), 0) FROM attempts"
	                  " WHERE id = ?1 AND state = 'ended'"
	                  " AND outcome <> 'in_doubt'",
	                  &id, 1))
		sim_wrong(sim, "the database does not answer");

	return end_ms;
}

void sim_judge_order(struct sim *sim, const struct sim_call *call)
{
	const struct sim_campaign *camp = call->dialer->campaign;
	char list[SIM_TEXT_SIZE];
	const struct db_arg argv[] = {db_int(camp->id), db_text(list)};
	int64_t first = 0;

	if (!camp->has_lists || call->person->placev[camp->no].is_first)
		return;

	(void)snprintf(list, sizeof(list), SIM_FIRST_OF, camp->name);
	if (sim_db_number(&first,
	                  "SELECT EXISTS (SELECT 1 FROM targets t"
	                  " JOIN contacts c ON c.id = t.contact_id"
	                  " JOIN lists l ON l.id = c.list_id"
	                  " WHERE t.campaign_id = ?1 AND t.state = 'ready'"
	                  " AND t.rank = 0 AND t.due_ms <= 0"
	                  " AND t.reason = '' AND l.name = ?2)",
	                  argv, ARRAY_COUNT(argv)))
		sim_wrong(sim, "the database does not answer");
	else if (first)
		sim_wrong(sim, "%s is called before those of the first list",
		          call->number->text);
}

static void shown_handler(const int64_t *numberv, void *arg)
{
	*(struct sim_shown *)arg = (struct sim_shown){
		.hour = (unsigned)numberv[0],
		.day = (unsigned)numberv[1],
		.blocked = (unsigned)numberv[2],
	};
}

int sim_judge_shown(struct sim_shown *shown, const struct sim_caller *caller,
                    int64_t until_ms)
{
	int64_t now_ms = sim_now();
	bool is_past = until_ms < INT64_MAX;
	const struct db_arg argv[] = {
		db_text(caller->text),
		db_int(now_ms - SIM_HOUR_MS - PIECE_MS),
		db_int(now_ms - SIM_DAY_MS - PIECE_MS),
		db_int(is_past ? now_ms - SIM_DAY_MS + PIECE_MS : 0),
		db_int(until_ms),
	};

	return sim_db_rows("SELECT count(*) FILTER (WHERE start_ms > ?2),"
	                   " count(*), count(*) FILTER (WHERE"
	                   "  outcome = 'blocked' AND start_ms > ?4"
	                   "  AND end_ms < ?5)"
	                   " FROM attempts WHERE caller_id = ?1"
	                   " AND caller_id <> '' AND start_ms > ?3",
	                   argv, ARRAY_COUNT(argv), shown_handler, shown);
}

/* --- after a transaction -------------------------------------------------- */

/* A contact is claimed where, and only where, one attempt is under way. */
void sim_judge_step(struct sim *sim)
{
	static const char *const oddv[] = {
		"a contact in two states",
		"somebody who is done and called again",
		"an attempt that ended twice",
		"an attempt out of its order",
		"a contact that is lost",
		"an attempt that is lost",
		"a link out of its order",
	};
	int64_t odd = -1;

	if (sim_db_number(&odd,
	                  "SELECT CASE WHEN EXISTS (SELECT 1 FROM sim_odd)"
	                  " THEN (SELECT what FROM sim_odd LIMIT 1)"
	                  " WHEN EXISTS (SELECT 1 FROM targets t WHERE"
	                  "  t.state = 'claimed' AND (SELECT count(*)"
	                  "  FROM attempts a WHERE a.state <> 'ended'"
	                  "  AND a.campaign_id = t.campaign_id"
	                  "  AND a.contact_id = t.contact_id) <> 1)"
	                  " OR (SELECT count(*) FROM targets"
	                  "  WHERE state = 'claimed')"
	                  " <> (SELECT count(*) FROM attempts"
	                  "  WHERE state <> 'ended') THEN 0 ELSE -1 END",
	                  NULL, 0))
		sim_wrong(sim, "the database does not answer");
	else if (odd >= 0)
		sim_wrong(sim, "there is %s", oddv[odd]);
}

/* --- in the end ----------------------------------------------------------- */

/* Columns: campaign, done, in doubt, the person. */
static void last_handler(const int64_t *numberv, void *arg)
{
	struct sim *sim = arg;
	struct sim_person *person = &sim->personv[numberv[3]];
	const struct sim_campaign *camp = NULL;
	const struct sim_place *place;
	bool may_ever = true;

	for (unsigned i = 0; i < sim->campaignc; i++) {
		if (sim->campaignv[i].id == numberv[0])
			camp = &sim->campaignv[i];
	}
	assert(camp);

	place = &person->placev[camp->no];
	sim->judged++;
	if (!numberv[1] && !camp->stop_ms)
		sim_wrong(sim, "%s is not done", person->numberv[0]->text);
	for (unsigned i = 0; i < place->optionc; i++)
		may_ever &= sim_judge_may_ever(
			sim, camp, person,
			person->numberv[place->optionv[i].turn]);
	if (place->is_owed && may_ever && !numberv[2] && !camp->stop_ms)
		sim_wrong(sim, "%s is lost: it should have been called%s",
		          person->numberv[0]->text,
		          place->was_called ? " again" : "");
}

/* Who was called stands in the chain of calls, or waits for it. */
static void linked(struct sim *sim)
{
	int64_t n = 0;

	if (sim_db_number(&n,
	                  "SELECT count(*) FROM attempts WHERE"
	                  " state = 'ended'"
	                  " AND call_id NOT IN (SELECT callid FROM links)"
	                  " AND call_id NOT IN (SELECT callid FROM unlinked)",
	                  NULL, 0))
		sim_wrong(sim, "the database does not answer");
	else if (n)
		sim_wrong(sim, "%lld calls have no link", (long long)n);
}

void sim_judge_last(struct sim *sim)
{
	const struct db_arg row = db_int(SIM_ROW);
	unsigned members = 0;
	int err;

	linked(sim);

	for (unsigned i = 0; i < sim->personc; i++) {
		for (unsigned k = 0; k < sim->campaignc; k++)
			members += sim->personv[i].placev[k].is_member;
	}

	err = sim_db_rows(
		"SELECT t.campaign_id, t.state = 'done', coalesce((SELECT"
		" a.outcome = 'in_doubt' FROM attempts a WHERE"
		" a.campaign_id = t.campaign_id AND a.contact_id = t.contact_id"
		" ORDER BY a.n DESC LIMIT 1), 0), c.row - ?1"
		" FROM targets t JOIN contacts c ON c.id = t.contact_id",
		&row, 1, last_handler, sim);
	if (err || sim->judged != members)
		sim_wrong(sim, "%u contacts of %u are left", sim->judged,
		          members);
}
