import { connect as connectTcp, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type Client, type ServerHostKeyAlgorithm } from 'ssh2';
import { CaptureFailure, reasonOf } from '../failure.ts';
import type { SshConfig, SshHost } from './config.ts';
import { loginsOf } from './keys.ts';
import { KnownHost } from './known-hosts.ts';

/** Connections to one host, through those before it; ending closes all. */
export interface Connection {
  readonly client: Client;
  end(): void;
}

const MOST_JUMPS = 8;

/** Connects to a host of the configuration, through its jump hosts. Throws CaptureFailure. */
export async function connect(
  config: SshConfig,
  target: string,
  seconds: number,
  signal: AbortSignal,
  depth = 0,
): Promise<Connection> {
  const host = config.host(target);
  if (depth > MOST_JUMPS)
    throw new CaptureFailure(`${host.alias}: more than ${MOST_JUMPS} jump hosts; do they lead in a circle?`);
  let before: Connection | undefined;
  for (const jump of host.proxyJump)
    before = before
      ? await through(before, config.host(jump), seconds, signal)
      : await connect(config, jump, seconds, signal, depth + 1);
  if (before) return through(before, host, seconds, signal);
  return shake(await dial(host, seconds, signal), host, seconds, signal);
}

/** The next connection, made inside of one that there is. */
async function through(before: Connection, host: SshHost, seconds: number, signal: AbortSignal): Promise<Connection> {
  try {
    const stream = await new Promise<Duplex>((resolve, reject) => {
      before.client.forwardOut('127.0.0.1', 0, host.hostname, host.port, (error, channel) =>
        error
          ? reject(new CaptureFailure(`no way from the jump host to ${where(host)}: ${reasonOf(error)}`))
          : resolve(channel),
      );
    });
    const { client, end } = await shake(stream, host, seconds, signal);
    return {
      client,
      end: () => {
        end();
        before.end();
      },
    };
  } catch (error) {
    before.end();
    throw error;
  }
}

const where = ({ hostname, port }: SshHost): string => `${hostname} port ${port}`;

/** Small writes are not held back for others (Nagle): a login is many of them. */
function dial(host: SshHost, seconds: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: host.hostname, port: host.port, noDelay: true, signal });
    const late = setTimeout(() => {
      fail(new CaptureFailure(`${where(host)} does not answer within ${seconds} seconds`));
    }, seconds * 1000);
    const fail = (error: Error) => {
      clearTimeout(late);
      socket.destroy();
      reject(error);
    };
    socket.once('error', error =>
      fail(new CaptureFailure(`${where(host)}: ${NETWORK.get(codeOf(error)) ?? reasonOf(error)}`)),
    );
    socket.once('connect', () => {
      clearTimeout(late);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : '');
const NETWORK = new Map([
  ['ECONNREFUSED', 'connection refused; does sshd run there, on that port?'],
  ['ENOTFOUND', 'there is no host of that name'],
  ['EAI_AGAIN', 'its name cannot be resolved now'],
  ['EHOSTUNREACH', 'no route to it, or it does not answer'],
  ['ENETUNREACH', 'its network is unreachable from here'],
  ['ETIMEDOUT', 'does not answer'],
  ['ECONNRESET', 'it closed the connection at once'],
]);

/** Key exchange, the host's key, login. */
function shake(sock: Duplex, host: SshHost, seconds: number, signal: AbortSignal): Promise<Connection> {
  const known = new KnownHost(host);
  const { methods, tried } = loginsOf(host);
  const client = new ssh2.Client();
  let refusal: string | undefined;
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      signal.removeEventListener('abort', abort);
      client.destroy();
      sock.destroy();
      reject(new CaptureFailure(why));
    };
    const abort = () => fail('time is up');
    signal.addEventListener('abort', abort, { once: true });
    client.on('error', error => {
      if (refusal !== undefined) fail(refusal);
      else if (error.level === 'client-authentication')
        fail(
          `${host.user}@${where(host)} accepts none of: ${tried.join(', ') || 'no key, as there is neither an agent nor a key file'}`,
        );
      else if (error.level === 'client-timeout') fail(`${where(host)} did not let us in within ${seconds} seconds`);
      else if (error.level !== 'agent') fail(`${where(host)}: ${reasonOf(error)}`);
    });
    client.once('close', () => fail(refusal ?? `${where(host)} closed the connection`));
    client.once('ready', () => {
      signal.removeEventListener('abort', abort);
      client.removeAllListeners('close');
      resolve({ client, end: () => client.end() });
    });
    client.connect({
      sock,
      username: host.user,
      readyTimeout: seconds * 1000,
      hostVerifier: (key: Buffer) => {
        const verdict = known.verdict(key);
        if (verdict.kind === 'refused') refusal = verdict.why;
        return verdict.kind === 'known';
      },
      algorithms: { serverHostKey: hostKeyAlgorithms(known.types) },
      authHandler: [...methods],
    });
  });
}

/** In the order in which they are preferred where no key of the host is known. */
const HOST_KEYS: readonly (readonly [string, readonly ServerHostKeyAlgorithm[]])[] = [
  ['ssh-ed25519', ['ssh-ed25519']],
  ['ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256']],
  ['ecdsa-sha2-nistp384', ['ecdsa-sha2-nistp384']],
  ['ecdsa-sha2-nistp521', ['ecdsa-sha2-nistp521']],
  ['ssh-rsa', ['rsa-sha2-512', 'rsa-sha2-256']],
];

function hostKeyAlgorithms(known: readonly string[]): ServerHostKeyAlgorithm[] {
  const first = HOST_KEYS.filter(([type]) => known.includes(type));
  return [...first, ...HOST_KEYS.filter(([type]) => !known.includes(type))].flatMap(([, algorithms]) => algorithms);
}
