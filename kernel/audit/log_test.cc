#include "kernel/audit/log.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/crypto.h"
#include "kernel/audit/reads.h"
#include "kernel/db_testing/db_testing.h"
#include "merkle.h"
#include "note.h"

namespace tinhso::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class AuditLogTest : public db_testing::DbTest {
 protected:
  void SetUp() override {
    Migrate({db::Migrations_kernel_audit()});
    log_ = OpenLog(database(), "ours");
  }

  std::unique_ptr<Log> OpenLog(db::Database& database, const std::string& name) {
    auto log = Log::Open(database, clock_, {temp_dir() + "/" + name + ".key", name + ".example.vn/audit"});
    EXPECT_TRUE(log.ok()) << log.error().reason << " " << log.error().detail;
    return log.ok() ? std::move(*log) : nullptr;
  }

  int64_t StageRead(int64_t person_id, int64_t subject_id) {
    Event event;
    event.authority_id = 1;
    event.kind = "dossier.read";
    event.subject_kind = "dossier";
    event.subject_id = subject_id;
    event.account_id = 7;
    event.assignment_id = 8;
    event.by_position = "Chuyên viên";
    event.by_unit_id = 44;
    event.person_id = person_id;
    event.at_us = clock_.NowUs();
    event.data = {{"purpose", "handle"}, {"dossier_code", "H12.126-261123-0001"}};
    EXPECT_TRUE(database().Write([&](db::Tx& tx) { return Stage(tx, event); }).ok());
    auto row = database().Read([](db::Tx& tx) { return tx.QueryOne("SELECT MAX(audit_id) FROM audit_event", {}); });
    return (*row)->Int(0);
  }
  void SealSigned() {
    auto sealed = log_->Seal(10'000);
    ASSERT_TRUE(sealed.ok()) << sealed.error().reason << " " << sealed.error().detail;
  }
  void Tamper(const db::Sql& sql) {
    auto changed = database().Write([&](db::Tx& tx) { return tx.Execute(sql, {}); });
    ASSERT_TRUE(changed.ok()) << changed.error().detail;
    ASSERT_GT(*changed, 0) << sql.text();
  }
  http::Response Get(const std::string& path, std::map<std::string, std::string> query = {}, int64_t person_id = 0) {
    http::Router router;
    router.Add(log_->Routes({[](int64_t id) { return "Phòng " + std::to_string(id); }, [](db::Tx&) { return Ok(); }, [] {}}));
    http::Request request;
    request.method = "GET";
    request.path = path;
    request.query = std::move(query);
    return http::Dispatch(router, [&](const http::Request&) -> Result<std::optional<http::Principal>> {
      if (person_id == 0) return std::optional<http::Principal>();
      http::Principal who;
      who.account_id = person_id + 1000;
      who.person_id = person_id;
      who.permissions = {"audit.read"};
      return std::optional<http::Principal>(who);
    }, request);
  }

  FixedClock clock_{1'790'000'000'000'000};
  std::unique_ptr<Log> log_;
};
TINHSO_ON_BOTH_ENGINES(AuditLogTest);

TEST_P(AuditLogTest, SignsWhatIsSealedAndOnlyWhenItGrows) {
  EXPECT_FALSE((*log_->Latest()).has_value());
  SealSigned();
  EXPECT_FALSE((*log_->Latest()).has_value()) << "an empty log has nothing to sign";
  for (int i = 0; i < 3; ++i) StageRead(9, i);
  SealSigned();
  auto head = *log_->Latest();
  ASSERT_TRUE(head);
  auto note = Note::Parse(head->note);
  ASSERT_TRUE(note.ok());
  EXPECT_NE(FindValid(*note, *VerifierKey::Parse(log_->verifier_key())), nullptr);
  auto said = Checkpoint::Parse(note->text);
  EXPECT_EQ(said->origin, "ours.example.vn/audit");
  EXPECT_EQ(said->size, 3);
  SealSigned();
  auto report = log_->Check();
  EXPECT_EQ(report->checkpoints, 1);
  EXPECT_THAT(report->problems, ElementsAre());
}

TEST_P(AuditLogTest, TheKeyFileIsPrivateAndTheLogKnowsItsKey) {
  const std::string path = temp_dir() + "/ours.key";
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const auto reason = [&](const std::string& file) {
    auto log = Log::Open(database(), clock_, {file, ""});
    return log.ok() ? std::string("ok") : log.error().reason;
  };
  EXPECT_EQ(reason(path), "ok");
  ::chmod(path.c_str(), 0640);
  EXPECT_EQ(reason(path), "audit_key_too_open");
  ::chmod(path.c_str(), 0600);
  EXPECT_EQ(reason(temp_dir() + "/absent.key"), "audit_key_missing");
  EXPECT_FALSE(std::filesystem::exists(temp_dir() + "/absent.key")) << "no second key is made for a log that has one";
  std::ofstream(temp_dir() + "/broken.key") << "PRIVATE+KEY+x\n";
  ::chmod((temp_dir() + "/broken.key").c_str(), 0600);
  EXPECT_EQ(reason(temp_dir() + "/broken.key"), "audit_key_malformed");
  const SignerKey other = SignerKey::Generate("other", KeyType::kLog), witness = SignerKey::Generate("w", KeyType::kCosignature);
  std::ofstream(temp_dir() + "/other.key") << other.Text() << "\n" << witness.Text() << "\n";
  ::chmod((temp_dir() + "/other.key").c_str(), 0600);
  EXPECT_EQ(reason(temp_dir() + "/other.key"), "audit_key_mismatch");
}

TEST_P(AuditLogTest, ANewKeyIsAnnouncedByTheOldOneAndTheCheckFollows) {
  const int64_t before = StageRead(9, 1);
  SealSigned();
  const std::string old_key = log_->verifier_key(), old_proof = *log_->Prove(before), path = temp_dir() + "/ours.key";
  std::string new_key;
  for (int i = 0; i < 2; ++i) {
    auto rotated = RotateKey(database(), clock_, path);
    ASSERT_TRUE(rotated.ok()) << rotated.error().reason << " " << rotated.error().detail;
    new_key = *rotated;
  }
  // Who was not stopped signs nothing that would have to be believed.
  StageRead(9, 2);
  EXPECT_EQ(log_->Seal(100).error().reason, "audit_key_rotated");
  log_ = OpenLog(database(), "ours");
  EXPECT_EQ(log_->verifier_key(), new_key);
  SealSigned();
  const auto rotations = *log_->Rotations();
  ASSERT_EQ(rotations.size(), 2u);
  EXPECT_EQ(rotations[0].old_key, old_key);
  EXPECT_EQ(rotations[0].new_key, rotations[1].old_key);
  EXPECT_EQ(rotations[1].new_key, new_key);
  auto report = log_->Check();
  EXPECT_THAT(report->problems, ElementsAre());
  EXPECT_EQ(report->checkpoints, 4);
  EXPECT_TRUE(VerifyProof(old_proof, old_key, {}).ok());
  EXPECT_TRUE(VerifyProof(*log_->Prove(before), new_key, {}).ok());
  EXPECT_EQ(VerifyProof(*log_->Prove(before), old_key, {}).error().reason, "audit_proof_signature");
  std::ifstream file(path);
  const std::string kept((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(kept.find("PRIVATE"), kept.find("PRIVATE+KEY+" + new_key.substr(0, new_key.find('+', new_key.find('+') + 1)))) << "the old half is gone";
  // A crash between file and database leaves two private halves in the file.
  const std::string other = SignerKey::Generate("ours.example.vn/audit", KeyType::kLog).Text() + "\n";
  for (const std::string& both : {other + kept, kept + other}) {
    std::ofstream(path) << both;
    EXPECT_EQ(OpenLog(database(), "ours")->verifier_key(), new_key);
  }
  // Who names a key of his own as the one before has no signature of it under a checkpoint that ours signed too.
  const std::string forged = SignerKey::Generate("ours.example.vn/audit", KeyType::kLog).Verifier().Text();
  ASSERT_TRUE(database().Write([&](db::Tx& tx) {
    return tx.Execute("UPDATE audit_rotation SET old_key = $1 WHERE tree_size = (SELECT MIN(tree_size) FROM audit_rotation)", {forged});
  }).ok());
  EXPECT_THAT(log_->Check()->problems, testing::Contains(HasSubstr("not signed by both keys")));
}

// What a proof says must hold offline, and nothing else.
TEST_P(AuditLogTest, ProofFilesHoldAndTamperedOnesDoNot) {
  std::vector<int64_t> ids;
  for (int i = 0; i < 300; ++i) ids.push_back(StageRead(9 + i % 2, i));
  EXPECT_EQ(log_->Prove(ids[0]).error().reason, "audit_event_not_sealed");
  SealSigned();
  for (const int64_t id : {ids[0], ids[255], ids[256], ids[299]}) {
    auto file = log_->Prove(id);
    ASSERT_TRUE(file.ok()) << file.error().reason;
    auto verified = VerifyProof(*file, log_->verifier_key(), {});
    ASSERT_TRUE(verified.ok()) << verified.error().reason;
    EXPECT_EQ(verified->tree_size, 300);
    EXPECT_EQ(json::GetText(verified->event, "kind"), "dossier.read");
    EXPECT_EQ(json::GetInt(verified->event, "audit_id"), id);

    ProofFile changed = *ProofFile::Parse(*file);
    const std::string extra = changed.extra;
    const size_t at = changed.extra.find("\"account_id\":7");
    ASSERT_NE(at, std::string::npos);
    changed.extra.replace(at, 14, "\"account_id\":8");
    EXPECT_EQ(VerifyProof(changed.Serialize(), log_->verifier_key(), {}).error().reason, "audit_proof_inclusion");
    changed.extra = extra;
    changed.index += changed.index == 299 ? -1 : 1;
    EXPECT_EQ(VerifyProof(changed.Serialize(), log_->verifier_key(), {}).error().reason, "audit_proof_inclusion");
    EXPECT_EQ(VerifyProof(*file, SignerKey::Generate(log_->origin(), KeyType::kLog).Verifier().Text(), {}).error().reason,
              "audit_proof_signature");
  }
  EXPECT_EQ(log_->Prove(5).error().reason, "audit_event_not_found");
  EXPECT_TRUE(log_->Prove(ids[0], 9).ok());
  EXPECT_EQ(log_->Prove(ids[0], 10).error().reason, "audit_event_not_found") << "another person's event";
}

TEST_P(AuditLogTest, AfterAnErasureOldProofsHoldAndNewOnesAreRefused) {
  const int64_t erased = StageRead(9, 1), kept = StageRead(10, 2);
  SealSigned();
  auto before = log_->Prove(erased);
  ASSERT_TRUE(before.ok());
  ASSERT_TRUE(Erase(database(), {9, 0, "Yêu cầu"}, clock_.NowUs()).ok());
  SealSigned();
  EXPECT_TRUE(VerifyProof(*before, log_->verifier_key(), {}).ok()) << "the person's own copy still proves";
  EXPECT_EQ(log_->Prove(erased).error().reason, "audit_event_erased");
  EXPECT_TRUE(VerifyProof(*log_->Prove(kept), log_->verifier_key(), {}).ok());
  auto report = log_->Check();
  EXPECT_EQ(report->erased, 1);
  EXPECT_THAT(report->problems, ElementsAre());
}

// Who cuts off the newest events together with the head still contradicts the signed checkpoints.
TEST_P(AuditLogTest, ALogCutShortIsFound) {
  for (int i = 0; i < 2; ++i) StageRead(9, i);
  SealSigned();
  auto frontier = database().Read([](db::Tx& tx) { return tx.QueryOne("SELECT frontier FROM audit_log", {}); });
  StageRead(9, 2);
  SealSigned();
  Tamper("DELETE FROM audit_entry WHERE leaf_index = 2");
  Tamper("DELETE FROM audit_event WHERE subject_id = 2");
  const std::string old = (*frontier)->Text(0);
  ASSERT_TRUE(database().Write([&](db::Tx& tx) { return tx.Execute("UPDATE audit_log SET tree_size = 2, frontier = $1", {old}); }).ok());
  EXPECT_THAT(log_->Check()->problems, ElementsAre(HasSubstr("fewer leaves than the checkpoint at 3")));
}

// Who rewrites events, hashes, tree and checkpoints consistently has no key to sign them with.
TEST_P(AuditLogTest, ACheckpointSignedByAnotherKeyIsFound) {
  StageRead(9, 1);
  SealSigned();
  const SignerKey forged = SignerKey::Generate(log_->origin(), KeyType::kLog);
  auto head = *log_->Latest();
  const std::string text = Checkpoint{log_->origin(), head->size, head->root}.Text();
  const std::string note = Note{text, {Sign(forged, text)}}.Serialize();
  const std::string key = forged.Verifier().Text();
  ASSERT_TRUE(database().Write([&](db::Tx& tx) -> Status {
    TINHSO_TRY(tx.Execute("UPDATE audit_checkpoint SET note = $1", {note}));
    TINHSO_TRY(tx.Execute("UPDATE audit_log SET verifier_key = $1", {key}));
    return Ok();
  }).ok());
  EXPECT_THAT(log_->Check()->problems, ElementsAre(HasSubstr("not signed by this log's key")));
}

TEST_P(AuditLogTest, TilesAndEntriesGiveTheSignedRoot) {
  for (int i = 0; i < 600; ++i) StageRead(9, i);
  SealSigned();
  const auto head = *log_->Latest();
  Frontier tree;
  for (const char* path : {"/audit/tile/entries/000", "/audit/tile/entries/001", "/audit/tile/entries/002.p/88"}) {
    const auto bundle = Get(path);
    ASSERT_EQ(bundle.status, 200) << path;
    for (size_t at = 0; at < bundle.body.size(); at += 34) {
      ASSERT_EQ(bundle.body.substr(at, 2), std::string("\x00\x20", 2));
      tree.Append(LeafHash(bundle.body.substr(at + 2, 32)));
    }
  }
  EXPECT_EQ(tree.Root(), head->root);
  std::string level1;
  for (const char* path : {"/audit/tile/0/000", "/audit/tile/0/001"}) {
    Frontier tile;
    const auto response = Get(path);
    ASSERT_EQ(response.body.size(), 8192u);
    for (size_t at = 0; at < 8192; at += 32) tile.Append(response.body.substr(at, 32));
    level1 += tile.Root();
  }
  EXPECT_EQ(Get("/audit/tile/1/000.p/2").body, level1);
  for (const char* absent : {"/audit/tile/0/003", "/audit/tile/0/002", "/audit/tile/0/002.p/89", "/audit/tile/1/000", "/audit/tile/1/000.p/3",
                             "/audit/tile/2/000.p/1", "/audit/tile/9/000", "/audit/tile/0/x999/x999/x999/999", "/audit/tile/entries/999"})
    EXPECT_EQ(Get(absent).status, 404) << absent;
  EXPECT_EQ(Get("/audit/tile/0/002.p/1").status, 200) << "of an earlier tree size";

  const auto inclusion = Get("/api/v1/audit/inclusion", {{"leaf_index", "511"}, {"tree_size", "513"}});
  ASSERT_EQ(inclusion.status, 200) << inclusion.body;
  const json::object proof = json::Parse(inclusion.body)->as_object();
  std::vector<std::string> hashes;
  for (const auto& hash : proof.at("hashes").as_array()) hashes.push_back(*crypto::Base64Decode(hash.as_string()));
  EXPECT_TRUE(InclusionHolds(*crypto::Base64Decode(json::GetText(proof, "leaf_hash")), 511, 513, hashes,
                             *crypto::Base64Decode(json::GetText(proof, "root_hash"))));
  const auto consistency = json::Parse(Get("/api/v1/audit/consistency", {{"from", "257"}}).body)->as_object();
  hashes.clear();
  for (const auto& hash : consistency.at("hashes").as_array()) hashes.push_back(*crypto::Base64Decode(hash.as_string()));
  EXPECT_TRUE(ConsistencyHolds(257, 600, hashes, *crypto::Base64Decode(json::GetText(consistency, "from_root_hash")), head->root));
  EXPECT_EQ(Get("/api/v1/audit/inclusion", {{"leaf_index", "600"}}).status, 404);
  EXPECT_EQ(Get("/api/v1/audit/consistency", {{"from", "3"}, {"to", "601"}}).status, 404);
}

// Two installations; the network between them is a function call.
class WitnessTest : public AuditLogTest {
 protected:
  void SetUp() override {
    AuditLogTest::SetUp();
    other_ = std::make_unique<db_testing::TestDatabase>(GetParam());
    other_->Migrate({db::Migrations_kernel_audit()});
    witness_ = OpenLog(other_->database(), "witness");
    ASSERT_TRUE(witness_->AddWatched(log_->verifier_key(), nullptr).ok());
    ASSERT_TRUE(log_->AddWitness(witness_->witness_key(), "https://witness.example.vn/audit/witness/", nullptr).ok());
  }
  WitnessTransport Network() {
    return [this](const std::string& url, const std::string& body) -> Result<WitnessAnswer> {
      EXPECT_EQ(url, "https://witness.example.vn/audit/witness/add-checkpoint");
      ++sent_;
      TINHSO_ASSIGN(auto response, witness_->AddCheckpoint(body));
      return WitnessAnswer{response.status, response.content_type, response.body};
    };
  }
  std::string StateOfWitness() {
    auto row = database().Read([](db::Tx& tx) { return tx.QueryOne("SELECT state FROM audit_witness", {}); });
    return (*row)->Text(0);
  }
  std::string AlarmOfWatched() {
    auto row = other_->database().Read([](db::Tx& tx) { return tx.QueryOne("SELECT alarm FROM audit_watched", {}); });
    return (*row)->Text(0);
  }
  void Grow(int n) {
    for (int i = 0; i < n; ++i) StageRead(9, ++subject_);
    SealSigned();
  }
  // A checkpoint of any tree, signed by our key: what whoever holds key and database can make.
  std::string Signed(const std::vector<std::string>& leaves, const SignerKey& key) {
    Frontier tree;
    for (const auto& leaf : leaves) tree.Append(LeafHash(leaf));
    const std::string text = Checkpoint{key.name, tree.size(), tree.Root(), ""}.Text();
    return Note{text, {Sign(key, text)}}.Serialize();
  }

  std::unique_ptr<db_testing::TestDatabase> other_;
  std::unique_ptr<Log> witness_;
  int sent_ = 0, subject_ = 0;
};
TINHSO_ON_BOTH_ENGINES(WitnessTest);

TEST_P(WitnessTest, CosignsAGrowingLogAndTheCosignatureTravelsInCheckpointAndProof) {
  for (const int n : {3, 1, 300}) {
    Grow(n);
    ASSERT_TRUE(log_->Cosign(Network()).ok());
    auto head = *log_->Latest();
    int64_t time_s = 0;
    EXPECT_NE(FindValid(*Note::Parse(head->note), *VerifierKey::Parse(witness_->witness_key()), &time_s), nullptr);
    EXPECT_EQ(time_s, clock_.NowUs() / kUsPerSecond);
    EXPECT_EQ(StateOfWitness(), "ok");
  }
  EXPECT_EQ(sent_, 3);
  ASSERT_TRUE(log_->Cosign(Network()).ok());
  EXPECT_EQ(sent_, 3) << "nothing new, nothing sent";
  clock_.Advance(25 * 3600 * kUsPerSecond);
  ASSERT_TRUE(log_->Cosign(Network()).ok());
  EXPECT_EQ(sent_, 4) << "renewed once a day";
  auto id = database().Read([](db::Tx& tx) { return tx.QueryOne("SELECT MIN(audit_id) FROM audit_event WHERE person_id = 9", {}); });
  auto verified = VerifyProof(*log_->Prove((*id)->Int(0)), log_->verifier_key(), {witness_->witness_key(), log_->witness_key()});
  ASSERT_TRUE(verified.ok());
  EXPECT_THAT(verified->witnesses, ElementsAre("witness.example.vn/audit/witness"));
  EXPECT_THAT(log_->Check()->problems, ElementsAre());
  EXPECT_GE(log_->Check()->cosignatures, 3);
  Tamper("UPDATE audit_cosignature SET line = (SELECT line FROM audit_cosignature WHERE tree_size = (SELECT MIN(tree_size) FROM audit_cosignature))");
  EXPECT_THAT(log_->Check()->problems, testing::Contains(HasSubstr("cosignature of")));
}

TEST_P(WitnessTest, FollowsEveryChangeOfTheKeyThatBothKeysSigned) {
  Grow(3);
  ASSERT_TRUE(log_->Cosign(Network()).ok());
  std::string new_key;
  for (int i = 0; i < 2; ++i) new_key = *RotateKey(database(), clock_, temp_dir() + "/ours.key");
  log_ = OpenLog(database(), "ours");
  Grow(2);
  ASSERT_TRUE(log_->Cosign(Network()).ok());
  EXPECT_EQ(StateOfWitness(), "ok");
  EXPECT_EQ(sent_, 4) << "both changes, then the head";
  auto watched = other_->database().Read([](db::Tx& tx) { return tx.QueryOne("SELECT verifier_key, key_id FROM audit_watched", {}); });
  EXPECT_EQ((*watched)->Text(0), new_key);
  EXPECT_EQ((*watched)->Text(1), VerifierKey::Parse(new_key)->IdHex());
  EXPECT_THAT(log_->Check()->problems, ElementsAre());
  EXPECT_GE(log_->Check()->cosignatures, 4);

  // Whoever has stolen the key cannot hand the log to one that does not sign itself; nor can a stranger announce one.
  const auto announce = [&](const SignerKey& by, const SignerKey& next, bool both) {
    Frontier tree;
    auto entries = database().Read([](db::Tx& tx) { return tx.Query("SELECT entry_hash FROM audit_entry ORDER BY leaf_index", {}); });
    for (const auto& row : *entries) tree.Append(LeafHash(*crypto::HexDecode(row.Text(0))));
    const std::string text = Checkpoint{by.name, tree.size(), tree.Root(), next.Verifier().Text()}.Text();
    Note note{text, {Sign(by, text)}};
    if (both) note.signatures.push_back(Sign(next, text));
    return witness_->AddCheckpoint(AddCheckpoint{tree.size(), {}, note.Serialize()}.Serialize())->status;
  };
  std::ifstream file(temp_dir() + "/ours.key");
  std::string line;
  while (!line.starts_with("PRIVATE")) std::getline(file, line);
  const SignerKey ours = *SignerKey::Parse(line);
  const SignerKey next = SignerKey::Generate(ours.name, KeyType::kLog), stranger = SignerKey::Generate(ours.name, KeyType::kLog);
  for (const int status : {announce(ours, next, false), announce(stranger, next, true)}) EXPECT_EQ(status, 403);
  EXPECT_EQ(announce(ours, next, true), 200);
}

TEST_P(WitnessTest, ALogThatForgotHowFarTheWitnessIsAsksAndGoesOn) {
  Grow(5);
  ASSERT_TRUE(log_->Cosign(Network()).ok());
  Tamper("UPDATE audit_witness SET seen_size = 0");
  Grow(5);
  ASSERT_TRUE(log_->Cosign(Network()).ok());
  EXPECT_EQ(sent_, 3);
  EXPECT_EQ(StateOfWitness(), "ok");
}

TEST_P(WitnessTest, ARewrittenHistoryIsRefusedAndBothRaiseTheAlarm) {
  Grow(5);
  ASSERT_TRUE(log_->Cosign(Network()).ok());
  // The whole database is rewritten, with the key: entries, head, checkpoints. Only the witness remembers.
  Tamper("DELETE FROM audit_checkpoint");
  Tamper("UPDATE audit_entry SET entry_hash = (SELECT e.entry_hash FROM audit_entry AS e WHERE e.leaf_index = 1) WHERE leaf_index = 0");
  auto entries = database().Read([](db::Tx& tx) { return tx.Query("SELECT entry_hash FROM audit_entry ORDER BY leaf_index", {}); });
  Frontier rewritten;
  for (const auto& row : *entries) rewritten.Append(LeafHash(*crypto::HexDecode(row.Text(0))));
  const std::string frontier = rewritten.Serialize();
  ASSERT_TRUE(database().Write([&](db::Tx& tx) { return tx.Execute("UPDATE audit_log SET frontier = $1", {frontier}); }).ok());
  Grow(4);
  ASSERT_TRUE(log_->Cosign(Network()).ok());
  EXPECT_EQ(StateOfWitness(), "alarm");
  EXPECT_EQ(AlarmOfWatched(), "proof_refused");
  EXPECT_EQ(*log_->Alarms(), 1);
  EXPECT_EQ(*witness_->Alarms(), 1);
  EXPECT_THAT(log_->Check()->problems, testing::Contains(HasSubstr("contradicts this log")));
  EXPECT_THAT(witness_->Check()->problems, ElementsAre(HasSubstr("could not prove its history")));
  // It is an event in both logs.
  for (db::Database* one : {&database(), &other_->database()}) {
    auto alarms = one->Read([](db::Tx& tx) { return tx.QueryOne("SELECT COUNT(*) FROM audit_event WHERE kind = 'audit.alarm'", {}); });
    EXPECT_EQ((*alarms)->Int(0), 1);
  }
  ASSERT_TRUE(log_->Cosign(Network()).ok());
  auto alarms = database().Read([](db::Tx& tx) { return tx.QueryOne("SELECT COUNT(*) FROM audit_event WHERE kind = 'audit.alarm'", {}); });
  EXPECT_EQ((*alarms)->Int(0), 1) << "raised once, kept until somebody acts";
}

TEST_P(WitnessTest, AShrunkHistoryRaisesTheAlarm) {
  Grow(5);
  ASSERT_TRUE(log_->Cosign(Network()).ok());
  // Restored from before: the log has less than its witness has seen, and does not know it.
  Tamper("UPDATE audit_witness SET seen_size = 0, state = 'new'");
  Tamper("DELETE FROM audit_checkpoint");
  const std::string text = Checkpoint{log_->origin(), 2, std::string(32, 'r')}.Text();
  std::ifstream file(temp_dir() + "/ours.key");
  std::string line;
  while (std::getline(file, line) && !line.starts_with("PRIVATE")) {
  }
  const std::string note = Note{text, {Sign(*SignerKey::Parse(line), text)}}.Serialize();
  ASSERT_TRUE(database().Write([&](db::Tx& tx) {
    return tx.Execute("INSERT INTO audit_checkpoint (authority_id, tree_size, root_hash, note, signed_at_us) VALUES (0, 2, $1, $2, 1)",
                      {crypto::HexEncode(std::string(32, 'r')), note});
  }).ok());
  ASSERT_TRUE(log_->Cosign(Network()).ok());
  EXPECT_EQ(StateOfWitness(), "alarm");
  EXPECT_EQ(AlarmOfWatched(), "") << "an old checkpoint by itself is no proof of anything";
}

TEST_P(WitnessTest, AnswersAsTheProtocolSays) {
  std::ifstream file(temp_dir() + "/ours.key");
  std::string line;
  while (std::getline(file, line) && !line.starts_with("PRIVATE")) {
  }
  const SignerKey key = *SignerKey::Parse(line), stranger = SignerKey::Generate("stranger.example", KeyType::kLog);
  const SignerKey thief = SignerKey::Generate(key.name, KeyType::kLog);
  const auto post = [&](int64_t old_size, const std::string& note, std::vector<std::string> hashes = {}) {
    auto response = witness_->AddCheckpoint(AddCheckpoint{old_size, std::move(hashes), note}.Serialize());
    EXPECT_TRUE(response.ok());
    return response.ok() ? *response : http::Response{};
  };
  const std::vector<std::string> two = {"a", "b"}, three = {"a", "b", "c"}, fork = {"a", "x"};
  EXPECT_EQ(witness_->AddCheckpoint("rubbish")->status, 400);
  EXPECT_EQ(post(0, Signed(two, stranger)).status, 404);
  EXPECT_EQ(post(0, Signed(two, thief)).status, 403);
  EXPECT_EQ(post(3, Signed(two, key)).status, 400);
  const auto ahead = post(1, Signed(two, key));
  EXPECT_EQ(ahead.status, 409);
  EXPECT_EQ(ahead.body, "0\n");
  EXPECT_EQ(ahead.content_type, "text/x.tlog.size");
  EXPECT_EQ(post(0, Signed(two, key), {LeafHash("a")}).status, 422) << "from nothing there is nothing to prove";
  EXPECT_EQ(AlarmOfWatched(), "");
  const auto first = post(0, Signed(two, key));
  EXPECT_EQ(first.status, 200);
  EXPECT_THAT(first.body, StartsWith("\xE2\x80\x94 witness.example.vn/audit/witness "));
  EXPECT_EQ(post(2, Signed(two, key)).status, 200) << "the same again is signed again";
  EXPECT_EQ(post(2, Signed(three, key)).status, 422);
  EXPECT_EQ(AlarmOfWatched(), "proof_refused");
  EXPECT_EQ(post(2, Signed(three, key), {LeafHash("c")}).status, 200);
  EXPECT_EQ(AlarmOfWatched(), "") << "somebody else's rubbish proof is forgotten once the log proves itself";
  EXPECT_EQ(post(2, Signed(two, key)).body, "3\n");
  EXPECT_EQ(post(3, Signed({"a", "b", "y"}, key)).status, 409) << "another tree of the same size";
  EXPECT_EQ(AlarmOfWatched(), "rewritten");
  EXPECT_EQ(post(3, Signed(three, key)).status, 200);
  EXPECT_EQ(AlarmOfWatched(), "rewritten") << "two signed trees of one size stay proven";
}

TEST_P(WitnessTest, AnUnreachableOrUnwillingWitnessIsShownAndTriedAgain) {
  Grow(1);
  ASSERT_TRUE(log_->Cosign([](const std::string&, const std::string&) -> Result<WitnessAnswer> {
    return MakeError(ErrorCode::kUnavailable, "outbound_timeout");
  }).ok());
  EXPECT_EQ(StateOfWitness(), "unreachable");
  ASSERT_TRUE(log_->Cosign([](const std::string&, const std::string&) -> Result<WitnessAnswer> {
    return WitnessAnswer{200, "text/plain", "\xE2\x80\x94 somebody.else AAAAAAAA\n"};
  }).ok());
  EXPECT_EQ(StateOfWitness(), "refused");
  ASSERT_TRUE(log_->Cosign(Network()).ok());
  EXPECT_EQ(StateOfWitness(), "ok");
}

TEST_P(WitnessTest, OnlySoundKeysAreTakenAndOnlyOnce) {
  EXPECT_EQ(log_->AddWitness(witness_->witness_key(), "https://w", nullptr).error().reason, "audit_witness_exists");
  EXPECT_EQ(log_->AddWitness(witness_->verifier_key(), "https://w", nullptr).error().fields[0].pointer, "/verifier_key");
  EXPECT_EQ(log_->AddWitness(log_->witness_key(), "ftp://w", nullptr).error().fields[0].pointer, "/url");
  EXPECT_EQ(witness_->AddWatched(log_->verifier_key(), nullptr).error().reason, "audit_watched_exists");
  EXPECT_EQ(witness_->AddWatched(witness_->verifier_key(), nullptr).error().fields[0].pointer, "/verifier_key") << "not itself";
  EXPECT_EQ(log_->RemoveWitness("nobody", nullptr).error().reason, "audit_witness_not_found");
  const std::string id = VerifierKey::Parse(witness_->witness_key())->IdHex();
  EXPECT_TRUE(log_->RemoveWitness(id, nullptr).ok());
}

TEST_P(AuditLogTest, APersonSeesWhoReadWithPurposeAndBasisAndOnlyOwnData) {
  StageRead(9, 1);
  StageRead(10, 2);
  Event list;
  list.authority_id = 1;
  list.kind = "dossier.listed";
  list.account_id = 7;
  list.people = {9, 11};
  list.data = {{"purpose", "search"}};
  list.at_us = clock_.NowUs();
  ASSERT_TRUE(database().Write([&](db::Tx& tx) { return Stage(tx, list); }).ok());
  SealSigned();
  const auto response = Get("/api/v1/me/data-access", {}, 9);
  ASSERT_EQ(response.status, 200) << response.body;
  const json::array items = json::Parse(response.body)->as_object().at("items").as_array();
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(json::GetText(items[0].as_object(), "kind"), "dossier.listed");
  const json::object& read = items[1].as_object();
  EXPECT_EQ(json::GetText(read, "position"), "Chuyên viên");
  EXPECT_EQ(json::GetText(read, "unit_name"), "Phòng 44");
  EXPECT_EQ(json::GetText(read, "dossier_code"), "H12.126-261123-0001");
  EXPECT_THAT(json::GetText(read.at("purpose").as_object(), "vi"), HasSubstr("Giải quyết hồ sơ"));
  EXPECT_THAT(json::GetText(read.at("legal_basis").as_object(), "vi"), HasSubstr("91/2025/QH15"));
  // Page by page gives the same, once each.
  const auto first = json::Parse(Get("/api/v1/me/data-access", {{"limit", "1"}}, 9).body)->as_object();
  const auto second = json::Parse(Get("/api/v1/me/data-access", {{"limit", "1"}, {"cursor", json::GetText(first, "next_cursor")}}, 9).body)->as_object();
  EXPECT_EQ(first.at("items").as_array()[0], items[0]);
  EXPECT_EQ(second.at("items").as_array()[0], items[1]);
  EXPECT_TRUE(second.at("next_cursor").is_null());
  // The list's proof names the person it is for, and nobody else.
  const auto proof = Get("/api/v1/me/data-access/" + json::GetText(items[0].as_object(), "event_id") + "/proof", {}, 9);
  ASSERT_EQ(proof.status, 200) << proof.body;
  EXPECT_TRUE(VerifyProof(proof.body, log_->verifier_key(), {}).ok());
  ProofFile other = *ProofFile::Parse(proof.body);
  other.extra.replace(other.extra.find("person 9"), 8, "person 8");
  EXPECT_EQ(VerifyProof(other.Serialize(), log_->verifier_key(), {}).error().reason, "audit_proof_person");
  EXPECT_EQ(Get("/api/v1/me/data-access/" + json::GetText(read, "event_id") + "/proof", {}, 10).status, 404);
  EXPECT_EQ(Get("/api/v1/me/data-access/abc/proof", {}, 9).status, 404);
  EXPECT_EQ(Get("/api/v1/me/data-access").status, 401);
  EXPECT_EQ(Get("/api/v1/me/data-access", {{"cursor", "x"}}, 9).status, 400);
}

TEST_P(AuditLogTest, TheSameReadIsOneEventWithinTheWindow) {
  Reads reads;
  int completed = 0;
  const auto read = [&](int64_t account_id, std::vector<int64_t> people = {}) {
    Event event;
    event.kind = people.empty() ? "dossier.read" : "dossier.listed";
    event.account_id = account_id;
    event.subject_id = 5;
    event.people = std::move(people);
    event.at_us = clock_.NowUs();
    ASSERT_TRUE(reads.Record(database(), event, [&](Event&) { return ++completed, Ok(); }).ok());
  };
  read(1);
  read(1);
  EXPECT_EQ(completed, 1);
  read(2);
  EXPECT_EQ(completed, 2) << "another officer";
  read(1, {1, 2});
  read(1, {1, 2});
  read(1, {1, 3});
  EXPECT_EQ(completed, 4);
  clock_.Advance(kSameReadS * kUsPerSecond);
  read(1);
  EXPECT_EQ(completed, 5);
  auto count = database().Read([](db::Tx& tx) { return tx.QueryOne("SELECT COUNT(*) FROM audit_event", {}); });
  EXPECT_EQ((*count)->Int(0), 5) << "what was shown is recorded before it is shown";
}

TEST_P(AuditLogTest, AnUnrecordableReadIsNotShown) {
  Reads reads;
  Event event;
  event.kind = "no.such_kind";
  EXPECT_FALSE(reads.Record(database(), event, [](Event&) { return Ok(); }).ok());
}

}  // namespace
}  // namespace tinhso::audit
