/* Exactly once through crashes: the durability contract of the broker core as a program for SPIN.
 *
 *   publishers --up--> broker --out--> subscriber        QoS 2, persistent sessions
 *            <-down--  | journal  <-back--
 *
 * Every atomic step is one event of the core, one step of a client, or one fault. Faults come at any moment and in any
 * number. Hidden variables are scratch: between two steps they mean nothing.
 *
 * The contract is in the guards marked GATE: an effect leaves when every state that a crash could bring back already
 * knows what the effect tells the world. With each #ifdef, and with each gate that is told to look at memory instead of
 * the disk, one rule is broken; `run` breaks them one at a time and shows what each is good for.
 *
 * CONNACK and LAZY are what the broker does with less: a connection has one queue of effects, which begins with a CONNACK
 * that rests on the batch of its CONNECT. What is repeated behind it needs no position of its own, and what no rule gates
 * may be written later, as long as CONNECT's batch takes along what is pending.
 */

#ifndef NPUB
#define NPUB 1                   /* publishers */
#endif
#ifndef K
#define K 3                      /* messages of each */
#endif
#ifndef PN
#define PN 1                     /* packet ids of each publisher, instead of 65535 */
#endif
#ifndef SN
#define SN 1                     /* packet ids towards the subscriber, instead of 65535 */
#endif
#ifndef RESERVE
#define RESERVE 2                /* the send mark is reserved in blocks, instead of 1024 */
#endif
#ifndef QOS1
#define QOS1 0                   /* set of sequence numbers delivered with QoS 1 */
#endif

/* Which copy of the state record each gate looks at: `disk` is the rule, `mem` is the rule broken. */
#ifndef PUBREC_GATE
#define PUBREC_GATE disk
#endif
#ifndef PUBCOMP_GATE
#define PUBCOMP_GATE disk
#endif
#ifndef PUBLISH_GATE
#define PUBLISH_GATE disk
#endif
#ifndef PUBREL_GATE
#define PUBREL_GATE disk
#endif
#ifndef REUSE_GATE
#define REUSE_GATE disk
#endif
#ifndef MARK_GATE
#define MARK_GATE disk
#endif
#ifndef MARK_SYNC
#define MARK_SYNC syncing
#endif
#ifndef SKIP_GATE
#define SKIP_GATE disk
#endif
#ifndef GC_GATE
#define GC_GATE disk
#endif
#ifndef CONNACK_GATE
#define CONNACK_GATE disk
#endif

#define TOTAL        (NPUB * K)
#define ALL          ((1 << (TOTAL + 1)) - 2)          /* the set {1 .. TOTAL} */
#define HAS(set, i)  (((set) >> (i)) & 1)
#define ADD(set, i)  set = set | (1 << (i))
#define DEL(set, i)  set = set & ~(1 << (i))
#define CLEAR(ch)    do :: nempty(ch) -> ch?_,_,_,_ :: empty(ch) -> break od

mtype = { PUBLISH, PUBREC, PUBREL, PUBCOMP, PUBACK };
chan up[NPUB]   = [2 * PN] of { mtype, byte, byte, bit };     /* type, packet id, message, DUP */
chan down[NPUB] = [2 * PN] of { mtype, byte, byte, bit };
chan out        = [2 * SN] of { mtype, byte, byte, bit };
chan back       = [2 * SN] of { mtype, byte, byte, bit };

/* ---- What the journal holds. A crash keeps a prefix of the batches, so a record says all about a prefix. --------- */
typedef Record {
    byte last;         /* queue entries 1 .. last exist */
    byte got;          /* entries with PUBREC (QoS 1: PUBACK); the head is the lowest one outside */
    byte done;         /* entries with PUBCOMP: got and not done = awaiting PUBCOMP */
    byte inbound;      /* publishers' packet ids that await PUBREL */
    byte mark;         /* send mark: no entry above it has ever been sent */
    byte expired;      /* entries given up before their first sending */
    byte linked        /* clients whose CONNECT, of the connection they have, is in it; only with CONNACK */
}
Record mem;            /* with the open batch */
Record syncing;        /* with the batch being synced; equal to disk when there is none */
Record disk;           /* durable */
bit busy;              /* a sync runs */
byte log[TOTAL + 4];   /* bodies of the queue entries, by sequence number */
byte gone;             /* entries whose bodies the compaction has dropped */

