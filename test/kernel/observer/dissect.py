"""Headers of a packet, read into the words that the driver uses."""
import socket
import struct

ports = struct.Struct('!HH').unpack_from
tcp_head = struct.Struct('!HHIIBBH').unpack_from


def dissect(network, transport=None):
    """None for what is not IP. `id` is the IP id, or the flow label of IPv6."""
    if not network:
        return None
    version = network[0] >> 4
    if version == 4 and len(network) >= 20:
        length = (network[0] & 15) * 4
        total = network[2] << 8 | network[3]
        seen = {'family': 'ip', 'saddr': socket.inet_ntoa(network[12:16]), 'daddr': socket.inet_ntoa(network[16:20]),
                'protocol': network[9], 'ttl': network[8], 'tos': network[1], 'length': total,
                'id': network[4] << 8 | network[5]}
    elif version == 6 and len(network) >= 40:
        length, total = 40, 40 + (network[4] << 8 | network[5])
        first = struct.unpack_from('!I', network)[0]
        seen = {'family': 'ip6', 'saddr': socket.inet_ntop(socket.AF_INET6, network[8:24]),
                'daddr': socket.inet_ntop(socket.AF_INET6, network[24:40]), 'protocol': network[6], 'ttl': network[7],
                'tos': first >> 20 & 0xff, 'length': total, 'id': first & 0xfffff}
    else:
        return None
    data = network[length:] if transport is None else transport
    protocol = seen['protocol']
    if protocol in (6, 17, 132, 136) and len(data) >= 4:
        seen['sport'], seen['dport'] = ports(data)
        if protocol == 6 and len(data) >= 16:
            _, _, seen['seq'], seen['ack'], offset, seen['flags'], seen['window'] = tcp_head(data)
            head = (offset >> 4) * 4
            seen['dataLength'] = max(0, total - length - head)
            if 20 < head <= len(data):
                seen['options'] = data[20:head].hex()
    elif protocol in (1, 58) and len(data) >= 8:
        seen['icmpType'], seen['icmpCode'], seen['icmpId'] = data[0], data[1], data[4] << 8 | data[5]
        if len(data) >= 12 and is_error(protocol, data[0]):
            seen['about'] = data[12] << 8 | data[13] if protocol == 1 and len(data) >= 14 else \
                struct.unpack_from('!I', data, 8)[0] & 0xfffff
    return seen


def is_error(protocol, kind):
    return kind in (3, 4, 5, 11, 12) if protocol == 1 else kind < 128


NEIGHBOURS = (130, 131, 132, 133, 134, 135, 136, 137, 143)


def is_noise(seen):
    """IGMP, neighbour discovery, multicast listener reports: what kernels say of themselves."""
    return seen is None or seen['protocol'] in (0, 2) or seen['protocol'] == 58 and seen.get('icmpType') in NEIGHBOURS
