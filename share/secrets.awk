# secrets.awk: turns share/secrets.ini into the C table of core/secret_rules.h. Part of the build: awk -f secrets.awk secrets.ini

function fail(text) {
	print FILENAME ":" FNR ": " text >"/dev/stderr"
	failed = 1
	exit 1
}

# `text` with a backslash before each of some characters.
function escaped(text, which,   i, c, result) {
	result = ""
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		result = result (index(which, c) ? "\\" : "") c
	}
	return result
}

# As a string of C; no trigraphs.
function quoted(text) {
	return "\"" escaped(text, "\\\"?") "\""
}

function finish(   n, i, words, list, pattern, flags, options) {
	if (name == "")
		return
	if (!("keyword" in row) || !("description" in row) || ("source" in row) == ("about" in row) || ("pattern" in row) == ("value" in row))
		fail("rule " name " needs description, keyword, one of source and about, and one of pattern and value")
	n = split(row["keyword"], words, /[ \t]*,[ \t]*/)
	list = ""
	options = ""
	for (i = 1; i <= n; i++) {
		list = list quoted(words[i]) ", "
		options = options (i > 1 ? "|" : "") escaped(words[i], "[]\\.^$|()*+?{}/-")
	}
	flags = 0
	if (row["line"] == "yes") flags += 1
	if (row["fold"] == "yes" || "value" in row) flags += 2
	if (row["generic"] == "yes") flags += 4
	if (row["lines"] == "yes") flags += 8
	if ("value" in row)
		pattern = "(?i:" options ")" assign "(" row["value"] ")(?![\\w\\-])"
	else
		pattern = row["pattern"]
	if (row["check"] == "") row["check"] = "any"
	if (!(row["check"] in checks))
		fail("rule " name ": no check is called " row["check"])
	printf "static const char *const words_%d[] = {%sNULL};\n", count, list
	table = table sprintf("\t{%s, %s, %s,\n\t\t%s,\n\t\twords_%d, %sF, %s, %d},\n", quoted(name), quoted(row["description"]),
		quoted(row["source"] row["about"]), quoted(pattern), count, row["entropy"] == "" ? "0.0" : sprintf("%.2f", row["entropy"]),
		checks[row["check"]], flags)
	count++
}

BEGIN {
	# From a name to the value it is given, in code, JSON, YAML, .env, a diff or a command. What the name goes on with does not
	# end in what identifiers, checksums and addresses are called.
	assign = "(?:[\\w.\\- ]{0,40}[\\w.\\-](?<!(?<!s)id|ids|sha|sha1|sha256|hash|digest|checksum|etag|uuid|guid|commit|rev|ref|version|url|uri|href|host))?" \
		"[\"'`\\])\\\\]{0,4}[ \\t]{0,8}(?:=>|:=|\\|\\||[=:,(>]{1,2})[ \\t]{0,8}[\"'`\\\\]{0,4}"
	checks["any"] = "SECRET_ANY"; checks["crc62"] = "SECRET_CRC62"; checks["crchex"] = "SECRET_CRCHEX"; checks["grafana"] = "SECRET_GRAFANA"
	checks["jwt"] = "SECRET_JWT"; checks["aws"] = "SECRET_AWS"; checks["json64"] = "SECRET_JSON64"
	checks["snowflake"] = "SECRET_SNOWFLAKE"; checks["mixed"] = "SECRET_MIXED"; checks["chance"] = "SECRET_CHANCE"; checks["basic"] = "SECRET_BASIC"
	n = split("description source about keyword pattern value name entropy check line fold generic lines true false", names, " ")
	for (i = 1; i <= n; i++) known[names[i]] = 1
	print "/* Made by share/secrets.awk. */\n#include \"core/secret_rules.h\"\n"
}

/^[ \t]*([#;]|$)/ { next }

/^\[rule "[a-z0-9-]+"\]$/ {
	finish()
	name = $0
	gsub(/^\[rule "|"\]$/, "", name)
	if (name in names_seen) fail("two rules are called " name)
	names_seen[name] = 1
	split("", row)
	next
}

{
	at = index($0, " = ")
	if (!at || name == "") fail("expected key = value in a rule")
	key = substr($0, 1, at - 1)
	if (!(key in known)) fail("no key of a rule is called " key)
	if (key in row && key != "true" && key != "false") fail(key " is given twice")
	row[key] = substr($0, at + 3)
}

END {
	if (failed) exit 1
	finish()
	printf "\nconst struct secret_rule secret_rules[] = {\n%s};\nconst size_t secret_rules_len = sizeof secret_rules / sizeof *secret_rules;\n", table
}
