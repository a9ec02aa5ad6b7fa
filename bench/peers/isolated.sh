#!/bin/sh
# The shortest script that does what `git agent issue` does for isolation: the agent in a checkout of its own, its change
# committed and fetched, the gate on a second, fresh checkout of that commit, then a branch.
# usage: isolated.sh <repository> <work directory> <branch> <agent> <gate>
set -e
git clone -q --shared "$1" "$2/tree"
(cd "$2/tree" && sh -c "$4" && git add -A && git commit -q -m "$3")
git -C "$1" fetch -q "$2/tree" HEAD
commit=$(git -C "$1" rev-parse FETCH_HEAD)
git clone -q --shared --no-checkout "$1" "$2/gate"
git -C "$2/gate" checkout -q --detach "$commit"
(cd "$2/gate" && sh -c "$5")
git -C "$1" branch "$3" "$commit"
rm -rf "$2"
