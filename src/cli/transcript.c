/*
 * cli/transcript.c - a conversation as lines on the terminal
 */
#include <string.h>
#include "cli/ink.h"
#include "cli/transcript.h"

static void line(FILE *out, const char *who, uint64_t at_ms, const char *role,
                 const char *text)
{
	if (*who)
		fprintf(out, "%s%-22s%s ", ink(out, INK_FAINT), who,
		        ink(out, INK_PLAIN));
	fprintf(out, "%5.1f s  %s%-7s%s %s\n", (double)at_ms / 1000,
	        ink(out, !strcmp(role, "robot") ? INK_ROBOT : INK_CALLEE), role,
	        ink(out, INK_PLAIN), text);
}

static void step_line(FILE *out, const char *who, uint64_t at_ms,
                      const struct store_step *step)
{
	char text[512];

	(void)snprintf(
		text, sizeof(text), "%s: %s \u2192 %s %s%s%s", step->input_args,
		flow_method_name(step->matching_method),
		flow_response_name(step->response_type), step->response_id,
		*step->matching_condition ? " by " : "",
		step->matching_condition);
	line(out, who, at_ms, "step", text);
}

void transcript_print(FILE *out, const char *who,
                      const struct call_moment *moment)
{
	char text[512];

	switch (moment->kind) {

	case CALL_DIALLING:
		line(out, who, 0, "-", "dialling");
		break;

	case CALL_RINGING:
		line(out, who, 0, "-", "ringing");
		break;

	case CALL_ANSWERED:
		line(out, who, 0, "-", "answered");
		break;

	case CALL_SAYING:
		line(out, who, moment->at_ms, "robot", moment->text);
		break;

	case CALL_HEARD:
		(void)snprintf(
			text, sizeof(text), "%s%s",
			*moment->text ? moment->text : "(not understood)",
			moment->is_interruption ? " (interrupting)" : "");
		line(out, who, moment->at_ms, "callee", text);
		break;

	case CALL_KEYS:
		(void)snprintf(text, sizeof(text), "keys %s", moment->text);
		line(out, who, moment->at_ms, "callee", text);
		break;

	case CALL_QUIET:
		line(out, who, moment->at_ms, "callee", "(silence)");
		break;

	case CALL_STEP:
		step_line(out, who, moment->at_ms, moment->step);
		break;

	case CALL_ANSWERER:
		line(out, who, moment->at_ms, "who", moment->text);
		break;

	case CALL_TROUBLE:
		line(out, who, moment->at_ms, "trouble", moment->text);
		break;
	}
	(void)fflush(out);
}
