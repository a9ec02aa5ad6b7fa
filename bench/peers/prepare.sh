#!/bin/sh
# The git commands by hand that prepare an isolated checkout: a git directory that borrows the objects, the sparse patterns
# if there are any, and the tree.
# usage: prepare.sh <repository> <work directory>
set -e
git init -q --template= "$2/tree"
echo "$1/.git/objects" >"$2/tree/.git/objects/info/alternates"
if [ -f "$1/.git/info/sparse-checkout" ]; then
	mkdir "$2/tree/.git/info"
	cp "$1/.git/info/sparse-checkout" "$2/tree/.git/info/"
	git -C "$2/tree" config core.sparseCheckout true
	git -C "$2/tree" config core.sparseCheckoutCone true
fi
git -C "$2/tree" update-ref HEAD "$(git -C "$1" rev-parse HEAD)"
git -C "$2/tree" read-tree --reset -u HEAD
