#include "kernel/permissions/permissions.h"

#include <algorithm>

namespace tinhso::permissions {

const std::vector<Role>& Roles() {
  // The one reviewed table. A role not written here, or a permission not written beside it, is denied.
  static const std::vector<Role> roles = {
      {"citizen", "Người dân", "Citizen", {"dossier.submit", "dossier.read_own"}},
      // Receives at the counter and online, asks for papers, hands results over.
      {"one_stop_officer", "Cán bộ một cửa", "One-stop officer",
       {"delegation.give", "dossier.receive", "dossier.act", "dossier.read", "inbox.read", "payment.collect", "payment.read", "person.read", "person.search",
        "queue.serve", "reports.read"}},
      {"specialist", "Chuyên viên", "Specialist", {"delegation.give", "dossier.act", "dossier.read", "inbox.read", "reports.read"}},
      // Decides whether two records are one person: not who typed them at the counter.
      {"leader", "Lãnh đạo", "Leader",
       {"complaint.answer", "delegation.give", "delegation.unit", "dossier.act", "dossier.assign", "dossier.read", "inbox.read", "payment.approve", "payment.read", "person.read",
        "person.resolve",
        "person.search", "queue.manage", "queue.serve", "reports.read"}},
      {"clerk", "Văn thư", "Clerk", {"delegation.give", "dossier.act", "dossier.read", "inbox.read", "reports.read"}},
      // Runs the system; reads no dossier: whoever manages accounts must not also see people's papers.
      {"administrator", "Quản trị", "Administrator",
       {"catalogue.admin", "units.admin", "accounts.admin", "delegation.give", "delegation.unit", "calendar.admin", "packs.admin", "jobs.admin", "notices.admin",
        "payment.admin", "audit.admin", "audit.read", "reports.read"}},
  };
  return roles;
}

bool IsRole(std::string_view role) {
  return std::any_of(Roles().begin(), Roles().end(), [&](const Role& r) { return role == r.role; });
}

std::vector<std::string> PermissionsOf(const std::vector<std::string>& roles) {
  std::vector<std::string> out;
  for (const Role& known : Roles()) {
    if (std::find(roles.begin(), roles.end(), known.role) == roles.end()) continue;
    out.insert(out.end(), known.permissions.begin(), known.permissions.end());
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

bool IsDelegable(std::string_view permission) { return permission.substr(0, 11) != "delegation."; }

bool IsInstallationWide(std::string_view permission) {
  static constexpr std::string_view wide[] = {"catalogue.admin", "calendar.admin", "packs.admin", "jobs.admin", "notices.admin", "audit.admin"};
  return std::find(std::begin(wide), std::end(wide), permission) != std::end(wide);
}

const std::vector<std::string>& AllPermissions() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> roles;
    for (const Role& r : Roles()) roles.push_back(r.role);
    return PermissionsOf(roles);
  }();
  return all;
}

}  // namespace tinhso::permissions
