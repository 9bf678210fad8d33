// The file with the log's private keys.
#pragma once
#include <optional>
#include <string>

#include "note.h"

namespace tinhso::audit {

struct Keys {
  SignerKey log, witness;
};
// nullopt when there is no such file. Errors: see Log::Open.
Result<std::optional<Keys>> ReadKeys(const std::string& path);
// Makes the file, mode 0600, whole or not at all; when another process was first, reads that one.
Result<Keys> MakeKeys(const std::string& path, const std::string& origin);

}  // namespace tinhso::audit
