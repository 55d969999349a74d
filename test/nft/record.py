#!/usr/bin/env python3
"""Asks nft how it lists each rule of rules.txt, as text and as JSON (listed.jsonl), and ruleset.nft (listings/).

    unshare -n python3 test/nft/record.py

A line of rules.txt: FAMILY TYPE hook HOOK priority PRIORITY | RULE. Rules that this nft or kernel refuses are named on
stderr and left out.
"""
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def nft(*args):
    return subprocess.run(['nft', *args], capture_output=True, text=True)


def listed(line):
    head, rule = line.split('|', 1)
    family, chain = head.split(' ', 1)
    nft('flush', 'ruleset')
    nft(f'add table {family} t')
    for made in ('add chain {0} t c2', 'add counter {0} t cnt', 'add set {0} t s {{ type ipv4_addr; flags dynamic,timeout; }}',
                 'add map {0} t m {{ type ipv4_addr : ipv4_addr; flags dynamic; }}',
                 'add ct helper {0} t h {{ type "ftp" protocol tcp; }}', 'add limit {0} t l {{ rate 5/second; }}',
                 'add quota {0} t q {{ 5 mbytes }}', 'add synproxy {0} t p {{ mss 1460; wscale 7; timestamp sack-perm; }}'):
        nft(made.format(family))
    nft(f'add chain {family} t c {{ {chain.strip()}; }}')
    added = nft(f'add rule {family} t c {rule.strip()}')
    if added.returncode:
        print(f'{rule.strip()}: {added.stderr.splitlines()[0] if added.stderr else "refused"}', file=sys.stderr)
        return None
    text = nft('list', 'chain', family, 't', 'c').stdout
    body = text.split('policy ', 1)[1].split('\n', 1)[1].rsplit('\n\t}\n}', 1)[0]
    items = json.loads(nft('-j', 'list', 'chain', family, 't', 'c').stdout)['nftables']
    rule = next(item['rule'] for item in items if 'rule' in item)
    return {'family': family, 'text': body.strip('\t'), 'expr': rule['expr'], **({'comment': rule['comment']} if 'comment' in rule else {})}


rows = [listed(line) for line in (HERE / 'rules.txt').read_text().splitlines() if line and not line.startswith('#')]
(HERE / 'listed.jsonl').write_text(''.join(json.dumps(row) + '\n' for row in rows if row))

nft('flush', 'ruleset')
subprocess.run(['ip', 'link', 'add', 'd0', 'type', 'veth'], check=True)
subprocess.run(['nft', '-f', str(HERE / 'ruleset.nft')], check=True)
for name, options in (('plain.txt', []), ('handles.txt', ['-a']), ('numeric.txt', ['-n']), ('stateless.txt', ['-s']), ('json.json', ['-j'])):
    (HERE / 'listings' / name).write_text(nft(*options, 'list', 'ruleset').stdout)
