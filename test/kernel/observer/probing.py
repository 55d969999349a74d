"""One probe: sent, answered as it wishes, and followed until nothing more comes of it."""
import os
import socket
import struct

import forge
from dissect import dissect, is_error, is_noise
from namespaces import owner

SO_MARK = 36
IP_MTU_DISCOVER = 10
NO_SUCH_PROBE = 0


class Probing:
    """What a lab does with its sockets to send packets. It has `wire`, `drops`, `servers`, `accepted`, `poll`."""

    def __init__(self):
        self.own = None
        self.unplaced = 0
        self.noise = 0
        self.arrived = 0

    def observe(self, node, probe, with_sockets):
        found = {'id': probe['id'], 'injected': [], 'wire': [], 'delivered': []}
        if with_sockets or probe['packet']['protocol'] == 'tcp':
            found['sockets'] = node.sockets.take()
        self.arrived = 0
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
        if any('continues' in one for one in found['journeys']) or flooded(probe) and (
                unplaced or any(passed_twice(one) for one in found['journeys'])):
            found['copies'] = True
        else:
            self.unplaced += unplaced
        self.attribute(found, ident)
        events = node.connections.take()
        if events:
            found['connections'] = events
        on_hooks, drops = self.drops.take()
        if on_hooks is not None:
            # What got to the far end of a link is dropped there, on a hook as well.
            found['droppedOnHooks'] = max(on_hooks - self.arrived, 0)
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
            self.arrived += 1
            seen = dissect(data[14:])
            if is_noise(seen):
                continue
            smac, dmac = data[6:12].hex(':'), data[:6].hex(':')
            found['wire'].append({'device': device, 'smac': smac, 'dmac': dmac, 'packet': seen})
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
                found['injected'].append({'what': 'answer', 'device': device, 'smac': dmac, 'dmac': smac,
                                          'packet': packet.hex()})
                self.wire.sendto(forge.frame(smac, dmac, packet), (device, 0))
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
            ident = struct.unpack('!I', data[4:8])[0]
            found['delivered'].append({**where, 'saddr': peer[0], 'sport': peer[1], 'id': ident})
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
        """Which injected packet a journey is of; -1: the node made it. A socket's own packet is the first of its id."""
        known = [likeness(dissect(bytes.fromhex(one['packet']))) if 'packet' in one else None
                 for one in found['injected']]
        if ident is None and found['journeys']:
            known[0] = likeness(found['journeys'][0].get('packet'))
        for journey in found['journeys']:
            like = likeness(journey.get('packet'))
            journey['injected'] = known.index(like) if like is not None and like in known else -1


def passed_twice(journey):
    """Copies of a flooded frame come one after the other to the same place in memory, and have the same trace id."""
    ends = [step['hook'] for step in journey['steps'] if step['kind'] == 'hook-end']
    return len(set(ends)) < len(ends)


def flooded(probe):
    """A frame to a group: a bridge sends copies of it everywhere."""
    return probe['via']['kind'] == 'frame' and int(probe['via']['dmac'][:2], 16) & 1


def likeness(seen):
    return seen and tuple(seen.get(key) for key in ('family', 'protocol', 'id', 'icmpType'))


def payload_id(packet, seen):
    at = (40 if seen['family'] == 'ip6' else (packet[0] & 15) * 4) + 8
    return struct.unpack('!I', packet[at + 4:at + 8])[0] if packet[at:at + 4] == forge.REQUEST else NO_SUCH_PROBE
