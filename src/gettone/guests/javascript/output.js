'use strict';
/**
 * What one invocation has printed: whole lines, bounded, with an exact count of what is over the bound.
 * Must not know consoles or the wire.
 *
 * A byte is counted as printed, so each line of the console has its line feed.
 */

/** @typedef {'info' | 'warning' | 'error'} Level */

const PARTIAL_LENGTH_MAX = 1 << 14;

class Output {
  /**
   * @param {number} logBytes the most that may be emitted
   * @param {(level: Level, text: string) => void} emit
   */
  constructor(logBytes, emit) {
    this.left = logBytes;
    this.emit = emit;
    this.dropped = 0;
    /** @type {Map<Level, string>} text that has no line feed yet */
    this.partial = new Map();
  }

  /**
   * A line, or more, of the console.
   * @param {Level} level
   * @param {string} text without the last line feed
   */
  line(level, text) {
    if (this.partial.size > 0) this.flush();
    this.#take(level, text, 1);
  }

  /**
   * A piece of a stream, cut anywhere.
   * @param {Level} level
   * @param {string} piece
   */
  piece(level, piece) {
    const text = (this.partial.get(level) ?? '') + piece;
    this.partial.delete(level);
    const end = text.lastIndexOf('\n');
    if (end >= 0) this.#take(level, text.slice(0, end), 1);
    const rest = text.slice(end + 1);
    if (rest.length > PARTIAL_LENGTH_MAX) this.#take(level, rest, 0);
    else if (rest !== '') this.partial.set(level, rest);
  }

  /** Emit what waits for its line feed. */
  flush() {
    const waiting = [...this.partial];
    this.partial.clear();
    for (const [level, text] of waiting) this.#take(level, text, 0);
  }

  /**
   * @param {Level} level
   * @param {string} text
   * @param {number} extra bytes beside the text
   */
  #take(level, text, extra) {
    const bytes = Buffer.byteLength(text) + extra;
    if (bytes <= this.left) {
      this.left -= bytes;
      this.emit(level, text);
      return;
    }
    const kept = cut(text, this.left);
    this.left = 0;
    if (kept !== '') this.emit(level, kept);
    this.dropped += bytes - Buffer.byteLength(kept);
  }
}

/**
 * The longest start of a text that is no more than so many bytes, and whole characters.
 * @param {string} text
 * @param {number} bytes
 */
function cut(text, bytes) {
  if (bytes <= 0) return '';
  const buffer = Buffer.allocUnsafe(bytes);
  return buffer.toString('utf8', 0, buffer.write(text, 'utf8'));
}

module.exports = { Output };
