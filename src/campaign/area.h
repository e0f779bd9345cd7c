/*
 * campaign/area.h - pure: the time zones of an area code
 */
#pragma once

/* Names of zones with blanks between them, of a number in E.164 form without
 * its "+"; "": its area code is in no place that we know. */
const char *area_zones(const char *digits);
