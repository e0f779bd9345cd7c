/*
 * base/instant.c - a day or an instant on the command line or in a list
 */
#include <stdio.h>
#include <string.h>
#include "base/zone.h"
#include "base/instant.h"

bool instant_read(int64_t *msp, const char *text)
{
	unsigned month, day, hour = 0, minute = 0;
	int year, n = 0;

	if (sscanf(text, "%4d-%2u-%2u%n", &year, &month, &day, &n) != 3)
		return false;
	if (text[n]) {
		text += n;
		n = 0;
		if (sscanf(text, "T%2u:%2uZ%n", &hour, &minute, &n) != 2 ||
		    !n || text[n])
			return false;
	}
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 ||
	    hour > 23 || minute > 59)
		return false;

	*msp = ((zone_day(year, month, day) * 24 + hour) * 60 + minute) *
	       INT64_C(60000);

	return true;
}
