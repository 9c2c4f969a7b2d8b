// See command_line.h.

#include "command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "completion.h"
#include "output.h"
#include "queue_commands.h"
#include "retained_commands.h"
#include "session_commands.h"
#include "store_commands.h"
#include "store_error.h"
#include "suggestion.h"
#include "tallymq/mqtt/topic.h"
#include "text.h"

namespace tallymq::tallyctl {
namespace {

constexpr std::uint64_t kTableLimit = 100;  // entries of a queue that a table shows unless told

constexpr std::string_view kAbout =
    "Looks into the store of a TallyMQ broker that is not running, and changes nothing in it.\n"
    "Keeps the file of those who may log in.";

constexpr std::string_view kExamples =
    R"(Exit codes: 0 ok, 1 finding, 2 usage, 3 unreachable, 4 store damaged.

Examples:
  tallyctl store info                           what the store in ./tallymq-data holds
  tallyctl session ls --store /var/lib/tallymq  who has a session
  tallyctl session show anna                    how far each exchange with anna has come
  tallyctl queue ls anna --payload              what waits for anna
  tallyctl retained ls 'site/+/state'           retained messages of some topics
  tallyctl store verify                         is all of it intact?
  tallyctl passwd users anna                    a password for anna, in the file users)";

// A check of an argument: "" if `Thing` accepts it, else why not.
template <typename Thing>
std::string WhyNot(const std::string& text) {
  const auto parsed = Thing::Parse(text);
  return parsed ? std::string() : std::string(parsed.error().what);
}

// What is common to all commands.
struct Common {
  std::string store = "./tallymq-data";
  Format format = Format::kTable;
  std::string colour = "auto";
};

// All that a command line can say, and the app that reads it into here.
class CommandLine {
 public:
  explicit CommandLine(const Environment& environment);
  ExitCode Run(std::vector<std::string> arguments);

 private:
  using Command = std::function<ExitCode(Output&)>;
  using StoreCommand = std::function<ExitCode(storage::StoreReader&, Output&)>;

  CLI::App* Group(const char* name, const char* about);
  CLI::App* Add(CLI::App* group, const char* name, const char* about, const char* examples,
                StoreCommand command);
  void AddStore();
  void AddSession();
  void AddQueue();
  void AddRetained();
  void AddPasswd();
  void AddCompletion();

  ExitCode Execute(const Command& command);
  ExitCode ExecuteOnStore(const StoreCommand& command, Output& output);
  ExitCode Explain(const CLI::ParseError& error);
  const CLI::App& Deepest() const;

