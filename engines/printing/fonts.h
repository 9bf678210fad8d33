// Which installed family to print with, and a text context of this thread.
#pragma once
#include <pango/pango.h>

#include <memory>
#include <string>

#include "base/result.h"
#include "template.h"

namespace tinhso::printing {

// The first family of the kind that is installed and covers Vietnamese. kUnavailable "print_font_missing".
Result<std::string> FontFamily(FontKind kind);

// A context measuring in points, independent of any screen: no hinting, so that text is as wide on paper as
// laid out.
std::shared_ptr<PangoContext> NewTextContext();

}  // namespace tinhso::printing
