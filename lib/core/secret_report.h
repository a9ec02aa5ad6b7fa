/*
 * secret_report: what a search has found, for people, as JSON and as SARIF 2.1.0. None shows a secret.
 */
#ifndef CORE_SECRET_REPORT_H
#define CORE_SECRET_REPORT_H

#include "base/buf.h"
#include "core/secret_search.h"
#include "port/json.h"

/* Appends where it is: "src/a.py:12 in 1a2b3c4", "message of 1a2b3c4", "name of a file in 1a2b3c4". */
void secret_put_place(const struct secret_finding *f, struct buf *out);

/* Appends one finding on a line, without a newline: place, rule, what may be seen of it. */
void secret_put_finding(const struct secret_finding *f, struct buf *out);

/* Appends what it came to: "none in 3 commits, 1 allowed". */
void secret_put_sum(const struct secret_search *s, struct buf *out);

/* The caller owns them. */
struct json *secret_json(const struct secret_search *s);
struct json *secret_sarif(const struct secret_search *s);

#endif
