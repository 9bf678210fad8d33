// Saved views of the inbox (dạng xem đã lưu). Private to kernel/inbox.
#pragma once
#include <vector>

#include "kernel/inbox/inbox.h"

namespace tinhso::inbox {

inline constexpr size_t kViewsMax = 20;             // an officer's own in an office
inline constexpr size_t kViewNameLengthMax = 60;
inline constexpr size_t kViewFieldLengthMax = 100;  // of a filter's text

// GET, POST /api/v1/inbox/views, PATCH, DELETE /api/v1/inbox/views/{view_id}: one's own of the present office, in one's own order, then
// those that are shared with it.
void AddViewRoutes(std::vector<http::Route>& routes, db::Database& database, const Clock& clock);

}  // namespace tinhso::inbox
