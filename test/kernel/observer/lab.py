"""Namespaces with sockets in all of them: packets go in here, and everything that became of them is gathered."""
import os
import select
import socket
import struct
import time

import forge
from dissect import dissect, is_error, is_noise
from drops import Drops
from journeys import Journeys
from namespaces import Namespace, PREFIX, owner, remove_stale, run
from netlink import ConnectionSocket, LegacySocket, TraceSocket
from rules import Rules

PACKET_IGNORE_OUTGOING = 23
SO_MARK = 36
IP_MTU_DISCOVER = 10
IP_TRANSPARENT, IPV6_TRANSPARENT = 19, 75
NO_SUCH_PROBE = 0


class Node:
    """A namespace under observation."""

    def __init__(self, namespace):
        self.namespace = namespace
        self.rules = Rules(namespace)
        self.trace = TraceSocket(namespace)
        self.legacy = LegacySocket(namespace)
        self.connections = ConnectionSocket(namespace)
        with namespace:
            self.interfaces = {index: name for index, name in socket.if_nameindex()}
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
        for one in (self.rules, self.trace, self.legacy, self.connections):
            one.close()


class Lab:
    def __init__(self, request):
        remove_stale(request['namespaces'])
        self.namespaces, self.nodes, self.servers, self.accepted = {}, {}, [], []
        self.poll = select.epoll()
        self.drops = Drops()
        self.own, self.unplaced, self.noise = None, 0, 0
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
            s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
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

    # ---------------------------------------------------------------- packets

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
        return [self.observe(request['node'], probe) for probe in request['probes']]

    def observe(self, name, probe):
        node = self.nodes[name]
        found = {'id': probe['id'], 'injected': [], 'wire': [], 'delivered': []}
        ident = self.inject(node, probe, found)
        wishes = list(probe.get('answers', ()))
        for _ in range(8):
            node.gather()
            if not self.react(node, probe, ident, wishes, found):
                break
        unplaced = len(node.journeys.unplaced)
        every = node.journeys.finish()
        found['journeys'] = [j for j in every if not is_noise(j.get('packet'))]
        self.noise += len(every) - len(found['journeys'])
        if any('continues' in journey for journey in found['journeys']) or unplaced and flooded(probe):
            found['copies'] = True
        else:
            self.unplaced += unplaced
        self.attribute(found, ident)
        events = node.connections.take()
        if events:
            found['connections'] = events
        drops = self.drops.take()
        if drops:
            found['drops'] = drops
        self.hang_up(found)
        return found

    def hang_up(self, found):
        """The probe's own socket: what came back to it."""
        s, self.own = self.own, None
        if s is None:
            return
        try:
            data, peer = s.recvfrom(4096)
            found['returned'] = {'saddr': peer[0], 'sport': peer[1], 'id': struct.unpack('!I', data[4:8])[0]}
        except BlockingIOError:
            pass
        except OSError as error:
            found['returned'] = {'error': os.strerror(error.errno)}
        s.close()

    def inject(self, node, probe, found):
        way, packet = probe['via'], probe['packet']
        described = {**packet, 'id': probe['id']}
        if way['kind'] == 'socket':
            return self.send_by_socket(node, probe, found)
        whole = forge.network_packet(described)
        if way['kind'] == 'frame':
            found['injected'].append({'what': 'probe', 'device': way['device'], 'smac': way['smac'],
                                      'dmac': way['dmac'], 'packet': whole.hex()})
            self.wire.sendto(forge.frame(way['dmac'], way['smac'], whole), (way['device'], 0))
        else:
            found['injected'].append({'what': 'probe', 'packet': whole.hex()})
            try:
                with self.local_socket(node, way, packet, socket.SOCK_RAW, socket.IPPROTO_RAW) as s:
                    s.sendto(whole, (packet['daddr'], 0))
            except OSError as error:
                found['error'] = os.strerror(error.errno)
        return dissect(whole)['id']

    def local_socket(self, node, way, packet, kind, protocol):
        six = packet['family'] == 'ip6'
        uid, gid = way.get('uid', 0), way.get('gid', 0)
        with node.namespace, owner(uid, gid):
            s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, kind, protocol)
        try:
            if way.get('mark'):
                s.setsockopt(socket.SOL_SOCKET, SO_MARK, way['mark'])
            if way.get('device'):
                s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, way['device'].encode())
            if way.get('bind'):
                s.bind((way['bind'], packet.get('sport', 0) if kind == socket.SOCK_DGRAM else 0))
        except BaseException:
            s.close()
            raise
        return s

    def send_by_socket(self, node, probe, found):
        """A process's own datagram: the kernel makes the headers."""
        way, packet = probe['via'], probe['packet']
        six = packet['family'] == 'ip6'
        way = {**way, 'bind': way.get('bind', '::' if six else '0.0.0.0')}
        found['injected'].append({'what': 'probe'})
        try:
            s = self.own = self.local_socket(node, way, packet, socket.SOCK_DGRAM, 0)
            s.setblocking(False)
            if six:
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, packet.get('ttl', 64))
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, packet.get('tos', 0))
            else:
                s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, packet.get('ttl', 64))
                s.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, packet.get('tos', 0))
                s.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 0)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            s.sendto(forge.payload({**packet, 'id': probe['id']}), (packet['daddr'], packet.get('dport', 0)))
            if way.get('close'):
                s.close()
                self.own = None
        except OSError as error:
            found['error'] = os.strerror(error.errno)
        return None

    def react(self, node, probe, ident, wishes, found):
        """Gathers what arrived anywhere and answers as the probe wishes; true where something was sent."""
        sent = False
        for device, data in self.frames():
            seen = dissect(data[14:])
            if is_noise(seen):
                continue
            found['wire'].append({'device': device, 'smac': data[6:12].hex(':'), 'dmac': data[:6].hex(':'), 'packet': seen})
            if is_error(seen['protocol'], seen.get('icmpType', 128)) or not wishes:
                continue
            mine = seen['id'] == ident or ident is None and probe['id'] == payload_id(data[14:], seen)
            handshake = seen['protocol'] == 6 and seen['flags'] & 0x12 == 0x12 and not mine
            wish = next((w for w in wishes if w.get('to', 'probe') == ('handshake' if handshake else 'probe')), None)
            if wish is None or not (mine or handshake):
                continue
            wishes.remove(wish)
            if data[0] & 1:
                continue
            packet = forge.answer(probe, wish, data[14:], seen)
            if packet is not None:
                smac, dmac = data[:6].hex(':'), data[6:12].hex(':')
                found['injected'].append({'what': 'answer', 'device': device, 'smac': smac, 'dmac': dmac,
                                          'packet': packet.hex()})
                self.wire.sendto(forge.frame(dmac, smac, packet), (device, 0))
                sent = True
        for fd, _ in self.poll.poll(0):
            sent = self.served(fd, wishes, found) or sent
        return sent

    def served(self, fd, wishes, found):
        server = next(s for s in self.servers if s['socket'].fileno() == fd)
        where = {key: server[key] for key in ('protocol', 'address', 'port')}
        try:
            if server['protocol'] == 'tcp':
                held, peer = server['socket'].accept()
                self.accepted.append(held)
                found['delivered'].append({**where, 'saddr': peer[0], 'sport': peer[1]})
                return True
            data, peer = server['socket'].recvfrom(4096)
        except BlockingIOError:
            return False
        except OSError as error:
            found.setdefault('socketErrors', []).append(os.strerror(error.errno))
            return True
        if data[:4] == forge.REQUEST:
            found['delivered'].append({**where, 'saddr': peer[0], 'sport': peer[1], 'id': struct.unpack('!I', data[4:8])[0]})
        wish = next((w for w in wishes if w['kind'] == 'reply' and w.get('to', 'probe') == 'probe'), None)
        if wish is not None:
            wishes.remove(wish)
            try:
                server['socket'].sendto(forge.REPLY + data[4:8], peer)
                found['injected'].append({'what': 'socket-answer'})
            except OSError as error:
                found.setdefault('socketErrors', []).append(os.strerror(error.errno))
        return True

    def attribute(self, found, ident):
        """Which injected packet a journey is of; -1: the node made it."""
        idents = [dissect(bytes.fromhex(i['packet']))['id'] if 'packet' in i else None for i in found['injected']]
        for journey in found['journeys']:
            packet = journey.get('packet')
            journey['injected'] = -1
            if packet and not (packet.get('about') is not None and packet['id'] == 0):
                for i, one in enumerate(idents):
                    if one is not None and one == packet['id'] and one != 0:
                        journey['injected'] = i
        if ident is None and found['journeys'] and found['injected'][0]['what'] == 'probe':
            first = found['journeys'][0]
            first['injected'] = 0
            for journey in found['journeys'][1:]:
                if same(first['packet'], journey.get('packet')):
                    journey['injected'] = 0

    def connections(self, name):
        return self.nodes[name].rules.query.connections()

    def lost(self):
        return {'lost': sum(n.trace.lost + n.legacy.lost + n.connections.lost for n in self.nodes.values()),
                'unplaced': self.unplaced, 'noise': self.noise}


def flooded(probe):
    """A frame to a group: a bridge sends copies of it everywhere."""
    return probe['via']['kind'] == 'frame' and int(probe['via']['dmac'][:2], 16) & 1


def same(a, b):
    return bool(a and b) and a['id'] == b['id'] and a['protocol'] == b['protocol'] and a['family'] == b['family']


def payload_id(packet, seen):
    at = (40 if seen['family'] == 'ip6' else (packet[0] & 15) * 4) + 8
    return struct.unpack('!I', packet[at + 4:at + 8])[0] if packet[at:at + 4] == forge.REQUEST else NO_SUCH_PROBE
