/*
 * cli/check.c - what is wrong with a script, before anybody is called
 */
#include <string.h>
#include "base/mem.h"
#include "call/call.h"
#include "cli/check.h"
#include "cli/talk.h"

static void show(FILE *out, const struct flow_faults *faults, bool is_json)
{
	for (size_t i = 0; i < flow_faults_count(faults); i++) {
		const struct flow_fault *fault = flow_faults_at(faults, i);

		if (is_json) {
			talkjson_fault(out, fault);
			continue;
		}

		(void)fprintf(out, "%-7s  %s",
		              fault->level == FLOW_ERROR ? "error" : "warning",
		              *fault->path ? fault->path : "the file");
		if (*fault->node)
			(void)fprintf(out, "  (%s)", fault->node);
		(void)fprintf(out, "\n         %s\n", fault->message);
	}
}

static void show_sum(FILE *out, const struct flow_faults *faults)
{
	size_t errors = flow_faults_errors(faults);
	size_t warnings = flow_faults_count(faults) -
	                  (errors < flow_faults_count(faults)
	                           ? errors
	                           : flow_faults_count(faults));

	(void)fprintf(out, "%zu error%s, %zu warning%s\n", errors,
	              errors == 1 ? "" : "s", warnings,
	              warnings == 1 ? "" : "s");
}

int check_run(FILE *out, const struct check_prm *prm)
{
	struct flow_faults *faults = NULL;
	struct flow_script *script = NULL;
	int status = CHECK_ERRORS;
	int err;

	err = flow_faults_alloc(&faults);
	if (err)
		goto out;

	err = flow_load_file(&script, prm->path, faults);
	if (!err)
		err = flow_lint(script, faults);
	if (!err)
		call_check_sounds(script, faults);
	if (!err && prm->cfg)
		call_check_voice(script, prm->cfg, faults);
	show(out, faults, prm->is_json);
	if (!prm->is_json)
		show_sum(out, faults);
	if (!err)
		status = flow_faults_count(faults) ? CHECK_WARNINGS
		                                   : CHECK_CLEAN;

out:
	if (err && !(faults && flow_faults_errors(faults)))
		fprintf(stderr, "dialwright check: %s: %s\n", prm->path,
		        strerror(err));
	mem_deref(script);
	mem_deref(faults);

	return status;
}
