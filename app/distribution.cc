#include "app/distribution.h"

namespace tinhso::app {

std::span<const db::Placement> DistributionExceptions() {
  static const db::Placement kExceptions[] = {
      // who holds what, and whose memory is stale: asked by every server
      {"cluster_lease", "", "servers' leases"},
      {"cluster_revision", "", "servers' caches"},
      // engines, procedures: what packs bring, read by every unit
      {"pack_item", "", "packs serve every unit"},
      {"pack_release", "", "packs serve every unit"},
      {"procedure", "", "the catalogue of the whole province"},
      {"procedure_config", "", "the catalogue of the whole province"},
      {"procedure_revision", "", "one row"},
      {"procedure_version", "", "the catalogue of the whole province"},
      // areas: the country's lists
      {"area", "", "the same for every unit"},
      {"area_alias", "", "the same for every unit"},
      {"area_boundary", "", "the same for every unit"},
      {"area_succession", "", "the same for every unit"},
      {"receiving_account", "", "found by bank and number before the unit is known"},
      // orgs: the tree of units is what authority_id points into
      {"merger", "", "the units themselves"},
      {"merger_part", "", "the units themselves"},
      {"special_day", "", "the province's calendar"},
      {"special_day_change", "", "the province's calendar since when it is known"},
      {"unit", "", "the units themselves"},
      {"unit_alias", "", "the units themselves"},
      {"unit_event", "", "the units themselves"},
      {"unit_succession", "", "the units themselves"},
      {"working_span", "", "the units' calendars"},
      {"working_hours_change", "", "the units' calendars as they were known"},
      // identity: looked up before anyone's unit is known
      {"account", "", "found by user name before the unit is known"},
      {"account_recovery", "", "read with the account"},
      {"assignment", "", "read with the account"},
      {"ceremony", "", "found by token before the account is known"},
      {"calendar_feed", "", "found by the secret in an address before the account is known"},
      {"delegation", "", "read with the account"},
      {"identity_link", "", "found by the provider's name before the account is known"},
      {"machine_token", "", "found by token before the account is known"},
      {"passkey", "", "found by its own number before the account is known"},
      {"person", "", "read with the account"},
      {"person_conflict", "", "pairs of persons of the whole province"},
      {"person_event", "", "read with the person"},
      {"person_merge", "", "who is whom, asked by every unit"},
      {"person_paper", "", "found by number before the person is known; a number is unique in the province"},
      {"recovery_code", "", "read with the account"},
      {"session", "", "found by token before the account is known"},
      {"sign_in_try", "", "counted before anyone is known"},
      {"totp", "", "read with the account"},
      // files are found by number and content, which no unit owns
      {"file", "", "one content may serve several units"},
      {"file_upload", "", "read with the file"},
      {"notice_settings", "", "found by the word in an unsubscribe link before the account is known"},
      // a person's own view
      {"account_mention", "account_id", "where an officer was mentioned, across units"},
      {"audit_seen", "person_id", "what a person was shown in, across units"},
      {"notice", "account_id", "a person's own notices"},
      {"notice_address", "account_id", "a person's own addresses"},
      {"notice_delivery", "account_id", "a person's own notices"},
      {"person_dossier", "person_id", "a person's own list, across units"},
  };
  return kExceptions;
}

std::span<const db::Departure> DistributionDepartures() {
  static constexpr db::Departure kDepartures[] = {
      {"job_due", "the runner asks every shard whose job is due; it claims within one unit"},
      {"job_state", "the administrator's list of all units' jobs"},
      {"audit_event_person", "who has seen my data: a person asks every unit"},
      {"inbox_item_subject", "the rows of one dossier in several units' inboxes"},
      {"inbox_item_warned", "upkeep looks in every unit for work to warn of"},
      {"inbox_item_step_warned", "upkeep looks in every unit for steps to warn of"},
      {"invoice_number", "an invoice is found by its number in an address before its unit is known"},
      {"invoice_reference", "a transfer names an invoice of any unit"},
      {"receipt_number", "a receipt is found by its number in an address before its unit is known"},
      {"notice_recent", "each server asks for everyone's newest notices"},
      {"notice_delivery_due", "the sender asks every shard for the next message"},
      {"notice_delivery_id", "the administrator's list of everyone's messages"},
      {"notice_delivery_state", "the administrator's list of everyone's messages"},
  };
  return kDepartures;
}

}  // namespace tinhso::app
