/*
 * api/api_parts.h - what the files of api/ share
 */
#pragma once

#include "api/ask.h"
#include "api/quota.h"

struct api {
	struct api_prm prm;
	struct httpd *server;
	struct httpd_route *routev; /* of the server, made of route_at() */
	struct access *access;
	struct quota quota; /* of addresses */
	uint32_t requests_per_s;
	struct work_queue *queue; /* of files */
	struct shelf *shelf;
	struct talks *talks;
	struct audience *audience;
	char sounds[1024];   /* folder of prompts that people upload */
	int64_t start_ms;    /* wall */
	struct list tryingl; /* trials of services */
	struct imports *imports;
	char url[128];
	char setup_url[256];
	void (*ready)(const char *fault, void *arg);
	void *ready_arg;
};

/* openapi.c: the whole document. */
json_t *openapi_make(void);
