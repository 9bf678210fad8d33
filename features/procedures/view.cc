#include "view.h"

#include "base/text.h"
#include "types.h"

namespace tinhso::procedures {
namespace {

const json::array* ArrayOf(const json::object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  return v && v->is_array() ? &v->get_array() : nullptr;
}

std::string FeeTextOfConfig(const json::object& channel) {
  std::string out;
  if (const auto* fee = channel.if_contains("fee_vnd"); fee && fee->is_int64()) {
    out = fee->get_int64() == 0 ? "Miễn phí" : text::FormatNumber(fee->get_int64()) + " đồng";
  }
  if (const std::string note = ViOf(channel.if_contains("fee_note")); !note.empty()) {
    out += out.empty() ? note : " (" + note + ")";
  }
  return out;
}

json::array ChannelsOf(const json::array& configured) {
  json::array out;
  for (const json::value& v : configured) {
    if (!v.is_object()) continue;
    const json::object& in = v.get_object();
    json::object channel{{"channel", json::GetText(in, "channel")}, {"time_limit", nullptr}};
    if (const auto* limit = in.if_contains("time_limit"); limit && limit->is_object()) {
      json::object copy = limit->get_object();
      copy["unit_source"] = "cell";
      channel["time_limit"] = std::move(copy);
    }
    channel["fee_text"] = FeeTextOfConfig(in);
    const auto* fee = in.if_contains("fee_vnd");
    channel["fee_vnd"] = fee && fee->is_int64() ? *fee : json::value(nullptr);
    channel["description"] = ViOf(in.if_contains("description"));
    channel["raw"] = "";
    out.push_back(std::move(channel));
  }
  return out;
}

json::array PapersOf(const json::array& configured) {
  json::array out;
  for (const json::value& v : configured) {
    if (!v.is_object()) continue;
    const json::object& in = v.get_object();
    const auto* required = in.if_contains("required");
    out.push_back(json::object{{"paper_id", json::GetText(in, "id")},
                               {"case", ""},
                               {"name", ViOf(in.if_contains("name"))},
                               {"name_en", EnOf(in.if_contains("name"))},
                               {"originals", json::GetInt(in, "originals")},
                               {"copies", json::GetInt(in, "copies")},
                               {"required", required && required->is_bool() && required->get_bool()},
                               {"form_file", json::GetText(in, "form_file")},
                               {"raw", ""}});
  }
  return out;
}

std::string TimeTextOfConfig(const json::object& definition) {
  const json::array* channels = ArrayOf(definition, "channels");
  if (!channels) return "";
  Procedure shaped;
  for (const json::value& v : *channels) {
    if (!v.is_object()) continue;
    Channel channel;
    channel.channel = json::GetText(v.get_object(), "channel");
    if (const auto* limit = v.get_object().if_contains("time_limit"); limit && limit->is_object()) {
      channel.time_limit = TimeLimit{json::GetInt(limit->get_object(), "value"),
                                     json::GetText(limit->get_object(), "unit"), UnitSource::kCell};
    }
    shaped.channels.push_back(std::move(channel));
  }
  return TimeText(shaped);
}

}  // namespace

std::string ViOf(const json::value* text) {
  if (!text) return "";
  if (text->is_string()) return std::string(text->get_string());
  return text->is_object() ? json::GetText(text->get_object(), "vi") : "";
}

std::string EnOf(const json::value* text) {
  return text && text->is_object() ? json::GetText(text->get_object(), "en") : "";
}

void OverlayConfig(json::object& body, const json::object& definition) {
  const auto set_text = [&](std::string_view key, std::string value) {
    if (!value.empty() || !body.contains(key)) body[key] = std::move(value);
  };
  body["procedure_code"] = json::GetText(definition, "procedure");
  set_text("name", ViOf(definition.if_contains("name")));
  set_text("name_en", EnOf(definition.if_contains("name")));
  set_text("field", ViOf(definition.if_contains("field")));
  set_text("level", json::GetText(definition, "level"));
  set_text("decision", json::GetText(definition, "decision"));
  set_text("effective_from", json::GetText(definition, "effective_from"));
  set_text("service_level", json::GetText(definition, "service_level"));
  set_text("agency", ViOf(definition.if_contains("agency")));
  set_text("conditions", ViOf(definition.if_contains("conditions")));
  for (const char* list : {"subjects", "channels", "papers", "steps", "results", "legal_bases"}) {
    if (!body.contains(list)) body[list] = json::array();
  }
  if (const json::array* subjects = ArrayOf(definition, "subjects")) {
    json::array out;
    for (const json::value& v : *subjects) out.emplace_back(ViOf(&v));
    body["subjects"] = std::move(out);
  }
  if (const json::array* channels = ArrayOf(definition, "channels")) body["channels"] = ChannelsOf(*channels);
  if (const json::array* papers = ArrayOf(definition, "papers")) body["papers"] = PapersOf(*papers);
  if (const json::array* steps = ArrayOf(definition, "steps")) {
    json::array out;
    for (const json::value& v : *steps) {
      out.push_back(json::object{{"title", ""}, {"text", ViOf(&v)}, {"text_en", EnOf(&v)}});
    }
    body["steps"] = std::move(out);
  }
  if (const auto* result = definition.if_contains("result"); result && result->is_object()) {
    const json::object& in = result->get_object();
    body["results"] = json::array{json::object{{"name", ViOf(in.if_contains("name"))},
                                               {"name_en", EnOf(in.if_contains("name"))},
                                               {"code", json::GetText(in, "code")}}};
  }
  if (const json::array* bases = ArrayOf(definition, "legal_bases")) {
    json::array out;
    for (const json::value& v : *bases) {
      if (!v.is_object()) continue;
      out.push_back(json::object{{"name", ViOf(v.get_object().if_contains("name"))},
                                 {"number", json::GetText(v.get_object(), "number")}});
    }
    body["legal_bases"] = std::move(out);
  }
}

ConfigBrief BriefOf(const json::object& definition) {
  ConfigBrief out;
  out.name = ViOf(definition.if_contains("name"));
  out.name_en = EnOf(definition.if_contains("name"));
  out.field = ViOf(definition.if_contains("field"));
  out.level = json::GetText(definition, "level");
  out.service_level = json::GetText(definition, "service_level");
  out.time_text = TimeTextOfConfig(definition);
  if (const json::array* channels = ArrayOf(definition, "channels")) {
    for (const json::value& v : *channels) {
      if (!v.is_object()) continue;
      const std::string fee = FeeTextOfConfig(v.get_object());
      if (out.fee_text.empty() || json::GetText(v.get_object(), "channel") == "counter") out.fee_text = fee;
    }
  }
  if (const json::array* keywords = ArrayOf(definition, "keywords")) {
    for (const json::value& v : *keywords) out.keywords.push_back(ViOf(&v));
  }
  if (const json::array* subjects = ArrayOf(definition, "subjects")) {
    for (const json::value& v : *subjects) out.citizens = out.citizens || ViOf(&v) == "Công dân Việt Nam";
  }
  if (const auto* result = definition.if_contains("result"); result && result->is_object()) {
    out.result = ViOf(result->get_object().if_contains("name"));
  }
  return out;
}

}  // namespace tinhso::procedures
