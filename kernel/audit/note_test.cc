#include "note.h"

#include <gtest/gtest.h>

#include "base/crypto.h"

namespace tinhso::audit {
namespace {

// The key and note of the documentation of Go's golang.org/x/mod/sumdb/note (ExampleOpen).
constexpr const char* kGoKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr const char* kGoNote =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

TEST(NoteTest, OpensANoteOfTheReferenceImplementation) {
  auto key = VerifierKey::Parse(kGoKey);
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->Text(), kGoKey);
  auto note = Note::Parse(kGoNote);
  ASSERT_TRUE(note.ok());
  EXPECT_EQ(note->Serialize(), kGoNote);
  EXPECT_NE(FindValid(*note, *key), nullptr);
  note->text[0] = 'i';
  EXPECT_EQ(FindValid(*note, *key), nullptr);
}

TEST(NoteTest, KeysRoundTripAndSignAndNothingElsePasses) {
  for (const KeyType type : {KeyType::kLog, KeyType::kCosignature}) {
    const SignerKey key = SignerKey::Generate("dvc.example.vn/audit", type);
    auto again = SignerKey::Parse(key.Text());
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->Text(), key.Text());
    auto verifier = VerifierKey::Parse(key.Verifier().Text());
    ASSERT_TRUE(verifier.ok());
    const std::string text = Checkpoint{"dvc.example.vn/audit", 7, std::string(32, 'r')}.Text();
    const bool cosigns = type == KeyType::kCosignature;
    Note note{text, {cosigns ? Cosign(*again, text, 1'790'000'000) : Sign(*again, text)}};
    int64_t time_s = 0;
    EXPECT_NE(FindValid(note, *verifier, &time_s), nullptr);
    EXPECT_EQ(time_s, cosigns ? 1'790'000'000 : 0);
    EXPECT_EQ(FindValid(note, SignerKey::Generate(key.name, type).Verifier()), nullptr);
    note.signatures[0].bytes[9] = static_cast<char>(note.signatures[0].bytes[9] ^ 1);
    EXPECT_EQ(FindValid(note, *verifier), nullptr);
  }
}

// A witness's key must not pass for the log's, nor the other way round: the algorithm is in the key's id.
TEST(NoteTest, ALogsSignatureIsNoCosignature) {
  const SignerKey log = SignerKey::Generate("one", KeyType::kLog);
  SignerKey witness = log;
  witness.type = KeyType::kCosignature;
  const std::string text = "one\n1\n" + crypto::Base64Encode(std::string(32, 'r')) + "\n";
  EXPECT_FALSE(SignatureHolds(witness.Verifier(), text, Sign(log, text)));
  EXPECT_FALSE(SignatureHolds(log.Verifier(), text, Cosign(witness, text, 1)));
}

TEST(NoteTest, DamagedTextsAreRefused) {
  for (const std::string bad :
       {"", "x", "PeterNeumann", "PeterNeumann+c74f20a3", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "PeterNeumann+c74f20a3+ARpc2QcU",
        "PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"})
    EXPECT_FALSE(VerifierKey::Parse(bad).ok()) << bad;
  for (const std::string bad : {"", "text\n", "text\n\n", "text\n\n— name\n", "text\n\n— name AAAA\n", "text\n\n— name AAAAAAA\n",
                                "text\n\n— name AAAAAAAA", "te\x01xt\n\n— name AAAAAAAA\n", "text\n\n- name AAAAAAAA\n"})
    EXPECT_FALSE(Note::Parse(bad).ok()) << bad;
  const std::string root = crypto::Base64Encode(std::string(32, 'r'));
  EXPECT_TRUE(Checkpoint::Parse("log\n12\n" + root + "\n").ok());
  EXPECT_TRUE(Checkpoint::Parse("log\n12\n" + root + "\nextension\n").ok());
  for (const std::string& bad : std::vector<std::string>{"log\n12\n" + root, "log\n012\n" + root + "\n", "log\n-1\n" + root + "\n", "\n12\n" + root + "\n",
                                 "log\n12\nAAAA\n", "log\n12\n" + root + "\n\n", "log\n99999999999999999999\n" + root + "\n"})
    EXPECT_FALSE(Checkpoint::Parse(bad).ok()) << bad;
}

TEST(NoteTest, ProofFilesAndWitnessRequestsRoundTrip) {
  const ProofFile file{"extra bytes", 73894, {std::string(32, 'a'), std::string(32, 'b')}, kGoNote};
  auto again = ProofFile::Parse(file.Serialize());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->Serialize(), file.Serialize());
  EXPECT_TRUE(ProofFile::Parse(ProofFile{"", 0, {}, kGoNote}.Serialize()).ok());
  EXPECT_FALSE(ProofFile::Parse("c2sp.org/tlog-proof@v2\nindex 0\n\n" + std::string(kGoNote)).ok());
  EXPECT_FALSE(ProofFile::Parse("c2sp.org/tlog-proof@v1\nindex x\n\n" + std::string(kGoNote)).ok());
  EXPECT_FALSE(ProofFile::Parse("c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\n" + std::string(kGoNote)).ok());
  EXPECT_FALSE(ProofFile::Parse("c2sp.org/tlog-proof@v1\nindex 0\n" + std::string(kGoNote)).ok());
  const AddCheckpoint request{12, {std::string(32, 'a')}, kGoNote};
  auto parsed = AddCheckpoint::Parse(request.Serialize());
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->Serialize(), request.Serialize());
  std::string many = "old 1\n";
  for (size_t i = 0; i <= kProofHashesMax; ++i) many += crypto::Base64Encode(std::string(32, 'a')) + "\n";
  EXPECT_FALSE(AddCheckpoint::Parse(many + "\n" + kGoNote).ok());
}

TEST(NoteTest, TilePathsHaveOneSpelling) {
  for (const char* good : {"0/000", "0/000.p/1", "1/x001/x234/067", "0/x001/x234/067.p/255", "entries/999", "63/x001/000"}) {
    const auto path = TilePath::Parse(good);
    ASSERT_TRUE(path) << good;
    EXPECT_EQ(path->Text(), good);
  }
  EXPECT_EQ(TilePath::Parse("0/x001/x234/067")->index, 1'234'067);
  for (const char* bad : {"", "0", "0/", "0/1", "0/0000", "64/000", "00/000", "0/x000/000", "0/x001", "0/000.p/0", "0/000.p/256",
                          "0/000.p/01", "0/000.p", "0/000/", "0/000/000", "x/000", "0/000.p/1/", "0/x001/x001/x001/x001/x001/000"})
    EXPECT_FALSE(TilePath::Parse(bad)) << bad;
}

}  // namespace
}  // namespace tinhso::audit
