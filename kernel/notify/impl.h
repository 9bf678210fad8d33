// What the files of kernel/notify share.
#pragma once
#include "kernel/notify/notify.h"
#include "live.h"
#include "sender.h"
#include "store.h"
#include "store_delivery.h"
#include "topics.h"

namespace tinhso::notify {

struct Service::Impl {
  Impl(db::Database& database, const Clock& clock, Options options);
  db::Database& database;
  const Clock& clock;
  const Options options;
  Live live;
  Sender sender;
  std::string problem;
};

// What of a notice that was just stored is to be sent outside.
Status PlanDeliveries(db::Tx& tx, const Notice& notice, int64_t notice_id, TimeUs now_us);
std::vector<http::Route> SettingsRoutes(Service::Impl& m);
std::vector<http::Route> AdminRoutes(Service::Impl& m);

}  // namespace tinhso::notify
