"""Netlink spoken directly: nft's trace events, legacy TRACE lines, connections, places of rules, TCP sockets."""
import os
import socket
import struct

from namespaces import Namespace

NETLINK_SOCK_DIAG, NETLINK_NETFILTER = 4, 12
SOL_NETLINK = 270
ADD_MEMBERSHIP = 1
SO_RCVBUFFORCE = 33
CTNETLINK, ULOG, NFTABLES = 1, 4, 10
GROUP_CT_NEW, GROUP_CT_UPDATE, GROUP_CT_DESTROY, GROUP_TRACE = 1, 2, 3, 9
HOOKS = ('prerouting', 'input', 'forward', 'output', 'postrouting')
HOOKS_OF = {'netdev': ('ingress', 'egress'), 'inet': HOOKS + ('ingress',)}
FAMILY = {1: 'inet', 2: 'ip', 5: 'netdev', 7: 'bridge', 10: 'ip6'}
PF = {name: number for number, name in FAMILY.items()}
VERDICT = {0: 'drop', 1: 'accept', 2: 'stolen', 3: 'queue', 4: 'repeat',
           -1: 'continue', -2: 'break', -3: 'jump', -4: 'goto', -5: 'return'}
CT_STATE = {1: 'invalid', 2: 'established', 4: 'related', 8: 'new', 64: 'untracked'}
CT_STATUS = ('EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED', 'SRC_NAT', 'DST_NAT', 'SEQ_ADJUST', 'SRC_NAT_DONE',
             'DST_NAT_DONE', 'DYING', 'FIXED_TIMEOUT', 'TEMPLATE', 'NAT_CLASH', 'HELPER', 'OFFLOAD', 'HW_OFFLOAD')
SOCKET_STATE = {1: 'established', 3: 'half-open', 6: 'time-wait', 12: 'half-open'}
TCP_STATE = ('NONE', 'SYN_SENT', 'SYN_RECV', 'ESTABLISHED', 'FIN_WAIT', 'CLOSE_WAIT', 'LAST_ACK', 'TIME_WAIT', 'CLOSE',
             'SYN_SENT2')

header = struct.Struct('=IHHII').unpack_from
attribute = struct.Struct('=HH').unpack_from
be32 = struct.Struct('!I').unpack
number = lambda data: int.from_bytes(data, 'big')
text = lambda data: data.rstrip(b'\0').decode('utf-8', 'replace')


def attributes(data, at=0, end=None):
    end = len(data) if end is None else end
    found = {}
    while at + 4 <= end:
        length, kind = attribute(data, at)
        if length < 4:
            break
        found[kind & 0x3fff] = data[at + 4:at + length]
        at += (length + 3) & ~3
    return found


def pack(kind, data):
    length = 4 + len(data)
    return struct.pack('=HH', length, kind) + data + b'\0' * (-length % 4)


def status_names(bits):
    return [name for i, name in enumerate(CT_STATUS) if bits >> i & 1]


class Socket:
    def __init__(self, namespace: Namespace, groups=()):
        with namespace:
            self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
        self.socket.bind((0, 0))
        for group in groups:
            self.socket.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, group)
        self.sequence = 0
        self.lost = 0

    def close(self):
        self.socket.close()

    def send(self, subsystem, message, family, body, flags, resource=0):
        self.sequence += 1
        body = struct.pack('!BBH', family, 0, resource) + body
        head = struct.pack('=IHHII', 16 + len(body), subsystem << 8 | message, flags, self.sequence, 0)
        self.socket.send(head + body)

    def request(self, subsystem, message, family=0, body=b'', resource=0):
        self.send(subsystem, message, family, body, 5, resource)
        error = -struct.unpack_from('=i', self.socket.recv(65536), 16)[0]
        if error:
            raise OSError(error, 'netlink: ' + os.strerror(error))

    def dump(self, subsystem, message, family):
        self.send(subsystem, message, family, b'', 0x301)
        while True:
            data = self.socket.recv(1 << 20)
            for kind, at, end in messages(data):
                if kind == 3:
                    return
                if kind == 2:
                    error = -struct.unpack_from('=i', data, at + 16)[0]
                    raise OSError(error, 'netlink: ' + os.strerror(error))
                yield attributes(data, at + 20, end)

    def drain(self):
        """Whatever lies ready, as datagrams. The socket must be non-blocking."""
        found = []
        receive = self.socket.recv
        while True:
            try:
                found.append(receive(1 << 18))
            except BlockingIOError:
                return found
            except OSError as error:
                if error.errno != 105:
                    raise
                self.lost += 1


