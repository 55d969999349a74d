"""Packets made byte by byte, from a probe's description or as the answer to a packet that arrived somewhere."""
import socket
import struct

PROTOCOL = {'icmp': 1, 'tcp': 6, 'udp': 17, 'gre': 47, 'esp': 50, 'ah': 51, 'icmpv6': 58, 'sctp': 132, 'udplite': 136}
FLAGS = {'F': 1, 'S': 2, 'R': 4, 'P': 8, 'A': 16, 'U': 32, 'E': 64, 'C': 128}
OPTIONS = {1: b'\x01', 3: b'\x03\x03\x07', 4: b'\x04\x02', 8: b'\x08\x0a\0\0\0\1\0\0\0\0'}
REQUEST, REPLY = b'CWQ1', b'CWR1'


def checksum(data):
    if len(data) & 1:
        data += b'\0'
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def crc_table():
    table = []
    for i in range(256):
        for _ in range(8):
            i = i >> 1 ^ (0x82f63b78 if i & 1 else 0)
        table.append(i)
    return table


CRC = crc_table()


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc = crc >> 8 ^ CRC[(crc ^ byte) & 0xff]
    return crc ^ 0xffffffff


def address(text):
    return socket.inet_pton(socket.AF_INET6 if ':' in text else socket.AF_INET, text)


def protocol_number(name):
    return name if isinstance(name, int) else PROTOCOL[name]


def payload(probe, magic=REQUEST):
    return magic + struct.pack('!I', probe.get('id', 0)) + probe.get('payload', '').encode('latin-1')


def tcp(p, pseudo):
    options = struct.pack('!BBH', 2, 4, p['mss']) if p.get('mss') is not None else b''
    options += b''.join(OPTIONS[kind] for kind in p.get('options', ()))
    if p.get('scale') is not None:
        options += struct.pack('!BBB', 3, 3, p['scale'])
    if p.get('sack'):
        options += b'\1\1' + struct.pack('!BB', 5, 2 + 4 * len(p['sack']))
        options += b''.join(struct.pack('!I', edge & 0xffffffff) for edge in p['sack'])
    options += b'\0' * (-len(options) % 4)
    flags = sum(FLAGS[flag] for flag in p.get('flags', 'S'))
    data = struct.pack('!HHIIBBHHH', p.get('sport', 0), p.get('dport', 0), p.get('seq', 1) & 0xffffffff,
                       p.get('ack', 0) & 0xffffffff, (20 + len(options)) << 2, flags, p.get('window', 64240), 0, 0)
    data += options + p.get('payload', '').encode('latin-1')
    return data[:16] + struct.pack('!H', checksum(pseudo(len(data)) + data)) + data[18:]


def udp(p, pseudo, body):
    length = 8 + len(body)
    data = struct.pack('!HHHH', p.get('sport', 0), p.get('dport', 0), length, 0) + body
    return data[:6] + struct.pack('!H', checksum(pseudo(length) + data) or 0xffff) + data[8:]


def icmp(p, pseudo, body):
    kind, code = p.get('type', 8), p.get('code', 0)
    if 'inner' in p:
        rest = struct.pack('!I', p.get('mtu', 0)) + network_packet({**p['inner'], 'id': p.get('id', 0)})[:56]
    else:
        rest = struct.pack('!HH', p.get('icmpId', 0), p.get('icmpSeq', 1)) + body
    return icmp_bytes(kind, code, rest, pseudo)


def icmp_bytes(kind, code, rest, pseudo):
    data = struct.pack('!BBH', kind, code, 0) + rest
    return data[:2] + struct.pack('!H', checksum(pseudo(len(data)) + data)) + data[4:]


def sctp(p, body):
    chunk = p.get('chunk', 1)
    if chunk in (1, 2):
        inside = struct.pack('!IIHHI', p.get('initTag', 7), 65536, 1, 1, 1)
    elif chunk == 0:
        inside = struct.pack('!IHHI', 1, 0, 0, 0) + body
    else:
        inside = b''
    inside = struct.pack('!BBH', chunk, p.get('chunkFlags', 3 if chunk == 0 else 0), 4 + len(inside)) + inside
    inside += b'\0' * (-len(inside) % 4)
    head = struct.pack('!HHI', p.get('sport', 0), p.get('dport', 0), p.get('tag', 0))
    return head + struct.pack('<I', crc32c(head + b'\0\0\0\0' + inside)) + inside


