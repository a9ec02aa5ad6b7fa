#!/bin/bash
# The attacks of an agent at both forms of level partial. What Landlock alone does not hold is listed in SECURITY.md, under the
# names the attacks have here: those and no others; where it says so they are found afterwards, and the run is refused.
. "$(dirname "$0")/lib.sh"
export GIT_AGENT_GATE_BASELINE=off
. "$TESTS_DIR/lib-escape.sh"
. "$TESTS_DIR/lib-escape-box.sh"
start_victims
. "$TESTS_DIR/lib-escape-agent.sh"

DENY=$GIT_AGENT_BUILD/tests/h-deny
BOX_ATTACK=$GIT_AGENT_BUILD/tests/u-sandbox-attack

# listed <extended regex>: the names of the items of that section of SECURITY.md that match.
listed() {
	sed -n '/^### What Landlock alone does not hold/,/^##* [^W]/p' "$TESTS_DIR/../SECURITY.md" | tr '\n' ' ' | sed 's/ - `/\n- `/g' |
		grep -E '^- `' | grep -E -e "$1" | sed 's/:.*//' | grep -o '`[^`]*`' | tr -d '`'
}

(target "$SCRATCH/copy") && (target "$SCRATCH/repo")
try_control

# --- namespaces alone hold all of it
try_held without-landlock partial "$DENY" landlock --

# --- Landlock alone: all but what is listed
box_listed=$(env -u GIT_AGENT_TEST_REQUIRE_SANDBOX "$DENY" namespaces -- "$BOX_ATTACK" | sed -n 's/^# \(.*\): only namespaces stop it.*/\1/p')
documented=$(listed .)
for name in $documented; do
	case " ${ATTACKS[*]} " in
	*" $name "*) NOT_HELD+=("$name") ;;
	*) ok "SECURITY.md: $name works on the box alone" grep -qx -- "$name" <<<"$box_listed" ;;
	esac
done
for name in $box_listed; do ok "SECURITY.md lists $name" grep -qx -- "$name" <<<"$documented"; done
ok 'SECURITY.md lists some' [ "${#NOT_HELD[@]}" -gt 2 ]
repair
try_held without-namespaces partial "$DENY" namespaces --

# --- and these are what it says they are
found=$(listed 'is refused')
snippets=("${SNIPPETS[@]}")
for ((n = 0; n < ${#ATTACKS[@]}; n++)); do
	is_listed "${ATTACKS[n]}" || continue
	name=${ATTACKS[n]}
	for ((i = 0; i < ${#SNIPPETS[@]}; i++)); do SNIPPETS[i]=:; done
	SNIPPETS[n]=${snippets[n]}
	code=0
	! grep -qx -- "$name" <<<"$found" || code=4
	level_run "alone-$name" partial "$code" "$DENY" namespaces --
	ok "$name works with Landlock alone" eval "(${SEEN[n]}) >/dev/null"
	[ "$code" = 0 ] || {
		is "$(record_of "alone-$name" 'r["state"], r["error"]["code"]')" "('refused', 'tampered')" "$name: and the run is refused for it"
		is "$(git -C "$SCRATCH/repo" for-each-ref "refs/heads/agent/alone-$name" "refs/agent/head/alone-$name")" '' "$name: nothing of it was taken"
	}
	chmod 755 "$SCRATCH/repo/.git" "$SCRATCH/repo/.git/objects"
done

# --- tree/.git is put back before anything reads it
cd "$SCRATCH/repo" || exit
echo 'rm -rf .git; git init -q .; echo change >>hello.txt' | attacker
exits 0 'a .git of the agent: proposed' "$DENY" namespaces -- git -c agent.workRoot="$WORK_ROOT" agent issue issue.md --name own-git --sandbox partial --keep --trust
is "$(cat "$WORK_ROOT"/repo-*/own-git/tree/.git)" 'gitdir: ../git' 'and its own is put back'

done_testing
