// What a merger of units carries over, module by module (kernel/orgs/merger.h). Here because no module knows the others.
#pragma once
#include "kernel/areas/areas.h"
#include "kernel/identity/identity.h"
#include "kernel/orgs/merger.h"
#include "features/dossiers/dossiers.h"

namespace tinhso::app {

struct MergerParts {
  orgs::Mergers& mergers;
  areas::Service& areas;
  identity::Service& identity;
  dossiers::Service& dossiers;
};
void RegisterContinuations(MergerParts parts);

}  // namespace tinhso::app
