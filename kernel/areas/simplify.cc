#include "simplify.h"

#include <algorithm>

namespace tinhso::areas {
namespace {

// Squared distance of p from the segment a–b.
double DistanceSquared(const Point& p, const Point& a, const Point& b) {
  const double dx = static_cast<double>(b.x - a.x), dy = static_cast<double>(b.y - a.y);
  const double px = static_cast<double>(p.x - a.x), py = static_cast<double>(p.y - a.y);
  const double length = dx * dx + dy * dy;
  const double t = length == 0 ? 0 : std::clamp((px * dx + py * dy) / length, 0.0, 1.0);
  const double ex = px - t * dx, ey = py - t * dy;
  return ex * ex + ey * ey;
}

// Keeps both ends. A stack instead of recursion: an arc may have tens of thousands of points.
std::vector<Point> SimplifyArc(std::vector<Point> arc, int64_t tolerance) {
  if (arc.size() < 3) return arc;
  const bool turn = arc.back() < arc.front() || (arc.back() == arc.front() && arc[arc.size() - 2] < arc[1]);
  if (turn) std::reverse(arc.begin(), arc.end());
  std::vector<bool> keep(arc.size(), false);
  keep.front() = keep.back() = true;
  const double limit = static_cast<double>(tolerance) * static_cast<double>(tolerance);
  std::vector<std::pair<size_t, size_t>> open = {{0, arc.size() - 1}};
  while (!open.empty()) {
    auto [first, last] = open.back();
    open.pop_back();
    double farthest = 0;
    size_t at = first;
    for (size_t i = first + 1; i < last; ++i) {
      const double d = DistanceSquared(arc[i], arc[first], arc[last]);
      if (d > farthest) {
        farthest = d;
        at = i;
      }
    }
    if (at == first || farthest <= limit) continue;
    keep[at] = true;
    open.emplace_back(first, at);
    open.emplace_back(at, last);
  }
  std::vector<Point> out;
  for (size_t i = 0; i < arc.size(); ++i) {
    if (keep[i]) out.push_back(arc[i]);
  }
  if (turn) std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace

void Borders::Add(const Ring& ring) {
  for (size_t i = 0; i + 1 < ring.size(); ++i) {
    if (ring[i] == ring[i + 1]) continue;
    neighbours_[ring[i]].insert(ring[i + 1]);
    neighbours_[ring[i + 1]].insert(ring[i]);
  }
}

bool Borders::IsJunction(const Point& p) const {
  auto it = neighbours_.find(p);
  return it != neighbours_.end() && it->second.size() != 2;
}

Ring Borders::Simplify(const Ring& ring, int64_t tolerance) const {
  if (ring.size() < 4) return {};
  std::vector<Point> points(ring.begin(), ring.end() - 1);
  std::vector<size_t> cuts;
  for (size_t i = 0; i < points.size(); ++i) {
    if (IsJunction(points[i])) cuts.push_back(i);
  }
  if (cuts.size() < 2) {
    // An island, or a hole that one area fills: cut at two points both sides would choose.
    const size_t start = cuts.empty() ? static_cast<size_t>(std::min_element(points.begin(), points.end()) - points.begin()) : cuts[0];
    const size_t far = static_cast<size_t>(
        std::max_element(points.begin(), points.end(),
                         [&](const Point& a, const Point& b) {
                           const double da = DistanceSquared(a, points[start], points[start]);
                           const double db = DistanceSquared(b, points[start], points[start]);
                           return da != db ? da < db : a < b;
                         }) -
        points.begin());
    cuts = {std::min(start, far), std::max(start, far)};
    if (cuts[0] == cuts[1]) return {};
  }
  Ring out;
  for (size_t c = 0; c < cuts.size(); ++c) {
    const size_t from = cuts[c], to = cuts[(c + 1) % cuts.size()];
    std::vector<Point> arc;
    for (size_t i = from;; i = (i + 1) % points.size()) {
      arc.push_back(points[i]);
      if (i == to && arc.size() > 1) break;
    }
    arc = SimplifyArc(std::move(arc), tolerance);
    out.insert(out.end(), arc.begin(), arc.end() - 1);
  }
  out.push_back(out.front());
  return out;
}

}  // namespace tinhso::areas
