import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { readDump } from '../../src/core/dump/read-dump.ts';

/** What a client sent in one session, in order. */
export interface Heard {
  queries: string[];
  /** COPY data, as it came. */
  rows: string;
}

/** A server that believes everything and keeps what it was sent, by the database that the client asked for. */
export interface ListeningServer extends AsyncDisposable {
  readonly heard: ReadonlyMap<string, Heard>;
}

const settings = {
  server_version: '17.0',
  server_encoding: 'UTF8',
  client_encoding: 'UTF8',
  standard_conforming_strings: 'on',
  is_superuser: 'on',
  session_authorization: 'postgres',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  integer_datetimes: 'on',
};

/**
 * Speaks as much of PostgreSQL's protocol (version 3) as psql needs. What psql makes of a file is then seen at
 * the place where it matters, and no statement of a hostile file is ever run.
 */
export async function listeningServer(socketPath: string): Promise<ListeningServer> {
  const heard = new Map<string, Heard>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    converse(socket, heard);
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    heard,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function converse(socket: Socket, heard: Map<string, Heard>): void {
  let waiting = Buffer.alloc(0);
  let session: Heard | undefined;
  socket.on('data', (chunk) => {
    waiting = Buffer.concat([waiting, chunk]);
    for (;;) {
      const typed = session === undefined ? 0 : 1; // the first message has no type
      if (waiting.length < typed + 4) return;
      const length = waiting.readInt32BE(typed);
      if (waiting.length < typed + length) return;
      const type = typed === 0 ? '' : String.fromCharCode(waiting[0] ?? 0);
      const body = waiting.subarray(typed + 4, typed + length);
      if (session === undefined) {
        session = { queries: [], rows: '' };
        heard.set(databaseIn(body), session);
        socket.write(greeting());
      } else {
        answer(socket, session, type, body);
      }
      waiting = Buffer.from(waiting.subarray(typed + length));
    }
  });
}

function answer(socket: Socket, session: Heard, type: string, body: Buffer): void {
  if (type === 'd') {
    session.rows += body.toString('latin1');
  } else if (type === 'Q') {
    const query = body.toString('latin1', 0, body.length - 1);
    session.queries.push(query);
    socket.write(copiesIn(query) ? message('G', Buffer.from([0, 0, 0])) : done());
  } else if (type === 'c' || type === 'f') {
    socket.write(done());
  } else if (type === 'X') {
    socket.end();
  }
}

/** As a real server tells it, for the COPYs that a dump may hold. */
function copiesIn(query: string): boolean {
  const reader = readDump();
  reader.write(Buffer.from(query, 'latin1'));
  const { tables, forbidden } = reader.end();
  return tables.length > 0 && forbidden === null && !/\binsert\b/i.test(query);
}

function databaseIn(startup: Buffer): string {
  const words = startup.toString('latin1', 4).split('\0');
  return words[words.indexOf('database') + 1] ?? '';
}

function greeting(): Buffer {
  const parameters = Object.entries(settings).map(([name, value]) => message('S', text(name, value)));
  return Buffer.concat([
    message('R', Buffer.alloc(4)),
    ...parameters,
    message('K', Buffer.alloc(8)),
    ready(),
  ]);
}

const done = (): Buffer => Buffer.concat([message('C', text('SET')), ready()]);
const ready = (): Buffer => message('Z', Buffer.from('I'));
const text = (...parts: string[]): Buffer => Buffer.from(parts.map((part) => `${part}\0`).join(''));

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}
