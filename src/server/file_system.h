// What is known of the file system under the store.

#pragma once

#include <string>

namespace tallymq::server {

struct FileSystem {
  std::string name;        // "ext4"; its number if it has no name here
  bool in_memory = false;  // loses everything at a power cut or restart of the machine
};

// Of the file system that holds `path`, which must be there.
FileSystem FileSystemOf(const std::string& path);

}  // namespace tallymq::server
