/*
 * campaign/atlas.c - the time zones of the world, and which are a number's
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/mem.h"
#include "campaign/area.h"
#include "campaign/atlas.h"

enum {
	ZONES_MAX = 640,
	LINE_SIZE = 512,
	CODE_MAX = 4, /* digits of the longest code below */
};

struct atlas {
	struct zone *zonev[ZONES_MAX]; /* by name */
	size_t zonec;
};

/* Calling codes (ITU-T E.164) and the zones of what lies behind them. A
 * country of several zones whose numbers do not tell which is in all of them:
 * who wants longer hours there names the zone in the list. */
static const struct {
	const char *code;
	const char *zones;
} codev[] = {
	/* clang-format off */
	{"1", "America/New_York America/Chicago America/Denver "
	 "America/Los_Angeles America/Anchorage "
	 "Pacific/Honolulu America/Halifax America/St_Johns"},
	{"1242", "America/Nassau"},
	{"1246", "America/Barbados"},
	{"1264", "America/Puerto_Rico"},
	{"1268", "America/Puerto_Rico"},
	{"1345", "America/Panama"},
	{"1441", "Atlantic/Bermuda"},
	{"1473", "America/Puerto_Rico"},
	{"1649", "America/Grand_Turk"},
	{"1658", "America/Jamaica"},
	{"1671", "Pacific/Guam"},
	{"1684", "Pacific/Pago_Pago"},
	{"1758", "America/Puerto_Rico"},
	{"1767", "America/Puerto_Rico"},
	{"1784", "America/Puerto_Rico"},
	{"1787", "America/Puerto_Rico"},
	{"1809", "America/Santo_Domingo"},
	{"1829", "America/Santo_Domingo"},
	{"1849", "America/Santo_Domingo"},
	{"1868", "America/Puerto_Rico"},
	{"1869", "America/Puerto_Rico"},
	{"1876", "America/Jamaica"},
	{"1939", "America/Puerto_Rico"},
	{"20", "Africa/Cairo"},
	{"211", "Africa/Juba"},
	{"212", "Africa/Casablanca Africa/El_Aaiun"},
	{"213", "Africa/Algiers"},
	{"216", "Africa/Tunis"},
	{"218", "Africa/Tripoli"},
	{"220", "Africa/Abidjan"},
	{"221", "Africa/Abidjan"},
	{"222", "Africa/Abidjan"},
	{"223", "Africa/Abidjan"},
	{"224", "Africa/Abidjan"},
	{"225", "Africa/Abidjan"},
	{"226", "Africa/Abidjan"},
	{"227", "Africa/Lagos"},
	{"228", "Africa/Abidjan"},
	{"229", "Africa/Lagos"},
	{"230", "Indian/Mauritius"},
	{"231", "Africa/Monrovia"},
	{"232", "Africa/Abidjan"},
	{"233", "Africa/Abidjan"},
	{"234", "Africa/Lagos"},
	{"235", "Africa/Ndjamena"},
	{"236", "Africa/Lagos"},
	{"237", "Africa/Lagos"},
	{"238", "Atlantic/Cape_Verde"},
	{"239", "Africa/Sao_Tome"},
	{"240", "Africa/Lagos"},
	{"241", "Africa/Lagos"},
	{"242", "Africa/Lagos"},
	{"243", "Africa/Lagos Africa/Maputo"},
	{"244", "Africa/Lagos"},
	{"245", "Africa/Bissau"},
	{"248", "Asia/Dubai"},
	{"249", "Africa/Khartoum"},
	{"250", "Africa/Maputo"},
	{"251", "Africa/Nairobi"},
	{"252", "Africa/Nairobi"},
	{"253", "Africa/Nairobi"},
	{"254", "Africa/Nairobi"},
	{"255", "Africa/Nairobi"},
	{"256", "Africa/Nairobi"},
	{"257", "Africa/Maputo"},
	{"258", "Africa/Maputo"},
	{"260", "Africa/Maputo"},
	{"261", "Africa/Nairobi"},
	{"262", "Asia/Dubai Africa/Nairobi"},
	{"263", "Africa/Maputo"},
	{"264", "Africa/Windhoek"},
	{"265", "Africa/Maputo"},
	{"266", "Africa/Johannesburg"},
	{"267", "Africa/Maputo"},
	{"268", "Africa/Johannesburg"},
	{"269", "Africa/Nairobi"},
	{"27", "Africa/Johannesburg"},
	{"291", "Africa/Nairobi"},
	{"297", "America/Puerto_Rico"},
	{"298", "Atlantic/Faroe"},
	{"299", "America/Nuuk America/Danmarkshavn "
	 "America/Scoresbysund America/Thule"},
	{"30", "Europe/Athens"},
	{"31", "Europe/Brussels"},
	{"32", "Europe/Brussels"},
	{"33", "Europe/Paris"},
	{"34", "Europe/Madrid Africa/Ceuta Atlantic/Canary"},
	{"350", "Europe/Gibraltar"},
	{"351", "Europe/Lisbon Atlantic/Madeira Atlantic/Azores"},
	{"352", "Europe/Brussels"},
	{"353", "Europe/Dublin"},
	{"354", "Africa/Abidjan"},
	{"355", "Europe/Tirane"},
	{"356", "Europe/Malta"},
	{"357", "Asia/Nicosia Asia/Famagusta"},
	{"358", "Europe/Helsinki"},
	{"359", "Europe/Sofia"},
	{"36", "Europe/Budapest"},
	{"370", "Europe/Vilnius"},
	{"371", "Europe/Riga"},
	{"372", "Europe/Tallinn"},
	{"373", "Europe/Chisinau"},
	{"374", "Asia/Yerevan"},
	{"375", "Europe/Minsk"},
	{"376", "Europe/Andorra"},
	{"377", "Europe/Paris"},
	{"378", "Europe/Rome"},
	{"380", "Europe/Kyiv"},
	{"381", "Europe/Belgrade"},
	{"382", "Europe/Belgrade"},
	{"383", "Europe/Belgrade"},
	{"385", "Europe/Belgrade"},
	{"386", "Europe/Belgrade"},
	{"387", "Europe/Belgrade"},
	{"389", "Europe/Belgrade"},
	{"39", "Europe/Rome"},
	{"40", "Europe/Bucharest"},
	{"41", "Europe/Zurich"},
	{"420", "Europe/Prague"},
	{"421", "Europe/Prague"},
	{"423", "Europe/Zurich"},
	{"43", "Europe/Vienna"},
	{"44", "Europe/London"},
	{"45", "Europe/Berlin"},
	{"46", "Europe/Berlin"},
	{"47", "Europe/Berlin"},
	{"48", "Europe/Warsaw"},
	{"49", "Europe/Berlin"},
	{"500", "Atlantic/Stanley"},
	{"501", "America/Belize"},
	{"502", "America/Guatemala"},
	{"503", "America/El_Salvador"},
	{"504", "America/Tegucigalpa"},
	{"505", "America/Managua"},
	{"506", "America/Costa_Rica"},
	{"507", "America/Panama"},
	{"508", "America/Miquelon"},
	{"509", "America/Port-au-Prince"},
	{"51", "America/Lima"},
	{"52", "America/Mexico_City America/Cancun "
	 "America/Hermosillo America/Tijuana "
	 "America/Ciudad_Juarez"},
	{"53", "America/Havana"},
	{"54", "America/Argentina/Buenos_Aires"},
	{"55", "America/Sao_Paulo America/Manaus America/Rio_Branco "
	 "America/Noronha"},
	{"56", "America/Santiago America/Punta_Arenas "
	 "Pacific/Easter"},
	{"57", "America/Bogota"},
	{"58", "America/Caracas"},
	{"590", "America/Puerto_Rico"},
	{"591", "America/La_Paz"},
	{"592", "America/Guyana"},
	{"593", "America/Guayaquil Pacific/Galapagos"},
	{"594", "America/Cayenne"},
	{"595", "America/Asuncion"},
	{"596", "America/Martinique"},
	{"597", "America/Paramaribo"},
	{"598", "America/Montevideo"},
	{"599", "America/Puerto_Rico"},
	{"60", "Asia/Singapore"},
	{"61", "Australia/Sydney Australia/Brisbane "
	 "Australia/Adelaide Australia/Darwin Australia/Perth "
	 "Australia/Hobart Australia/Lord_Howe"},
	{"62", "Asia/Jakarta Asia/Makassar Asia/Jayapura"},
	{"63", "Asia/Manila"},
	{"64", "Pacific/Auckland Pacific/Chatham"},
	{"65", "Asia/Singapore"},
	{"66", "Asia/Bangkok"},
	{"670", "Asia/Dili"},
	{"672", "Pacific/Norfolk"},
	{"673", "Asia/Kuching"},
	{"674", "Pacific/Nauru"},
	{"675", "Pacific/Port_Moresby Pacific/Bougainville"},
	{"676", "Pacific/Tongatapu"},
	{"677", "Pacific/Guadalcanal"},
	{"678", "Pacific/Efate"},
	{"679", "Pacific/Fiji"},
	{"680", "Pacific/Palau"},
	{"682", "Pacific/Rarotonga"},
	{"683", "Pacific/Niue"},
	{"685", "Pacific/Apia"},
	{"686", "Pacific/Tarawa Pacific/Kanton Pacific/Kiritimati"},
	{"687", "Pacific/Noumea"},
	{"689", "Pacific/Tahiti Pacific/Marquesas Pacific/Gambier"},
	{"7", "Europe/Kaliningrad Europe/Moscow Europe/Samara "
	 "Asia/Yekaterinburg Asia/Omsk Asia/Krasnoyarsk "
	 "Asia/Irkutsk Asia/Yakutsk Asia/Vladivostok "
	 "Asia/Magadan Asia/Kamchatka"},
	{"76", "Asia/Almaty"},
	{"77", "Asia/Almaty"},
	{"81", "Asia/Tokyo"},
	{"82", "Asia/Seoul"},
	{"84", "Asia/Ho_Chi_Minh"},
	{"850", "Asia/Pyongyang"},
	{"852", "Asia/Hong_Kong"},
	{"853", "Asia/Macau"},
	{"855", "Asia/Bangkok"},
	{"856", "Asia/Bangkok"},
	{"86", "Asia/Shanghai"},
	{"880", "Asia/Dhaka"},
	{"886", "Asia/Taipei"},
	{"90", "Europe/Istanbul"},
	{"91", "Asia/Kolkata"},
	{"92", "Asia/Karachi"},
	{"93", "Asia/Kabul"},
	{"94", "Asia/Colombo"},
	{"95", "Asia/Yangon"},
	{"960", "Indian/Maldives"},
	{"961", "Asia/Beirut"},
	{"962", "Asia/Amman"},
	{"963", "Asia/Damascus"},
	{"964", "Asia/Baghdad"},
	{"965", "Asia/Riyadh"},
	{"966", "Asia/Riyadh"},
	{"967", "Asia/Riyadh"},
	{"968", "Asia/Dubai"},
	{"970", "Asia/Gaza Asia/Hebron"},
	{"971", "Asia/Dubai"},
	{"972", "Asia/Jerusalem"},
	{"973", "Asia/Qatar"},
	{"974", "Asia/Qatar"},
	{"975", "Asia/Thimphu"},
	{"976", "Asia/Ulaanbaatar Asia/Hovd"},
	{"977", "Asia/Kathmandu"},
	{"98", "Asia/Tehran"},
	{"992", "Asia/Dushanbe"},
	{"993", "Asia/Ashgabat"},
	{"994", "Asia/Baku"},
	{"995", "Asia/Tbilisi"},
	{"996", "Asia/Bishkek"},
	{"998", "Asia/Tashkent"},
	/* clang-format on */
};

