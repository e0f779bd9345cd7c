/*
 * autocall/target.c - whom exten= of a request means
 */
#include <stdio.h>
#include <string.h>
#include "autocall/target.h"
#include "base/text.h"

bool target_take(struct target *target, const struct cfg *cfg,
                 const char *exten)
{
	const char *country = cfg_text(cfg, "autocall", "country");
	const char *prefix =
		*exten == '+' ? "" : cfg_text(cfg, "autocall", "prefix");

	if (exten[strspn(exten, "+0123456789*#")] || !number_is_dialable(exten))
		return false;

	(void)text_copy(target->exten, sizeof(target->exten), exten);
	(void)snprintf(target->dialled, sizeof(target->dialled), "%s%s", prefix,
	               exten);
	if (number_normalise(target->number, target->dialled, country))
		(void)text_copy(target->number, sizeof(target->number),
		                target->dialled);

	return number_is_dialable(target->number);
}
