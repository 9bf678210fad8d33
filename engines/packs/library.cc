#include <mutex>
#include <set>

#include "base/crypto.h"
#include "base/ids.h"
#include "kernel/audit/audit.h"
#include "kernel/db/cluster.h"
#include "kernel/permissions/permissions.h"
#include "store.h"

namespace tinhso::packs {
namespace {

template <class T>
using ByVersion = std::map<int, std::shared_ptr<const T>>;

template <class T>
struct Shelf {
  std::map<std::string, ByVersion<T>, std::less<>> items;
  std::map<std::string, int, std::less<>> current;
  std::shared_ptr<const T> Find(std::string_view id, int version) const {
    const auto it = items.find(id);
    if (it == items.end()) return nullptr;
    if (version == 0) {
      const auto now = current.find(id);
      version = now == current.end() ? it->second.rbegin()->first : now->second;
    }
    const auto found = it->second.find(version);
    return found == it->second.end() ? nullptr : found->second;
  }
  void Put(const StoredItem& item, std::shared_ptr<const T> value) {
    items[item.item_id][item.version] = std::move(value);
    if (item.is_current) current[item.item_id] = item.version;
  }
};

struct LibrarySnapshot {
  Shelf<forms::Form> forms;
  Shelf<workflow::Workflow> workflows;
  Shelf<printing::Template> prints;
  std::map<std::string, ProcedureConfig, std::less<>> procedures;
  std::vector<Release> releases;
};

ProcedureConfig ConfigOf(const StoredItem& item, json::object definition) {
  ProcedureConfig config;
  config.code = item.item_id;
  config.version = item.version;
  config.form_id = json::GetText(definition, "form");
  config.workflow_id = json::GetText(definition, "workflow");
  if (const auto* print = definition.if_contains("print"); print && print->is_object()) {
    config.result_template_id = json::GetText(print->get_object(), "result");
  }
  config.definition = std::move(definition);
  return config;
}

// A stored version was checked when it was published; one that no longer parses means a damaged database or a program
// older than its data, and serving without it would strand the dossiers that use it.
Error Damaged(const StoredItem& item) {
  return MakeError(ErrorCode::kInternal, "pack_item_damaged", item.kind + " " + item.item_id + " version " + std::to_string(item.version));
}

Status Shelve(const StoredItem& item, LibrarySnapshot* out) {
  if (item.kind == "print") {
    auto parsed = printing::Template::Parse(item.definition, item.item_id + ".yaml");
    if (!parsed.ok()) return Damaged(item);
    out->prints.Put(item, std::make_shared<const printing::Template>(std::move(*parsed)));
    return Ok();
  }
  auto definition = json::Parse(item.definition);
  if (!definition.ok() || !definition->is_object()) return Damaged(item);
  if (item.kind == "form") {
    auto form = forms::Form::FromJson(*definition);
    if (!form.ok()) return Damaged(item);
    out->forms.Put(item, std::make_shared<const forms::Form>(std::move(*form)));
  } else if (item.kind == "workflow") {
    auto flow = workflow::Workflow::FromJson(*definition, [](std::string_view role) { return permissions::IsRole(role); });
    if (!flow.ok()) return Damaged(item);
    out->workflows.Put(item, std::make_shared<const workflow::Workflow>(std::move(*flow)));
  } else if (item.is_current) {
    out->procedures.insert_or_assign(item.item_id, ConfigOf(item, std::move(definition->get_object())));
  }
  return Ok();
}

std::vector<StoredItem> ItemsOf(const Pack& pack) {
  std::vector<StoredItem> out;
  auto add = [&](const char* kind, const std::string& id, int version, std::string definition, const std::string& hashed) {
    out.push_back({kind, id, version, crypto::Sha256Hex(hashed), std::move(definition), true});
  };
  for (const auto& [id, form] : pack.forms) add("form", id, form.version(), json::serialize(form.definition()), json::Canonical(form.definition()));
  for (const auto& [id, flow] : pack.workflows) add("workflow", id, flow.version(), json::serialize(flow.definition()), json::Canonical(flow.definition()));
  for (const auto& [id, p] : pack.procedures) add("procedure", id, p.version, json::serialize(p.definition), json::Canonical(p.definition));
  // Templates have no version of their own; the store counts their texts.
  for (const auto& [id, text] : pack.print_sources) add("print", id, 0, text, text);
  return out;
}

// Puts one item in, or finds it already there.
Status StoreItem(db::Tx& tx, StoredItem item, std::string_view pack, TimeUs now_us) {
  TINHSO_ASSIGN(auto versions, VersionsOf(tx, item.kind, item.item_id));
  for (const auto& known : versions) {
    const bool same_text = known.content_sha256 == item.content_sha256;
    if (item.kind == "print" ? same_text : known.version == item.version) {
      if (!same_text) {
        return MakeError(ErrorCode::kConflict, "pack_version_reused", item.kind + " " + item.item_id + " version " + std::to_string(item.version));
      }
      return MarkCurrent(tx, known, pack);
    }
  }
  if (item.kind == "print") item.version = versions.empty() ? 1 : versions.back().version + 1;
  return InsertItem(tx, item, pack, now_us);
}

}  // namespace

struct Library::Impl {
  db::Database& database;
  const Clock& clock;
  mutable std::mutex mutex;
  std::shared_ptr<const LibrarySnapshot> snapshot = std::make_shared<LibrarySnapshot>();
  // Snapshots once served are kept: FindProcedure hands out pointers into them. Publishing is rare and they are small.
  std::vector<std::shared_ptr<const LibrarySnapshot>> served;
  std::function<Status()> listener;

