/*
 * secret_check: whether what a pattern found can be a secret at all: its entropy, the checksum or the structure its format
 * has, and whether it is a placeholder of somebody's documentation. Pure.
 */
#ifndef CORE_SECRET_CHECK_H
#define CORE_SECRET_CHECK_H

#include "base/buf.h"
#include "core/secret_rules.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Everything the rule asks of a secret beyond its pattern. */
bool secret_check(const struct secret_rule *rule, const char *secret, size_t len);

/* Shannon's, in bits a character: 0 for one character only, at most 8. */
double secret_entropy(const char *text, size_t len);

/* CRC-32 as in IEEE 802.3, and its last `digits` digits to the base of 62. */
uint32_t secret_crc32(const char *bytes, size_t len);
void secret_crc62(const char *bytes, size_t len, size_t digits, char *out);

/* Appends what base64 (of either alphabet, padded or not) holds, up to the first character that is not of it. Returns how many were. */
size_t secret_decode64(const char *text, size_t len, struct buf *out);

/* Value of a base64 digit of either alphabet; -1: it is none. */
int secret_digit64(unsigned char c);

#endif
