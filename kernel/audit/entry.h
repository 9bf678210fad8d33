// From an event to its entry in the log.
#pragma once
#include <string>

#include "store.h"

namespace tinhso::audit {

// The event in canonical form (RFC 8785), as it is hashed.
std::string CanonicalEvent(const store::EventRow& event);
// The entry: SHA-256(salt as hex || canonical form), 32 bytes. Who holds the log alone learns nothing from it, not even by
// guessing events.
std::string EntryOf(const store::EventRow& event);
std::string EntryOf(std::string_view salt, std::string_view canonical);
// What stands for a person in the data of an event about many: hex of SHA-256(salt || ":" || person id), its first 16 bytes.
std::string PersonMark(std::string_view salt, int64_t person_id);

}  // namespace tinhso::audit
