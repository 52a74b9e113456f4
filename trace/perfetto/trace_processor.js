// Answers SQL queries about a trace with Perfetto's own trace processor: node trace_processor.js FOLDER TRACE
// FOLDER contains engine_bundle.js and trace_processor.wasm of Perfetto's UI. When the trace is imported, prints a line
// of JSON: {}, or {"error"} if the import failed. Then reads lines of JSON from standard input. For {"sql"},
// prints a line {"columns", "rows"} or {"error"}. For {"name", "modules"}, which is a package of SQL modules that later queries
// can include, prints {} or {"error"}. Integers of up to 64 bits are printed exactly, and blobs as
// hexadecimal text.
'use strict';

const fs = require('fs');
const path = require('path');
const readline = require('readline');

// Field numbers of protos/perfetto/trace_processor/trace_processor.proto.
const STREAM_MESSAGE = 1;
const RPC = {sequence: 1, request: 2, response: 3, invalidRequest: 4, fatalError: 5, queryArguments: 103, append: 101, package: 108};
const REPLY = {append: 201, query: 203, package: 211, finalize: 212};
const METHOD = {append: 1, finalize: 2, query: 3, package: 13};
const CELL = {null: 1, integer: 2, real: 3, string: 4, blob: 5};
const PIECE = 1 << 24; // bytes of the trace in one request

// ---- The parts of Protobuf that these messages use

function encodeVarint(number) {
  const bytes = [];
  for (; number > 0x7f; number = Math.floor(number / 128)) bytes.push(number % 128 | 0x80);
  return Buffer.from([...bytes, number]);
}

function encodeNumber(field, number) {
  return Buffer.concat([encodeVarint(field << 3), encodeVarint(number)]);
}

function encodeBytes(field, bytes) {
  return Buffer.concat([encodeVarint(field << 3 | 2), encodeVarint(bytes.length), bytes]);
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  more() {
    return this.at < this.bytes.length;
  }

  varint() { // returns a BigInt with the 64 bits of the number in two's complement
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const byte = this.bytes[this.at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
  }

  piece(length) {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  * fields() { // yields [field number, Buffer or BigInt]
    while (this.more()) {
      const tag = Number(this.varint());
      if ((tag & 7) === 0) yield [tag >> 3, this.varint()];
      else if ((tag & 7) === 2) yield [tag >> 3, this.piece(Number(this.varint()))];
      else yield [tag >> 3, this.piece((tag & 7) === 1 ? 8 : 4)];
    }
  }
}

function fieldsOf(bytes) {
  return new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)).fields();
}

function textOf(bytes, field) {
  for (const [number, value] of fieldsOf(bytes)) if (number === field) return value.toString();
  return '';
}

// ---- The engine

// Starts the engine, and resolves when the engine runs. The engine's bundle is made for a web worker, so this function
// imitates those parts of a web worker that the bundle uses. The bundle fetches its wasm with a synchronous request.
// The bundle has a variant for memory64, which hangs in some versions of node. The imitation has no memory64, so the
// bundle uses its other variant.
async function startEngine(folder, port) {
  const worker = {location: {href: 'http://localhost/engine_bundle.js'}};
  class Request {
    open(method, url) {
      this.file = path.join(folder, path.basename(url));
    }
    send() {
      const bytes = fs.readFileSync(this.file);
      this.response = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
      this.status = 200;
    }
  }
  class Module extends WebAssembly.Module {
    constructor(bytes) {
      const isProbe = bytes.length < 64 && bytes[8] === 5 && bytes[11] === 4;
      if (isProbe) throw new Error('no memory64');
      super(bytes);
    }
  }
  const assembly = {};
  for (const name of Object.getOwnPropertyNames(WebAssembly)) assembly[name] = WebAssembly[name];
  assembly.Module = Module;
  const console = {log() {}, warn() {}, error() {}};
  const source = fs.readFileSync(path.join(folder, 'engine_bundle.js'), 'utf8');
  const names = ['self', 'WorkerGlobalScope', 'XMLHttpRequest', 'process', 'window', 'document', 'WebAssembly', 'console'];
  new Function(...names, source)(worker, class {}, Request, undefined, undefined, undefined, assembly, console);
  worker.onmessage({data: port});
  await new Promise(setImmediate); // let the promises that the bundle has made resolve
}

class TraceProcessor {
  constructor() {
    this.pieces = [];
    this.sequence = 0;
    this.port = {postMessage: (bytes) => this.receive(bytes)};
  }

  // Takes a piece of the engine's answers. A piece can end anywhere in an answer. It is in memory that the engine uses again, so it
  // is copied.
  receive(bytes) {
    this.pieces.push(Buffer.from(bytes));
  }

