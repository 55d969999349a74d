import { describe, expect, it } from 'vitest';
import { detect } from '../../src/read/detect.ts';
import { parseNftHooks } from '../../src/read/nft-hooks.ts';
import { readNamespace } from '../../src/read/snapshot.ts';

const chain = (family: string, hook: string, priority: number, backend: string, table: string, name?: string) => ({
  family,
  hook,
  priority,
  backend,
  table,
  ...(name !== undefined && { chain: name }),
});

// The layout is nftables' own (src/mnl.c, print_hooks), the functions' names are the kernel's.
const LISTING = `family ip {
\thook ingress device eth0 {
\t\t+0000000010 chain netdev x y [nf_tables]
\t}
\thook prerouting {
\t\t-0000000400 ipv4_conntrack_defrag [nf_defrag_ipv4]
\t\t-0000000300 chain ip raw PREROUTING [nf_tables]
\t\t-0000000300 ipt_do_table [ip_tables]
\t\t-0000000200 ipv4_conntrack_in [nf_conntrack]
\t\t-0000000100 nf_nat_ipv4_pre_routing [nf_nat]
\t}
\thook input {
\t\t 0000000000 iptable_filter_hook [iptable_filter]
\t\t 0000000000 chain inet m z [nf_tables]
\t\t+2147483647 nf_confirm [nf_conntrack]
\t}
}
family ip6 {
\thook forward {
\t\t-0000000150 ip6t_do_table [ip6_tables]
\t}
}
family arp {
\thook input {
\t\t 0000000000 chain arp filter INPUT [nf_tables]
\t}
}
`;

describe('nft list hooks', () => {
  it('shows the chains of iptables and nf_tables in their order', () => {
    expect(parseNftHooks(LISTING, 'hooks')).toEqual({
      value: [
        chain('ip', 'prerouting', -300, 'nft', 'raw', 'PREROUTING'),
        chain('ip', 'prerouting', -300, 'legacy', 'raw'),
        chain('ip', 'input', 0, 'legacy', 'filter'),
        chain('ip', 'input', 0, 'nft', 'm', 'z'),
        chain('ip6', 'forward', -150, 'legacy', 'mangle'),
      ],
      remarks: [],
    });
  });

  it('is told by its content, and where it is empty by its name', () => {
    expect(detect(LISTING, 'a.txt')).toEqual({ format: 'nft-hooks', empty: false });
    expect(detect('', 'nft-list-hooks.txt')).toEqual({ format: 'nft-hooks', empty: true });
  });

  it.each([
    ['family ip {\n\thook input {\n\t\tsomething else\n', 3],
    ['family ip {\n\thook input {\n\t\t+00 chain ip filter INPUT [nf_tables]\n\x1b[2J\n', 4],
  ])('what it does not understand is reported: %j', (text, line) => {
    expect(parseNftHooks(text, 'hooks').remarks).toMatchObject([{ file: 'hooks', line, severity: 'warning' }]);
  });

  it('says nothing where the kernel could not list its hooks', () => {
    const node = readNamespace('node', [{ path: 'nft-list-hooks.txt', text: '' }]);
    expect(node).not.toHaveProperty('listedChains');
    expect(node.remarks).toEqual([]);
  });
});
