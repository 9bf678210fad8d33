// Reception at any desk for any competent unit (tiếp nhận không phụ thuộc địa giới hành chính): what a unit's desk received for others,
// what others received for it, and whether the papers went on in time. Counted from both authorities' own records.
#include <algorithm>
#include <array>

#include "impl.h"

namespace tinhso::reports {

using dossiers::kNoDay;
using TransferFact = dossiers::Service::TransferFact;

namespace {

// `received` is the sum of the five that follow; the others are said of them besides.
enum DeskCell { kDeskReceived, kDeskWithoutPapers, kDeskSentInTime, kDeskSentLate, kDeskUnsentWithin, kDeskUnsentLate, kDeskTaken, kDeskReturnHere, kDeskReturned, kDeskCells };
constexpr std::array<const char*, kDeskCells> kDeskCellNames = {"received", "without_papers", "sent_in_time", "sent_late", "unsent_within",
                                                                "unsent_late", "taken", "return_here", "returned_here"};
constexpr const char* kDeskTitles[] = {"Số hồ sơ tiếp nhận", "Không có giấy tờ phải chuyển", "Chuyển đúng thời hạn", "Chuyển quá thời hạn",
                                       "Chưa chuyển, trong thời hạn", "Chưa chuyển, quá thời hạn", "Đã được xác nhận nhận giấy tờ",
                                       "Đăng ký trả kết quả tại nơi tiếp nhận", "Đã trả kết quả tại nơi tiếp nhận"};
constexpr std::string_view kSides[] = {"here", "elsewhere"};

using DeskCounts = std::array<int64_t, kDeskCells>;

// By dates, as of the end of the last day counted.
uint32_t DeskCellsOf(const TransferFact& f, const Period& period) {
  if (f.received_day < period.from_day || f.received_day > period.to_day) return 0;
  const bool sent = f.sent_day <= period.to_day;
  uint32_t cells = 1u << kDeskReceived;
  cells |= 1u << (!f.papers ? kDeskWithoutPapers : sent ? (f.sent_day <= f.due_day ? kDeskSentInTime : kDeskSentLate)
                                                        : (period.to_day <= f.due_day ? kDeskUnsentWithin : kDeskUnsentLate));
  if (f.papers && f.taken_day <= period.to_day) cells |= 1u << kDeskTaken;
  if (f.return_here) cells |= 1u << kDeskReturnHere;
  if (f.return_here && f.returned_day <= period.to_day) cells |= 1u << kDeskReturned;
  return cells;
}

struct DeskSide {
  DeskCounts total{};
  std::map<int64_t, DeskCounts> by_unit;  // the other authority
};

Result<DeskSide> TallySide(const dossiers::Service& dossiers, const Asked& asked, bool here) {
  DeskSide out;
  for (const orgs::Unit* one : asked.authorities) {
    TINHSO_TRY(dossiers.ForEachTransfer(one->unit_id, here, asked.until.from_day, asked.until.to_day, [&](const TransferFact& f) {
      const uint32_t cells = DeskCellsOf(f, asked.until);
      DeskCounts& row = out.by_unit[asked.units->InFrame(f.other_authority_id, asked.frame)];
      for (int i = 0; i < kDeskCells; ++i) {
        out.total[static_cast<size_t>(i)] += cells >> i & 1;
        row[static_cast<size_t>(i)] += cells >> i & 1;
      }
    }));
  }
  return out;
}

void WriteCounts(json::Writer& out, const DeskCounts& counts) {
  out.Object("cells");
  for (size_t i = 0; i < kDeskCells; ++i) out.Int(kDeskCellNames[i], counts[i]);
  out.EndObject();
}

std::vector<const orgs::Unit*> UnitsOf(const Asked& asked, const DeskSide& side) {
  std::vector<const orgs::Unit*> rows;
  for (const orgs::Unit& unit : asked.units->all())
    if (side.by_unit.contains(unit.unit_id)) rows.push_back(&unit);
  return rows;
}

std::string WriteAnyDesk(const Asked& asked, const std::array<DeskSide, 2>& sides, TimeUs now_us) {
  json::Writer out(8 * 1024);
  out.BeginObject().Object("unit").Text("unit_code", asked.unit->unit_code).Text("unit_name", asked.unit->short_name).Text("kind", asked.unit->kind);
  out.Bool("closed", !asked.unit->valid_to_on.empty()).EndObject();
  out.Text("from", FormatDate(CivilFromDays(asked.period.from_day))).Text("to", FormatDate(CivilFromDays(asked.period.to_day)));
  out.Text("until", FormatDate(CivilFromDays(asked.until.to_day))).Text("counted_at", FormatTime(now_us));
  for (size_t i = 0; i < 2; ++i) {
    out.Object(kSides[i]);
    WriteCounts(out, sides[i].total);
    out.Array("by_unit");
    for (const orgs::Unit* unit : UnitsOf(asked, sides[i])) {
      out.BeginObject().Text("unit_code", unit->unit_code).Text("unit_name", unit->short_name);
      WriteCounts(out, sides[i].by_unit.at(unit->unit_id));
      out.EndObject();
    }
    out.EndArray().EndObject();
  }
  return out.EndObject().Take();
}

Table TableOf(const Asked& asked, const DeskSide& side, bool here) {
  Table out{here ? "Tiếp nhận cho đơn vị khác" : "Đơn vị khác tiếp nhận",
            std::string("Tiếp nhận không phụ thuộc địa giới hành chính · ") + asked.unit->name + " · từ " + FormatDateVi(CivilFromDays(asked.period.from_day)) +
                " đến " + FormatDateVi(CivilFromDays(asked.period.to_day)),
            {here ? "Cơ quan có thẩm quyền giải quyết" : "Nơi tiếp nhận"}, {}};
  for (const char* title : kDeskTitles) out.columns.push_back(title);
  auto add = [&](const std::string& name, const DeskCounts& counts) {
    out.rows.push_back({name});
    for (int64_t count : counts) out.rows.back().emplace_back(count);
  };
  for (const orgs::Unit* unit : UnitsOf(asked, side)) add(unit->short_name, side.by_unit.at(unit->unit_id));
  add("Tổng cộng", side.total);
  return out;
}

// A desk and a division speak for their whole authority: what is received is received for all of it.
Result<Asked> ReadDeskAsked(const Service::Impl& m, const http::Request& request) {
  TINHSO_ASSIGN(Asked asked, m.ReadAsked(request));
  if (const orgs::Unit* authority = asked.units->ById(asked.unit->authority_id)) asked.unit = authority;
  return asked;
}

Result<std::array<DeskSide, 2>> TallyBoth(const dossiers::Service& dossiers, const Asked& asked) {
  std::array<DeskSide, 2> sides;
  TINHSO_ASSIGN(sides[0], TallySide(dossiers, asked, true));
  TINHSO_ASSIGN(sides[1], TallySide(dossiers, asked, false));
  return sides;
}

Result<http::Response> ListBehind(const Service::Impl& m, const http::Request& request) {
  TINHSO_ASSIGN(const Asked asked, ReadDeskAsked(m, request));
  const std::string_view side = request.Query("side"), cell = request.Query("cell");
  if (side != kSides[0] && side != kSides[1]) return FieldInvalid("?side", "field_option_unknown");
  const auto at = std::find(kDeskCellNames.begin(), kDeskCellNames.end(), cell);
  if (at == kDeskCellNames.end()) return FieldInvalid("?cell", "field_option_unknown");
  const auto bit = static_cast<uint32_t>(at - kDeskCellNames.begin());
  const orgs::Unit* row = nullptr;
  if (const std::string_view code = request.Query("row"); !code.empty()) {
    row = asked.units->ByCode(code);
    if (row == nullptr) return FieldInvalid("?row", "unit_not_found");
  }
  TINHSO_TRY(CheckReach(asked, *request.principal));
  dossiers::Service::TransferMatch params;
  params.here = side == kSides[0];
  params.from_day = asked.until.from_day;
  params.to_day = asked.until.to_day;
  params.cursor = std::string(request.Query("cursor"));
  TINHSO_ASSIGN(params.limit, request.QueryInt("limit", 1, 100, 50));
  params.match = [&](const TransferFact& f) {
    return (DeskCellsOf(f, asked.until) >> bit & 1) != 0 && (row == nullptr || asked.units->InFrame(f.other_authority_id, asked.frame) == row->unit_id);
  };
  TINHSO_ASSIGN(std::string list, m.deps.dossiers.ListTransfers(params, *request.principal));
  return http::Response::Bytes(std::move(list), "application/json");
}

}  // namespace

void Service::Impl::AddAnyDeskRoutes(std::vector<http::Route>& routes) {
  auto get = [&](const char* pattern, const char* permission, http::Handler handler) {
    routes.push_back({"GET", pattern, permission, "", http::BodyKind::kNone, std::move(handler)});
  };
  get("/api/v1/reports/any-desk", "reports.read", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(const Asked asked, ReadDeskAsked(*this, r));
    TINHSO_ASSIGN(const auto sides, TallyBoth(deps.dossiers, asked));
    return http::Response::Bytes(WriteAnyDesk(asked, sides, deps.clock.NowUs()), "application/json");
  });
  get("/api/v1/reports/any-desk/export", "reports.read", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_TRY(CheckFormat(r));
    TINHSO_ASSIGN(const Asked asked, ReadDeskAsked(*this, r));
    TINHSO_ASSIGN(const auto sides, TallyBoth(deps.dossiers, asked));
    return FileOf(r, "tiep-nhan-phi-dia-gioi", asked, {TableOf(asked, sides[0], true), TableOf(asked, sides[1], false)}, kSides, deps.temp_dir);
  });
  get("/api/v1/reports/any-desk/dossiers", "dossier.read", [this](http::Request& r) { return ListBehind(*this, r); });
}

}  // namespace tinhso::reports
