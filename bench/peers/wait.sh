#!/bin/sh
# An agent that works for a while.
sleep 0.4
