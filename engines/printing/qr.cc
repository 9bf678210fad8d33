#include "qr.h"

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

}  // namespace tinhso::printing
