// Signed notes (C2SP signed-note), checkpoints (tlog-checkpoint), cosignatures (tlog-cosignature) and proof files
// (tlog-proof): the texts in which the log speaks to the outside. docs/formats/audit-log.md.
// Parsers take anything: kMalformed "audit_note_malformed", "audit_key_malformed", "audit_checkpoint_malformed",
// "audit_proof_malformed". Thread rule: values.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tinhso::audit {

inline constexpr size_t kNoteBytesMax = 64 * 1024;
inline constexpr size_t kSignaturesMax = 100;
inline constexpr size_t kProofHashesMax = 63;
inline constexpr size_t kProofFileBytesMax = 256 * 1024;
inline constexpr size_t kOriginLengthMax = 200;

enum class KeyType : uint8_t { kLog = 0x01, kCosignature = 0x04 };  // both Ed25519

// "<name>+<id, 8 hex>+<base64(type || public key)>"
struct VerifierKey {
  std::string name;
  KeyType type = KeyType::kLog;
  std::string public_key;  // 32 bytes

  static Result<VerifierKey> Parse(std::string_view text);
  std::string Text() const;
  uint32_t Id() const;
  std::string IdHex() const;
};

// "PRIVATE+KEY+<name>+<id, 8 hex>+<base64(type || seed)>"
struct SignerKey {
  std::string name;
  KeyType type = KeyType::kLog;
  std::string seed;  // 32 bytes

  static SignerKey Generate(std::string name, KeyType type);
  static Result<SignerKey> Parse(std::string_view text);
  std::string Text() const;
  VerifierKey Verifier() const;
};

// One "— <name> <base64(key id || bytes)>" line.
struct Signature {
  std::string name;
  uint32_t key_id = 0;
  std::string bytes;

  std::string Line() const;                           // with its newline
  static Result<Signature> Parse(std::string_view line);  // without its newline
};

struct Note {
  std::string text;  // ends with a newline
  std::vector<Signature> signatures;

  static Result<Note> Parse(std::string_view bytes);
  std::string Serialize() const;
};

// The log's own signature over the text.
Signature Sign(const SignerKey& key, std::string_view text);
// A witness's statement that at `time_s` it had seen this checkpoint and no contradiction.
Signature Cosign(const SignerKey& key, std::string_view text, int64_t time_s);
// Whether `signature` is of this key and over this text. For a cosignature `time_s` gets its time.
bool SignatureHolds(const VerifierKey& key, std::string_view text, const Signature& signature, int64_t* time_s = nullptr);
// The first signature of the note that holds under the key.
const Signature* FindValid(const Note& note, const VerifierKey& key, int64_t* time_s = nullptr);

// What a log's note says: how many leaves and what root.
struct Checkpoint {
  std::string origin;
  int64_t size = 0;
  std::string root;      // 32 bytes
  std::string next_key;  // the first extension line "next-key <verifier key>": the key that signs what follows; else ""

  static Result<Checkpoint> Parse(std::string_view note_text);  // other extension lines are allowed and dropped
  std::string Text() const;
};

// A ".tlog-proof": that a leaf is in the tree of the checkpoint.
struct ProofFile {
  std::string extra;  // what the leaf is computed from; not itself authenticated
  int64_t index = 0;
  std::vector<std::string> hashes;
  std::string note;

  static Result<ProofFile> Parse(std::string_view bytes);
  std::string Serialize() const;
};

// The body of tlog-witness add-checkpoint.
struct AddCheckpoint {
  int64_t old_size = 0;
  std::vector<std::string> hashes;
  std::string note;

  static Result<AddCheckpoint> Parse(std::string_view bytes);
  std::string Serialize() const;
};

// A tile's path below ".../tile/", in segments: "0/x001/x234/067.p/12", "entries/000".
struct TilePath {
  bool entries = false;
  int level = 0;
  int64_t index = 0;
  int width = 256;

  static std::optional<TilePath> Parse(std::string_view path);
  std::string Text() const;
};

}  // namespace tinhso::audit
