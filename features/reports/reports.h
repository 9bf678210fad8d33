// Figures nobody types (báo cáo, chỉ số): counted from the facts of dossiers, for any unit and period, each number opening to its
// dossiers. Law: NĐ 118/2025/NĐ-CP, TT 03/2025/TT-VPCP (period reports, register), QĐ 766/QĐ-TTg (index of service).
// Thread rule: thread-safe.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "features/dossiers/dossiers.h"
#include "features/procedures/procedures.h"
#include "kernel/http/http.h"
#include "kernel/orgs/orgs.h"

namespace tinhso::reports {

struct Deps {
  const Clock& clock;
  orgs::Service& orgs;
  dossiers::Service& dossiers;
  procedures::Catalogue& catalogue;
  std::string temp_dir;    // workbooks being written
  std::string index_file;  // packs/_common/indices/766.yaml; read at each use, so that a correction holds at once
};

class Service {
 public:
  explicit Service(Deps deps);
  ~Service();
  // GET /api/v1/reports/one-stop[/dossiers|/export], /api/v1/reports/register[/export], /api/v1/indices/766[/dossiers],
  // /api/v1/reports/satisfaction[/dossiers], /api/v1/public/on-time
  std::vector<http::Route> Routes();
  // Whether both balances of the whole province's report hold, in every row.
  Result<bool> Closes(Date from, Date to);
  // The index's figures of dossiers over the whole province: "on_time" → {numerator, denominator}; days as "2026-09-30".
  Result<std::map<std::string, std::pair<int64_t, int64_t>>> IndexRatios(const std::string& from, const std::string& to);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tinhso::reports
