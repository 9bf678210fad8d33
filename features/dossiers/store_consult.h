// The SQL of opinions asked of other units. Every function runs in the caller's Tx.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "store.h"

namespace tinhso::dossiers::store {

// One row of dossier_consultation; members are its columns.
struct Consultation {
  Key key;
  int64_t consultation_id = 0;
  std::string step;
  TimeUs asked_at_us = 0;
  int64_t account_id = 0;
  std::string asker_name, asker_position, asker_unit;
  int64_t unit_id = 0;
  std::string unit_name, role, question;
  bool required = false;
  TimeUs due_at_us = 0;
  std::string status = "open", verdict, answer, answered_by, answered_position;
  std::optional<int64_t> reminded_at_us, ended_at_us;
};
Status InsertConsultation(db::Tx& tx, const Consultation& c);
// In the order asked.
Result<std::vector<Consultation>> Consultations(db::Tx& tx, Key key);
Result<std::optional<Consultation>> FindConsultation(db::Tx& tx, Key key, int64_t consultation_id);
// Writes status, answer and times while the row's status still is `status_seen`; false when it is not.
Result<bool> UpdateConsultation(db::Tx& tx, const Consultation& c, std::string_view status_seen);

struct ConsultationFile {
  int64_t consultation_id = 0;
  std::string kind;  // "paper", "answer"
  PaperFile file;
};
Status InsertConsultationFile(db::Tx& tx, Key key, const ConsultationFile& file);
Result<std::vector<ConsultationFile>> ConsultationFiles(db::Tx& tx, Key key);

// The same from the side of the unit that is asked.
struct Asked {
  int64_t authority_id = 0, consultation_id = 0, unit_id = 0;
  Key key;
  TimeUs due_at_us = 0;
  std::optional<int64_t> ended_at_us;
  bool counted = true;  // false: withdrawn, nobody's lateness
};
Status InsertAsked(db::Tx& tx, const Asked& asked);
Status EndAsked(db::Tx& tx, int64_t authority_id, int64_t consultation_id, TimeUs ended_at_us, bool counted);
// Newest first, consultation_id < before; unit_id 0 = every unit of the authority.
Result<std::vector<Asked>> AskedPage(db::Tx& tx, int64_t authority_id, int64_t unit_id, int64_t before, int64_t limit);
struct AskedCounts {
  int64_t open = 0, open_late = 0, ended = 0, ended_late = 0;
};
Result<AskedCounts> CountAsked(db::Tx& tx, int64_t authority_id, int64_t unit_id, TimeUs now_us);

}  // namespace tinhso::dossiers::store
