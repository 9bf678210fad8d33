// Fragments → pages.
#pragma once
#include <vector>

#include "layout.h"

namespace tinhso::printing {

struct Placed {
  const Fragment* fragment = nullptr;
  double y = 0;  // from the top of the text area
  bool first_on_page = false, last_on_page = false;
};
using PlacedPage = std::vector<Placed>;

// The pages point into `fragments`. Always at least one page.
// kTooLarge "document_too_long" over kPagesMax, or when a strip is taller than a page.
Result<std::vector<PlacedPage>> Paginate(const Fragments& fragments, double body_height);

}  // namespace tinhso::printing
