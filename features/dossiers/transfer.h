// A dossier received at another unit's desk: what events call the hand-over of its papers.
#pragma once
#include <string_view>

namespace tinhso::dossiers {

inline constexpr const char* kTransferSent = "transfer_sent";
inline constexpr const char* kTransferTaken = "transfer_taken";
// Papers received from this minute of the day on go to the competent unit on the next working day (NĐ 118/2025/NĐ-CP).
inline constexpr int kTransferNextDayMinute = 15 * 60;
// An event between two desks that moves nothing of the dossier.
inline bool IsTransfer(std::string_view action) { return action == kTransferSent || action == kTransferTaken; }

}  // namespace tinhso::dossiers
