"""Trace events of one probe, put together: what each packet met in a node, hook by hook and rule by rule."""
from dissect import dissect, is_noise
from rules import WATCH, owner_of

ORDER = {'prerouting': 0, 'output': 0, 'input': 1, 'forward': 1, 'postrouting': 2}
DROPPING = ('DROP', 'REJECT', 'NFQUEUE', 'TPROXY', 'SYNPROXY')


class Journeys:
    """`add` and `add_legacy` take events in the order of the kernel, `finish` gives the journeys."""

    def __init__(self, rules, interfaces):
        self.rules = rules
        self.interfaces = interfaces
        self.ranks = rules.ranks()
        self.start()

    def start(self):
        self.journeys, self.open, self.unplaced = [], {}, []

    def name(self, index):
        return self.interfaces.get(index) or str(index)

    def add(self, event):
        family = event['family']
        key = event['id'], family
        watching = event['table'] == WATCH
        seen = dissect(event['network'], event['transport']) if 'network' in event else None
        starting = watching and event['chain'].endswith('-start')
        journey = self.open.get(key)
        if journey is None or seen and (starting or alike(seen) != journey.get('_alike')):
            journey = self.open[key] = self.begin(event, seen, starting)
        chain = event['table'], event['chain']
        tables = event['table_family']
        base = self.rules.chains[tables].get(chain)
        if base:
            journey['_hook'] = base['hook']
        if seen:
            self.look(journey, event, seen)
        if watching:
            if event['type'] == 'policy' and not starting:
                journey['_steps'].append((ORDER.get(journey['_hook'], 3), (400,), self.hook_end(journey, event)))
            return
        if event['type'] == 'rule' and 'handle' not in event:
            return
        step = {'kind': event['type'], 'hook': journey['_hook'], 'owner': owner_of(tables, event['table']), 'table': event['table'],
                'chain': event['chain'], 'mark': event['mark']}
        if event['type'] == 'rule':
            step['number'] = self.rules.positions[tables].get(chain + (event['handle'],))
            step['verdict'] = event.get('verdict')
            if 'target' in event:
                step['target'] = event['target']
        elif event['type'] == 'policy':
            step['verdict'] = event.get('policy')
        self.place(journey, step, tables, journey['_seen'].get('packet'))

    def begin(self, event, seen, starting):
        """Passed up from a bridge, a packet goes on under another trace id: its headers tell its earlier half. Trace ids
        come of the packet's place in memory, and so return."""
        journey = {'family': event['family'], '_steps': [], '_hook': None, '_seen': {}, '_at': {},
                   '_local': starting and event['chain'] == 'output-start'}
        if seen and not starting:
            for earlier in reversed(self.journeys):
                if earlier.get('_alike') == alike(seen):
                    if earlier['_hook'] == 'prerouting':
                        return earlier
                    journey['continues'] = self.journeys.index(earlier)
                    break
        self.journeys.append(journey)
        return journey

    def look(self, journey, event, seen):
        journey.setdefault('packet', seen)
        journey['_alike'] = alike(seen)
        journey['_seen'] = now = {'packet': seen}
        for end in ('iif', 'oif'):
            if end in event:
                now[end] = self.name(event[end])
                journey.setdefault(end, now[end])
        if 'ct' in event:
            now['connection'] = event['ct']
        link = event.get('link', b'')
        if len(link) == 14 and 'smac' not in journey and 'iif' in event:
            journey['smac'], journey['dmac'] = link[6:12].hex(':'), link[:6].hex(':')

    def hook_end(self, journey, event):
        return {'kind': 'hook-end', 'hook': journey['_hook'], 'mark': event['mark'], **journey['_seen']}

    def place(self, journey, step, family, seen):
        rank = self.ranks.get((step['owner'], family, step['table'], step['hook']), (0, 0, 0))
        journey['_steps'].append((ORDER.get(step['hook'], 3), rank, step))
        journey['_at'][id(step)] = seen

    def add_legacy(self, event):
        seen = dissect(event['packet'])
        if seen is None or is_noise(seen):
            return
        journey = self.find(event, alike(seen))
        if journey is None:
            self.unplaced.append(event)
            return
        for end in ('iif', 'oif'):
            if end in event:
                journey.setdefault(end, self.name(event[end]))
        kind = event['type']
        targets = self.rules.legacy.get((event['family'], event['table'], event['chain']), [])
        if kind != 'rule' and event['number'] <= len(targets):
            kind = 'rule'
        step = {'kind': kind, 'hook': event['hook'], 'owner': 'iptables-legacy', 'table': event['table'],
                'chain': event['chain'], 'mark': event['mark']}
        if kind == 'rule':
            step['number'] = event['number']
            if event['number'] <= len(targets):
                journey.setdefault('_targets', {})[id(step)] = targets[event['number'] - 1]
        elif kind == 'policy':
            step['verdict'] = self.rules.policies.get((event['family'], event['table'], event['chain']))
        self.place(journey, step, event['family'], seen)

    def find(self, event, likeness):
        """A packet passes a hook once; where it comes by again over lo, that is a journey of its own. All events of
        nf_tables are here before the legacy ones, so a journey's hook is the last that it reached."""
        fitting = [j for j in self.journeys if j.get('_alike') == likeness and fits(j, event)]
        if event['hook'] == 'postrouting' and len(fitting) > 1:
            fitting = [j for j in fitting if j['_seen'].get('oif') == self.name(event.get('oif'))] or fitting
        return fitting[-1] if fitting else None

    def finish(self):
        done = self.journeys
        self.start()
        for journey in done:
            steps = journey.pop('_steps')
            steps.sort(key=lambda s: (s[0], s[1]))
            journey['steps'] = [step for _, _, step in steps]
            journey['fate'] = fate(journey['steps'], journey.pop('_targets', {}), journey.pop('_at'))
            for key in ('_hook', '_alike', '_seen', '_local'):
                journey.pop(key, None)
        return done


def fits(journey, event):
    hook, local = event['hook'], journey['_local']
    if hook in ('prerouting', 'output'):
        return local == (hook == 'output')
    if hook == 'postrouting':
        return journey['_hook'] in ('forward', 'output', hook) and not (local and 'iif' in event)
    return not local and journey['_hook'] in ('prerouting', hook, 'postrouting')


def alike(seen):
    """What neither NAT nor routing changes."""
    return tuple(seen.get(key) for key in ('family', 'protocol', 'id', 'icmpType', 'flags', 'seq', 'ack'))


def fate(steps, targets, at):
    if not steps:
        return {'kind': 'nothing-seen'}
    last = steps[-1]
    if last['kind'] == 'hook-end':
        kind = {'postrouting': 'sent', 'input': 'to-local'}.get(last['hook'], 'ended')
        return {'kind': kind, 'hook': last['hook']}
    by = {key: last[key] for key in ('owner', 'table', 'chain', 'number') if key in last}
    dropped = last.get('verdict') in ('drop', 'queue') or targets.get(id(last)) in DROPPING
    seen = at.get(id(last))
    return {'kind': 'dropped' if dropped else 'ended-in-hook', 'hook': last['hook'], **({'by': by} if dropped else {}),
            **({'packet': seen} if seen else {})}
