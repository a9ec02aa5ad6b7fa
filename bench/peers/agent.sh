#!/bin/sh
# A small agent: edits, adds, removes.
echo "int changed;" >>src/d000/f00000.c
echo "int added;" >src/added.c
rm -f src/d001/f00001.c