inline copy(to, from) {
    to.last = from.last; to.got = from.got; to.done = from.done;
    to.inbound = from.inbound; to.mark = from.mark; to.expired = from.expired; to.linked = from.linked
}
#define EQUAL(a, b) (a.last == b.last && a.got == b.got && a.done == b.done \
                  && a.inbound == b.inbound && a.mark == b.mark && a.expired == b.expired \
                  && a.linked == b.linked)

/* ---- What a crash of the broker loses. --------------------------------------------------------------------------- */
byte owe_rec, owe_comp;   /* answers owed to publishers, by packet id */
byte owe_rel;             /* PUBRELs owed to the subscriber, by sequence number */
byte cursor = 1;          /* the next entry that this connection of the subscriber gets */
byte waits;               /* clients that wait for their CONNACK; the subscriber has the number NPUB */
#ifdef LAZY
bit touched;              /* the subscriber's record goes with the open batch */
byte sure, sure_expired;  /* ended, expired when the subscriber connected: on the disk once its CONNACK has left */
#else
#define sure 0
#define sure_expired 0
#endif
byte top;                 /* no entry above it has been sent, as far as this process knows */
#ifdef PID_PER_PROCESS
byte base;
#else
#define base 0
#endif
#define PID(s)  (1 + ((s) - 1 - base) % SN)

/* ---- The clients: nothing of this is lost. ----------------------------------------------------------------------- */
byte told[NPUB];            /* messages handed to MQTT by each publishing application */
byte holds[NPUB * PN];      /* publisher: packet id -> message in flight; publisher p owns ids p*PN .. p*PN+PN-1 */
byte released;              /* publisher: ids with PUBREC, awaiting PUBCOMP */
byte held;                  /* subscriber: ids between PUBLISH and PUBREL */

/* ---- What is checked. HARM_ONLY looks for loss, repetition and disorder alone, for the broken rules. ------------ */
byte seen;                  /* messages delivered to the subscribing application */
byte at;                    /* the last entry delivered */
byte wired;                 /* entries ever sent */
bit calm;                   /* the faults are over */

hidden byte i, j, s, m, id, again;

inline deliver(msg, qos1) {
    if
    :: qos1 && HAS(seen, msg)                                   /* at least once */
    :: else ->
        assert(!HAS(seen, msg));                                /* nothing twice */
        ADD(seen, msg);
        at++;
        do :: at < TOTAL && HAS(mem.expired, at) && log[at] != msg -> at++ :: else -> break od;
        assert(log[at] == msg)                                  /* nothing left out, nothing out of order */
    fi
}

/* ---- Publisher: MQTT's sender. ----------------------------------------------------------------------------------- */
#define SEND_NEW(i) atomic { !HAS(waits, p) && told[p] < K && holds[i] == 0 -> \
        holds[i] = told[p] * NPUB + p + 1; told[p]++; up[p]!PUBLISH(i, holds[i], 0) }

proctype Publisher(byte p) {
end: do
    :: SEND_NEW(p * PN)
#if PN > 1
    :: SEND_NEW(p * PN + 1)
#endif
    :: atomic { down[p]?PUBREC(id, _, _) -> ADD(released, id); up[p]!PUBREL(id, 0, 0) }
    :: atomic { down[p]?PUBCOMP(id, _, _) -> DEL(released, id); holds[id] = 0 }
    od
}

/* ---- Subscriber: MQTT's receiver; hands a message on at PUBLISH (method A) or at PUBREL (method B). -------------- */
#ifdef METHOD_B
byte kept[SN + 1];
#define AT_PUBLISH(m)   kept[id] = m
#define AT_PUBREL       deliver(kept[id], 0); kept[id] = 0
#else
#define AT_PUBLISH(m)   deliver(m, 0)
#define AT_PUBREL       true
#endif

proctype Subscriber() {
end: do
    :: atomic { out?PUBLISH(id, m, again) ->
        if
        :: HAS(QOS1, m) -> deliver(m, 1); back!PUBACK(id, 0, 0)
        :: else ->
            if :: HAS(held, id) :: else -> ADD(held, id); AT_PUBLISH(m) fi;
            back!PUBREC(id, 0, 0)
        fi }
    :: atomic { out?PUBREL(id, _, _) ->
        if :: HAS(held, id) -> DEL(held, id); AT_PUBREL :: else fi;
        back!PUBCOMP(id, 0, 0) }
    od
}

