#include "mutants.h"

namespace tallymq::sim {
namespace {

// Those of tests/model that the core can break are here under the same words. It cannot let an
// answer outlive its connection (the queue of answers is part of it), nor let repeated answers go
// before the CONNACK other than by letting that go: "connack-early" is all of those.
constexpr MutantRow kRows[] = {
    {"puback-early", Rule::kD1, "PUBACK waits for the entries"},
    {"pubrec-early", Rule::kD1, "PUBREC waits for entry and identifier"},
    {"pubcomp-early", Rule::kD1, "PUBCOMP waits for the removal of the identifier"},
    {"pubrel-early", Rule::kD1, "PUBREL waits for the record of the PUBREC"},
    {"publish-early", Rule::kD1, "onward PUBLISH waits for its entry"},
    {"suback-early", Rule::kD1, "SUBACK waits for the subscription"},
    {"unsuback-early", Rule::kD1, "UNSUBACK waits for the end of the subscription"},
    {"connack-early", Rule::kD1, "CONNACK waits, and so does all that is repeated behind it"},
    {"clean-start-early", Rule::kD1, "CONNACK waits for the end of a session dropped before"},
    {"connect-leaves-state", Rule::kD1, "CONNECT's batch takes the pending record along"},
    {"mark-early", Rule::kD1, "PUBLISH waits for the send mark"},
    {"mark-too-low", Rule::kD1, "the mark written at the end of a connection covers what was sent"},
    {"identifier-ignored", Rule::kD1, "no entry is sent while its identifier is in flight"},
    {"identifier-free-at-pubrec", Rule::kD1, "in flight until PUBCOMP, not PUBREC"},
    {"identifier-early", Rule::kD1, "in flight until the end is durable"},
    {"one-use-back", Rule::kD1, "in flight by any earlier entry, not only the last one"},
    {"ping-waits", Rule::kD2, "PINGRESP does not wait for a batch"},
    {"qos0-waits", Rule::kD2, "PUBLISH of QoS 0 does not wait for a batch"},
    {"puback-waits", Rule::kD2, "PUBACK of what nobody stores does not wait for a batch"},
    {"drop-early", Rule::kD1, "PUBLISH waits for the record of those that were dropped before it"},
    {"refused-overtaken", Rule::kD3, "nothing is taken behind a publish that was refused"},
    {"overtaking", Rule::kD3, "what leaves a connection does not overtake"},
    {"pubrel-any-order", Rule::kD3, "PUBRELs leave in order"},
    {"queue-jumping", Rule::kD3, "new entries wait behind those that are still on the disk"},
    {"compaction-early", Rule::kD3, "compaction knows durable heads only"},
    {"entry-then-identifier", Rule::kD4, "entry and identifier in one batch"},
    {"owner-left-out", Rule::kD4, "the entries of all recipients in one batch"},
    {"body-left-out", Rule::kD4, "a shared body in the batch of its entries"},
    {"retained-left-out", Rule::kD4, "the retained message in the batch of its PUBLISH"},
    {"forget-will", Rule::kD5, "the will of who was connected at the crash is published"},
    {"will-left-behind", Rule::kD5, "a will is forgotten in the batch that publishes it"},
    {"will-not-taken-back", Rule::kD5, "DISCONNECT takes the will back on the disk as well"},
    {"forget-inbound", Rule::kD5, "recovery restores the identifiers that await PUBREL"},
    {"forget-received", Rule::kD5, "recovery restores what awaits PUBCOMP"},
    {"forget-mark", Rule::kD5, "recovery takes what is below the mark for sent"},
    {"forget-subscription", Rule::kD5, "recovery restores the subscriptions"},
    {"identifier-per-process", Rule::kD5, "identifiers follow from sequence numbers, for good"},
    {"limit-ignored", Rule::kD8, "a queue's limit holds"},
    {"queue-not-counted", Rule::kD8, "a queue's limit counts what an earlier process left"},
    {"refused-by-half", Rule::kD8, "a publish is refused for all recipients or none"},
    {"refused-answered", Rule::kD8, "a publish that is refused gets no answer"},
    {"drop-one-more", Rule::kD8, "no more is dropped than is too much"},
    {"drop-counted-twice", Rule::kD8, "what is dropped is counted once"},
    {"clean-queue-unbounded", Rule::kD8, "a slow reader's queue in memory has a bound"},
    {"window-unbounded", Rule::kD8, "of a queue a window is in memory, the rest on the disk"},
    {"page-unbounded", Rule::kD8, "no more is read than the window takes"},
    {"output-unbounded", Rule::kD8, "no more is handed out than the peer takes"},
    {"inflight-unbounded", Rule::kD8, "no more is in flight than allowed"},
    {"expiry-from-before", Rule::kD9, "a session's time begins when it loses its connection"},
    {"expiry-stands-still", Rule::kD9, "a session's time goes on while the broker is away"},
    {"expiry-anew", Rule::kD9, "a session's time does not begin anew at a start"},
    {"no-downtime", Rule::kD9, "broker time goes on while the broker is away"},
    {"negative-downtime", Rule::kD9, "broker time does not go back when wall time was set back"},
    {"wall-time", Rule::kD9, "broker time does not follow wall time"},
};

}  // namespace

std::span<const MutantRow> Mutants() { return kRows; }

}  // namespace tallymq::sim
