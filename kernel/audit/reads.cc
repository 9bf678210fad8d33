#include "kernel/audit/reads.h"

#include <algorithm>

#include "base/crypto.h"

namespace tinhso::audit {
namespace {

constexpr const char* kOneStopVi =
    "Nghị định 118/2025/NĐ-CP (giải quyết thủ tục hành chính theo cơ chế một cửa); Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15";
constexpr const char* kOneStopEn =
    "Decree 118/2025/ND-CP (procedures through the one-stop mechanism); Personal Data Protection Law 91/2025/QH15";

}  // namespace

const std::vector<Purpose>& Purposes() {
  static const std::vector<Purpose> purposes = {
      {"receive", "Tiếp nhận hồ sơ, trả kết quả", "Receiving the dossier, handing over the result", kOneStopVi, kOneStopEn},
      {"handle", "Giải quyết hồ sơ được giao", "Handling the dossier as assigned", kOneStopVi, kOneStopEn},
      {"consult", "Phối hợp giải quyết hồ sơ do cơ quan khác chủ trì", "Working on a dossier another agency leads", kOneStopVi,
       kOneStopEn},
      {"supervise", "Chỉ đạo, kiểm tra việc giải quyết hồ sơ", "Directing and checking how the dossier is handled", kOneStopVi,
       kOneStopEn},
      {"look_up", "Tra cứu hồ sơ của cơ quan, ngoài phần việc đang giữ", "Looking up a dossier of the agency, not one held at that time",
       kOneStopVi, kOneStopEn},
      {"search", "Tìm hồ sơ của cơ quan: tên của bạn có trong danh sách", "Searching the agency's dossiers: your name was in the list",
       kOneStopVi, kOneStopEn},
      {"identify", "Đối chiếu thông tin của người nộp khi tiếp nhận", "Checking who is filing, at reception", kOneStopVi, kOneStopEn},
      {"reconcile", "Đối chiếu, cập nhật giấy tờ tùy thân và dữ liệu cá nhân", "Comparing and updating identity papers and personal data",
       "Luật Căn cước 26/2023/QH15; Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15",
       "Identity Law 26/2023/QH15; Personal Data Protection Law 91/2025/QH15"},
      {"account", "Quản lý tài khoản và thông tin liên hệ", "Managing the account and contact details",
       "Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15", "Personal Data Protection Law 91/2025/QH15"},
  };
  return purposes;
}

const Purpose* FindPurpose(std::string_view purpose, std::string_view kind) {
  if (purpose.empty()) {
    if (kind == "dossier.submitted" || kind == "dossier.received") purpose = "receive";
    else if (kind.starts_with("dossier.") || kind.starts_with("result.")) purpose = "handle";
    else if (kind == "person.read") purpose = "identify";
    else if (kind.starts_with("person.") || kind.starts_with("account.")) purpose = "account";
  }
  const auto& all = Purposes();
  const auto it = std::find_if(all.begin(), all.end(), [&](const Purpose& p) { return purpose == p.purpose; });
  return it == all.end() ? nullptr : &*it;
}

bool Reads::IsKnown(const std::string& key, TimeUs now_us) {
  std::lock_guard lock(mutex_);
  for (const auto* generation : {&young_, &old_}) {
    const auto it = generation->find(key);
    if (it != generation->end() && now_us - it->second < kSameReadS * kUsPerSecond && it->second <= now_us) return true;
  }
  return false;
}

Status Reads::Record(db::Database& database, Event event, const std::function<Status(Event&)>& complete) {
  std::string key = event.kind + ':' + std::to_string(event.account_id) + ':' + std::to_string(event.assignment_id) + ':';
  if (event.people.empty()) {
    key += std::to_string(event.subject_id);
  } else {
    std::string ids;
    for (const int64_t id : event.people) ids += std::to_string(id) + ' ';
    key += crypto::Sha256Hex(ids);
  }
  if (IsKnown(key, event.at_us)) return Ok();
  TINHSO_TRY(complete(event));
  TINHSO_TRY(database.Write([&](db::Tx& tx) { return Stage(tx, event); }));
  std::lock_guard lock(mutex_);
  if (young_.size() >= kSameReadsMax / 2) {
    old_ = std::move(young_);
    young_.clear();
  }
  young_[std::move(key)] = event.at_us;
  return Ok();
}

}  // namespace tinhso::audit
