// What a pack's author reads: reason word → Vietnamese and English. Private to this module.
#pragma once
#include <string>
#include <string_view>

#include "engines/packs/packs.h"

namespace tinhso::packs {

// The two texts of a reason with `word` put in.
Problem MakeProblem(std::string file, int line, std::string_view reason, std::string_view word);
// Every reason has a text; the test goes through those the loaders use.
bool HasMessage(std::string_view reason);

}  // namespace tinhso::packs
