/*
 * flow/names.c - the numbers of a step's columns in words
 */
#include "flow/session.h"

const char *flow_input_type_name(int input_type)
{
	switch (input_type) {
	case INPUT_TEXT:
		return "TEXT";
	case INPUT_DTMF:
		return "DTMF";
	case INPUT_COMPLETE:
		return "COMPLETE";
	case INPUT_CREATE:
		return "CREATE";
	case INPUT_DESTORY:
		return "DESTORY";
	case INPUT_FLOWID:
		return "FLOWID";
	case INPUT_ERROR:
		return "ERROR";
	default:
		return "?";
	}
}

const char *flow_method_name(int matching_method)
{
	static const char *const namev[] = {
		[METHOD_MISMATCH] = "mismatch", [METHOD_BOOT] = "boot",
		[METHOD_REGEX] = "regex",       [METHOD_FULL] = "full",
		[METHOD_ANY] = "any",           [METHOD_FLOWID] = "flowid",
	};

	return matching_method >= METHOD_MISMATCH &&
	                       matching_method <= METHOD_FLOWID
	               ? namev[matching_method]
	               : "?";
}

const char *flow_response_name(int response_type)
{
	static const char *const namev[] = {
		[RESPONSE_NONE] = "none",
		[RESPONSE_FLOW] = "flow",
		[RESPONSE_KB] = "kb",
		[RESPONSE_MISMATCH] = "mismatch",
		[RESPONSE_SWITCHFLOW] = "switchflow",
		[RESPONSE_TIMEOUT] = "timeout",
		[RESPONSE_GLOBALFLOW] = "globalflow",
		[RESPONSE_BROTHERFLOW] = "brotherflow",
		[RESPONSE_NOISERULE] = "noiserule",
		[RESPONSE_DISABLEBREAK] = "disablebreak",
	};

	return response_type >= RESPONSE_NONE &&
	                       response_type <= RESPONSE_DISABLEBREAK
	               ? namev[response_type]
	               : "?";
}

enum flow_heard flow_step_heard(const struct flow_step *step)
{
	/* What is still being said counts where it led on. */
	bool is_final = *step->input_args == 'F';

	if (step->input_type != INPUT_TEXT ||
	    step->matching_method == METHOD_ANY)
		return FLOW_HEARD_NONE;

	switch (step->response_type) {

	case RESPONSE_FLOW:
	case RESPONSE_KB:
	case RESPONSE_SWITCHFLOW:
	case RESPONSE_GLOBALFLOW:
	case RESPONSE_BROTHERFLOW:
		return FLOW_HEARD_UNDERSTOOD;

	case RESPONSE_NONE:
	case RESPONSE_MISMATCH:
		return is_final ? FLOW_HEARD_NOT_UNDERSTOOD : FLOW_HEARD_NONE;

	default:
		return FLOW_HEARD_NONE;
	}
}
