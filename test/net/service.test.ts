import { describe, expect, it } from 'vitest';
import { SCTP, TCP, UDP } from '../../src/net/packet.ts';
import { servicePort } from '../../src/net/service.ts';

// Debian 12, netbase 6.4.
describe('servicePort', () => {
  it.each([
    ['http', TCP, 80],
    ['www', TCP, 80],
    ['domain', UDP, 53],
    ['ssh', UDP, undefined],
    ['tftp', TCP, undefined],
    ['tftp', undefined, 69],
    ['dicom', TCP, 104],
    ['syslog', TCP, 514],
    ['HTTP', TCP, undefined],
    ['amqp', SCTP, 5672],
    ['http', SCTP, undefined],
    ['__proto__', TCP, undefined],
    ['', TCP, undefined],
  ])('%s of protocol %s', (name, protocol, port) => {
    expect(servicePort(name, protocol)).toBe(port);
  });
});
