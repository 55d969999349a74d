"""Namespaces with sockets in all of them: packets go in here, and everything that became of them is gathered."""
import select
import socket
import struct
import time

from drops import Drops
from journeys import Journeys
from namespaces import Namespace, PREFIX, remove_stale, run
from netlink import ConnectionSocket, LegacySocket, TcpSockets, TraceSocket
from probing import Probing
from rules import Rules

PACKET_IGNORE_OUTGOING = 23
IP_TRANSPARENT, IPV6_TRANSPARENT = 19, 75


class Node:
    """A namespace under observation."""

    def __init__(self, namespace):
        self.namespace = namespace
        with namespace:
            self.interfaces = {index: name for index, name in socket.if_nameindex()}
        self.rules = Rules(namespace, self.interfaces)
        self.trace = TraceSocket(namespace)
        self.legacy = LegacySocket(namespace)
        self.connections = ConnectionSocket(namespace)
        self.sockets = TcpSockets(namespace)
        self.follow()

    def follow(self):
        self.journeys = Journeys(self.rules, self.interfaces)
        self.has_legacy = 'iptables-legacy' in self.rules.owners()

    def gather(self):
        for event in self.trace.take():
            self.journeys.add(event)
        if self.has_legacy:
            for event in self.legacy.take():
                self.journeys.add_legacy(event)

    def close(self):
        for one in (self.rules, self.trace, self.legacy, self.connections, self.sockets):
            one.close()


class Lab(Probing):
    def __init__(self, request):
        super().__init__()
        remove_stale(request['namespaces'])
        self.namespaces, self.nodes, self.servers, self.accepted = {}, {}, [], []
        self.poll = select.epoll()
        self.drops = Drops()
        try:
            self.make(request)
        except BaseException:
            self.close()
            raise

    def make(self, request):
        for name in request['namespaces']:
            self.namespaces[name] = Namespace(name)
        for step in request['steps']:
            argv = [word.replace('@', PREFIX) for word in step['argv']]
            text = step.get('input')
            text = text.replace('@', PREFIX) if text is not None else None
            if step.get('sysctls'):
                self.namespaces[step['namespace']].write_sysctls(step['sysctls'])
            elif 'namespace' in step:
                self.namespaces[step['namespace']].run(argv, text)
            else:
                run(argv, text)
        self.far = self.namespaces[request['far']]
        self.silence(request['far'])
        with self.far:
            self.wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.wire.setsockopt(263, PACKET_IGNORE_OUTGOING, 1)
        self.wire.setblocking(False)
        for name in request['observe']:
            self.nodes[name] = Node(self.namespaces[name])
        for server in request.get('servers', ()):
            self.serve(server)
        self.settle()

    def silence(self, far):
        """The far ends take frames in for the observer to see, and nobody behind them hears of it."""
        with self.far:
            devices = [name for _, name in socket.if_nameindex() if name != 'lo']
        self.namespaces[far].run(['nft', '-f', '-'], 'table netdev silence { chain in { type filter hook ingress '
                                 'devices = { %s } priority 0; drop;\n }\n}\n' % ', '.join(devices))

    def settle(self):
        """New links come up a moment later, and announce themselves."""
        until = time.monotonic() + 5
        while time.monotonic() < until:
            links = ''.join(node.namespace.run(['ip', 'link']) + node.namespace.run(['bridge', 'link'])
                            for node in self.nodes.values())
            if 'NO-CARRIER' not in links and 'state disabled' not in links:
                break
            time.sleep(0.01)
        time.sleep(0.02)
        self.forget()

    def forget(self):
        for node in self.nodes.values():
            node.gather()
            node.journeys.finish()
            node.connections.take()
        self.frames()
        self.drops.take()

    def serve(self, server):
        six = ':' in server['address']
        udp = server['protocol'] == 'udp'
        with self.namespaces[server['namespace']]:
            kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
            s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, kind)
        if six:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if server.get('transparent'):
            s.setsockopt(41 if six else 0, IPV6_TRANSPARENT if six else IP_TRANSPARENT, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((server['address'], server['port']))
        if not udp:
            s.listen(4096)
        s.setblocking(False)
        self.poll.register(s.fileno(), select.EPOLLIN)
        self.servers.append({**server, 'socket': s})

    def close(self):
        for held in self.accepted:
            held.close()
        for server in self.servers:
            server['socket'].close()
        for node in self.nodes.values():
            node.close()
        for namespace in self.namespaces.values():
            namespace.close()
        if hasattr(self, 'wire'):
            self.wire.close()
        self.drops.close()

    # ---------------------------------------------------------------- rules

    def load(self, request):
        for held in self.accepted:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            held.close()
        self.accepted = []
        node = self.nodes[request['node']]
        node.rules.load(request)
        node.follow()
        self.forget()
        return {'registered': node.rules.registered}

    def frames(self):
        """What left by the far ends of the links: device, MACs, packet."""
        found = []
        receive = self.wire.recvfrom
        while True:
            try:
                data, where = receive(4096)
            except BlockingIOError:
                return found
            if data[12:14] in (b'\x08\x00', b'\x86\xdd'):
                found.append((where[0], data))

    def send(self, request):
        node = self.nodes[request['node']]
        return [self.observe(node, probe, request.get('sockets', False)) for probe in request['probes']]

    def connections(self, name):
        return self.nodes[name].rules.query.connections()

    def lost(self):
        return {'lost': sum(n.trace.lost + n.legacy.lost + n.connections.lost for n in self.nodes.values()),
                'unplaced': self.unplaced, 'noise': self.noise}
