// Complaints (phản ánh, khiếu nại) of a person about one of his dossiers: he says what is wrong, a leader of the authority that owes the
// result answers within a time in working days, and the person reads the answer. Whoever received or handled the dossier may not
// answer: when that is every leader of the authority, the complaint goes to the authority above it. Signing at a leader's own step is
// not handling: a first complaint goes to the head of the agency (Law on Complaints 02/2011/QH13 arts. 7, 17).
// Thread rule: Service is thread-safe once LoadRules has run.
#pragma once
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "features/dossiers/dossiers.h"
#include "kernel/db/db.h"
#include "kernel/http/http.h"
#include "kernel/identity/identity.h"
#include "kernel/orgs/orgs.h"

TINHSO_DECLARE_MIGRATIONS(features_complaints);

namespace tinhso::complaints {

inline constexpr size_t kTextLengthMax = 3000;
inline constexpr size_t kAnswerLengthMax = 5000;
inline constexpr int kOfDossierMax = 5;  // complaints about one dossier; one of them open at a time

struct Deps {
  db::TenantRouter& router;
  const Clock& clock;
  orgs::Service& orgs;
  identity::Service& identity;
  dossiers::Service& dossiers;
};

class Service {
 public:
  explicit Service(Deps deps);
  ~Service();

  // How long an answer may take, by the day the complaint came: PACKS/_common/complaints.yaml. Without it 15 working days.
  // kInvalid "pack_invalid" with the fault in detail.
  Status LoadRules(const std::string& path);

  // Answers are JSON text of the contract's schemas.

  // kNotFound "dossier_not_found"; kForbidden "complaint_by_applicant_only"; kConflict "complaint_open", "complaints_full".
  struct FileParams {
    std::string dossier_code, kind, text;
  };
  Result<std::string> File(const FileParams& params, const http::Principal& who);
  // The person's own of one dossier, newest first.
  Result<std::string> OfDossier(std::string_view dossier_code, const http::Principal& who);
  // Those of the caller's authority, newest first. state "open" or "answered".
  struct ListParams {
    std::string state, cursor;
    int64_t limit = 50;
  };
  Result<std::string> List(const ListParams& params, const http::Principal& who);
  // kNotFound "complaint_not_found" for whoever's authority neither owes the result nor has to answer.
  Result<std::string> Get(std::string_view complaint_code, const http::Principal& who);
  // Errors: as Get; kConflict "complaint_version_stale", "complaint_answered"; kForbidden "complaint_elsewhere" when another authority
  // has to answer, "complaint_own_work" when the caller received or handled the dossier, or wrote the complaint.
  struct AnswerParams {
    std::string complaint_code, outcome, text;  // outcome "right", "partly", "not_right"
    int64_t version_seen = 0;
  };
  Result<std::string> Answer(const AnswerParams& params, const http::Principal& who);

  std::vector<http::Route> Routes();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tinhso::complaints
