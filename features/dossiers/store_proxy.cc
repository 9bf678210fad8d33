// Filing for somebody else: the consent and its end.
#include "store.h"

namespace tinhso::dossiers::store {
namespace {

constexpr db::Sql kInsertProxy = R"sql(
  INSERT INTO dossier_proxy (authority_id, dossier_id, person_id, full_name, personal_no, phone, relation, relation_note, consent,
    consent_on, recorded_at_us, withdrawn_at_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL))sql";
constexpr db::Sql kGetProxy = R"sql(
  SELECT person_id, full_name, personal_no, phone, relation, relation_note, consent, consent_on, recorded_at_us, withdrawn_at_us
  FROM dossier_proxy WHERE authority_id = $1 AND dossier_id = $2)sql";
constexpr db::Sql kEndProxy = R"sql(
  UPDATE dossier_proxy SET withdrawn_at_us = $1 WHERE authority_id = $2 AND dossier_id = $3 AND withdrawn_at_us IS NULL)sql";
constexpr db::Sql kEndProxyView = R"sql(
  UPDATE dossier SET proxy_person_id = 0, version = version + 1 WHERE authority_id = $1 AND dossier_id = $2 AND version = $3)sql";
constexpr db::Sql kForgetForProxy = "DELETE FROM person_dossier WHERE person_id = $1 AND dossier_id = $2";

}  // namespace

Status InsertProxy(db::Tx& tx, Key key, const Proxy& p) {
  return tx.Send(kInsertProxy, {key.authority_id, key.dossier_id, p.person_id, p.full_name, p.personal_no, p.phone, p.relation,
                                p.relation_note, p.consent, p.consent_on, p.recorded_at_us});
}

Result<std::optional<Proxy>> GetProxy(db::Tx& tx, Key key) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kGetProxy, {key.authority_id, key.dossier_id}));
  if (!row) return std::optional<Proxy>();
  return std::optional<Proxy>(Proxy{row->Int(0), row->Text(1), row->Text(2), row->Text(3), row->Text(4), row->Text(5), row->Text(6),
                                    row->Text(7), row->Int(8), row->OptInt(9)});
}

Result<bool> EndProxy(db::Tx& tx, Key key, int64_t version_seen, int64_t proxy_person_id, TimeUs at_us) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kEndProxyView, {key.authority_id, key.dossier_id, version_seen}));
  if (changed != 1) return false;
  TINHSO_TRY(tx.Send(kEndProxy, {at_us, key.authority_id, key.dossier_id}));
  TINHSO_TRY(tx.Send(kForgetForProxy, {proxy_person_id, key.dossier_id}));
  return true;
}

}  // namespace tinhso::dossiers::store
