// A machine with one store on a disk that can lose its power.

#pragma once

#include <filesystem>
#include <memory>
#include <random>

#include "rocks_world.h"
#include "simulated_disk.h"

namespace tallymq::storage {

// A store on a simulated disk, and the image that a power cut leaves of it.
struct Machine {
  Machine() {
    world.hooks.env = disk->env();
    world.options.memtable_bytes = 256u << 10;  // 64 KiB for each column family
  }
  ~Machine() { disk->Stop(); }

  // The world after the power went. Its marks are those of the machine.
  std::unique_ptr<RocksWorld> AfterPowerCut(SimulatedDisk::Survival survival,
                                            std::mt19937_64& random) {
    auto image = std::make_unique<RocksWorld>();
    std::filesystem::create_directory(image->path());
    disk->MakeImage(world.path(), image->path(), survival, random);
    image_disk = SimulatedDisk::Make();
    image->hooks.env = image_disk->env();
    return image;
  }

  std::shared_ptr<SimulatedDisk> disk = SimulatedDisk::Make();
  std::shared_ptr<SimulatedDisk> image_disk;
  RocksWorld world;
};

}  // namespace tallymq::storage