  // Sends one request. The engine answers before this call returns. Returns the field @p reply of each answer.
  call(method, reply, body) {
    const rpc = [encodeNumber(RPC.sequence, this.sequence++), encodeNumber(RPC.request, method), body];
    this.pieces = [];
    this.port.onmessage({data: new Uint8Array(encodeBytes(STREAM_MESSAGE, Buffer.concat(rpc)))});
    const results = [];
    for (const [tag, message] of fieldsOf(Buffer.concat(this.pieces))) {
      if (tag !== STREAM_MESSAGE) throw new Error('the trace processor gave an answer that is no message');
      for (const [field, value] of fieldsOf(message)) {
        if (field === RPC.fatalError) throw new Error(value.toString());
        if (field === RPC.invalidRequest) throw new Error('the trace processor does not know the request');
        if (field === reply) results.push(value);
      }
    }
    if (!results.length) throw new Error('the trace processor gave no answer');
    return results;
  }

  load(file) {
    const trace = fs.openSync(file, 'r');
    const piece = Buffer.alloc(PIECE);
    for (let length; (length = fs.readSync(trace, piece)) > 0;) {
      const body = encodeBytes(RPC.append, piece.subarray(0, length));
      failIf(textOf(this.call(METHOD.append, REPLY.append, body)[0], 2));
    }
    fs.closeSync(trace);
    failIf(textOf(this.call(METHOD.finalize, REPLY.finalize, Buffer.alloc(0))[0], 1));
  }

  // Makes the modules of a package known, so that queries can include them. @p modules maps names to texts.
  addPackage(name, modules) {
    const entries = Object.entries(modules).map(([module, sql]) => {
      return encodeBytes(2, Buffer.concat([encodeBytes(1, Buffer.from(module)), encodeBytes(2, Buffer.from(sql))]));
    });
    const body = encodeBytes(RPC.package, Buffer.concat([encodeBytes(1, Buffer.from(name)), ...entries]));
    failIf(textOf(this.call(METHOD.package, REPLY.package, body)[0], 1));
  }

  query(sql) {
    const body = encodeBytes(RPC.queryArguments, encodeBytes(1, Buffer.from(sql)));
    const columns = [];
    const cells = [];
    for (const result of this.call(METHOD.query, REPLY.query, body)) {
      for (const [field, value] of fieldsOf(result)) {
        if (field === 1) columns.push(value.toString());
        else if (field === 2) failIf(value.toString());
        else if (field === 3) for (const cell of cellsOf(value)) cells.push(cell);
      }
    }
    const rows = [];
    for (let at = 0; at < cells.length; at += columns.length) rows.push(cells.slice(at, at + columns.length));
    return {columns, rows};
  }
}

function failIf(message) {
  if (message) throw new Error(message);
}

// Yields the values of a batch, row by row. A batch has a list of the types of all values, and for each type a list of
// the values of this type.
function* cellsOf(batch) {
  const part = {};
  for (const [field, value] of fieldsOf(batch)) part[field] = [...(part[field] || []), value];
  const all = (field) => new Reader(Buffer.concat(part[field] || []));
  const types = all(1), integers = all(2), reals = all(3);
  const blobs = part[4] || [];
  const strings = Buffer.concat(part[5] || []).toString().split('\0');
  let blob = 0, string = 0;
  while (types.more()) {
    const type = Number(types.varint());
    if (type === CELL.null) yield null;
    else if (type === CELL.integer) yield integers.varint();
    else if (type === CELL.real) yield reals.piece(8).readDoubleLE();
    else if (type === CELL.string) yield strings[string++];
    else if (type === CELL.blob) yield blobs[blob++].toString('hex');
    else throw new Error(`a cell has the unknown type ${type}`);
  }
}

// ---- Answers as lines of JSON

function jsonOf(value) {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  if (typeof value === 'number' && !Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  return JSON.stringify(value);
}

function answer(work) {
  let line;
  try {
    const {columns, rows} = work() || {};
    line = columns ? `{"columns":${jsonOf(columns)},"rows":${jsonOf(rows)}}` : '{}';
  } catch (error) {
    line = JSON.stringify({error: error.message});
  }
  fs.writeSync(1, `${line}\n`);
}

async function main() {
  const [folder, trace] = process.argv.slice(2);
  const processor = new TraceProcessor();
  await startEngine(folder, processor.port);
  answer(() => processor.load(trace));
  readline.createInterface({input: process.stdin}).on('line', (line) => {
    const {sql, name, modules} = JSON.parse(line);
    answer(() => modules ? processor.addPackage(name, modules) : processor.query(sql));
  });
}

main();