/* ---- Broker, receiving side. ------------------------------------------------------------------------------------- */
#ifdef NO_MARK                                                  /* harmless: all that is queued counts as sent */
#define EXACT_MARK     mem.last
inline append(msg) { mem.last++; log[mem.last] = msg; mem.mark = mem.last }
#else
#define EXACT_MARK     top
inline append(msg) { mem.last++; log[mem.last] = msg }
#endif
inline boundary()  { if :: !busy -> copy(syncing, mem); busy = 1 :: true fi }   /* mutants: the batch may end here */

proctype Receiver(byte p) {
end: do
    :: atomic { up[p]?PUBLISH(id, m, _) ->
        if
        :: HAS(mem.inbound, id) ->
#if defined(REPEATED_PUBLISH_UNGATED) || defined(CONNACK)
            down[p]!PUBREC(id, 0, 0)
#else
            ADD(owe_rec, id)
#endif
        :: else ->                                              /* D4: entry and id in one batch */
#ifdef ID_THEN_ENTRY
            ADD(mem.inbound, id); boundary(); append(m);
#else
            append(m);
#ifdef ENTRY_THEN_ID
            boundary();
#endif
            ADD(mem.inbound, id);
#endif
            ADD(owe_rec, id)
        fi }
    :: atomic { up[p]?PUBREL(id, _, _) ->
        if
#if defined(REPEATED_PUBREL_UNGATED) || defined(CONNACK)
        :: !HAS(mem.inbound, id) -> down[p]!PUBCOMP(id, 0, 0)
#endif
        :: else -> DEL(mem.inbound, id); ADD(owe_comp, id)      /* an unknown id as well: its removal may be young */
        fi }
#define ANSWER(i) \
    :: atomic { HAS(owe_rec, i) && HAS(PUBREC_GATE.inbound, i) -> DEL(owe_rec, i); down[p]!PUBREC(i, 0, 0) } \
    :: atomic { HAS(owe_comp, i) && !HAS(PUBCOMP_GATE.inbound, i) -> DEL(owe_comp, i); down[p]!PUBCOMP(i, 0, 0) }
    ANSWER(p * PN)                                              /* GATE: PUBREC, PUBCOMP */
#if PN > 1
    ANSWER(p * PN + 1)
#endif
    od
}

/* ---- Broker, sending side. --------------------------------------------------------------------------------------- */
inline skip_got() { do :: HAS(mem.got, cursor) -> cursor++ :: else -> break od }
inline find(k)    { s = k + base; do :: HAS(mem.done, s) -> s = s + SN :: else -> break od }
inline collect()  { gone = gone | GC_GATE.got }                 /* GATE: compaction knows durable heads only */

#ifdef ID_FREE_AT_PUBREC
#define ended          got
#else
#define ended          done
#endif
#define QOS2(s)        (!HAS(QOS1, s))
#ifdef REUSE_GATE_QOS2_ONLY                                     /* harmless: only QoS 2 after QoS 2 needs the gate */
#define OVER(r, s, k)  ((s) <= (k) * SN || HAS(r.ended, (s) - (k) * SN) \
                        || (HAS(mem.ended, (s) - (k) * SN) && !(QOS2(s) && QOS2((s) - (k) * SN))))
#else
#define OVER(r, s, k)  ((s) <= (k) * SN || HAS(r.ended, (s) - (k) * SN) || HAS(sure, (s) - (k) * SN))
#endif
#if defined(ID_IGNORED)
#define FREE(r, s)     true
#elif defined(ONE_USE_BACK)
#define FREE(r, s)     OVER(r, s, 1)
#else                                                           /* no earlier entry with the id of s is in flight */
#define FREE(r, s)     (OVER(r, s, 1) && OVER(r, s, 2) && OVER(r, s, 3) && OVER(r, s, 4) && OVER(r, s, 5))
#endif
#ifdef SEND_MARK
#define MARKED(s)      ((s) <= MARK_GATE.mark && (s) <= MARK_SYNC.mark && (s) <= mem.mark)
#define SKIPPED(r)     ((r.expired | sure_expired) == mem.expired)
#else
#define MARKED(s)      true
#define SKIPPED(r)     true
#endif

