/*
 * test/api/test_secrets.c - who may, passwords, and guessing them
 */
#include <string.h>
#include "api/access.h"
#include "api/password.h"
#include "api/tests.h"
#include "api/throttle.h"
#include "base/mem.h"
#include "harness.h"

int test_scopes_grow_with_the_role(void)
{
	static const struct {
		const char *scope;
		enum role role; /* the least one */
	} rowv[] = {
		{"calls.read", ROLE_VIEWER},
		{"calls.place", ROLE_OPERATOR},
		{"scripts.write", ROLE_AUTHOR},
		{"users", ROLE_ADMIN},
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		for (int role = ROLE_VIEWER; role <= ROLE_ADMIN; role++) {
			bool may = scope_is_granted(rowv[i].scope,
			                            (enum role)role, "*");

			CHECK(may == (role >= (int)rowv[i].role));
		}
	}
	CHECK(scope_is_granted("calls.read", ROLE_ADMIN, "calls.*"));
	CHECK(!scope_is_granted("users", ROLE_ADMIN, "calls.*"));
	CHECK(!scope_is_granted("calls.read", ROLE_ADMIN, ""));
	CHECK(!scope_is_granted("no.such", ROLE_ADMIN, "*"));

out:
	return err;
}

int test_password_kept(void)
{
	char kept[PASSWORD_KEPT_SIZE], again[PASSWORD_KEPT_SIZE];
	int err;

	err = password_keep(kept, "correct horse");
	CHECK_ERR(0, err);
	err = password_keep(again, "correct horse");
	CHECK_ERR(0, err);
	CHECK(strcmp(kept, again) != 0);
	CHECK(!strstr(kept, "horse"));
	CHECK(password_is("correct horse", kept));
	CHECK(password_is("correct horse", again));
	CHECK(!password_is("correct horsf", kept));
	CHECK(!password_is("", kept));
	CHECK(!password_is("correct horse", ""));
	kept[strlen(kept) - 1] ^= 1;
	CHECK(!password_is("correct horse", kept));

out:
	return err;
}

int test_password_faults(void)
{
	char longest[PASSWORD_MAX + 2];
	int err = 0;

	memset(longest, 'a', sizeof(longest));
	longest[PASSWORD_MAX] = '\0';
	CHECK(!password_fault(longest));
	longest[PASSWORD_MAX] = 'a';
	longest[PASSWORD_MAX + 1] = '\0';
	CHECK(password_fault(longest));
	CHECK(!password_fault("пароль-дом"));
	CHECK(password_fault("пароль-до"));
	CHECK(password_fault("123456789"));
	CHECK(password_fault("1234567890\xff"));

out:
	return err;
}

int test_throttle_grows_and_forgets(void)
{
	struct throttle throttle = {0};
	uint64_t now_ms = 1000000, wait_ms;
	int err = 0;

	for (unsigned i = 0; i < 4; i++)
		throttle_failed(&throttle, "anna", "192.0.2.1", now_ms);
	CHECK_U64(0, throttle_wait_ms(&throttle, "anna", "192.0.2.1", now_ms));
	throttle_failed(&throttle, "anna", "192.0.2.1", now_ms);
	CHECK_U64(2000,
	          throttle_wait_ms(&throttle, "anna", "192.0.2.1", now_ms));
	CHECK_U64(2000,
	          throttle_wait_ms(&throttle, "anna", "192.0.2.9", now_ms));
	CHECK_U64(0, throttle_wait_ms(&throttle, "ben", "192.0.2.1", now_ms));
	CHECK_U64(0, throttle_wait_ms(&throttle, "anna", "192.0.2.1",
	                              now_ms + 2000));

	for (unsigned i = 0; i < 30; i++)
		throttle_failed(&throttle, "anna", "192.0.2.1", now_ms);
	wait_ms = throttle_wait_ms(&throttle, "anna", "192.0.2.1", now_ms);
	CHECK_U64(15 * 60 * 1000, wait_ms);
	CHECK_U64(0, throttle_wait_ms(&throttle, "anna", "192.0.2.9",
	                              now_ms + 3600001));

	throttle_passed(&throttle, "anna");
	CHECK_U64(0, throttle_wait_ms(&throttle, "anna", "192.0.2.9", now_ms));

out:
	return err;
}

/* One address that tries many names waits too; one that is new drives out the
 * one that was quiet for longest. */
int test_throttle_of_an_address(void)
{
	struct throttle throttle = {0};
	char name[32];
	int err = 0;

	for (unsigned i = 0; i < 20; i++) {
		(void)snprintf(name, sizeof(name), "user%u", i);
		throttle_failed(&throttle, name, "192.0.2.1", 1000);
	}
	CHECK(throttle_wait_ms(&throttle, "carla", "192.0.2.1", 1000) > 0);
	CHECK_U64(0, throttle_wait_ms(&throttle, "carla", "192.0.2.2", 1000));
	for (unsigned i = 0; i < THROTTLE_ROWS; i++) {
		(void)snprintf(name, sizeof(name), "192.0.3.%u", i);
		throttle_failed(&throttle, "x", name, 2000 + i);
	}
	CHECK_U64(0, throttle_wait_ms(&throttle, "carla", "192.0.2.1", 3000));

out:
	return err;
}
