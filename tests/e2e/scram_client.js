// A client that logs in with SCRAM-SHA-256, made of MQTT.js and Node's crypto: another hand than ours for both.
//
//   node scram_client.js PORT USER PASSWORD NEXT_PASSWORD
//
// Logs in, sends itself a message, and authenticates again with NEXT_PASSWORD while connected. Prints what happens, a
// line each. A signature of the broker that is not right is an error.

"use strict";

const crypto = require("node:crypto");
const mqtt = require("mqtt");

const METHOD = "SCRAM-SHA-256";
const [port, user, password, nextPassword] = process.argv.slice(2);

const hash = (text) => crypto.createHash("sha256").update(text).digest();
const hmac = (key, text) => crypto.createHmac("sha256", key).update(text).digest();

// The client's side of one exchange.
class Exchange {
  constructor(secret) {
    this.secret = secret;
    const name = user.replace(/=/g, "=3D").replace(/,/g, "=2C");
    this.bare = `n=${name},r=${crypto.randomBytes(18).toString("base64")}`;
    this.first = Buffer.from(`n,,${this.bare}`);
  }

  final(serverFirst) {
    const text = serverFirst.toString();
    const [, nonce, salt, count] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(text);
    const salted = crypto.pbkdf2Sync(this.secret, Buffer.from(salt, "base64"), Number(count), 32, "sha256");
    const withoutProof = `c=biws,r=${nonce}`;
    const message = `${this.bare},${text},${withoutProof}`;
    const clientKey = hmac(salted, "Client Key");
    const signature = hmac(hash(clientKey), message);
    this.serverSignature = hmac(hmac(salted, "Server Key"), message).toString("base64");
    const proof = Buffer.from(clientKey.map((byte, i) => byte ^ signature[i])).toString("base64");
    return Buffer.from(`${withoutProof},p=${proof}`);
  }

  check(serverFinal) {
    if (String(serverFinal) !== `v=${this.serverSignature}`) throw new Error(`not the broker: ${serverFinal}`);
  }
}

let exchange = new Exchange(password);
const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
  protocolVersion: 5,
  reconnectPeriod: 0,
  properties: { authenticationMethod: METHOD, authenticationData: exchange.first },
});

client.handleAuth = (packet, done) => {
  if (packet.reasonCode === 0) {
    exchange.check(packet.properties.authenticationData);
    console.log("authenticated again");
    client.end();
    return done();
  }
  done(null, {
    cmd: "auth",
    reasonCode: 0x18,
    properties: {
      authenticationMethod: METHOD,
      authenticationData: exchange.final(packet.properties.authenticationData),
    },
  });
};

client.on("connect", (connack) => {
  exchange.check(connack.properties.authenticationData);
  console.log(`connected by ${connack.properties.authenticationMethod}`);
  client.subscribe("echo", { qos: 2 }, () => client.publish("echo", "hello", { qos: 2 }));
});

client.on("message", (topic, payload) => {
  console.log(`received ${payload}`);
  exchange = new Exchange(nextPassword);
  client._sendPacket({
    cmd: "auth",
    reasonCode: 0x19,
    properties: { authenticationMethod: METHOD, authenticationData: exchange.first },
  });
});

client.on("disconnect", (packet) => console.log(`disconnected with 0x${packet.reasonCode.toString(16)}`));
client.on("error", (error) => console.log(`refused with 0x${(error.code ?? 0).toString(16)}`));
