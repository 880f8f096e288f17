/* Bombs: `event.bomb` takes something without end. */

const childProcess = require("node:child_process");
const fs = require("node:fs");
const { Worker } = require("node:worker_threads");

const kept = [];
const bombs = {
  processes() {
    for (;;) {
      const child = childProcess.spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"]);
      if (child.pid === undefined) throw new Error("no more");
      kept.push(child);
    }
  },
  async threads() {
    for (;;) {
      const worker = new Worker("setTimeout(() => {}, 60000)", { eval: true });
      await new Promise((resolve, reject) => worker.once("online", resolve).once("error", reject));
      kept.push(worker);
    }
  },
  memory() {
    for (;;) kept.push(Buffer.alloc(16 << 20, 1));
  },
  descriptors() {
    for (;;) kept.push(fs.openSync("/dev/null", "r"));
  },
  disk() {
    for (let number = 0; ; number++) fs.writeFileSync(`/tmp/${number}`, Buffer.alloc(32 << 20, 1));
  },
  log() {
    for (;;) console.log("x".repeat(1000));
  },
  burn() {
    for (;;);
  },
};

exports.handler = async (context, event, callback) => {
  try {
    await bombs[event.bomb]();
  } catch (error) {
    callback(null, error.code ?? error.name);
  }
};