  const Environment& environment_;
  Common common_;
  SessionLsOptions session_ls_;
  SessionShowOptions session_show_;
  QueueLsOptions queue_ls_;
  std::optional<std::uint64_t> queue_limit_;
  RetainedLsOptions retained_ls_;
  RetainedGetOptions retained_get_;
  PasswdOptions passwd_;
  std::string shell_;
  std::map<const CLI::App*, Command> commands_;
  CLI::App app_{std::string(kAbout), "tallyctl"};
};

CommandLine::CommandLine(const Environment& environment) : environment_(environment) {
  app_.require_subcommand(1);
  app_.footer(std::string(kExamples));
  app_.set_version_flag("--version", "tallyctl " TALLYMQ_VERSION, "Print the version and exit");
  app_.add_option("--store", common_.store, "Folder of the store")
      ->type_name("DIR")
      ->take_last()
      ->capture_default_str();
  const std::map<std::string, Format> formats = {
      {"table", Format::kTable}, {"json", Format::kJson}, {"jsonl", Format::kJsonLines}};
  app_.add_option_function<std::string>(
          "-o,--output",
          [this, formats](const std::string& name) { common_.format = formats.at(name); },
          "table for people, json one document, jsonl one object a line (default table)")
      ->type_name("FORM")
      ->take_last()
      ->check(CLI::IsMember({"table", "json", "jsonl"}).description(""));
  app_.add_option("--color", common_.colour,
                  "auto, always or never; auto: on a terminal, unless NO_COLOR is set")
      ->type_name("WHEN")
      ->take_last()
      ->check(CLI::IsMember({"auto", "always", "never"}).description(""));
  AddStore();
  AddSession();
  AddQueue();
  AddRetained();
  AddPasswd();
  AddCompletion();
}

CLI::App* CommandLine::Group(const char* name, const char* about) {
  CLI::App* group = app_.add_subcommand(name, about);
  group->require_subcommand(1);
  group->fallthrough();
  return group;
}

CLI::App* CommandLine::Add(CLI::App* group, const char* name, const char* about,
                           const char* examples, StoreCommand command) {
  CLI::App* app = group->add_subcommand(name, about);
  app->fallthrough();  // --store and the like count behind the command too
  app->footer(examples);
  commands_[app] = [this, run = std::move(command)](Output& output) {
    return ExecuteOnStore(run, output);
  };
  return app;
}

void CommandLine::AddStore() {
  CLI::App* group = Group("store", "The store as a whole");
  Add(group, "info", "What the store says of itself: identity, size, counts, newest commit",
      R"(Examples:
  tallyctl store info
  tallyctl store info --store /var/lib/tallymq -o json)",
      [](auto& store, auto& output) { return StoreInfo(store, output); });
  Add(group, "verify",
      "Check all checksums, decode every record, follow every reference. Reads everything",
      R"(Ends with 0 if nothing is wrong, 1 if something is (each thing is listed), 4 if the store
is too damaged to be opened.

Examples:
  tallyctl store verify
  tallyctl store verify -o json | jq .findings)",
      [](auto& store, auto& output) { return StoreVerify(store, output); });
}

void CommandLine::AddSession() {
  CLI::App* group = Group("session", "Persistent sessions of clients");
  CLI::App* ls =
      Add(group, "ls", "List all sessions, by number",
          R"(Examples:
  tallyctl session ls
  tallyctl session ls --count                                how much waits for each
  tallyctl session ls -o jsonl | jq -r 'select(.connected).client_id')",
          [this](auto& store, auto& output) { return SessionLs(store, session_ls_, output); });
  ls->add_flag("--count", session_ls_.count,
               "Also count what is in flight and what waits; reads all queues");

  CLI::App* show = Add(
      group, "show", "Show subscriptions, queue position and every open exchange of sessions",
      R"(Ends with 1 if one of them is not there. An identifier that begins with a dash: after --.

Examples:
  tallyctl session show anna
  tallyctl session show anna bert -o json
  tallyctl session show --all -o jsonl
  tallyctl session show -- -strange-)",
      [this](auto& store, auto& output) { return SessionShow(store, session_show_, output); });
  CLI::Option* ids =
      show->add_option("ID", session_show_.client_ids, "Client identifiers")->type_name("");
  show->add_flag("--all", session_show_.all, "Show all sessions")->excludes(ids);
  show->add_flag("--payload", session_show_.payload, "With the payloads of messages in flight");
  show->add_flag(
      "--count", session_show_.count,
      fmt::format("Count all that waits, not only up to {}", WithThousands(kWaitingMax)));
  show->callback([this] {
    if (session_show_.client_ids.empty() && !session_show_.all) {
      throw CLI::RequiredError("a client identifier, or --all,");
    }
  });
}

void CommandLine::AddQueue() {
  CLI::App* group = Group("queue", "What waits for a session");
  CLI::App* ls = Add(group, "ls", "List the entries of a session's queue, in order",
                     R"(Examples:
  tallyctl queue ls anna
  tallyctl queue ls anna --payload --limit 10
  tallyctl queue ls anna --from 1025 -o jsonl)",
                     [this](auto& store, auto& output) {
                       queue_ls_.limit =
                           queue_limit_.value_or(output.format == Format::kTable ? kTableLimit : 0);
                       return QueueLs(store, queue_ls_, output);
                     });
  ls->add_option("ID", queue_ls_.client_id, "Client identifier")->required()->type_name("");
  ls->add_flag("--payload", queue_ls_.payload, "With the payloads");
  ls->add_option("--limit", queue_limit_,
                 fmt::format("List at most so many entries, 0: all (default {}, for programs all)",
                             kTableLimit))
      ->type_name("N");
  ls->add_option("--from", queue_ls_.from,
                 "List from this entry number on (default: the queue's head)")
      ->type_name("ENTRY");
  ls->add_flag("--finished", queue_ls_.finished,
               "Also list entries that are done with and not yet removed from the disk");
}

