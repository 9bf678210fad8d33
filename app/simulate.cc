#include "app/simulate.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "app/commands.h"
#include "app/demo.h"
#include "base/json.h"
#include "base/text.h"
#include "words.h"

namespace tinhso::app {
namespace {

// Of that many dossiers every result is printed before the command ends.
constexpr int64_t kSettledDossiersMax = 20'000;
constexpr int64_t kDossiersOfACitizen = 60;
constexpr int64_t kIdlePauseMs = 20;
constexpr int kJobsNiceness = 19;

const char* PositionFor(const std::string& role) {
  if (role == "one_stop_officer") return "Công chức tiếp nhận và trả kết quả";
  if (role == "leader") return "Lãnh đạo";
  if (role == "clerk") return "Văn thư";
  return "Chuyên viên";
}

// The people of the simulation: accounts made when first needed.
class Staff {
 public:
  explicit Staff(Platform& platform) : platform_(platform) {}

  Result<http::Principal> Officer(int64_t unit_id, const std::string& role) {
    std::lock_guard lock(mutex_);
    const auto key = std::make_pair(unit_id, role);
    if (auto known = officers_.find(key); known != officers_.end()) return known->second;
    const orgs::Unit* unit = platform_.orgs().snapshot()->ById(unit_id);
    if (unit == nullptr) return MakeError(ErrorCode::kInternal, "unit_unknown");
    std::string word = role;
    std::replace(word.begin(), word.end(), '_', '-');
    identity::NewAccount account;
    account.username = "mp-" + text::ToLower(unit->unit_code) + "-" + word;
    account.password = kDemoPassword;
    account.full_name = std::string(PositionFor(role)) + " " + unit->short_name;
    account.assignments = {{unit_id, role, PositionFor(role)}};
    account.demo = true;
    TINHSO_ASSIGN(const int64_t account_id, platform_.identity().CreateAccount(account));
    TINHSO_ASSIGN(http::Principal who, platform_.identity().ActingAs(account_id));
    officers_[key] = who;
    return who;
  }

  Result<http::Principal> Citizen(int64_t n, const identity::Person& person) {
    identity::NewAccount account;
    account.username = "mp-dan-" + std::to_string(n);
    account.password = kDemoPassword;
    account.full_name = person.full_name;
    account.person = person;
    account.demo = true;
    TINHSO_ASSIGN(const int64_t account_id, platform_.identity().CreateAccount(account));
    return platform_.identity().ActingAs(account_id);
  }

 private:
  Platform& platform_;
  std::mutex mutex_;
  std::map<std::pair<int64_t, std::string>, http::Principal> officers_;
};

}  // namespace

std::string SimulateSummary::ToJsonLine(const SimulateOptions& options) const {
  const int64_t per_second = elapsed_ms > 0 ? report.dossiers * 1000 / elapsed_ms : report.dossiers;
  return json::serialize(json::object{{"dossiers", report.dossiers}, {"acts", report.acts}, {"ratings", report.ratings}, {"ended", report.ended},
                                      {"open", report.open}, {"failed", report.failed}, {"first_failure", report.first_failure},
                                      {"jobs_run", jobs_run}, {"jobs_waiting", jobs_waiting}, {"jobs_dead", jobs_dead},
                                      {"report_closes", report_closes}, {"report_ms", report_ms}, {"elapsed_ms", elapsed_ms},
                                      {"per_second", per_second}, {"from", FormatDate(options.from)}, {"days", options.days},
                                      {"seed", static_cast<int64_t>(options.seed)}});
}

Result<SimulateSummary> Simulate(const PlatformOptions& platform_options, const SimulateOptions& options,
                                 const std::function<void(int64_t)>& progress, const std::function<Status(Platform&)>& check) {
  std::error_code ec;
  if (!std::filesystem::exists(platform_options.data_dir, ec) || std::filesystem::is_empty(platform_options.data_dir, ec))
    TINHSO_TRY(MakeDemo(platform_options, 0, SystemClock(), {}));
  dossiers::SimulatedClock clock(FromLocal(options.from, 0));
  TINHSO_ASSIGN(std::unique_ptr<Platform> platform, Platform::Open(platform_options, clock));
  Staff staff(*platform);
  dossiers::SimulateParams params;
  params.from = options.from;
  params.days = options.days;
  params.dossiers = options.dossiers;
  params.seed = options.seed;
  params.threads = options.threads;
  params.clock = &clock;
  params.citizens = std::max<int64_t>(1, options.dossiers / kDossiersOfACitizen);
  params.officer = [&](int64_t unit_id, const std::string& role) { return staff.Officer(unit_id, role); };
  params.citizen = [&](int64_t n, const identity::Person& person) { return staff.Citizen(n, person); };
  params.progress = progress;

  SimulateSummary out;
  const int64_t started_us = MonotonicUs();
  std::atomic<bool> playing{true};
  std::atomic<int64_t> jobs_run{0};
  // Jobs run beside, on one thread whose time stands still while it works: a lease is not over because a day has passed outside.
  std::thread jobs([&] {
    // Printing results takes what the playing leaves.
    (void)!::nice(kJobsNiceness);
    while (playing.load()) {
      clock.SetHere(0);
      clock.SetHere(clock.NowUs());
      auto ran = platform->runner().RunWhile([&] { return playing.load(); });
      if (ran.ok()) jobs_run += *ran;
      if (!ran.ok() || *ran == 0) std::this_thread::sleep_for(std::chrono::milliseconds(kIdlePauseMs));
    }
    clock.SetHere(0);
  });
  auto played = platform->dossiers().Simulate(params);
  playing = false;
  jobs.join();
  TINHSO_ASSIGN(out.report, std::move(played));
  if (options.dossiers <= kSettledDossiersMax) {
    TINHSO_ASSIGN(const int ran, platform->runner().RunDue());
    jobs_run += ran;
  }
  out.jobs_run = jobs_run.load();
  out.elapsed_ms = (MonotonicUs() - started_us) / 1000;
  TINHSO_ASSIGN(const jobs::Counts counts, jobs::Count(platform->database()));
  out.jobs_waiting = counts.waiting + counts.running;
  out.jobs_dead = counts.dead;
  const int64_t report_us = MonotonicUs();
  TINHSO_ASSIGN(out.report_closes, platform->reports().Closes(options.from, AddDays(options.from, options.days - 1)));
  out.report_ms = (MonotonicUs() - report_us) / 1000;
  if (check) TINHSO_TRY(check(*platform));
  clock.SetHere(0);
  return out;
}

int RunSimulate(const Config& config, const std::string& from, SimulateOptions options) {
  auto first = ParseDate(from);
  if (!first.ok()) {
    Complain("Ngày phải viết NĂM-THÁNG-NGÀY. / --from takes YYYY-MM-DD.");
    return kExitUsage;
  }
  options.from = *first;
  PlatformOptions platform_options = OptionsOf(config);
  DemoProgress progress(options.dossiers);
  auto summary = Simulate(platform_options, options, [&](int64_t done) { progress.Show(done); });
  if (!summary.ok()) return Explain(summary.error());
  Say(summary->ToJsonLine(options));
  return summary->report.failed == 0 && summary->report_closes && summary->jobs_dead == 0 ? kExitOk : kExitProblems;
}

}  // namespace tinhso::app
