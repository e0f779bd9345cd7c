/*
 * api/consentview.h - consents with their evidence, for whoever shows them;
 * private to api/
 */
#pragma once

#include <jansson.h>

#include "store/store.h"

json_t *consentview_json(const struct store_consent *consent);