void CommandLine::AddRetained() {
  CLI::App* group = Group("retained", "Retained messages, which new subscriptions get at once");
  CLI::App* ls =
      Add(group, "ls", "List the retained messages that a topic filter matches",
          R"(Examples:
  tallyctl retained ls
  tallyctl retained ls 'site/+/state' --payload
  tallyctl retained ls --all --count
  tallyctl retained ls -o jsonl | jq -r 'select(.payload_bytes > 1000).topic')",
          [this](auto& store, auto& output) { return RetainedLs(store, retained_ls_, output); });
  ls->add_option("FILTER", retained_ls_.filter, "Topic filter (default #)")
      ->type_name("")
      ->check(CLI::Validator(WhyNot<mqtt::TopicFilter>, ""));
  ls->add_flag("--all", retained_ls_.all,
               "A wildcard in the first level also matches topics that begin with $");
  ls->add_flag("--payload", retained_ls_.payload, "With the payloads");
  ls->add_flag("--count", retained_ls_.count, "Only count them, and the bytes of their payloads")
      ->excludes("--payload");

  CLI::App* get = Add(
      group, "get", "Print the retained message of a topic",
      R"(Prints a table on a terminal, and the payload as it is elsewhere, unless -o asks for a form.
Ends with 1 if the topic has none.

Examples:
  tallyctl retained get site/7/state
  tallyctl retained get site/7/state > payload
  tallyctl retained get site/7/state -o json)",
      [this](auto& store, auto& output) { return RetainedGet(store, retained_get_, output); });
  get->add_option("TOPIC", retained_get_.topic, "Topic name")
      ->required()
      ->type_name("")
      ->check(CLI::Validator(WhyNot<mqtt::TopicName>, ""));
  get->add_flag("--raw", retained_get_.raw, "Print the payload as it is, on a terminal too");
  get->callback([this] {
    const bool form = app_.get_option("--output")->count() > 0;
    if (retained_get_.raw && form) throw CLI::ExcludesError("--raw", "--output");
    if (!form && !environment_.out_is_terminal) retained_get_.raw = true;
  });
}

void CommandLine::AddPasswd() {
  CLI::App* passwd = app_.add_subcommand(
      "passwd", "Set or remove the password of a user in a file for `tallymqd --password-file`");
  passwd->fallthrough();
  passwd->footer(
      R"(Without USER it lists those that are there. A file that is not there is made, for its owner only.
The password is asked for twice. Bytes are taken as they are typed, without SASLprep: with letters
beyond ASCII, clients must send the same form of them. A running broker takes a changed file on
SIGHUP.

Examples:
  tallyctl passwd users anna
  tallyctl passwd users anna --stdin < password
  tallyctl passwd users anna --delete
  tallyctl passwd users -o jsonl | jq -r .user)");
  passwd->add_option("FILE", passwd_.file, "File of users")->required()->type_name("");
  CLI::Option* user = passwd->add_option("USER", passwd_.user, "User name")->type_name("");
  CLI::Option* remove = passwd->add_flag("--delete", passwd_.remove, "Remove the user");
  remove->needs(user);
  passwd->add_flag("--stdin", passwd_.from_stdin, "Take one line of the standard input as password")
      ->needs(user)
      ->excludes(remove);
  passwd
      ->add_option("--iterations", passwd_.iterations,
                   "Rounds of hashing: what a thief of the file has to do for each guess, and the "
                   "broker for each login")
      ->type_name("N")
      ->check(CLI::Range(auth::kIterationsMin, auth::kIterationsMax).description(""))
      ->capture_default_str()
      ->needs(user)
      ->excludes(remove);
  commands_[passwd] = [this](Output& output) {
    return Passwd(passwd_, environment_.passwords, output);
  };
}

