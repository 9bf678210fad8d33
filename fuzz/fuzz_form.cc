// {"form": definition, "answers": object}: any definition, any answers. What a form accepts it must accept again unchanged.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engines/forms/forms.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tinhso;
  auto parsed = json::Parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!parsed.ok() || !parsed->is_object()) return 0;
  const auto* definition = parsed->get_object().if_contains("form");
  const auto* answers = parsed->get_object().if_contains("answers");
  if (!definition) return 0;
  auto form = forms::Form::FromJson(*definition);
  if (!form.ok()) return 0;
  const json::object none;
  const json::object& given = answers && answers->is_object() ? answers->get_object() : none;
  forms::Context context;
  context.today = {2026, 11, 23};
  form->Describe(given, "vi", context);
  form->TextOf(given, context);
  form->Prefill(given);
  auto checked = form->Validate(given, context);
  if (!checked.ok()) return 0;
  auto again = form->Validate(*checked, context);
  if (!again.ok() || json::Canonical(*again) != json::Canonical(*checked)) std::abort();
  return 0;
}
