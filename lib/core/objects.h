/*
 * objects: what lies in one object directory, read from disk without git: for a directory that is an agent's, where nothing of
 * git's may run outside the box.
 */
#ifndef CORE_OBJECTS_H
#define CORE_OBJECTS_H

#include <stdbool.h>

/*
 * Whether the directory itself (not what it borrows from) holds an object, loose or in a pack with an index of version 2
 * (gitformat-pack(5)). `oid`: 40 or 64 lower-case hex digits. What cannot be read holds nothing.
 */
bool objects_hold(const char *dir, const char *oid);

#endif