void CommandLine::AddCompletion() {
  CLI::App* completion =
      app_.add_subcommand("completion", "Print a script that completes commands in a shell");
  completion->footer(R"(Examples:
  source <(tallyctl completion bash)
  source <(tallyctl completion zsh))");
  completion->add_option("SHELL", shell_, "bash or zsh")
      ->required()
      ->type_name("")
      ->check(CLI::IsMember({"bash", "zsh"}).description(""));
}

ExitCode CommandLine::Run(std::vector<std::string> arguments) {
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants it
  try {
    app_.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return Explain(error);
  }
  if (!shell_.empty()) {
    environment_.out << CompletionScript(app_, shell_);
    return ExitCode::kOk;
  }
  return Execute(commands_.at(&Deepest()));
}

ExitCode CommandLine::Execute(const Command& command) {
  const bool terminal = environment_.out_is_terminal;
  Output output{
      .out = environment_.out,
      .err = environment_.err,
      .format = common_.format,
      .width = terminal ? environment_.columns : 0,
      .colours = common_.colour == "always" ||
                 (common_.colour == "auto" && terminal && !environment_.no_colour),
      .progress = environment_.err_is_terminal,
  };
  const ExitCode code = command(output);
  output.out.flush();
  if (output.out) return code;
  environment_.err << "tallyctl: the output could not be written\n";
  return ExitCode::kUnreachable;
}

ExitCode CommandLine::ExecuteOnStore(const StoreCommand& command, Output& output) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(common_.store, ignored)) {
    return Fail(environment_.err,
                {storage::StoreErrorKind::kIo,
                 fmt::format("there is no store at \"{}\"; name its folder with --store DIR",
                             common_.store)});
  }
  const auto store = environment_.open(common_.store);
  if (!store) return Fail(environment_.err, store.error());
  return command(**store, output);
}

const CLI::App& CommandLine::Deepest() const {
  const CLI::App* app = &app_;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return *app;
}

ExitCode CommandLine::Explain(const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    app_.exit(error, environment_.out, environment_.err);  // --help and --version
    return ExitCode::kOk;
  }
  const CLI::App& app = Deepest();
  std::string path = app.get_name();
  for (const CLI::App* up = app.get_parent(); up != nullptr; up = up->get_parent()) {
    path = up->get_name() + ' ' + path;
  }
  std::string sentence = error.what();
  std::vector<std::string> known;
  const std::vector<std::string> unknown = app_.remaining(true);
  if (!unknown.empty()) {
    const std::string& word = unknown.front();
    const bool option = word.starts_with('-');
    if (option) {
      for (const CLI::App* from = &app; from != nullptr; from = from->get_parent()) {
        for (const CLI::Option* known_option : from->get_options()) {
          for (const auto& name : known_option->get_lnames()) known.push_back("--" + name);
        }
      }
      sentence = fmt::format("`{}` has no option {}", path, Printable(word));
    } else if (!app.get_subcommands({}).empty()) {
      for (const CLI::App* command : app.get_subcommands({})) known.push_back(command->get_name());
      sentence = fmt::format("`{}` has no command \"{}\"", path, Printable(word));
    } else {
      sentence = fmt::format("\"{}\" is one argument too many", Printable(word));
    }
    const std::string nearest = Nearest(word, known);
    if (!nearest.empty()) sentence += fmt::format(", did you mean {}?", nearest);
  } else if (!app.get_subcommands({}).empty() && app.get_subcommands().empty()) {
    sentence = fmt::format("`{}` needs a command", path);
  }
  environment_.err << fmt::format("tallyctl: {} (see `{} --help`)\n", sentence, path);
  return ExitCode::kUsage;
}

}  // namespace

ExitCode Run(std::vector<std::string> arguments, const Environment& environment) {
  return CommandLine(environment).Run(std::move(arguments));
}

}  // namespace tallymq::tallyctl