def transport(p, number, source, destination, six, magic):
    def pseudo(length):
        if number == 1:
            return b''
        tail = struct.pack('!IHBB', length, 0, 0, number) if six else struct.pack('!BBH', 0, number, length)
        return source + destination + tail

    body = payload(p, magic)
    if number == 6:
        data = tcp(p, pseudo)
    elif number in (17, 136):
        data = udp(p, pseudo, body)
    elif number in (1, 58):
        data = icmp(p, pseudo, body)
    elif number == 132:
        data = sctp(p, body)
    elif number == 51:
        data = struct.pack('!BBHII', 59, 4, 0, p.get('spi', 1), 1) + b'\0' * 12 + body
    elif number == 47:
        data = struct.pack('!HH', 0, 0x0800) + body
    else:
        data = struct.pack('!II', p.get('spi', 1), 1) + body
    if p.get('badChecksum') and number in (1, 6, 17, 58, 132):
        at = {1: 2, 58: 2, 6: 16, 17: 6, 132: 8}[number]
        data = data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1:]
    return data


def network_packet(p, magic=REQUEST):
    """The whole IP packet of a description. The low bits of its id are the IP id, or the flow label."""
    six = p['family'] == 'ip6'
    source, destination, number = address(p['saddr']), address(p['daddr']), protocol_number(p['protocol'])
    body = transport(p, number, source, destination, six, magic)
    return network_header(six, source, destination, number, body, p.get('id', 0), p.get('ttl', 64), p.get('tos', 0))


def network_header(six, source, destination, number, body, ident, ttl=64, tos=0):
    if six:
        first = 6 << 28 | tos << 20 | ident & 0xfffff
        return struct.pack('!IHBB', first, len(body), number, ttl) + source + destination + body
    head = struct.pack('!BBHHHBBH', 0x45, tos, 20 + len(body), ident & 0xffff, 0x4000, ttl, number, 0)
    head += source + destination
    return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + body


def mac(text):
    return bytes.fromhex(text.replace(':', ''))


def frame(dmac, smac, packet):
    return mac(dmac) + mac(smac) + (b'\x86\xdd' if packet[0] >> 4 == 6 else b'\x08\x00') + packet


def answer(probe, wish, arrived, seen):
    """The packet that whoever received `arrived` sends back, as the wish has it; None where there is nothing to say."""
    six, protocol = seen['family'] == 'ip6', seen['protocol']
    ident = probe['id'] + 0x8000 & 0xffff if not six else probe['id'] + 0x80000 & 0xfffff
    ends = {'family': seen['family'], 'saddr': seen['daddr'], 'daddr': seen['saddr'], 'protocol': protocol,
            'ttl': wish.get('ttl', 64), 'tos': wish.get('tos', 0), 'id': ident, 'payload': wish.get('payload', '')}
    if wish['kind'] == 'error':
        who = address(wish.get('saddr', ends['saddr']))
        return quote(six, wish, arrived, who, address(ends['daddr']), ident, ends['ttl'])
    if 'sport' in seen:
        ends.update(sport=seen['dport'], dport=seen['sport'])
    if protocol == 6:
        advance = ((seen['flags'] & 3) != 0) + seen['dataLength']
        ends.update(flags=wish.get('flags', 'SA'), seq=wish.get('seq', 1), ack=seen['seq'] + advance)
        ends.update((key, wish[key]) for key in ('window', 'scale', 'options') if key in wish)
    elif protocol in (1, 58):
        kind = {8: 0, 13: 14, 17: 18, 128: 129}.get(seen['icmpType'])
        if kind is None:
            return None
        ends.update(type=kind, icmpId=seen['icmpId'])
    elif protocol == 132:
        ends.update(chunk=wish.get('chunk', 2), tag=wish.get('tag', 7), initTag=wish.get('initTag', 9))
        if 'chunkFlags' in wish:
            ends['chunkFlags'] = wish['chunkFlags']
    return network_packet(ends, REPLY)


def quote(six, wish, arrived, source, destination, ident, ttl):
    def pseudo(length):
        return source + destination + struct.pack('!IHBB', length, 0, 0, 58) if six else b''

    rest = struct.pack('!I', wish.get('mtu', 0)) + arrived[:68 if six else 56]
    body = icmp_bytes(wish['type'], wish.get('code', 0), rest, pseudo)
    return network_header(six, source, destination, 58 if six else 1, body, ident, ttl)