  Impl(db::Database& d, const Clock& c) : database(d), clock(c) {}
  std::shared_ptr<const LibrarySnapshot> Now() const {
    std::lock_guard lock(mutex);
    return snapshot;
  }
};

Library::Library(db::Database& database, const Clock& clock) : impl_(std::make_shared<Impl>(database, clock)) {}

Status Library::Publish(const Pack& pack, int64_t account_id) {
  const auto items = ItemsOf(pack);
  const TimeUs now_us = impl_->clock.NowUs();
  const int64_t release_id = NewId();
  TINHSO_ASSIGN(const std::string published, impl_->database.Read([&](db::Tx& tx) { return NewestReleaseSha(tx, pack.id); }));
  if (published == pack.content_sha256) return Load();
  TINHSO_TRY(impl_->database.Write([&](db::Tx& tx) -> Status {
    // First: of two servers that start at once the second waits here, and then finds the release.
    TINHSO_TRY(db::Touch(tx, "packs"));
    TINHSO_ASSIGN(std::string sha, NewestReleaseSha(tx, pack.id));
    if (sha == pack.content_sha256) return Ok();
    TINHSO_TRY(ClearCurrent(tx, pack.id));
    for (const auto& item : items) TINHSO_TRY(StoreItem(tx, item, pack.id, now_us));
    TINHSO_TRY(InsertRelease(tx, pack, release_id, account_id, now_us));
    audit::Event event;
    event.kind = "pack.published";
    event.subject_kind = "pack";
    event.subject_id = release_id;
    event.account_id = account_id;
    event.at_us = now_us;
    event.data = {{"pack", pack.id}, {"version", pack.version}, {"content_sha256", pack.content_sha256}};
    return audit::Stage(tx, event);
  }));
  return Load();
}

Status Library::Load() {
  auto next = std::make_shared<LibrarySnapshot>();
  TINHSO_TRY(impl_->database.Read([&](db::Tx& tx) -> Status {
    *next = LibrarySnapshot();
    Status broken = Ok();
    TINHSO_TRY(ForEachItem(tx, [&](StoredItem&& item) {
      broken = Shelve(item, next.get());
      return broken.ok();
    }));
    TINHSO_TRY(broken);
    TINHSO_ASSIGN(next->releases, NewestReleases(tx));
    return Ok();
  }));
  std::function<Status()> listener;
  {
    std::lock_guard lock(impl_->mutex);
    impl_->served.push_back(next);
    impl_->snapshot = next;
    listener = impl_->listener;
  }
  return listener ? listener() : Ok();
}

void Library::SetListener(std::function<Status()> listener) {
  std::lock_guard lock(impl_->mutex);
  impl_->listener = std::move(listener);
}

std::vector<Release> Library::Releases() const { return impl_->Now()->releases; }

std::shared_ptr<const forms::Form> Library::FindForm(std::string_view id, int version) const {
  return impl_->Now()->forms.Find(id, version);
}

std::shared_ptr<const workflow::Workflow> Library::FindWorkflow(std::string_view id, int version) const {
  return impl_->Now()->workflows.Find(id, version);
}

std::shared_ptr<const printing::Template> Library::FindPrint(std::string_view id, int version) const {
  return impl_->Now()->prints.Find(id, version);
}

Library::Slip Library::FindSlip(std::string_view what, std::string_view on) const {
  const auto now = impl_->Now();
  Slip best;
  for (const auto& [id, version] : now->prints.current) {
    auto print = now->prints.Find(id, version);
    const printing::TemplateInfo& info = print->Info();
    if (info.slip_records != what || info.valid_from > on || (!info.valid_to.empty() && info.valid_to < on)) continue;
    if (best.print == nullptr || best.print->Info().valid_from < info.valid_from) best = {std::move(print), version};
  }
  return best;
}

std::vector<ProcedureConfig> Library::Procedures() const {
  const auto now = impl_->Now();
  std::vector<ProcedureConfig> out;
  for (const auto& [code, config] : now->procedures) out.push_back(config);
  return out;
}

const ProcedureConfig* Library::FindProcedure(std::string_view code) const {
  const auto now = impl_->Now();
  const auto it = now->procedures.find(code);
  return it == now->procedures.end() ? nullptr : &it->second;
}

}  // namespace tinhso::packs
