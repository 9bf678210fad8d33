// Role → permissions, deny by default. One reviewed table; routes name the permission they need.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tinhso::permissions {

struct Role {
  const char* role;                        // "one_stop_officer"
  const char* vi;
  const char* en;
  std::vector<const char*> permissions;
};
const std::vector<Role>& Roles();
bool IsRole(std::string_view role);
// Union for a set of roles, sorted, without repeats.
std::vector<std::string> PermissionsOf(const std::vector<std::string>& roles);
// What reaches every unit of the installation: held only by those who act at the unit without one above it.
bool IsInstallationWide(std::string_view permission);
// False for the giving of delegations: who acts for somebody else hands nothing on (NĐ 30/2020, Art. 13).
bool IsDelegable(std::string_view permission);
// Every permission word known; a route naming another fails the structure test.
const std::vector<std::string>& AllPermissions();

}  // namespace tinhso::permissions
