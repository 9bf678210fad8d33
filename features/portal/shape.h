// A dossier in the national portal's words. Pure: no clock, no network. docs/protocols/national-portal.md.
#pragma once
#include <string>

#include "base/json.h"
#include "features/dossiers/shared.h"

namespace tinhso::portal {

// "DongBoHoSoMC": the whole dossier as it stands.
json::object DossierRecord(const dossiers::Shared& dossier, const std::string& public_base_url);
// "CapNhatTienDoHoSoMC": each step after `after_event_id`, in order.
json::array ProgressRecords(const dossiers::Shared& dossier, int64_t after_event_id);

}  // namespace tinhso::portal