static void destructor(void *arg)
{
	struct atlas *atlas = arg;

	for (size_t i = 0; i < atlas->zonec; i++)
		mem_deref(atlas->zonev[i]);
}

/* --- loading ------------------------------------------------------------- */

static int zone_add(struct atlas *atlas, const char *name)
{
	if (atlas->zonec >= ZONES_MAX)
		return E2BIG;

	/* A package that lacks a file it lists: that zone is unknown. */
	if (!zone_load(&atlas->zonev[atlas->zonec], name))
		atlas->zonec++;

	return 0;
}

/* Columns with tabs: country, coordinates, name, remarks. */
static int list_read(struct atlas *atlas, FILE *file)
{
	char line[LINE_SIZE], name[ZONE_NAME_SIZE];
	int err = zone_add(atlas, "UTC");

	while (!err && fgets(line, sizeof(line), file)) {
		if (line[0] == '#')
			continue;
		if (sscanf(line, "%*s %*s %63[A-Za-z0-9_/+-]", name) == 1)
			err = zone_add(atlas, name);
	}

	return err;
}

static int compare(const void *a, const void *b)
{
	return strcmp(zone_name(*(struct zone *const *)a),
	              zone_name(*(struct zone *const *)b));
}

int atlas_load(struct atlas **atlasp)
{
	const char *dir = getenv("TZDIR");
	struct atlas *atlas;
	char path[LINE_SIZE];
	FILE *file = NULL;
	int err;

	assert(atlasp);

	atlas = mem_zalloc(sizeof(*atlas), destructor);
	if (!atlas)
		return ENOMEM;

	(void)snprintf(path, sizeof(path), "%s/zone.tab",
	               dir ? dir : "/usr/share/zoneinfo");
	file = fopen(path, "r");
	if (!file) {
		err = errno;
		goto out;
	}

	err = list_read(atlas, file);
	if (!err && atlas->zonec < 2)
		err = ENOENT;
	qsort(atlas->zonev, atlas->zonec, sizeof(*atlas->zonev), compare);

out:
	if (file)
		(void)fclose(file);
	if (err)
		mem_deref(atlas);
	else
		*atlasp = atlas;

	return err;
}

