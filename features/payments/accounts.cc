// Banks, receiving accounts and receipt forms from packs.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "impl.h"

namespace tinhso::payments {
namespace {

Result<json::object> ReadPayYaml(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  if (!in || !(bytes << in.rdbuf())) return MakeError(ErrorCode::kInvalid, "pack_invalid", path);
  auto v = packs::YamlToJson(bytes.str(), path);
  if (!v.ok() || !v->is_object()) return MakeError(ErrorCode::kInvalid, "pack_invalid", path + ": " + (v.ok() ? "" : v.error().detail));
  return std::move(v->as_object());
}

const json::array& ArrayOf(const json::object& o, std::string_view key) {
  static const json::array kNone;
  const json::value* v = o.if_contains(key);
  return v != nullptr && v->is_array() ? v->get_array() : kNone;
}

}  // namespace

Status Service::LoadPack(const std::string& dir) {
  Impl& m = *impl_;
  namespace fs = std::filesystem;
  std::error_code ec;
  if (const std::string path = dir + "/../_common/banks.yaml"; m.banks.empty() && fs::is_regular_file(path, ec)) {
    TINHSO_ASSIGN(json::object root, ReadPayYaml(path));
    for (const json::value& v : ArrayOf(root, "banks")) {
      if (!v.is_object()) return MakeError(ErrorCode::kInvalid, "pack_invalid", path);
      Bank bank{json::GetText(v.get_object(), "bin"), json::GetText(v.get_object(), "code"), json::GetText(v.get_object(), "name")};
      if (bank.bin.size() != 6 || bank.name.empty()) return MakeError(ErrorCode::kInvalid, "pack_invalid", path + ": " + bank.bin);
      m.banks.push_back(std::move(bank));
    }
    for (const json::value& v : ArrayOf(root, "statement_profiles")) {
      if (!v.is_object()) return MakeError(ErrorCode::kInvalid, "pack_invalid", path);
      TINHSO_ASSIGN(StatementProfile profile, ReadProfile(v.get_object()));
      m.profiles.push_back(std::move(profile));
    }
  }
  const std::string path = dir + "/payments.yaml";
  if (!fs::is_regular_file(path, ec)) return Ok();
  TINHSO_ASSIGN(json::object root, ReadPayYaml(path));
  if (const json::value* receipt = root.if_contains("receipt"); receipt != nullptr && receipt->is_object()) {
    m.receipt_form = json::GetText(receipt->get_object(), "form_no");
    m.receipt_symbol = json::GetText(receipt->get_object(), "symbol");
    if (m.receipt_form.empty() || m.receipt_symbol.empty()) return MakeError(ErrorCode::kInvalid, "pack_invalid", path + ": receipt");
  }
  const auto units = m.deps.orgs.snapshot();
  std::vector<store::Account> wanted;
  for (const json::value& v : ArrayOf(root, "accounts")) {
    if (!v.is_object()) return MakeError(ErrorCode::kInvalid, "pack_invalid", path + ": accounts");
    const json::object& o = v.get_object();
    const std::string unit_code = json::GetText(o, "unit");
    const orgs::Unit* unit = units->ByCode(unit_code);
    store::Account a{json::GetText(o, "bank"), json::GetText(o, "account_no"), unit != nullptr ? unit->unit_id : 0, json::GetText(o, "holder_name"), true, false, m.Now()};
    if (unit == nullptr || unit->authority_id != unit->unit_id || m.FindBank(a.bank_bin) == nullptr || a.account_no.empty() || a.holder_name.empty())
      return MakeError(ErrorCode::kInvalid, "pack_invalid", path + ": accounts: " + unit_code);
    wanted.push_back(std::move(a));
  }
  return m.deps.router.Shared().Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto known, store::AccountsInUse(tx));
    std::map<int64_t, const store::Account*> of_unit;
    for (const store::Account& a : known) of_unit[a.authority_id] = &a;
    for (const store::Account& a : wanted) {
      const auto it = of_unit.find(a.authority_id);
      const bool same = it != of_unit.end() && it->second->bank_bin == a.bank_bin && it->second->account_no == a.account_no && it->second->holder_name == a.holder_name;
      // What an administrator has set stays.
      if (same || (it != of_unit.end() && it->second->by_admin)) continue;
      TINHSO_ASSIGN(auto taken, store::FindAccount(tx, a.bank_bin, a.account_no));
      if (taken && taken->authority_id != a.authority_id) return MakeError(ErrorCode::kInvalid, "pack_invalid", path + ": " + a.account_no);
      TINHSO_TRY(store::PutAccount(tx, a));
    }
    return Ok();
  });
}

}  // namespace tinhso::payments
