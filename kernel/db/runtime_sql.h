// Statements made at run time of the names of a schema, never of outside text. Their texts live as long as the program: the
// engines know a prepared statement by its address.
#pragma once
#include <mutex>
#include <set>
#include <string>

#include "kernel/db/db.h"

namespace tinhso::db::internal {

struct RuntimeSql {
  static Sql Of(const std::string& text) {
    static std::mutex mutex;
    static std::set<std::string> texts;
    std::lock_guard lock(mutex);
    Sql sql;
    sql.text_ = *texts.insert(text).first;
    return sql;
  }
};

}  // namespace tinhso::db::internal