def messages(data):
    at = 0
    while at + 16 <= len(data):
        length, kind, _, _, _ = header(data, at)
        if length < 16:
            return
        yield kind, at, at + length
        at += (length + 3) & ~3


class TraceSocket(Socket):
    """Every rule that nf_tables tells of packets with the trace bit."""

    def __init__(self, namespace):
        super().__init__(namespace, (GROUP_TRACE,))
        self.socket.setblocking(False)

    def take(self):
        return [read_trace(data, at, end) for data in self.drain() for _, at, end in messages(data)]


def read_trace(data, at, end):
    a = attributes(data, at + 20, end)
    kind = a[4][3]
    table_family = FAMILY.get(data[at + 16])
    event = {'table_family': table_family, 'id': a[6], 'table': text(a[1]), 'chain': text(a[2]),
             'type': 'rule' if kind == 3 else 'policy' if kind == 1 else 'return',
             'mark': be32(a[14])[0] if 14 in a else 0}
    if 3 in a:
        event['handle'] = number(a[3])
    if 5 in a:
        verdict = attributes(a[5])
        code = struct.unpack('!i', verdict[1])[0]
        event['verdict'] = VERDICT.get(code & 0xff if code >= 0 else code, '?')
        if 2 in verdict:
            event['target'] = text(verdict[2])
    if 16 in a:
        event['policy'] = VERDICT.get(be32(a[16])[0], '?')
    if 8 in a:
        event['network'], event['transport'] = a[8], a.get(9, b'')
        event['link'] = a.get(7, b'')
    if 10 in a:
        event['iif'] = be32(a[10])[0]
    if 12 in a:
        event['oif'] = be32(a[12])[0]
    if 21 in a:
        state = be32(a[21])[0]
        event['ct'] = {'state': CT_STATE.get(state, hex(state))}
        if 18 in a:
            event['ct'].update(id=be32(a[18])[0], direction='reply' if a[19][0] else 'original',
                               status=status_names(be32(a[20])[0] if 20 in a else 0))
    return event


class LegacySocket(Socket):
    """`TRACE: table:chain:rule:N` of the legacy tables, which reach nfnetlink_log where it is the family's logger."""

    def __init__(self, namespace):
        super().__init__(namespace)
        for family in (2, 10):
            for command in (4, 3):
                self.request(ULOG, 1, family, pack(1, bytes([command])))
        self.request(ULOG, 1, 0, pack(1, b'\1'))
        self.request(ULOG, 1, 0, pack(2, struct.pack('!IBB', 128, 2, 0)))
        self.request(ULOG, 1, 0, pack(5, struct.pack('!I', 1)))
        namespace.write_sysctls({'net.netfilter.nf_log.%d' % family: 'nfnetlink_log' for family in (2, 10)})
        self.socket.setblocking(False)

    def take(self):
        found = []
        for data in self.drain():
            for kind, at, end in messages(data):
                if kind == ULOG << 8:
                    event = read_log(data, at, end)
                    if event:
                        found.append(event)
        return found


def read_log(data, at, end):
    a = attributes(data, at + 20, end)
    prefix = a.get(10, b'')
    if not prefix.startswith(b'TRACE: '):
        return None
    table, chain, kind, position = text(prefix)[7:].strip().rsplit(':', 3)
    event = {'family': FAMILY.get(data[at + 16]), 'table': table, 'chain': chain, 'type': kind, 'number': int(position),
             'hook': HOOKS[a[1][2]], 'packet': a.get(9, b''), 'mark': be32(a[2])[0] if 2 in a else 0}
    for field, name in ((4, 'iif'), (5, 'oif')):
        if field in a:
            event[name] = be32(a[field])[0]
    return event


def read_tuple(data):
    t = attributes(data)
    address, protocol = attributes(t[1]), attributes(t[2])
    if 1 in address:
        found = {'saddr': socket.inet_ntoa(address[1]), 'daddr': socket.inet_ntoa(address[2])}
    else:
        found = {'saddr': socket.inet_ntop(10, address[3]), 'daddr': socket.inet_ntop(10, address[4])}
    found['protocol'] = protocol[1][0]
    for key, name in ((2, 'sport'), (3, 'dport'), (4, 'icmpId'), (7, 'icmpId'), (5, 'icmpType'), (6, 'icmpCode'),
                      (8, 'icmpType'), (9, 'icmpCode')):
        if key in protocol:
            found[name] = number(protocol[key])
    return found


