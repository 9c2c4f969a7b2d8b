// Random packets, each written by mqtt-packet and read by our codec, and the other way round: both
// must have the same packet at the end. What stands between is codec_json.cc.
//
// Run: node mqtt_packet_check.js CODEC_JSON 4|5 COUNT [SEED]. Prints the first packet that differs.
//
// Left out is what mqtt-packet cannot do: passwords without a user name, AUTH without bytes, and a
// user property of no value before another of the same name. It knows no order of user properties
// of different names and none of other properties.
'use strict'
const { spawnSync } = require('child_process')
const mqtt = require('mqtt-packet')
const constants = require('mqtt-packet/constants')

const [codec, versionText, countText, seedText] = process.argv.slice(2)
const version = Number(versionText)
const count = Number(countText)
const BATCH = 5000

// Chance: mulberry32, the same on every run.
let state = Number(seedText || 1)
function next () {
  state = (state + 0x6D2B79F5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return (t ^ (t >>> 14)) >>> 0
}
const below = (bound) => next() % bound
const oneOf = (list) => list[below(list.length)]
const chance = (percent) => below(100) < percent
const bool = () => chance(50)
const listOf = (most, make) => Array.from({ length: 1 + below(most) }, make)

const CHARACTERS = ['a', 'B', '7', ' ', '/', '$', '\u007f', '\u00e4', '\u20ac', '\ufeff', '\ufffd', '\u{1f40c}', '\u{10ffff}']
const lengths = () => oneOf([0, 1, 2, 5, 12, 40, 130])
const text = (length = lengths()) => Array.from({ length }, () => oneOf(CHARACTERS)).join('')
const binary = (length = lengths()) => Buffer.from(Array.from({ length }, () => below(256))).toString('hex')
const topic = () => text(oneOf([1, 2, 7, 30, 128]))
const filter = () => oneOf([topic, () => '#', () => '+', () => '/+/#', () => '$share/group/' + topic()])()
const id = () => oneOf([1, 2, 255, 256, 65535, 1 + below(65535)])
const int16 = () => oneOf([0, 1, 255, 256, 65535, below(65536)])
const int32 = () => oneOf([0, 1, 65536, 0x7fffffff, 0xffffffff, next()])
const variable = () => oneOf([1, 127, 128, 16383, 16384, 2097151, 2097152, 268435455])
const notZero = (make) => () => make() || 1
const bit = () => below(2)
const pair = () => [text(oneOf([0, 1, 3])), text(oneOf([1, 2, 9]))]

// Table 2-4 of MQTT 5.0: values, and where the property stands.
const EVERYWHERE = 'connect connack publish will puback pubrec pubrel pubcomp subscribe suback unsubscribe unsuback ' +
  'disconnect auth'
const ANSWERS = 'connack puback pubrec pubrel pubcomp suback unsuback disconnect auth'
const PROPERTIES = [
  [1, bit, 'publish will'], [2, int32, 'publish will'], [3, text, 'publish will'], [8, topic, 'publish will'],
  [9, binary, 'publish will'], [11, variable, 'subscribe'], [17, int32, 'connect connack disconnect'],
  [18, text, 'connack'], [19, int16, 'connack'], [21, text, 'connect connack'], [23, bit, 'connect'],
  [24, int32, 'will'], [25, bit, 'connect'], [26, text, 'connack'], [28, text, 'connack disconnect'],
  [31, text, ANSWERS.replace(' auth', '')], [33, notZero(int16), 'connect connack'], [34, int16, 'connect connack'],
  [35, notZero(int16), 'publish'], [36, bit, 'connack'], [37, bit, 'connack'], [39, notZero(int32), 'connect connack'],
  [40, bit, 'connack'], [41, bit, 'connack'], [42, bit, 'connack']]

function properties (place, sender) {
  if (version !== 5) return []
  const some = oneOf([0, 0, 20, 70])
  const list = []
  for (const [number, make, places] of PROPERTIES) {
    if (!places.split(' ').includes(place) || !chance(some)) continue
    if (number === 17 && place === 'disconnect' && sender === 'server') continue
    list.push([number, make()])
  }
  if (place === 'publish' && sender === 'server') {
    for (let n = oneOf([0, 0, 1, 3]); n > 0; --n) list.push([11, variable()])
  }
  if (place === 'auth') list.push([21, text()])
  if (list.some(([number]) => number === 21) && bool()) list.push([22, binary()])
  if (EVERYWHERE.split(' ').includes(place) && chance(some)) list.push(...listOf(4, () => [38, pair()]))
  return list
}

const codes = (text) => text.split(' ').map((code) => parseInt(code, 16))
const OUTCOMES = codes('00 80 83 87 90 91 97 99')
const RELEASES = codes('00 92')
const CONNACKS = codes('80 81 82 83 84 85 86 87 88 89 8a 8c 90 95 97 99 9a 9b 9c 9d 9f')
const SUBACKS = codes('00 01 02 80 83 87 8f 91 97 9e a1 a2')
const UNSUBACKS = codes('00 11 80 83 87 8f 91')
const DISCONNECTS = codes('00 80 81 82 83 90 93 94 95 96 97 98 99')
const DISCONNECTS_OF_SERVER = codes('87 89 8b 8d 8e 8f 9a 9b 9c 9d 9e 9f a0 a1 a2')

function ack (type) {
  return (sender) => {
    const outcome = type === 'puback' || type === 'pubrec'
    const list = !outcome ? RELEASES : sender === 'server' ? [...OUTCOMES, 0x10] : OUTCOMES
    return { id: id(), reason: version === 5 && bool() ? oneOf(list) : 0, properties: properties(type, sender) }
  }
}

// A packet of each type, by those who send it.
const MAKE = {
  connect (sender) {
    const packet = { clean: bool(), keepAlive: int16(), clientId: text(), properties: properties('connect', sender) }
    if (packet.clientId === '') packet.clean = true
    if (bool()) {
      packet.will = {
        qos: below(3), retain: bool(), topic: topic(), payload: binary(), properties: properties('will', sender)
      }
    }
    if (bool()) {
      packet.userName = text()
      if (bool()) packet.password = binary()
    }
    return packet
  },
  connack (sender) {
    const accepts = bool()
    const refusals = version === 5 ? CONNACKS : [1, 2, 3, 4, 5]
    return {
      present: accepts && bool(), reason: accepts ? 0 : oneOf(refusals), properties: properties('connack', sender)
    }
  },
  publish (sender) {
    const qos = below(3)
    const packet = {
      qos, dup: qos > 0 && bool(), retain: bool(), id: qos > 0 ? id() : 0, topic: topic(),
      payload: binary(oneOf([0, 1, 20, 127, 128, 1000])), properties: properties('publish', sender)
    }
    if (packet.properties.some(([number]) => number === 35) && bool()) packet.topic = ''
    return packet
  },
  puback: ack('puback'),
  pubrec: ack('pubrec'),
  pubrel: ack('pubrel'),
  pubcomp: ack('pubcomp'),
  subscribe (sender) {
    const request = () => {
      const shared = { filter: filter(), qos: below(3), noLocal: false, retainAsPublished: false, retainHandling: 0 }
      if (version !== 5) return shared
      const noLocal = !shared.filter.startsWith('$share/') && bool()
      return { ...shared, noLocal, retainAsPublished: bool(), retainHandling: below(3) }
    }
    return { id: id(), requests: listOf(5, request), properties: properties('subscribe', sender) }
  },
  suback (sender) {
    const list = version === 5 ? SUBACKS : [0, 1, 2, 0x80]
    return { id: id(), codes: listOf(5, () => oneOf(list)), properties: properties('suback', sender) }
  },
  unsubscribe (sender) {
    return { id: id(), filters: listOf(5, filter), properties: properties('unsubscribe', sender) }
  },
  unsuback (sender) {
    const list = version === 5 ? listOf(5, () => oneOf(UNSUBACKS)) : []
    return { id: id(), codes: list, properties: properties('unsuback', sender) }
  },
  pingreq: () => ({}),
  pingresp: () => ({}),
  disconnect (sender) {
    if (version !== 5) return { reason: 0, properties: [] }
    const list = sender === 'server' ? [...DISCONNECTS, ...DISCONNECTS_OF_SERVER] : [...DISCONNECTS, 4]
    return { reason: oneOf(list), properties: properties('disconnect', sender) }
  },
  auth (sender) {
    return { reason: oneOf(sender === 'server' ? [0, 0x18] : [0x18, 0x19]), properties: properties('auth', sender) }
  }
}
const BOTH = ['publish', 'puback', 'pubrec', 'pubrel', 'pubcomp']
const OF_CLIENT = [...BOTH, 'connect', 'subscribe', 'unsubscribe', 'pingreq', 'disconnect']
const OF_SERVER = [...BOTH, 'connack', 'suback', 'unsuback', 'pingresp']
if (version === 5) {
  OF_CLIENT.push('auth')
  OF_SERVER.push('auth', 'disconnect')
}

function randomPacket () {
  const sender = oneOf(['client', 'server'])
  const type = oneOf(sender === 'client' ? OF_CLIENT : OF_SERVER)
  return { type, version, sender, ...MAKE[type](sender) }
}

// To mqtt-packet's shape.
function toTheirs (packet) {
  const theirs = { cmd: packet.type, messageId: packet.id, protocolVersion: version }
  const withProperties = (target, list) => {
    if (list.length > 0) target.properties = propertiesToTheirs(list)
    return target
  }
  const reason = version === 5 ? 'reasonCode' : 'returnCode'
  withProperties(theirs, packet.properties || [])
  switch (packet.type) {
    case 'connect': {
      const { clean, keepAlive, clientId, will, userName, password } = packet
      Object.assign(theirs, { protocolId: 'MQTT', clean, keepalive: keepAlive, clientId })
      if (will) {
        theirs.will = withProperties(
          { qos: will.qos, retain: will.retain, topic: will.topic, payload: Buffer.from(will.payload, 'hex') },
          will.properties)
      }
      if (userName !== undefined) theirs.username = userName
      if (password !== undefined) theirs.password = Buffer.from(password, 'hex')
      break
    }
    case 'connack':
      return Object.assign(theirs, { sessionPresent: packet.present, [reason]: packet.reason })
    case 'publish': {
      const { qos, dup, retain, topic, payload } = packet
      return Object.assign(theirs, { qos, dup, retain, topic, payload: Buffer.from(payload, 'hex') })
    }
    case 'subscribe':
      theirs.subscriptions = packet.requests.map((request) => ({
        topic: request.filter, qos: request.qos, nl: request.noLocal, rap: request.retainAsPublished,
        rh: request.retainHandling
      }))
      break
    case 'unsubscribe':
      theirs.unsubscriptions = packet.filters
      break
    case 'suback':
    case 'unsuback':
      theirs.granted = packet.codes
      break
    default:
      if (packet.reason !== undefined && version === 5) theirs.reasonCode = packet.reason
  }
  return theirs
}

function propertiesToTheirs (list) {
  const theirs = {}
  for (const [number, value] of list) {
    const name = constants.propertiesCodes[number]
    const type = constants.propertiesTypes[name]
    if (type === 'pair') {
      theirs[name] ||= Object.create(null)
      const [key, text] = value
      theirs[name][key] = theirs[name][key] === undefined ? text : [theirs[name][key], text].flat()
      continue
    }
    const theirValue = type === 'byte' ? value === 1 : type === 'binary' ? Buffer.from(value, 'hex') : value
    theirs[name] = theirs[name] === undefined ? theirValue : [theirs[name], theirValue].flat()
  }
  return theirs
}

// And back.
function toOurs (theirs, sender) {
  const ours = { type: theirs.cmd, version, sender }
  if (!['pingreq', 'pingresp'].includes(theirs.cmd)) ours.properties = propertiesToOurs(theirs.properties)
  if (theirs.messageId !== undefined) ours.id = theirs.messageId
  switch (theirs.cmd) {
    case 'connect':
      Object.assign(ours, { clean: theirs.clean, keepAlive: theirs.keepalive, clientId: theirs.clientId })
      if (theirs.will) {
        const { qos, retain, topic, payload } = theirs.will
        ours.will = {
          qos, retain, topic, payload: payload.toString('hex'), properties: propertiesToOurs(theirs.will.properties)
        }
      }
      if (theirs.username !== undefined) ours.userName = theirs.username
      if (theirs.password !== undefined) ours.password = theirs.password.toString('hex')
      return ours
    case 'connack':
      return Object.assign(ours, {
        present: theirs.sessionPresent, reason: version === 5 ? theirs.reasonCode : theirs.returnCode
      })
    case 'publish': {
      const { qos, dup, retain, topic, payload } = theirs
      return Object.assign(ours, { id: theirs.messageId || 0, qos, dup, retain, topic, payload: payload.toString('hex') })
    }
    case 'subscribe':
      ours.requests = theirs.subscriptions.map((one) => ({
        filter: one.topic, qos: one.qos, noLocal: one.nl || false, retainAsPublished: one.rap || false,
        retainHandling: one.rh || 0
      }))
      return ours
    case 'unsubscribe':
      ours.filters = theirs.unsubscriptions
      return ours
    case 'suback':
    case 'unsuback':
      ours.codes = theirs.granted || []
      return ours
    case 'pingreq':
    case 'pingresp':
      return ours
    default:
      ours.reason = theirs.reasonCode || 0
      return ours
  }
}

function propertiesToOurs (theirs = {}) {
  const list = []
  for (const [name, value] of Object.entries(theirs)) {
    const number = constants.properties[name]
    const type = constants.propertiesTypes[name]
    if (type === 'pair') {
      for (const [key, texts] of Object.entries(value)) {
        for (const text of [texts].flat()) list.push([number, [key, text]])
      }
      continue
    }
    for (const one of [value].flat()) {
      list.push([number, type === 'byte' ? Number(one) : type === 'binary' ? one.toString('hex') : one])
    }
  }
  return list
}

// One text for all packets that are the same.
function canonical (packet) {
  const key = ([number, value]) => number * 65536 + (number === 38 ? 1 : 0)
  const sorted = (list) => [...list].sort((a, b) =>
    key(a) - key(b) || (a[0] === 38 ? (a[1][0] < b[1][0] ? -1 : a[1][0] > b[1][0] ? 1 : 0) : 0))
  return JSON.stringify(packet, function (name, value) {
    if (name === 'properties') return sorted(value)
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

function readTheirs (bytes, sender) {
  const parser = mqtt.parser({ protocolVersion: version })
  const packets = []
  let failure = null
  parser.on('packet', (packet) => packets.push(packet))
  parser.on('error', (error) => { failure = error })
  const left = parser.parse(bytes)
  if (failure) return `mqtt-packet refuses: ${failure.message}`
  if (packets.length !== 1 || left !== 0) return `mqtt-packet reads ${packets.length} packets and leaves ${left} bytes`
  return canonical(toOurs(packets[0], sender))
}

// Lines for our codec, and what it answers to each.
function askOurs (lines) {
  const run = spawnSync(codec, { input: lines.join('\n') + '\n', encoding: 'utf8', maxBuffer: 1 << 30 })
  if (run.status !== 0) throw new Error(`${codec} ends with ${run.status || run.signal}: ${run.stderr}`)
  return run.stdout.split('\n').slice(0, -1)
}

function differ (what, packet, bytes, other) {
  console.log(`${what}:\n  packet ${canonical(packet)}\n  bytes  ${bytes}\n  became ${other}`)
  process.exit(1)
}

let done = 0
while (done < count) {
  const packets = Array.from({ length: Math.min(BATCH, count - done) }, randomPacket)
  const written = packets.map((packet) => mqtt.generate(toTheirs(packet), { protocolVersion: version }).toString('hex'))
  const answers = askOurs(packets.flatMap((packet, i) => [
    `decode ${version} ${packet.sender} ${written[i]}`, `encode ${JSON.stringify(packet)}`]))
  packets.forEach((packet, i) => {
    const [decoded, encoded] = [answers[2 * i], answers[2 * i + 1]]
    const same = decoded.startsWith('{') ? canonical(JSON.parse(decoded)) : decoded
    if (same !== canonical(packet)) differ('written by mqtt-packet, read by us', packet, written[i], same)
    const theirs = readTheirs(Buffer.from(encoded, 'hex'), packet.sender)
    if (theirs !== canonical(packet)) differ('written by us, read by mqtt-packet', packet, encoded, theirs)
  })
  done += packets.length
}
console.log(`${done} packets are the same both ways`)
