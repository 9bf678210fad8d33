#include "qr.h"

#include "engines/printing/printing.h"

#include <exception>
#include <qrcodegen/qrcodegen.hpp>

namespace tinhso::printing {

Result<QrSquares> MakeQr(const std::string& data, double size) {
  if (data.size() > kQrBytesMax)
    return MakeError(ErrorCode::kTooLarge, "print_qr_too_long",
                     "more than " + std::to_string(kQrBytesMax) + " bytes");
  try {
    const qrcodegen::QrCode code =
        qrcodegen::QrCode::encodeText(data.c_str(), qrcodegen::QrCode::Ecc::MEDIUM);
    QrSquares out;
    const int n = code.getSize();
    out.module = size / n;
    for (int y = 0; y < n; ++y) {
      for (int x = 0; x < n;) {
        int end = x;
        while (end < n && code.getModule(end, y)) ++end;
        if (end > x)
          out.fills.push_back({x * out.module, y * out.module, (end - x) * out.module, out.module});
        x = end + 1;
      }
    }
    return out;
  } catch (const std::exception&) {
    return MakeError(ErrorCode::kTooLarge, "print_qr_too_long", "the library refuses this length");
  }
}

Result<std::string> QrSvg(const std::string& data) {
  constexpr int kQuiet = 4;  // modules, as the standard asks
  TINHSO_ASSIGN(QrSquares squares, MakeQr(data, 1000));
  const int modules = static_cast<int>(1000 / squares.module + 0.5), side = modules + 2 * kQuiet;
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + std::to_string(side) + " " + std::to_string(side) +
                    "\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h" + std::to_string(side) + "v" + std::to_string(side) + "H0z\"/><path d=\"";
  for (const Rect& fill : squares.fills) {
    const int x = static_cast<int>(fill.x / squares.module + 0.5) + kQuiet, y = static_cast<int>(fill.y / squares.module + 0.5) + kQuiet;
    const std::string width = std::to_string(static_cast<int>(fill.width / squares.module + 0.5));
    out += "M" + std::to_string(x) + " " + std::to_string(y) + "h" + width + "v1h-" + width + "z";
  }
  return out + "\"/></svg>";
}

}  // namespace tinhso::printing