def read_connection(a):
    entry = {'id': be32(a[12])[0] if 12 in a else 0, 'original': read_tuple(a[1]), 'reply': read_tuple(a[2]),
             'status': status_names(be32(a[3])[0] if 3 in a else 0), 'mark': be32(a[8])[0] if 8 in a else 0}
    if 7 in a:
        entry['timeout'] = be32(a[7])[0]
    if 18 in a:
        entry['zone'] = number(a[18])
    for half, name in ((1, 'zoneOriginal'), (2, 'zoneReply')):
        inner = attributes(a[half])
        if 3 in inner:
            entry[name] = number(inner[3])
    if 5 in a:
        helper = attributes(a[5])
        if 1 in helper:
            entry['helper'] = text(helper[1])
    if 22 in a:
        entry['labels'] = a[22][::-1].hex()
    if 4 in a:
        info = attributes(a[4])
        if 1 in info:
            state = attributes(info[1]).get(1)
            if state:
                entry['tcpState'] = TCP_STATE[state[0]]
    return entry


class ConnectionSocket(Socket):
    """What becomes of connections: made, changed, destroyed."""

    def __init__(self, namespace):
        super().__init__(namespace, (GROUP_CT_NEW, GROUP_CT_UPDATE, GROUP_CT_DESTROY))
        self.socket.setblocking(False)

    def take(self):
        found = []
        for data in self.drain():
            for kind, at, end in messages(data):
                if kind >> 8 == CTNETLINK:
                    a = attributes(data, at + 20, end)
                    flags = header(data, at)[2]
                    event = 'destroyed' if kind & 0xff == 2 else 'new' if flags & 0x600 else 'updated'
                    if 1 in a and 2 in a:
                        found.append({'event': event, 'family': FAMILY.get(data[at + 16]), **read_connection(a)})
        return found


class TcpSockets:
    """The connections of TCP that the namespace's own stack has; listening sockets are left out."""

    LISTENING = 10

    def __init__(self, namespace):
        with namespace:
            self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)

    def close(self):
        self.socket.close()

    def take(self):
        return [one for family in (2, 10) for one in self.dump(family)]

    def dump(self, family):
        states = 0xffffffff & ~(1 << self.LISTENING)
        body = struct.pack('=BBBBI', family, 6, 0, 0, states) + b'\0' * 48
        self.socket.send(struct.pack('=IHHII', 16 + len(body), 20, 0x301, 1, 0) + body)
        while True:
            data = self.socket.recv(1 << 20)
            for kind, at, _ in messages(data):
                if kind == 3:
                    return
                if kind == 2:
                    raise OSError(-struct.unpack_from('=i', data, at + 16)[0], 'sock_diag')
                _, state, _, _, port, peer = struct.unpack_from('!BBBBHH', data, at + 16)
                length = 4 if family == 2 else 16
                own, other = data[at + 24:at + 24 + length], data[at + 40:at + 40 + length]
                yield {'address': socket.inet_ntop(family, own), 'port': port,
                       'peer': {'address': socket.inet_ntop(family, other), 'port': peer},
                       'state': SOCKET_STATE.get(state, 'closing')}


class Query:
    """One socket for all that is asked of a namespace."""

    def __init__(self, namespace):
        self.socket = Socket(namespace)

    def close(self):
        self.socket.close()

    def connections(self):
        return [{'family': family, **read_connection(a)} for family in ('ip', 'ip6')
                for a in self.socket.dump(CTNETLINK, 1, PF[family]) if 1 in a]

    def flush_connections(self):
        self.socket.request(CTNETLINK, 2, 0)

    def chains(self, family):
        """(table, chain) -> hook, priority, type and policy of a base chain, None of another; in the kernel's order."""
        found = {}
        for a in self.socket.dump(NFTABLES, 4, PF[family]):
            base = None
            if 4 in a:
                hook = attributes(a[4])
                base = {'hook': HOOKS_OF.get(family, HOOKS)[number(hook[1])], 'priority': struct.unpack('!i', hook[2])[0], 'type': text(a[7]),
                        'policy': 'accept' if number(a[5]) == 1 else 'drop'}
            found[text(a[1]), text(a[3])] = base
        return found

    def positions(self, family):
        """(table, chain, handle) -> place in the chain from 1, the order in which iptables-nft-save prints rules."""
        found, count = {}, {}
        for a in self.socket.dump(NFTABLES, 7, PF[family]):
            chain = text(a[1]), text(a[2])
            count[chain] = count.get(chain, 0) + 1
            found[chain + (number(a[3]),)] = count[chain]
        return found