/* --- asking -------------------------------------------------------------- */

static int compare_name(const void *name, const void *zone)
{
	return strcmp(name, zone_name(*(struct zone *const *)zone));
}

const struct zone *atlas_zone(const struct atlas *atlas, const char *name)
{
	struct zone *const *found =
		bsearch(name, atlas->zonev, atlas->zonec, sizeof(*atlas->zonev),
	                compare_name);

	return found ? *found : NULL;
}

/* The zones of the longest code that the number begins with. */
static const char *zones_of(const char *number)
{
	for (size_t len = CODE_MAX; len; len--) {
		for (size_t i = 0; i < ARRAY_COUNT(codev); i++) {
			if (strlen(codev[i].code) == len &&
			    !strncmp(codev[i].code, number + 1, len))
				return codev[i].zones;
		}
	}

	return "";
}

static size_t zones_find(const struct atlas *atlas, const char *names,
                         const struct zone *zonev[WINDOW_ZONES_MAX])
{
	char name[ZONE_NAME_SIZE];
	size_t n = 0;

	for (const char *p = names; *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		(void)snprintf(name, sizeof(name), "%.*s", (int)len, p);
		p += len;
		zonev[n] = atlas_zone(atlas, name);

		/* A zone that is not installed may be the callee's. */
		if (!zonev[n++])
			return 0;
	}

	return n;
}

size_t atlas_of_country(const struct atlas *atlas, const char *number,
                        const struct zone *zonev[WINDOW_ZONES_MAX])
{
	return *number == '+' ? zones_find(atlas, zones_of(number), zonev) : 0;
}

size_t atlas_of_number(const struct atlas *atlas, const char *number,
                       const struct zone *zonev[WINDOW_ZONES_MAX])
{
	const char *names = *number == '+' ? area_zones(number + 1) : "";

	return *names ? zones_find(atlas, names, zonev)
	              : atlas_of_country(atlas, number, zonev);
}
