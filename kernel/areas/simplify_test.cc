#include "simplify.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tinhso::areas {
namespace {

// Two squares beside each other with a wavy common border.
Ring Left() { return {{0, 0}, {100, 0}, {104, 25}, {97, 50}, {103, 75}, {100, 100}, {0, 100}, {0, 0}}; }
Ring Right() { return {{100, 100}, {103, 75}, {97, 50}, {104, 25}, {100, 0}, {200, 0}, {200, 100}, {100, 100}}; }

TEST(SimplifyTest, ASharedBorderIsTheSameOnBothSides) {
  Borders borders;
  borders.Add(Left());
  borders.Add(Right());
  for (int64_t tolerance : {1, 3, 6, 10}) {
    Ring left = borders.Simplify(Left(), tolerance), right = borders.Simplify(Right(), tolerance);
    auto border = [](const Ring& ring) {
      Ring out;
      for (const Point& p : ring) {
        if (p.x > 90 && p.x < 110 && std::find(out.begin(), out.end(), p) == out.end()) out.push_back(p);
      }
      std::sort(out.begin(), out.end());
      return out;
    };
    EXPECT_EQ(border(left), border(right)) << tolerance;
    EXPECT_EQ(left.front(), left.back());
  }
  EXPECT_EQ(borders.Simplify(Left(), 10).size(), 5u);
  EXPECT_EQ(borders.Simplify(Left(), 0).size(), Left().size());
}

TEST(SimplifyTest, AnIslandKeepsItsShapeOrVanishes) {
  Borders borders;
  Ring island = {{0, 0}, {50, 1}, {100, 0}, {101, 50}, {100, 100}, {0, 100}, {0, 0}};
  borders.Add(island);
  EXPECT_EQ(borders.Simplify(island, 5).size(), 5u);
  EXPECT_LT(borders.Simplify(island, 5000).size(), 4u);
}

TEST(SimplifyTest, WhereThreeAreasMeetThePointStays) {
  Borders borders;
  Ring a = {{0, 0}, {50, 2}, {100, 0}, {100, 100}, {0, 100}, {0, 0}};
  Ring b = {{0, 0}, {0, -100}, {50, -100}, {50, 2}, {0, 0}};
  Ring c = {{50, 2}, {50, -100}, {100, -100}, {100, 0}, {50, 2}};
  for (const Ring& ring : {a, b, c}) borders.Add(ring);
  for (const Ring& ring : {a, b, c}) {
    Ring out = borders.Simplify(ring, 10);
    EXPECT_NE(std::find(out.begin(), out.end(), Point{50, 2}), out.end());
  }
}

TEST(SimplifyTest, DegenerateRingsDoNotCrash) {
  Borders borders;
  for (const Ring& ring : {Ring{}, Ring{{0, 0}}, Ring{{0, 0}, {0, 0}, {0, 0}, {0, 0}}, Ring{{0, 0}, {1, 1}, {0, 0}, {1, 1}, {0, 0}}}) {
    borders.Add(ring);
    borders.Simplify(ring, 1);
  }
}

}  // namespace
}  // namespace tinhso::areas
