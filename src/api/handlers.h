/*
 * api/handlers.h - the handlers of all routes, by file
 */
#pragma once

#include "api/ask.h"

/* r_pages.c */
void r_page(struct ask *ask);

/* r_system.c */
void r_health(struct ask *ask);
void r_ready(struct ask *ask);
void r_openapi(struct ask *ask);
void r_system(struct ask *ask);

/* r_access.c */
void r_setup(struct ask *ask);
void r_session_make(struct ask *ask);
void r_session_end(struct ask *ask);
void r_self(struct ask *ask);
void r_users(struct ask *ask);
void r_user_put(struct ask *ask);
void r_user_end(struct ask *ask);
void r_tokens(struct ask *ask);
void r_token_make(struct ask *ask);
void r_token_end(struct ask *ask);
void r_audit(struct ask *ask);
void r_audit_check(struct ask *ask);
