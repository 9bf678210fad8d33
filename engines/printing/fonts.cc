// Fonts through fontconfig, one map of loaded fonts per thread.
#include "fonts.h"

#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>

#include <array>
#include <mutex>

#if defined(__SANITIZE_ADDRESS__)
// fontconfig and Pango's font thread keep a pattern of a few hundred bytes until the process ends; it does not grow with
// the documents printed. Weak, so that a program may have its own list.
extern "C" __attribute__((weak)) const char* __lsan_default_suppressions();
extern "C" __attribute__((weak)) const char* __lsan_default_suppressions() { return "leak:libfontconfig\n"; }
#endif

namespace tinhso::printing {
namespace {

// Metric-compatible with Times New Roman and Arial, which Nghị định 30/2020 and offices use. Liberation comes
// second: its 1.x packages lack ơ, ư and every stacked vowel, and the coverage check below then passes it
// over.
constexpr std::array<const char*, 3> kSerifFamilies = {"Tinos", "Liberation Serif", "Times New Roman"};
constexpr std::array<const char*, 3> kSansFamilies = {"Arimo", "Liberation Sans", "Arial"};
constexpr std::array<FcChar32, 8> kVietnameseSample = {0x0111, 0x01A1, 0x01B0, 0x1EA1,
                                                       0x1EBF, 0x1EEF, 0x1EF9, 0x20AB};

bool Covers(const char* family, int weight, int slant) {
  FcPattern* wanted = FcPatternBuild(nullptr, FC_FAMILY, FcTypeString, family, FC_WEIGHT, FcTypeInteger,
                                     weight, FC_SLANT, FcTypeInteger, slant, nullptr);
  FcConfigSubstitute(nullptr, wanted, FcMatchPattern);
  FcDefaultSubstitute(wanted);
  FcResult match_result = FcResultNoMatch;
  FcPattern* found = FcFontMatch(nullptr, wanted, &match_result);
  FcPatternDestroy(wanted);
  if (found == nullptr) return false;
  // fontconfig always answers with something: a substitute counts as absent.
  FcChar8* name = nullptr;
  FcCharSet* charset = nullptr;
  bool covers = FcPatternGetString(found, FC_FAMILY, 0, &name) == FcResultMatch &&
                std::string(reinterpret_cast<const char*>(name)) == family &&
                FcPatternGetCharSet(found, FC_CHARSET, 0, &charset) == FcResultMatch;
  for (FcChar32 point : kVietnameseSample) covers = covers && FcCharSetHasChar(charset, point);
  FcPatternDestroy(found);
  return covers;
}

std::string FirstCovering(const std::array<const char*, 3>& families) {
  for (const char* family : families) {
    if (Covers(family, FC_WEIGHT_REGULAR, FC_SLANT_ROMAN) && Covers(family, FC_WEIGHT_BOLD, FC_SLANT_ROMAN) &&
        Covers(family, FC_WEIGHT_REGULAR, FC_SLANT_ITALIC)) {
      return family;
    }
  }
  return {};
}

struct Families {
  std::string serif, sans;
};

const Families& InstalledFamilies() {
  static std::once_flag once;
  static Families families;
  std::call_once(once, [] {
    families.serif = FirstCovering(kSerifFamilies);
    families.sans = FirstCovering(kSansFamilies);
  });
  return families;
}

}  // namespace

Result<std::string> FontFamily(FontKind kind) {
  const Families& families = InstalledFamilies();
  const std::string& family = kind == FontKind::kSerif ? families.serif : families.sans;
  if (family.empty())
    return MakeError(ErrorCode::kUnavailable, "print_font_missing", "install fonts-croscore (Tinos, Arimo)");
  return family;
}

std::shared_ptr<PangoContext> NewTextContext() {
  struct Unref {
    void operator()(PangoFontMap* map) const { g_object_unref(map); }
  };
  // Pango maps are not safe to share, and loading fonts anew for each document would cost more than setting it.
  thread_local std::unique_ptr<PangoFontMap, Unref> map(pango_cairo_font_map_new());
  std::shared_ptr<PangoContext> context(pango_font_map_create_context(map.get()), g_object_unref);
  pango_cairo_context_set_resolution(context.get(), 72);
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options(context.get(), options);
  cairo_font_options_destroy(options);
  pango_context_set_round_glyph_positions(context.get(), FALSE);
  pango_context_set_language(context.get(), pango_language_from_string("vi"));
  pango_context_set_base_dir(context.get(), PANGO_DIRECTION_LTR);
  return context;
}

}  // namespace tinhso::printing
