/* Attempts to get out of a sandbox, from inside a JavaScript function: `event.attempt` names one.

   Each is told what there is to get (`event.facts`) and answers what it got, or nothing. What it throws was refused. */

const childProcess = require("node:child_process");
const dgram = require("node:dgram");
const fs = require("node:fs");
const net = require("node:net");
const os = require("node:os");
const path = require("node:path");

const WAIT_MS = 2000;

const attempts = {
  // Files of the host.
  read_host_passwd: ({ passwd }) => fs.readFileSync("/etc/passwd", "utf8") === passwd && "the host's own",
  read_shadow: () => fs.readFileSync("/etc/shadow"),
  read_file_of_host: ({ canary }) => fs.readFileSync(canary),
  list_data_folder: ({ data }) => fs.readdirSync(data),
  read_master_key: ({ data }) => fs.readFileSync(`${data}/master.key`),
  read_database: ({ data }) => fs.openSync(`${data}/gettone.db`, "r"),
  find_neighbour({ neighbour }) {
    const end = Date.now() + 1500;
    return ["/tmp", "/var", "/"].map((at) => find(at, Buffer.from(neighbour), end)).find(Boolean);
  },
  write_etc: () => makeFile("/etc/gettone-was-here"),
  write_usr: () => makeFile("/usr/gettone-was-here"),
  write_runtime: () => fs.openSync(process.execPath, "r+"),
  write_own_code: () => fs.openSync(__filename, "r+"),
  replace_own_code() {
    fs.renameSync(__filename, `${__filename}.old`);
    fs.renameSync(`${__filename}.old`, __filename);
    return "renamed";
  },
  make_own_code_writable() {
    fs.chmodSync(__filename, 0o777);
    return fs.openSync(__filename, "r+");
  },
  symlink_to_host({ canary }) {
    const link = `/tmp/link-${process.hrtime.bigint()}`;
    fs.symlinkSync(canary, link);
    return fs.readFileSync(link);
  },
  hard_link_to_host({ canary }) {
    const link = `/tmp/hard-${process.hrtime.bigint()}`;
    fs.linkSync(canary, link);
    return fs.readFileSync(link);
  },
  climb_out_of_root: ({ canary }) => fs.readFileSync(`/tmp/${"../".repeat(20)}${canary.slice(1)}`),
  open_devices() {
    for (const name of ["mem", "kmem", "kmsg", "sda", "vda", "nvme0n1", "fuse", "kvm"]) {
      try {
        return fs.openSync(`/dev/${name}`, "r");
      } catch {
        continue;
      }
    }
  },
  inherited_descriptors({ data, repository }) {
    const found = [];
    for (const fd of fs.readdirSync("/proc/self/fd")) {
      try {
        const target = fs.readlinkSync(`/proc/self/fd/${fd}`);
        if (target.includes(data) || target.includes(repository) || target.startsWith("/etc")) found.push(target);
      } catch {
        continue;
      }
    }
    return found.join(" ");
  },

  // Processes.
  read_environ_of_gateway: ({ gateway }) => fs.readFileSync(`/proc/${gateway}/environ`),
  read_environ_of_parents: ({ secret }) => secretIn(["1", String(process.ppid)], secret),
  find_secret_in_any_environ: ({ secret }) => secretIn(fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name)), secret),
  see_processes_of_host: ({ gateway }) => fs.readFileSync(`/proc/${gateway}/cmdline`),
  read_memory_of_gateway: ({ gateway }) => fs.openSync(`/proc/${gateway}/mem`, "r"),
  read_root_of_gateway: ({ gateway }) => fs.readdirSync(`/proc/${gateway}/root`),
  read_root_of_first_process: ({ canary }) => fs.readFileSync(`/proc/1/root${canary}`),
  signal_gateway: ({ gateway }) => process.kill(gateway, 0) && "it can be signalled",
  signal_neighbour: ({ neighbour_pid }) => process.kill(neighbour_pid, 0) && "it can be signalled",
  raise_priority() {
    os.setPriority(0, -5);
    return "before everybody else";
  },
  protect_from_killer() {
    fs.writeFileSync("/proc/self/oom_score_adj", "-1000");
    return "never the one to die";
  },
  debug_gateway({ gateway }) {
    // SIGUSR1 opens the inspector of a Node process.
    process.kill(gateway, 0);
    return "its inspector can be opened";
  },

  // Rights.
  hold_capabilities: () =>
    fs
      .readFileSync("/proc/self/status", "utf8")
      .split("\n")
      .filter((line) => /^Cap(Eff|Prm|Inh|Amb):/.test(line) && !line.endsWith("\t0000000000000000"))
      .join(" "),
  gain_privileges: () => /NoNewPrivs:\t0/.test(fs.readFileSync("/proc/self/status", "utf8")) && "by a set-user-id program",
  run_without_filter: () => /Seccomp:\t0/.test(fs.readFileSync("/proc/self/status", "utf8")) && "every system call is there",
  set_user() {
    if (process.getuid() !== 0) process.setuid(0);
    return process.getuid() === 0 && "user 0";
  },
  preload_library() {
    const said = childProcess.spawnSync(process.execPath, ["-p", "process.getuid()"], {
      env: { LD_PRELOAD: "/tmp/none.so" },
      encoding: "utf8",
      timeout: WAIT_MS,
    });
    return said.stdout?.trim() === "0" && "user 0";
  },

  // What Node itself opens.
  internal_binding: ({ canary }) => process.binding("fs").open(canary, 0, 0),
  native_addon({ facts }) {
    // Code of its own, past all of JavaScript: the system decides what it may do.
    process.dlopen({ exports: {} }, "/tmp/none.node");
    return facts;
  },
  inspector_of_own() {
    const inspector = require("node:inspector");
    inspector.open(0, "0.0.0.0");
    const url = inspector.url();
    inspector.close();
    return url?.includes("none");
  },
  worker_thread_with_other_environment: ({ secret }) => {
    const { Worker, SHARE_ENV } = require("node:worker_threads");
    return new Promise((resolve, reject) => {
      const code = "require('node:worker_threads').parentPort.postMessage(JSON.stringify(process.env))";
      const worker = new Worker(code, { eval: true, env: SHARE_ENV });
      worker.once("message", (text) => resolve(text.includes(secret) && "the gateway's environment"));
      worker.once("error", reject);
    });
  },
  child_with_other_environment({ secret }) {
    const said = childProcess.spawnSync("/bin/cat", ["/proc/self/environ"], { encoding: "utf8", timeout: WAIT_MS });
    return said.stdout?.includes(secret) && "the gateway's environment";
  },
  kernel_settings() {
    for (const name of ["/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/vm/drop_caches"]) {
      try {
        return fs.openSync(name, "r+");
      } catch {
        continue;
      }
    }
  },
  own_cgroup() {
    for (const folder of ["/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified"]) {
      try {
        fs.mkdirSync(`${folder}/gettone-was-here`);
        fs.rmdirSync(`${folder}/gettone-was-here`);
        return folder;
      } catch {
        continue;
      }
    }
  },

  // Sockets.
  connect_unix_socket: ({ feed }) => connect({ path: feed }),
  connect_abstract_socket: ({ abstract }) => connect({ path: `\0${abstract}` }),
  connect_console: ({ console_port }) => connect({ host: "127.0.0.1", port: console_port }),
  connect_console_by_ipv6: ({ console_port }) => connect({ host: "::1", port: console_port }),
  connect_console_by_mapped_address: ({ console_port }) => connect({ host: "::ffff:127.0.0.1", port: console_port }),
  connect_console_by_any_address: ({ console_port }) => connect({ host: "0.0.0.0", port: console_port }),
  connect_console_by_name: ({ console_port }) => connect({ host: "localhost", port: console_port }),
  fetch_console: async ({ console_port }) =>
    (await fetch(`http://127.0.0.1:${console_port}/`, { signal: AbortSignal.timeout(WAIT_MS) })).status,
  datagram_to_loopback: ({ datagram_port }) =>
    new Promise((resolve, reject) => {
      const socket = dgram.createSocket("udp4");
      const end = (settle, value) => {
        socket.close();
        settle(value);
      };
      const timer = setTimeout(() => end(reject, new Error("no answer")), 1000);
      socket.on("error", (error) => end(reject, error));
      socket.on("message", (message) => {
        clearTimeout(timer);
        end(resolve, String(message));
      });
      socket.send("ping", datagram_port, "127.0.0.1", (error) => error && end(reject, error));
    }),
};

