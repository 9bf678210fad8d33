// Where a dossier counts, day by day.
#include <gtest/gtest.h>

#include "cells.h"
#include "workbook.h"

namespace tinhso::reports {
namespace {

using dossiers::Fact;
using dossiers::kNoDay;

const Period kPeriod{100, 130};

Fact Received(int64_t day, int64_t due_day) {
  Fact f;
  f.channel = "counter";
  f.filed_day = f.received_day = f.standing_day = day;
  f.standing = "running";
  f.due_day = due_day;
  return f;
}
Fact Finished(int64_t received_day, int64_t due_day, int64_t finished_day, const char* outcome = "settled") {
  Fact f = Received(received_day, due_day);
  f.finished_day = finished_day;
  f.outcome = outcome;
  return f;
}

TEST(Cells, DatesAreComparedAndNotHours) {
  const CellSet origin = Bit(kReceivedCounter) | Bit(kFiled);
  EXPECT_EQ(CellsOf(Finished(105, 110, 109), kPeriod), origin | Bit(kSettledBefore));
  EXPECT_EQ(CellsOf(Finished(105, 110, 110), kPeriod), origin | Bit(kSettledOn));
  EXPECT_EQ(CellsOf(Finished(105, 110, 111), kPeriod), origin | Bit(kSettledLate));
  EXPECT_EQ(CellsOf(Finished(105, kNoDay, 120), kPeriod), origin | Bit(kSettledOn));  // no due date: on time
}

TEST(Cells, ASecondRequestForPapersIsLate) {
  Fact f = Finished(105, 110, 109);
  f.supplement_count = 1;
  EXPECT_TRUE(CellsOf(f, kPeriod) & Bit(kSettledBefore));
  f.supplement_count = 2;
  EXPECT_TRUE(CellsOf(f, kPeriod) & Bit(kSettledLate));
}

TEST(Cells, TheDueDayItselfIsInTime) {
  EXPECT_TRUE(CellsOf(Received(105, 130), kPeriod) & Bit(kInProgressWithin));
  EXPECT_TRUE(CellsOf(Received(105, 129), kPeriod) & Bit(kInProgressLate));
  Fact waiting = Received(105, 110);
  waiting.standing = "supplement";
  EXPECT_TRUE(CellsOf(waiting, kPeriod) & Bit(kSupplement));  // the person's time is not the office's
  waiting.standing = "financial";
  EXPECT_TRUE(CellsOf(waiting, kPeriod) & Bit(kPaused));
}

TEST(Cells, WhatEndedBeforeOrCameLaterDoesNotCount) {
  EXPECT_EQ(CellsOf(Finished(80, 90, 99), kPeriod), 0u);
  EXPECT_EQ(CellsOf(Received(131, 140), kPeriod), 0u);
  EXPECT_EQ(CellsOf(Finished(80, 90, 100), kPeriod), Bit(kCarriedOver) | Bit(kSettledLate));
  EXPECT_EQ(CellsOf(Finished(90, 140, 131), kPeriod), Bit(kCarriedOver) | Bit(kInProgressWithin));
}

TEST(Cells, AResultHandedOverLaterIsNotHandedOverYet) {
  Fact f = Finished(105, 110, 109);
  f.returned_day = 130;
  EXPECT_TRUE(CellsOf(f, kPeriod) & Bit(kReturned));
  f.returned_day = 131;
  EXPECT_FALSE(CellsOf(f, kPeriod) & Bit(kReturned));
}

TEST(Cells, BeforeReceptionHasItsOwnBalance) {
  Fact f;
  f.channel = "online";
  f.filed_day = 99;
  EXPECT_EQ(CellsOf(f, kPeriod), Bit(kWaitingBefore) | Bit(kWaiting));
  f.received_day = 100;
  f.standing = "running";
  EXPECT_EQ(CellsOf(f, kPeriod), Bit(kWaitingBefore) | Bit(kReceivedOnline) | Bit(kInProgressWithin));
  Fact refused;
  refused.filed_day = 101;
  refused.finished_day = 102;
  refused.outcome = "refused";
  EXPECT_EQ(CellsOf(refused, kPeriod), Bit(kFiled) | Bit(kNotAccepted));
}

// Every life a dossier can have, in every period: what came in is what went out and what is there.
TEST(Cells, TheSumsClose) {
  const int64_t days[] = {90, 99, 100, 115, 130, 131, kNoDay};
  int lives = 0;
  for (int64_t filed : days) for (int64_t received : days) for (int64_t finished : days) for (int64_t returned : days)
    for (const char* outcome : {"settled", "withdrawn", "stopped", "refused"}) for (const char* standing : {"running", "supplement", "financial"})
      for (int64_t due : days) for (int64_t supplements : {0, 2}) {
        if (filed == kNoDay || received < filed || finished < filed || (received != kNoDay && finished < received) || returned < finished) continue;
        Fact f = Received(received, due);
        f.filed_day = filed;
        f.finished_day = finished;
        f.returned_day = returned;
        f.outcome = finished == kNoDay ? "" : outcome;
        f.standing = received == kNoDay ? "waiting" : standing;
        f.supplement_count = supplements;
        Cells cells;
        Count(f, kPeriod, cells);
        ASSERT_TRUE(cells.Close()) << filed << " " << received << " " << finished << " " << outcome;
        ASSERT_LE(cells.Total(), 1);
        ++lives;
      }
  EXPECT_GT(lives, 10000);
}

TEST(Cells, EveryNameOpensToCells) {
  for (const char* name : kCellNames) EXPECT_NE(NamedCells(name), 0u) << name;
  for (const char* name : {"received", "settled", "ended", "open", "total", "late"}) EXPECT_NE(NamedCells(name), 0u) << name;
  EXPECT_EQ(NamedCells("secrets"), 0u);
  EXPECT_EQ(NamedCells(""), 0u);
}

// A name typed by anybody lands in an officer's spreadsheet.
TEST(Workbook, CsvRunsNothing) {
  Table table{"t", "t", {"Tên", "Số"}, {{std::string("=HYPERLINK(\"http://x\")"), int64_t{-5}}, {std::string("+1"), int64_t{1}},
                                        {std::string("-1"), int64_t{1}}, {std::string("@SUM"), 1.5}, {std::string("a,\"b\"\nc"), int64_t{0}}}};
  EXPECT_EQ(ToCsv(table), "\xEF\xBB\xBFTên,Số\r\n\"'=HYPERLINK(\"\"http://x\"\")\",-5\r\n'+1,1\r\n'-1,1\r\n'@SUM,1.50\r\n\"a,\"\"b\"\"\nc\",0\r\n");
}

TEST(Workbook, XlsxIsAnArchiveWithTheSheets) {
  Table table{"Theo đơn vị", "Báo cáo", {"Đơn vị", "Số"}, {{std::string("Phường"), int64_t{3}}}};
  auto bytes = ToXlsx({table}, ::testing::TempDir());
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(bytes->substr(0, 2), "PK");
  EXPECT_NE(bytes->find("xl/worksheets/sheet1.xml"), std::string::npos);
  EXPECT_EQ(ToXlsx({table}, "/nowhere").error().reason, "report_file_failed");
}

}  // namespace
}  // namespace tinhso::reports
