'use strict';
/**
 * File descriptor 3, read by events and written at once, and the tickets on descriptor 4. Must not know what is said.
 *
 * Writes are synchronous: what a handler printed is with the host even when the process dies in the next statement, and
 * nothing queues up in memory. Where the host is slower than we are, the write waits in the kernel.
 */

const fs = require('node:fs');
const { FrameBuilder, FrameReader } = require('./frames.js');

// Taken before any handler can replace it.
const exit = process.exit.bind(process);

const WIRE = 3;
const TICKETS = 4;
const CHUNK_BYTES = 1 << 16;

const builder = new FrameBuilder();

/** @type {{setBlocking?: (blocking: boolean) => number} | null} */
let handle = null;
let closed = false;

/**
 * Send one frame, with one write unless the socket is full.
 * @param {string} head JSON
 * @param {string | Uint8Array} [body]
 */
function send(head, body = '') {
  builder.build(head, body);
  const { buffer, size } = builder;
  let written = 0;
  let waiting = false;
  while (written < size && !closed) {
    try {
      written += fs.writeSync(WIRE, buffer, written, size - written);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EAGAIN') return end();
    }
    if (written < size && !waiting) waiting = handle?.setBlocking?.(true) === 0;
  }
  if (waiting) handle?.setBlocking?.(false);
}

/**
 * Start to read. Ends the process when the wire closes.
 * @param {(head: string, body: string) => void} receive
 * @param {(error: unknown) => void} refuse what to do about a frame that cannot be read
 */
function open(receive, refuse) {
  const { Socket } = require('node:net');
  const reader = new FrameReader(receive);
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  /** @param {number} size */
  const callback = (size) => {
    try {
      reader.feed(buffer, size);
    } catch (error) {
      refuse(error);
    }
    return true;
  };
  const socket = new Socket(
    /** @type {import('node:net').SocketConstructorOpts} */ ({
      fd: WIRE,
      readable: true,
      writable: true,
      onread: { buffer, callback },
    }),
  );
  socket.on('error', end);
  socket.on('close', end);
  handle = /** @type {any} */ (socket)._handle;
}

const ticket = Buffer.alloc(1);

/** Take a ticket, without waiting (the host made the pipe so). False: the host was first. */
function takeTicket() {
  try {
    return fs.readSync(TICKETS, ticket, 0, 1, null) === 1;
  } catch {
    return false;
  }
}

function end() {
  closed = true;
  exit(0);
}

module.exports = { send, open, takeTicket };
