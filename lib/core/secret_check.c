#include "core/secret_check.h"
#include "base/alloc.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define RUN_MAX 8 /* the same character so often is no secret */

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* Binary logarithm of 1 and above, without the library for it: hooks link little. */
static double log2_of(double x)
{
	double result = 0, bit = 1;

	while (x >= 2) {
		x /= 2;
		result++;
	}
	for (int digit = 0; digit < 16; digit++) {
		bit /= 2;
		x *= x;
		if (x >= 2) {
			x /= 2;
			result += bit;
		}
	}
	return result;
}

double secret_entropy(const char *text, size_t len)
{
	size_t counts[256] = {0};
	double weighed = 0;

	if (!len)
		return 0;
	for (size_t i = 0; i < len; i++)
		counts[(unsigned char)text[i]]++;
	for (size_t i = 0; i < 256; i++)
		if (counts[i] > 1)
			weighed += (double)counts[i] * log2_of((double)counts[i]);
	return log2_of((double)len) - weighed / (double)len;
}

uint32_t secret_crc32(const char *bytes, size_t len)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned char)bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return ~crc;
}

void secret_crc62(const char *bytes, size_t len, size_t digits, char *out)
{
	uint32_t crc = secret_crc32(bytes, len);

	out[digits] = '\0';
	while (digits) {
		out[--digits] = base62[crc % 62];
		crc /= 62;
	}
}

int secret_digit64(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

size_t secret_decode64(const char *text, size_t len, struct buf *out)
{
	uint32_t bits = 0;
	size_t i = 0, held = 0;

	for (; i < len; i++) {
		int digit = secret_digit64((unsigned char)text[i]);

		if (digit < 0)
			break;
		bits = bits << 6 | (uint32_t)digit;
		held += 6;
		if (held >= 8) {
			held -= 8;
			buf_putc(out, (char)(bits >> held & 0xff));
		}
	}
	return i;
}

/* --- structure, by format --------------------------------------------------------------------- */

/* "<prefix>_<random><six digits of its checksum>": of the random part alone. */
static bool check_crc62(const char *secret, size_t len)
{
	const char *start = memrchr(secret, '_', len);
	char digits[7];

	if (!start || (size_t)(secret + len - start) < 8)
		return false;
	start++;
	len -= (size_t)(start - secret) + 6;
	secret_crc62(start, len, 6, digits);
	return !memcmp(start + len, digits, 6);
}

static bool check_crchex(const char *secret, size_t len)
{
	char digits[9];

	if (len < 9)
		return false;
	snprintf(digits, sizeof digits, "%08x", secret_crc32(secret, len - 8));
	return !strncasecmp(secret + len - 8, digits, 8);
}

/* "gl<service>_<random>_<eight hex digits>", the lowest byte of the checksum first. */
static bool check_grafana(const char *secret, size_t len)
{
	char digits[9];
	uint32_t crc;

	if (len < 10)
		return false;
	crc = secret_crc32(secret, len - 9);
	snprintf(digits, sizeof digits, "%02x%02x%02x%02x", crc & 0xff, crc >> 8 & 0xff,
		crc >> 16 & 0xff, crc >> 24);
	return !strncasecmp(secret + len - 8, digits, 8);
}

/* It looks like a JSON object, and holds what is asked for. */
static bool is_object(const char *text, size_t len, const char *holds)
{
	CLEANUP(buf_release) struct buf json = BUF_INIT;

	if (secret_decode64(text, len, &json) < len && text[len - 1] != '=')
		return false;
	if (memmem(json.data, json.len, "John Doe", 8)) /* of every page about such tokens */
		return false;
	return json.len > 2 && json.data[0] == '{' && memchr(json.data, '"', json.len) &&
	       (!holds || memmem(json.data, json.len, holds, strlen(holds)));
}

static bool check_jwt(const char *secret, size_t len)
{
	const char *dot = memchr(secret, '.', len);
	const char *second = dot ? memchr(dot + 1, '.', len - (size_t)(dot + 1 - secret)) : NULL;

	return second && is_object(secret, (size_t)(dot - secret), "\"alg\"") &&
	       is_object(dot + 1, (size_t)(second - dot - 1), NULL);
}

/*
 * Four letters of the kind, then base 32: the account's number is in the 40 bits after the first, and has twelve digits. Older
 * ids, which begin with I or J there, hold no number.
 */
static bool check_aws(const char *secret, size_t len)
{
	uint64_t bits = 0;

	if (len > 4 && (secret[4] == 'I' || secret[4] == 'J'))
		return true;
	for (size_t i = 4; i < len && i < 14; i++) {
		const char *digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
		const char *digit = strchr(digits, secret[i]);

		if (!digit || !*digit)
			return false;
		bits = bits << 5 | (uint64_t)(digit - digits);
	}
	return len >= 14 && (bits >> 2 >> 7 & 0xffffffffff) <= 999999999999;
}

static bool check_json64(const char *secret, size_t len)
{
	return is_object(secret, len, NULL);
}

/* A number of 17 to 19 digits, in base64, is who it belongs to. */
static bool check_snowflake(const char *secret, size_t len)
{
	const char *dot = memchr(secret, '.', len);
	CLEANUP(buf_release) struct buf id = BUF_INIT;

	if (!dot)
		return false;
	secret_decode64(secret, (size_t)(dot - secret), &id);
	return id.len >= 17 && id.len <= 20 && strspn(id.data, "0123456789") == id.len;
}

/*
 * Letters of both cases and digits change places often enough for chance: no word with a year, no name of a variable, no
 * version. Few of chance's strings have no digit at all; such a one changes between the cases as no name does.
 */
static bool check_mixed(const char *secret, size_t len)
{
	size_t digits = 0, lower = 0, upper = 0, changes = 0;
	int before = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)secret[i];
		int kind = isdigit(c) ? 1 : islower(c) ? 2 : isupper(c) ? 3 : 4;

		if (c & 0x80)
			return false;
		digits += kind == 1;
		lower += kind == 2;
		upper += kind == 3;
		changes += kind != 4 && before && kind != before;
		before = kind != 4 ? kind : before;
	}
	return lower + upper >= 2 && changes >= 4 && (digits || changes * 5 >= len * 2);
}

