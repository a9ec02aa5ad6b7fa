#!/bin/bash
# The layer check finds what it is there to find.
. "${BASH_SOURCE%/*}/lib.sh"

TOP=$(cd "$TESTS_DIR/.." && pwd)
ok 'the layers of the project are right' sh "$TOP/tests/check-layers"

mkdir -p house/lib/{base,port,core,flow} house/git-agent house/hooks house/tests
cp "$TOP/tests/check-layers" house/tests/
cd house || exit 1
git init -q .
echo '#include <stdio.h>' >lib/base/a.c
echo '#include "base/a.h"' >lib/port/p.h
touch lib/base/a.h
ok 'a small right house passes' sh tests/check-layers

# broken <name> <file> <line> <what the check says>
broken() {
	echo "$3" >"$2"
	exits 1 "$1" sh tests/check-layers
	says "$4" "$1: and says where"
	rm "$2"
}
broken 'an include from above' lib/base/b.c '#include "port/p.h"' 'lib/base/b.c:1: .*not below'
broken 'an include of a sibling folder' hooks/h.c '#include "git-agent/command.h"' 'not below|no folder'
broken 'a folder that is none' lib/core/c.c '#include "util/u.h"' 'no folder of the house'
broken 'a library outside port' lib/core/c.c '#include <jansson.h>' 'outside lib/port'
broken 'a library nobody knows' lib/port/x.c '#include <openssl/ssl.h>' 'neither'
echo '#include <jansson.h>' >lib/port/j.c
broken 'a library in two files' lib/port/k.c '#include <jansson.h>' 'already'
echo '#include "core/two.h"' >lib/core/one.h
broken 'modules in a circle' lib/core/two.h '#include "core/one.h"' 'circle'

done_testing
