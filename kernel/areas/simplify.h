// Simplifies many rings at once so that a border shared by two areas stays shared: rings are cut where more than two neighbours
// meet, and each piece is simplified alone, in one direction whoever owns it (Douglas–Peucker). Private to kernel/areas.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <vector>

namespace tinhso::areas {

// Degrees × 1,000,000.
struct Point {
  int64_t x = 0, y = 0;
  auto operator<=>(const Point&) const = default;
};
using Ring = std::vector<Point>;  // closed: the last point is the first

class Borders {
 public:
  void Add(const Ring& ring);
  // The ring with what lies nearer than `tolerance` to the straight line left out. Fewer than 4 points = it vanished.
  Ring Simplify(const Ring& ring, int64_t tolerance) const;

 private:
  bool IsJunction(const Point& p) const;
  std::map<Point, std::set<Point>> neighbours_;
};

}  // namespace tinhso::areas
