// How the program's tables are spread when PostgreSQL runs as several servers: what is not a unit's data, and what departs
// from the storage rules for now, each with its reason.
#pragma once
#include <span>

#include "kernel/db/schema.h"

namespace tinhso::app {

std::span<const db::Placement> DistributionExceptions();
std::span<const db::Departure> DistributionDepartures();

}  // namespace tinhso::app
