'use strict';
/**
 * Where a frame ends: bytes to (head, body) and back. Must not know messages or sockets.
 *
 * A frame is two unsigned big-endian lengths, a JSON head and a raw body (docs/wire.md).
 */

const LENGTHS_BYTES = 8;
const HEAD_BYTES_MAX = 1 << 20;
const BODY_BYTES_MAX = 8 << 20;
const SCRATCH_BYTES = 1 << 16;

/**
 * Cuts a stream of bytes into frames.
 *
 * State: the frame that has not arrived whole, in a buffer of its exact size. Each byte is copied once at most.
 */
class FrameReader {
  /** @param {(head: string, body: string) => void} receive called for each frame, in order; both are UTF-8 text */
  constructor(receive) {
    this.receive = receive;
    /** @type {Buffer | null} */
    this.partial = null;
    this.filled = 0;
  }

  /**
   * Take the first `size` bytes of `chunk`, which may be overwritten afterwards.
   * @param {Buffer} chunk
   * @param {number} size
   * @throws {RangeError} where a length is over its bound
   */
  feed(chunk, size) {
    let start = this.partial === null ? 0 : this.#fill(chunk, 0, size);
    while (size - start >= LENGTHS_BYTES) {
      const headBytes = chunk.readUInt32BE(start);
      const frameBytes = frameSize(headBytes, chunk.readUInt32BE(start + 4));
      if (frameBytes > size - start) {
        this.partial = Buffer.allocUnsafe(frameBytes);
        break;
      }
      this.#deliver(chunk, start, headBytes, start + frameBytes);
      start += frameBytes;
    }
    if (start < size) {
      this.partial ??= Buffer.allocUnsafe(LENGTHS_BYTES);
      this.#fill(chunk, start, size);
    }
  }

  /**
   * Complete the partial frame as far as the chunk goes. Returns where the rest of the chunk starts.
   * @param {Buffer} chunk
   * @param {number} start
   * @param {number} size
   */
  #fill(chunk, start, size) {
    while (this.partial !== null && start < size) {
      const copied = chunk.copy(this.partial, this.filled, start, size);
      this.filled += copied;
      start += copied;
      if (this.filled < this.partial.length) break;
      const headBytes = this.partial.readUInt32BE(0);
      const frameBytes = frameSize(headBytes, this.partial.readUInt32BE(4));
      const frame = this.partial;
      if (frameBytes > frame.length) {
        this.partial = Buffer.allocUnsafe(frameBytes);
        frame.copy(this.partial);
      } else {
        this.partial = null;
        this.filled = 0;
        this.#deliver(frame, 0, headBytes, frameBytes);
      }
    }
    return start;
  }

  /**
   * @param {Buffer} bytes
   * @param {number} start
   * @param {number} headBytes
   * @param {number} end
   */
  #deliver(bytes, start, headBytes, end) {
    const headStart = start + LENGTHS_BYTES;
    const bodyStart = headStart + headBytes;
    this.receive(bytes.toString('utf8', headStart, bodyStart), bytes.toString('utf8', bodyStart, end));
  }
}

/**
 * @param {number} headBytes
 * @param {number} bodyBytes
 */
function frameSize(headBytes, bodyBytes) {
  if (headBytes > HEAD_BYTES_MAX || bodyBytes > BODY_BYTES_MAX) {
    throw new RangeError(`a frame of ${headBytes} and ${bodyBytes} bytes is over its bound`);
  }
  return LENGTHS_BYTES + headBytes + bodyBytes;
}

/**
 * Builds frames, each in one piece so that one write sends it.
 *
 * State: `buffer` and `size` hold the last frame. Small frames share one scratch buffer: send before the next is built.
 */
class FrameBuilder {
  constructor() {
    this.scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    this.buffer = this.scratch;
    this.size = 0;
  }

  /**
   * @param {string} head JSON
   * @param {string | Uint8Array} body
   */
  build(head, body) {
    // A UTF-16 unit is at most three bytes of UTF-8.
    const bound = LENGTHS_BYTES + head.length * 3 + (typeof body === 'string' ? body.length * 3 : body.length);
    const buffer = bound <= SCRATCH_BYTES ? this.scratch : Buffer.allocUnsafe(exactSize(head, body));
    const headBytes = buffer.write(head, LENGTHS_BYTES, 'utf8');
    const bodyStart = LENGTHS_BYTES + headBytes;
    let bodyBytes = body.length;
    if (typeof body === 'string') bodyBytes = body === '' ? 0 : buffer.write(body, bodyStart, 'utf8');
    else buffer.set(body, bodyStart);
    buffer.writeUInt32BE(headBytes, 0);
    buffer.writeUInt32BE(bodyBytes, 4);
    this.buffer = buffer;
    this.size = bodyStart + bodyBytes;
  }
}

/**
 * @param {string} head
 * @param {string | Uint8Array} body
 */
function exactSize(head, body) {
  return LENGTHS_BYTES + Buffer.byteLength(head) + (typeof body === 'string' ? Buffer.byteLength(body) : body.length);
}

module.exports = { FrameReader, FrameBuilder, HEAD_BYTES_MAX, BODY_BYTES_MAX };