#ifdef PUBREL_ANY_ORDER
#define IN_TURN(s)     true
#else
#define IN_TURN(s)     ((owe_rel & ((1 << (s)) - 1)) == 0)
#endif

#define MAY_PUBLISH(s) ( \
       !HAS(waits, NPUB)            /* nothing overtakes the CONNACK, */ && \
       (s) <= PUBLISH_GATE.last     /* the entry is durable, */ \
    && FREE(REUSE_GATE, s)          /* so is the end of every earlier use of its packet id, */ \
    && SKIPPED(SKIP_GATE)           /* so is the end of every entry passed over, */ \
    && MARKED(s))                   /* and the mark; it can go down, so: on the disk, in the sync and in memory */

#ifdef LAZY
#define touch() touched = 1
#else
#define touch() true
#endif

proctype Sender() {
end: do
    :: atomic { MAY_PUBLISH(cursor) ->                          /* GATE: PUBLISH */
        assert(!HAS(gone, cursor));
        again = (cursor <= top);
#ifdef SEND_MARK
#ifndef HARM_ONLY
        assert(again || !HAS(wired, cursor));                   /* MQTT-3.3.1-1 */
#endif
        ADD(wired, cursor);
        if :: cursor > top -> top = cursor :: else fi;
#endif
        out!PUBLISH(PID(cursor), log[cursor], again);
        cursor++; skip_got() }
    :: atomic { back?PUBREC(id, _, _) ->
        find(id); ADD(mem.got, s); ADD(owe_rel, s); touch(); collect() }
#define RELEASE(s) \
    :: atomic { HAS(owe_rel, s) && HAS(PUBREL_GATE.got, s) && IN_TURN(s) -> DEL(owe_rel, s); out!PUBREL(PID(s), 0, 0) }
    RELEASE(1) RELEASE(2) RELEASE(3) RELEASE(4) RELEASE(5) RELEASE(6)                         /* GATE: PUBREL */
    :: atomic { back?PUBCOMP(id, _, _) -> find(id); ADD(mem.done, s) }                        /* lazy */
    :: atomic { back?PUBACK(id, _, _) -> find(id); ADD(mem.got, s); ADD(mem.done, s) }        /* lazy */
#ifdef SEND_MARK
    :: atomic { cursor <= mem.last && cursor > mem.mark -> mem.mark = cursor + RESERVE - 1; touch() }
#ifdef EXPIRE_SENT
#define NEVER_SENT(s)  true
#else
#define NEVER_SENT(s)  ((s) > top)
#endif
    :: atomic { cursor <= mem.last && NEVER_SENT(cursor) ->     /* expiry, or drop-oldest; lazy */
        ADD(mem.expired, cursor); ADD(mem.got, cursor); ADD(mem.done, cursor); skip_got() }
#endif
    od
}

/* ---- Journal: one sync at a time, the next batch fills meanwhile. ------------------------------------------------ */
proctype Journal() {
end: do
#ifdef LAZY
    :: atomic { !busy && !EQUAL(mem, disk) -> copy(syncing, mem); busy = 1;
        if
        :: true                                                 /* the record is in it, or its time has come, */
        :: !touched && (mem.last != disk.last || mem.inbound != disk.inbound || mem.linked != disk.linked) ->
            syncing.got = disk.got; syncing.done = disk.done;   /* or it waits */
            syncing.mark = disk.mark; syncing.expired = disk.expired
        fi;
        touched = 0 }
#else
    :: atomic { !busy && !EQUAL(mem, disk) -> copy(syncing, mem); busy = 1 }
#endif
    :: atomic { busy -> copy(disk, syncing); busy = 0; collect() }
    od
}

/* ---- Faults. A client comes back at once: coming back later is the same as losing another connection. ------------ */
inline connect(c) {                                             /* CONNECT is in the open batch, and nowhere else yet */
    DEL(disk.linked, c); DEL(syncing.linked, c); ADD(mem.linked, c); ADD(waits, c)
}

inline publisher_repeats(p) {
    for (m : 1 .. TOTAL) {                                      /* in the order of the first sending */
        for (i : p * PN .. p * PN + PN - 1) {
            if
            :: holds[i] == m && HAS(released, i)  -> up[p]!PUBREL(i, 0, 0)
            :: holds[i] == m && !HAS(released, i) -> up[p]!PUBLISH(i, m, 1)
            :: else
            fi
        }
    }
}