/* How many of its characters are in words: three letters or more, small ones after the first. */
static size_t in_words(const char *secret, size_t len)
{
	size_t sum = 0;

	for (size_t i = 0; i < len;) {
		size_t end = i + 1;

		while (isalpha((unsigned char)secret[i]) && end < len &&
			islower((unsigned char)secret[end]))
			end++;
		if (end - i >= 3)
			sum += end - i;
		i = end;
	}
	return sum;
}

/* "accessTokenKeyRef12" changes as often as chance does, but a fourth of chance's letters are in such words, not most. */
static bool check_chance(const char *secret, size_t len)
{
	bool upper = false;

	for (size_t i = 0; i < len; i++)
		upper = upper || isupper((unsigned char)secret[i]);
	return check_mixed(secret, len) && !(upper && in_words(secret, len) * 5 >= len * 3);
}

/* --- placeholders ----------------------------------------------------------------------------- */

static bool holds_word(const char *secret, size_t len, const char *word)
{
	size_t size = strlen(word);

	for (size_t i = 0; i + size <= len; i++)
		if (!strncasecmp(secret + i, word, size))
			return true;
	return false;
}

/* How long it is without "1", "123", "_1234" at its end. */
static size_t without_count(const char *secret, size_t len)
{
	size_t digits = 0;

	while (digits < len && digits < 9 && isdigit((unsigned char)secret[len - digits - 1]))
		digits++;
	for (size_t i = 0; i < digits; i++)
		if (secret[len - digits + i] != (char)('1' + i))
			return len;
	len -= digits;
	return digits && len && strchr("_-", secret[len - 1]) ? len - 1 : len;
}

/* What documentation writes where a secret would be. */
static bool is_placeholder(const char *secret, size_t len)
{
	static const char *const words[] = {"example", "placeholder", "changeme", "change_me",
		"redacted", "your_", "your-", "<your", "insert_", "replace", "xxxxx", "*****",
		".....", "${", "{{", "dummy", "sample", "not_a_real", "notareal", "mysecret",
		"my-secret", "my_secret"};
	/* Counted up: of a token that goes on otherwise for long, it is a part that happened to be chosen. */
	static const char *const counts[] = {"0123456789", "1234567890", "abcdefghij"};
	static const char *const wholes[] = {"password", "passwd", "passw0rd", "secret", "username",
		"mypassword", "userpass", "token", "pass", "key", "test", "postgres", "mongodb",
		"rabbitmq", "minioadmin", "access_key", "supersecret"};
	size_t run = 1;

	if (len >= 3 && !memcmp(secret + len - 3, "...", 3)) /* cut short */
		return true;
	for (size_t i = 1; i < len; i++) {
		run = secret[i] == secret[i - 1] ? run + 1 : 1;
		if (run >= RUN_MAX)
			return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (holds_word(secret, len, words[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		if (strlen(counts[i]) * 3 >= len && holds_word(secret, len, counts[i]))
			return true;
	len = without_count(secret, len);
	for (size_t i = 0; i < ARRAY_LEN(wholes); i++)
		if (strlen(wholes[i]) == len && !strncasecmp(secret, wholes[i], len))
			return true;
	return false;
}

/* --- what asks for a placeholder inside ---------------------------------------------------------- */

/* A name and a password in base64: the password is asked, if that is what it is. */
static bool check_basic(const char *secret, size_t len)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	const char *colon;

	secret_decode64(secret, len, &text);
	colon = memchr(text.data, ':', text.len);
	for (size_t i = 0; i < text.len; i++)
		if (!isprint((unsigned char)text.data[i]))
			return check_mixed(secret, len);
	return !colon ? check_mixed(secret, len)
		      : !is_placeholder(colon + 1, (size_t)(text.data + text.len - colon - 1));
}

static bool (*const checks[])(const char *secret, size_t len) = {
	[SECRET_ANY] = NULL,
	[SECRET_CRC62] = check_crc62,
	[SECRET_CRCHEX] = check_crchex,
	[SECRET_GRAFANA] = check_grafana,
	[SECRET_JWT] = check_jwt,
	[SECRET_AWS] = check_aws,
	[SECRET_JSON64] = check_json64,
	[SECRET_SNOWFLAKE] = check_snowflake,
	[SECRET_MIXED] = check_mixed,
	[SECRET_CHANCE] = check_chance,
	[SECRET_BASIC] = check_basic,
};

bool secret_check(const struct secret_rule *rule, const char *secret, size_t len)
{
	if (rule->entropy > 0 && secret_entropy(secret, len) < (double)rule->entropy)
		return false;
	if (checks[rule->check] && !checks[rule->check](secret, len))
		return false;
	return !is_placeholder(secret, len);
}
