import { createSocket } from 'node:dgram';
import { createServer, connect as dial } from 'node:net';
import { createInterface } from 'node:readline';

/**
 * Runs in a network namespace: answers on ports with its name and whom it saw, and sends what standard input asks for, a
 * line of JSON each. A line of JSON on standard output tells what the program that asked got.
 */
interface Order {
  readonly id: number;
  readonly protocol: 'udp' | 'tcp';
  readonly source: string;
  readonly sport: number;
  readonly destination: string;
  readonly dport: number;
}

const [name = '', port = '', ...addresses] = process.argv.slice(2);
/**
 * Milliseconds. An ICMP error that finds the socket busy is lost on TCP, which sends its SYN again after a second; on a
 * busy machine the first answers of UDP take half a second.
 */
const WAIT = 1500;
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

/** Each on its own address: what a UDP server sends from the wildcard address has the address of its route. */
const ready = addresses.flatMap(address => [
  new Promise<void>(resolve => {
    const server = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    server.on('message', (_, from) => server.send(`${name} ${from.address}`, from.port, from.address));
    server.bind(Number(port), address, resolve);
  }),
  new Promise<void>(resolve => {
    const server = createServer(socket => {
      socket.on('error', () => {});
      socket.end(`${name} ${socket.remoteAddress}`);
    });
    server.listen(Number(port), address, 4096, resolve);
  }),
]);

const REFUSED = new Map([
  ['ECONNREFUSED', 'refused'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['EACCES', 'unreachable'],
  ['EPERM', 'forbidden'],
  ['EINVAL', 'invalid'],
]);

function ask(order: Order): void {
  const { id, protocol, source, sport, destination, dport } = order;
  let over = false;
  const end = (result: string, close: () => void) => {
    if (over) return;
    over = true;
    close();
    say({ id, result });
  };
  const failed = (error: Error) => REFUSED.get('code' in error ? String(error.code) : '') ?? String(error);
  if (protocol === 'tcp') {
    const socket = dial({ host: destination, port: dport, localAddress: source, localPort: sport });
    const close = () => socket.destroy();
    socket.once('data', data => end(`answered ${data}`, close));
    socket.on('error', error => end(failed(error), close));
    setTimeout(() => end('nothing', close), WAIT);
    return;
  }
  const socket = createSocket(source.includes(':') ? 'udp6' : 'udp4');
  const close = () => socket.close();
  socket.once('message', data => end(`answered ${data}`, close));
  socket.on('error', error => end(failed(error), close));
  socket.bind(sport, source, () => {
    socket.connect(dport, destination, (error?: Error) => {
      if (error) return end(failed(error), close);
      socket.send('x', sending => sending && end(failed(sending), close));
    });
  });
  setTimeout(() => end('nothing', close), WAIT);
}

await Promise.all(ready);
say({ ready: name });
createInterface({ input: process.stdin }).on('line', line => {
  const order: Order = JSON.parse(line);
  ask(order);
});
