// The audit log's texts from outside: notes, checkpoints, keys, proof files, witness requests, tile paths. The first byte chooses the
// parser. What was accepted must be written as it was read, or read again as it was written.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "kernel/audit/log.h"
#include "note.h"

namespace {

void Require(bool ok) {
  if (!ok) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tinhso::audit;
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  // A real key: whatever comes, nothing that it has not signed may pass.
  static const std::string kKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
  switch (data[0]) {
    case 'n':
      if (auto note = Note::Parse(input); note.ok()) {
        Require(note->Serialize() == input);
        (void)FindValid(*note, *VerifierKey::Parse(kKey));
      }
      break;
    case 'c':
      if (auto checkpoint = Checkpoint::Parse(input); checkpoint.ok()) Require(input.starts_with(checkpoint->Text()));
      break;
    case 'k':
      if (auto key = VerifierKey::Parse(input); key.ok()) Require(key->Text() == input);
      if (auto key = SignerKey::Parse(input); key.ok()) Require(key->Text() == input);
      break;
    case 'p':
      if (auto file = ProofFile::Parse(input); file.ok()) Require(file->Serialize() == input);
      Require(!VerifyProof(input, kKey, {}).ok());
      break;
    case 'w':
      if (auto request = AddCheckpoint::Parse(input); request.ok()) Require(request->Serialize() == input);
      break;
    case 't':
      if (auto path = TilePath::Parse(input)) Require(path->Text() == input);
      break;
    default:
      break;
  }
  return 0;
}
