// The file with the log's private keys.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "note.h"

namespace tinhso::audit {

struct Keys {
  SignerKey log, witness;
};
// nullopt when there is no such file. While the log's key is being changed the file holds two: the one that is `known`, a verifier key,
// counts, else the first. Errors: see Log::Open.
Result<std::optional<Keys>> ReadKeys(const std::string& path, std::string_view known);
// Makes the file, mode 0600, whole or not at all; when another process was first, reads that one.
Result<Keys> MakeKeys(const std::string& path, const std::string& origin);
// Puts these into the place of the file's, whole or not at all. kInternal "audit_key_unreadable".
Status ReplaceKeys(const std::string& path, const std::vector<SignerKey>& keys);

}  // namespace tinhso::audit
