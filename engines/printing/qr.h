// QR codes as rectangles.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "layout.h"

namespace tinhso::printing {

struct QrSquares {
  std::vector<Rect> fills;  // dark runs, in a square of side `size` with its corner at (0, 0)
  double module = 0;        // side of one module
};

// Error correction M: a stamp or a fold over a part still reads. kTooLarge "print_qr_too_long" over
// kQrBytesMax.
Result<QrSquares> MakeQr(const std::string& data, double size);

}  // namespace tinhso::printing
