// Private parts shared by the .cc files of this feature.
#pragma once
#include <functional>
#include <map>
#include <mutex>
#include <span>

#include "base/json_writer.h"
#include "cells.h"
#include "index766.h"
#include "reports.h"
#include "workbook.h"

namespace tinhso::reports {

// Named limit "kPeriodDaysMax": the longest period asked for at once.
inline constexpr int64_t kPeriodDaysMax = 3'700;
// Named limit "kRegisterFileRowsMax": lines of the register in one file.
inline constexpr size_t kRegisterFileRowsMax = 20'000;

// What a report is asked of.
struct Asked {
  const orgs::Unit* unit = nullptr;
  std::shared_ptr<const orgs::Snapshot> units;
  Period period;                    // as asked
  Period until;                     // no later than today: what is true of a day that has not come?
  orgs::Snapshot::Frame frame = orgs::Snapshot::Frame::kAsIs;
  // A unit below an authority counts what it handles.
  bool part = false;
  // Authorities whose dossiers count.
  std::vector<const orgs::Unit*> authorities;
  // Whether a fact of those authorities counts.
  bool Counts(const dossiers::Fact& f) const;
  // The row a fact stands in: its authority, or within one authority the unit that handles it.
  int64_t RowUnit(const dossiers::Fact& f) const;
};

struct ProcedureBrief {
  std::string name, field, level, service_level;
};

struct OneStop {
  Cells total;
  std::map<int64_t, Cells> by_unit;
  std::map<std::string, Cells> by_level, by_field, by_procedure;
};

// Units with a row: the province, its departments, then communes, each by code.
std::vector<const orgs::Unit*> RowsInOrder(const orgs::Snapshot& units, const OneStop& report);

// unit_code, unit_name, kind, closed
void WriteUnit(json::Writer& out, const orgs::Snapshot& units, int64_t unit_id);
// unit, from, to, until, frame, counted_at of a report
void WriteHead(json::Writer& out, const Asked& asked, TimeUs now_us);

// An officer opens dossiers of the own authority: the scope asked for has to reach it. kForbidden "unit_out_of_scope".
Status CheckReach(const Asked& asked, const http::Principal& who);

// format=xlsx (all tables) or csv (table=, one of `names`).
Status CheckFormat(const http::Request& request);
Result<http::Response> FileOf(const http::Request& request, const char* what, const Asked& asked, std::vector<Table> tables,
                              std::span<const std::string_view> names, const std::string& temp_dir);

struct Service::Impl {
  explicit Impl(Deps d) : deps(std::move(d)) {}
  Deps deps;

  // unit=, from=, to=, frame= of a request. The unit may be left out: one's own authority.
  Result<Asked> ReadAsked(const http::Request& request) const;
  // "" = this year, today.
  Result<Asked> WholeProvince(const std::string& from, const std::string& to) const;
  ProcedureBrief Brief(const std::string& procedure_code) const;
  // Every fact that counts, of several authorities at a time. `visit` runs on one thread for each authority; the int says which.
  Status Scan(const Asked& asked, const std::function<void(size_t at, const dossiers::Fact&)>& visit) const;
  Result<OneStop> Tally(const Asked& asked) const;
  std::string WriteOneStop(const Asked& asked, const OneStop& report) const;
  std::vector<Table> TablesOf(const Asked& asked, const OneStop& report) const;
  Result<Table> RegisterTable(const Asked& asked, const http::Principal& who) const;
  // indices.cc
  Result<Definition> IndexDefinition(const Asked& asked) const;
  Result<std::map<Measure, Ratio>> Measure766(const Asked& asked) const;
  std::string WriteIndex(const Asked& asked, const Definition& definition, const std::map<Measure, Ratio>& measured) const;
  Result<http::Response> ListIndexDossiers(const http::Request& request) const;
  // satisfaction.cc
  Result<std::string> Satisfaction(const Asked& asked) const;
  Result<http::Response> ListSatisfactionDossiers(const http::Request& request) const;
  void AddSatisfactionRoutes(std::vector<http::Route>& routes);
  // This year's figures for everybody, kept for some minutes.
  Result<std::string> PublicRates();
  void AddIndexRoutes(std::vector<http::Route>& routes);
  void AddAnyDeskRoutes(std::vector<http::Route>& routes);  // any_desk.cc
  std::mutex public_mutex;
  std::string public_rates;
  TimeUs public_counted_us = 0;

  // Facts of one's own authority that count in `cells`, narrowed by procedure=, field=, level=, row= of a request.
  Result<dossiers::Service::MatchParams> ReadMatch(const http::Request& request, const Asked& asked, CellSet cells) const;
};

}  // namespace tinhso::reports