function makeFile(name) {
  fs.writeFileSync(name, "");
  fs.rmSync(name);
  return name;
}

function secretIn(pids, secret) {
  for (const pid of pids) {
    try {
      if (fs.readFileSync(`/proc/${pid}/environ`, "utf8").includes(secret)) return `the environment of ${pid}`;
    } catch {
      continue;
    }
  }
}

function find(folder, needle, end) {
  let names = [];
  try {
    names = fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return;
  }
  for (const name of names) {
    const at = path.join(folder, name.name);
    if (["/proc", "/sys", "/dev", "/usr", "/lib"].includes(at) || name.name === "node_modules" || Date.now() > end) continue;
    if (name.isDirectory()) {
      const found = find(at, needle, end);
      if (found) return found;
    }
    try {
      if (name.isFile() && fs.statSync(at).size < 65536 && fs.readFileSync(at).includes(needle)) return at;
    } catch {
      continue;
    }
  }
}

function connect(where) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ ...where, timeout: WAIT_MS });
    socket.once("connect", () => {
      socket.destroy();
      resolve("connected");
    });
    socket.once("timeout", () => {
      socket.destroy();
      reject(new Error("no answer"));
    });
    socket.once("error", reject);
  });
}

exports.handler = async function (context, event, callback) {
  if (event.attempt === "list") return callback(null, Object.keys(attempts).sort());
  try {
    const got = await attempts[event.attempt](event.facts);
    callback(null, { got: got ? String(got).slice(0, 300) : "", refused: "" });
  } catch (error) {
    callback(null, { got: "", refused: String(error).slice(0, 300) });
  }
};
