// Goal: a store that an earlier TallyMQ wrote is read as it is, and opened as if it were new.
// Method: `formats/N` is a store of format N as `kill -9` left it: sessions one and two with a QoS
// 2 message that both are owed, three with one of its own, four connected and with a will, two
// retained messages.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "format.h"
#include "rocks_world.h"
#include "tallymq/storage/store_reader.h"

namespace tallymq::storage {
namespace {

namespace fs = std::filesystem;

class OldFormatsTest : public testing::TestWithParam<std::uint32_t> {
 protected:
  OldFormatsTest() {
    fs::copy(fs::path(TALLYMQ_OLD_FORMATS) / std::to_string(GetParam()), world_.path(),
             fs::copy_options::recursive);
  }

  RocksWorld world_;
};

std::uint32_t FormatOf(const std::string& path) {
  const auto reader = OpenStoreReader(path);
  if (!reader) return 0;
  std::uint64_t findings = 0;
  const auto checked = (*reader)->Verify([&](const Finding&) { ++findings; }, [](double) {});
  EXPECT_TRUE(checked.has_value());
  EXPECT_EQ(findings, 0u);
  return (*reader)->Info()->format_version;
}

TEST_P(OldFormatsTest, IsReadAndRaised) {
  EXPECT_EQ(FormatOf(world_.path()), GetParam()) << "reading changes nothing";
  {
    Driver driver(world_);
    ASSERT_FALSE(driver.error) << driver.error->message;
    EXPECT_EQ(driver.recovered.retained.count, 2u);
    ASSERT_EQ(driver.found.sessions.size(), 4u);
    EXPECT_EQ(driver.found.sessions[3].second.client_id, "four");
    EXPECT_TRUE(driver.found.sessions[3].second.connected);
    ASSERT_EQ(driver.found.wills.size(), 1u);
    EXPECT_EQ(std::get<2>(driver.found.wills[0])->payload(), "four");
    EXPECT_EQ(std::get<2>(driver.found.wills[0])->expiry_s(), std::nullopt);
    for (const std::uint64_t session : {1u, 2u}) {
      const Page page = driver.Read(session, 1);
      ASSERT_EQ(page.entries.size(), 1u) << session;
      EXPECT_EQ(page.entries[0].header, (EntryHeader{QoS::kExactlyOnce, false}));
      EXPECT_EQ(page.entries[0].message->payload(), "shared");
    }
    ASSERT_TRUE(driver.Commit([](Batch& batch) {
      EntryHeader header{QoS::kAtLeastOnce, false};
      header.subscriptions.Add(9);
      StateRecord state;
      state.reserved_tail = Seq{2049};
      batch.PutState(SessionNumber{3}, state);
      batch.Append(SessionNumber{3}, Seq{1025}, header,
                   Message::Make({QoS::kAtLeastOnce, false, 1, 60}, "meter/7", "", "new"));
    }));
  }
  EXPECT_EQ(FormatOf(world_.path()), kFormatVersion);
}

INSTANTIATE_TEST_SUITE_P(All, OldFormatsTest, testing::Range(kOldestFormatVersion, kFormatVersion),
                         [](const auto& test) { return "Format" + std::to_string(test.param); });

}  // namespace
}  // namespace tallymq::storage
