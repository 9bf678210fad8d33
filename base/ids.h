// Internal keys: BIGINT, made by the application, ordered by time.
#pragma once
#include <cstdint>
#include <string>

#include "base/clock.h"

namespace tinhso {

// 41 bits of milliseconds since 2020-01-01, 6 bits of node, 16 bits of sequence; unique within a node,
// increasing. Two programs at once on one database (the server and an import) need different nodes.
// Thread-safe.
int64_t NewId();
// The node number 0–63 of this process; two servers on one database must differ. Call once before serving.
void SetNode(int node);
// For tests and imports: an id as if made at `at`.
int64_t NewIdAt(TimeUs at);

// No id made within the last `age_us` (by a machine whose clock agrees) is below this.
int64_t IdFloor(int64_t age_us);
// The same, counted from the moment of `id`.
int64_t IdBefore(int64_t id, int64_t age_us);

// 32 hex characters from the system's random source.
std::string RandomToken();
// URL-safe random text of `n` characters from an alphabet without look-alikes (no 0 o 1 l i).
std::string RandomCode(int n);

}  // namespace tinhso