inline publisher_returns(p) {
    CLEAR(up[p]); CLEAR(down[p]);
#ifndef STALE_ANSWERS                                           /* answers die with the connection they belong to */
    for (i : p * PN .. p * PN + PN - 1) { DEL(owe_rec, i); DEL(owe_comp, i) }
#endif
#ifdef CONNACK
    connect(p)
#else
    publisher_repeats(p)
#endif
}

inline repeat_pubrels() {
    for (s : 1 .. TOTAL) { if :: HAS(mem.got & ~mem.done, s) -> out!PUBREL(PID(s), 0, 0) :: else fi }
}

inline subscriber_returns() {
    CLEAR(out); CLEAR(back);
#ifdef SEND_MARK
    mem.mark = EXACT_MARK;                                      /* lazy: the exact mark of a lost connection */
#endif
    owe_rel = mem.got & ~mem.done;                              /* PUBRELs again, gated like the first ones */
#ifdef RESUMED_PUBREL_UNGATED
    repeat_pubrels();
    owe_rel = 0;
#endif
#ifdef CONNACK
    owe_rel = 0;
    connect(NPUB);
#endif
#ifdef LAZY
    sure = mem.done; sure_expired = mem.expired;
#ifndef CONNECT_LEAVES_RECORD                                   /* CONNECT's batch takes along what is pending */
    touched = 1;
#endif
#endif
    cursor = 1; skip_got()
}

inline crash() {
    if
    :: busy -> copy(disk, syncing)                              /* the sync had reached the disk, */
    :: true                                                     /* or not */
    fi;
    for (i : disk.last + 1 .. TOTAL) { log[i] = 0 }
    copy(syncing, disk); copy(mem, disk); busy = 0;
#ifdef LAZY
    touched = 0;
#endif
#ifdef FORGET_INBOUND
    mem.inbound = 0;
#endif
#ifdef FORGET_GOT
    mem.got = mem.done;
#endif
#ifdef FORGET_MARK
    top = 0;
#else
    top = mem.mark;
#endif
    owe_rec = 0; owe_comp = 0; owe_rel = 0;
#ifdef PID_PER_PROCESS
    base = 0; do :: HAS(mem.done, base + 1) -> base++ :: else -> break od;
#endif
    publisher_returns(0);
#if NPUB > 1
    publisher_returns(1);
#endif
    subscriber_returns()
}

/* ---- CONNACK: what stands behind it leaves with it, and the client goes on. -------------------------------------- */
#ifdef CONNACK
proctype Connacks() {
end: do
#define CONNACK_FOR(p) \
    :: atomic { HAS(waits, p) && HAS(CONNACK_GATE.linked, p) -> DEL(waits, p); publisher_repeats(p) }
    CONNACK_FOR(0)                                              /* GATE: CONNACK */
#if NPUB > 1
    CONNACK_FOR(1)
#endif
    :: atomic { HAS(waits, NPUB) && HAS(CONNACK_GATE.linked, NPUB) -> DEL(waits, NPUB); repeat_pubrels() }
    od
}
#endif

proctype Faults() {
    do
    :: atomic { true -> publisher_returns(0) }
#if NPUB > 1
    :: atomic { true -> publisher_returns(1) }
#endif
    :: atomic { true -> subscriber_returns() }
    :: atomic { true -> crash() }
    :: calm = 1; break
    od
}

/* ---- When nothing moves any more, all has arrived and nothing is left over. -------------------------------------- */
#define ARRIVED ((seen | mem.expired) == ALL)
#define TIDY    ((seen & mem.expired) == 0 && held == 0 && released == 0 && mem.inbound == 0 && mem.last == TOTAL \
                 && mem.done == ALL && EQUAL(mem, disk))

proctype AtRest() {
    timeout ->
    assert(ARRIVED);
#ifndef HARM_ONLY
    assert(TIDY)
#endif
}

#ifdef LIVE
ltl drains { [] (calm -> <> (ARRIVED && TIDY)) }
#endif

init { atomic {
    for (j : 0 .. NPUB - 1) { run Publisher(j); run Receiver(j) }
#ifdef CONNACK
    run Connacks();
#endif
    run Sender(); run Subscriber(); run Journal(); run Faults(); run AtRest()
} }
