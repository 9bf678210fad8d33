#include "note.h"

#include <sodium.h>

#include <algorithm>
#include <charconv>

#include "base/crypto.h"

namespace tinhso::audit {
namespace {

constexpr std::string_view kDash = "\xE2\x80\x94 ";  // "— "
constexpr std::string_view kPrivatePrefix = "PRIVATE+KEY+";
constexpr std::string_view kNextKey = "next-key ";
constexpr std::string_view kProofHeader = "c2sp.org/tlog-proof@v1";
constexpr size_t kKeyBytes = 32, kSignatureBytes = 64, kTimeBytes = 8;

Error MalformedText(const char* reason) { return MakeError(ErrorCode::kMalformed, reason); }

// Decimal without sign or leading zeroes.
std::optional<int64_t> ParseDecimal(std::string_view text) {
  if (text.empty() || text.size() > 19 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// A key's name stands between spaces and plus signs.
bool IsKeyName(std::string_view name) {
  return !name.empty() && name.size() <= kOriginLengthMax && std::all_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != '+' && c != 0x7F;
  });
}

std::string BigEndian(uint64_t value, size_t bytes) {
  std::string out;
  for (size_t i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xFF);
  return out;
}

uint64_t FromBigEndian(std::string_view bytes) {
  uint64_t out = 0;
  for (const char c : bytes) out = out << 8 | static_cast<unsigned char>(c);
  return out;
}

uint32_t KeyIdOf(const std::string& name, KeyType type, const std::string& public_key) {
  const std::string hash = crypto::Sha256Bytes(name + "\n" + static_cast<char>(type) + public_key);
  return static_cast<uint32_t>(FromBigEndian(std::string_view(hash).substr(0, 4)));
}

std::string IdText(uint32_t id) { return crypto::HexEncode(BigEndian(id, 4)); }

// The end of a key's text: "<name>+<id>+<base64>". The name holds no plus sign, base64 may.
struct KeyText {
  std::string name;
  std::string id;
  KeyType type;
  std::string bytes;
};
Result<KeyText> ParseKeyText(std::string_view text) {
  const size_t first = text.find('+');
  const size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos || !IsKeyName(text.substr(0, first))) return MalformedText("audit_key_malformed");
  auto bytes = crypto::Base64Decode(text.substr(second + 1));
  if (!bytes.ok() || bytes->size() != 1 + kKeyBytes) return MalformedText("audit_key_malformed");
  const auto type = static_cast<KeyType>((*bytes)[0]);
  if (type != KeyType::kLog && type != KeyType::kCosignature) return MalformedText("audit_key_malformed");
  return KeyText{std::string(text.substr(0, first)), std::string(text.substr(first + 1, second - first - 1)), type,
                 bytes->substr(1)};
}

std::string CosignedText(std::string_view text, int64_t time_s) {
  return "cosignature/v1\ntime " + std::to_string(time_s) + "\n" + std::string(text);
}

const unsigned char* NoteBytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

std::string RawSign(const SignerKey& key, const std::string& message) {
  unsigned char public_key[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES], out[crypto_sign_BYTES];
  crypto_sign_seed_keypair(public_key, secret, NoteBytes(key.seed));
  crypto_sign_detached(out, nullptr, NoteBytes(message), message.size(), secret);
  sodium_memzero(secret, sizeof secret);
  return std::string(reinterpret_cast<char*>(out), sizeof out);
}

bool RawVerify(const VerifierKey& key, const std::string& message, std::string_view signature) {
  return signature.size() == kSignatureBytes && key.public_key.size() == kKeyBytes &&
         crypto_sign_verify_detached(NoteBytes(signature), NoteBytes(message), message.size(), NoteBytes(key.public_key)) == 0;
}

// Takes lines off the front of a text.
class Lines {
 public:
  explicit Lines(std::string_view rest) : rest_(rest) {}
  // The next line without its newline; nullopt when no whole line is left.
  std::optional<std::string_view> Next() {
    const size_t end = rest_.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return line;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// Base64 hashes, one a line, up to an empty line.
std::optional<std::vector<std::string>> ReadHashes(Lines& lines) {
  std::vector<std::string> out;
  for (;;) {
    const auto line = lines.Next();
    if (!line) return std::nullopt;
    if (line->empty()) return out;
    auto hash = crypto::Base64Decode(*line);
    if (!hash.ok() || hash->size() != kKeyBytes || out.size() == kProofHashesMax) return std::nullopt;
    out.push_back(std::move(*hash));
  }
}

std::string HashLines(const std::vector<std::string>& hashes) {
  std::string out;
  for (const std::string& hash : hashes) out += crypto::Base64Encode(hash) + "\n";
  return out + "\n";
}

}  // namespace

Result<VerifierKey> VerifierKey::Parse(std::string_view text) {
  TINHSO_ASSIGN(auto parts, ParseKeyText(text));
  VerifierKey key{std::move(parts.name), parts.type, std::move(parts.bytes)};
  if (key.IdHex() != parts.id) return MalformedText("audit_key_malformed");
  return key;
}

std::string VerifierKey::Text() const {
  return name + "+" + IdHex() + "+" + crypto::Base64Encode(static_cast<char>(type) + public_key);
}

uint32_t VerifierKey::Id() const { return KeyIdOf(name, type, public_key); }
std::string VerifierKey::IdHex() const { return IdText(Id()); }

SignerKey SignerKey::Generate(std::string name, KeyType type) {
  return {std::move(name), type, crypto::RandomBytes(kKeyBytes)};
}

Result<SignerKey> SignerKey::Parse(std::string_view text) {
  if (!text.starts_with(kPrivatePrefix)) return MalformedText("audit_key_malformed");
  TINHSO_ASSIGN(auto parts, ParseKeyText(text.substr(kPrivatePrefix.size())));
  SignerKey key{std::move(parts.name), parts.type, std::move(parts.bytes)};
  if (key.Verifier().IdHex() != parts.id) return MalformedText("audit_key_malformed");
  return key;
}

std::string SignerKey::Text() const {
  return std::string(kPrivatePrefix) + name + "+" + Verifier().IdHex() + "+" +
         crypto::Base64Encode(static_cast<char>(type) + seed);
}

VerifierKey SignerKey::Verifier() const {
  unsigned char public_key[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
  crypto_sign_seed_keypair(public_key, secret, NoteBytes(seed));
  sodium_memzero(secret, sizeof secret);
  return {name, type, std::string(reinterpret_cast<char*>(public_key), sizeof public_key)};
}

std::string Signature::Line() const {
  return std::string(kDash) + name + " " + crypto::Base64Encode(BigEndian(key_id, 4) + bytes) + "\n";
}

Result<Signature> Signature::Parse(std::string_view line) {
  if (!line.starts_with(kDash)) return MalformedText("audit_note_malformed");
  line.remove_prefix(kDash.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos || !IsKeyName(line.substr(0, space))) return MalformedText("audit_note_malformed");
  auto bytes = crypto::Base64Decode(line.substr(space + 1));
  if (!bytes.ok() || bytes->size() < 5) return MalformedText("audit_note_malformed");
  return Signature{std::string(line.substr(0, space)),
                   static_cast<uint32_t>(FromBigEndian(std::string_view(*bytes).substr(0, 4))), bytes->substr(4)};
}

Result<Note> Note::Parse(std::string_view bytes) {
  const Error malformed = MalformedText("audit_note_malformed");
  if (bytes.size() > kNoteBytesMax) return malformed;
  for (const char c : bytes)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') return malformed;
  const size_t split = bytes.rfind("\n\n");
  if (split == std::string_view::npos) return malformed;
  Note note;
  note.text = std::string(bytes.substr(0, split + 1));
  Lines lines(bytes.substr(split + 2));
  while (const auto line = lines.Next()) {
    TINHSO_ASSIGN(Signature signature, Signature::Parse(*line));
    if (note.signatures.size() == kSignaturesMax) return malformed;
    note.signatures.push_back(std::move(signature));
  }
  if (!lines.rest().empty() || note.signatures.empty()) return malformed;
  return note;
}

std::string Note::Serialize() const {
  std::string out = text + "\n";
  for (const Signature& signature : signatures) out += signature.Line();
  return out;
}

Signature Sign(const SignerKey& key, std::string_view text) {
  return {key.name, key.Verifier().Id(), RawSign(key, std::string(text))};
}

Signature Cosign(const SignerKey& key, std::string_view text, int64_t time_s) {
  return {key.name, key.Verifier().Id(),
          BigEndian(static_cast<uint64_t>(time_s), kTimeBytes) + RawSign(key, CosignedText(text, time_s))};
}

bool SignatureHolds(const VerifierKey& key, std::string_view text, const Signature& signature, int64_t* time_s) {
  if (signature.name != key.name || signature.key_id != key.Id()) return false;
  if (key.type == KeyType::kLog) return RawVerify(key, std::string(text), signature.bytes);
  if (signature.bytes.size() != kTimeBytes + kSignatureBytes) return false;
  const uint64_t time = FromBigEndian(std::string_view(signature.bytes).substr(0, kTimeBytes));
  if (time > INT64_MAX) return false;
  if (!RawVerify(key, CosignedText(text, static_cast<int64_t>(time)), std::string_view(signature.bytes).substr(kTimeBytes)))
    return false;
  if (time_s) *time_s = static_cast<int64_t>(time);
  return true;
}

const Signature* FindValid(const Note& note, const VerifierKey& key, int64_t* time_s) {
  for (const Signature& signature : note.signatures)
    if (SignatureHolds(key, note.text, signature, time_s)) return &signature;
  return nullptr;
}

Result<Checkpoint> Checkpoint::Parse(std::string_view note_text) {
  const Error malformed = MalformedText("audit_checkpoint_malformed");
  Lines lines(note_text);
  const auto origin = lines.Next(), size = lines.Next(), root = lines.Next();
  if (!root || origin->empty() || origin->size() > kOriginLengthMax) return malformed;
  const auto leaves = ParseDecimal(*size);
  auto hash = crypto::Base64Decode(*root);
  if (!leaves || !hash.ok() || hash->size() != kKeyBytes) return malformed;
  Checkpoint out{std::string(*origin), *leaves, std::move(*hash), ""};
  bool first = true;
  while (const auto extension = lines.Next()) {
    if (extension->empty()) return malformed;
    if (first && extension->starts_with(kNextKey)) out.next_key = std::string(extension->substr(kNextKey.size()));
    first = false;
  }
  if (!lines.rest().empty()) return malformed;
  return out;
}

std::string Checkpoint::Text() const {
  return origin + "\n" + std::to_string(size) + "\n" + crypto::Base64Encode(root) + "\n" +
         (next_key.empty() ? "" : std::string(kNextKey) + next_key + "\n");
}

Result<ProofFile> ProofFile::Parse(std::string_view bytes) {
  const Error malformed = MalformedText("audit_proof_malformed");
  if (bytes.size() > kProofFileBytesMax) return malformed;
  Lines lines(bytes);
  if (lines.Next() != kProofHeader) return malformed;
  ProofFile file;
  auto line = lines.Next();
  if (line && line->starts_with("extra ")) {
    auto extra = crypto::Base64Decode(line->substr(6));
    if (!extra.ok() || extra->empty()) return malformed;
    file.extra = std::move(*extra);
    line = lines.Next();
  }
  if (!line || !line->starts_with("index ")) return malformed;
  const auto index = ParseDecimal(line->substr(6));
  auto hashes = ReadHashes(lines);
  if (!index || !hashes) return malformed;
  file.index = *index;
  file.hashes = std::move(*hashes);
  file.note = std::string(lines.rest());
  if (!Note::Parse(file.note).ok()) return malformed;
  return file;
}

std::string ProofFile::Serialize() const {
  std::string out = std::string(kProofHeader) + "\n";
  if (!extra.empty()) out += "extra " + crypto::Base64Encode(extra) + "\n";
  return out + "index " + std::to_string(index) + "\n" + HashLines(hashes) + note;
}

Result<AddCheckpoint> AddCheckpoint::Parse(std::string_view bytes) {
  const Error malformed = MalformedText("audit_checkpoint_malformed");
  if (bytes.size() > kNoteBytesMax) return malformed;
  Lines lines(bytes);
  const auto old = lines.Next();
  if (!old || !old->starts_with("old ")) return malformed;
  const auto old_size = ParseDecimal(old->substr(4));
  auto hashes = ReadHashes(lines);
  if (!old_size || !hashes) return malformed;
  return AddCheckpoint{*old_size, std::move(*hashes), std::string(lines.rest())};
}

std::string AddCheckpoint::Serialize() const { return "old " + std::to_string(old_size) + "\n" + HashLines(hashes) + note; }

std::optional<TilePath> TilePath::Parse(std::string_view path) {
  const std::string_view whole = path;
  TilePath out;
  const auto take = [&path]() {
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    return part;
  };
  const std::string_view level = take();
  if (level == "entries") {
    out.entries = true;
  } else {
    const auto number = ParseDecimal(level);
    if (!number || *number > 63) return std::nullopt;
    out.level = static_cast<int>(*number);
  }
  // At most five groups: more leaves than that cannot be counted in 63 bits.
  for (int groups = 1;; ++groups) {
    std::string_view part = take();
    const bool more = part.starts_with('x');
    if (more) part.remove_prefix(1);
    const bool partial = !more && part.ends_with(".p");
    if (partial) part.remove_suffix(2);
    if (groups > 5 || part.size() != 3 || part.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    out.index = out.index * 1000 + (part[0] - '0') * 100 + (part[1] - '0') * 10 + (part[2] - '0');
    if (more) continue;
    if (partial) {
      const auto width = ParseDecimal(take());
      if (!width || *width < 1 || *width > 255) return std::nullopt;
      out.width = static_cast<int>(*width);
    }
    break;
  }
  // One spelling for one tile: no leading groups of zeroes, nothing behind.
  if (out.Text() != whole) return std::nullopt;
  return out;
}

std::string TilePath::Text() const {
  std::string number;
  int64_t rest = index;
  for (bool last = true;; last = false) {
    std::string group = std::to_string(rest % 1000);
    group = std::string(3 - group.size(), '0') + group;
    number = last ? group : "x" + group + "/" + number;
    rest /= 1000;
    if (rest == 0) break;
  }
  return (entries ? "entries" : std::to_string(level)) + "/" + number + (width == 256 ? "" : ".p/" + std::to_string(width));
}

}  // namespace tinhso::audit
