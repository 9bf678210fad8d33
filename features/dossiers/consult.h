// What the events say of opinions asked of other units (consult.cc). Pure.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store.h"

namespace tinhso::dossiers {

inline constexpr const char* kConsultation = "consultation";  // in the inbox
inline constexpr const char* kConsult = "consult";
inline constexpr const char* kConsultAnswered = "consult_answered";
inline constexpr const char* kConsultNoAnswer = "consult_no_answer";
inline constexpr const char* kConsultWithdrawn = "consult_withdrawn";
inline constexpr const char* kConsultReminded = "consult_reminded";
// An event between offices that moves nothing of the dossier.
inline bool IsConsulting(std::string_view action) { return action.starts_with(kConsult); }
// {unit's name, status of dossier_consultation} in the order asked.
std::vector<std::pair<std::string, std::string>> ConsultationsOf(const std::vector<store::Event>& events);

}  // namespace tinhso::dossiers
