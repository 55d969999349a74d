"""Trace events of one probe, put together: what each packet met in a node, hook by hook and rule by rule."""
from dissect import dissect, is_noise
from rules import BELOW_IP, WATCH, owner_of

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
        self.journeys, self.open, self.families, self.unplaced = [], {}, {}, []

    def name(self, index):
        return self.interfaces.get(index) or str(index)

    def add(self, event):
        seen = dissect(event['network'], event['transport']) if 'network' in event else None
        if 'network' in event:
            # Of ARP none: the events of a chain come one after the other, and the first of them has the headers.
            self.families[event['id']] = seen and seen['family']
        family = self.families.get(event['id'])
        if family is None:
            return
        tables, chain = event['table_family'], (event['table'], event['chain'])
        base = self.rules.chains[tables].get(chain)
        watching = event['table'] == WATCH
        starting = watching and event['chain'].endswith('-start')
        below = base and (tables in BELOW_IP or base['hook'] == 'ingress')
        if below and not self.rules.links:
            return
        key = event['id'], family
        journey = self.open.get(key)
        if journey is None or seen and (alike(seen) != journey.get('_alike') or starting and (below or journey['_entered'])):
            journey = self.open[key] = self.begin(event, seen, family, starting, below)
        if base:
            journey['_hook'], journey['_below'] = base['hook'], below
            journey['_entered'] |= not below
            if seen and below and starting:
                journey['_device'] = event['iif']
        if seen:
            self.look(journey, event, seen)
        if watching:
            if event['type'] == 'policy' and not starting:
                self.put(journey, self.hook_end(journey, event), (400,))
            return
        if event['type'] == 'rule' and 'handle' not in event:
            return
        step = {'kind': event['type'], 'hook': journey['_hook'], 'owner': owner_of(tables, event['table']), 'table': event['table'],
                'chain': event['chain'], 'mark': event['mark']}
        if journey['_below']:
            step['family'] = tables
        if event['type'] == 'rule':
            step['number'] = self.rules.positions[tables].get(chain + (event['handle'],))
            step['verdict'] = event.get('verdict')
            if 'target' in event:
                step['target'] = event['target']
        elif event['type'] == 'policy':
            step['verdict'] = event.get('policy')
        self.place(journey, step, tables, journey.get('_now'))

    def begin(self, event, seen, family, starting, below):
        """Passed up from a bridge, a packet goes on under another trace id: its headers tell its earlier half. Trace ids
        come of the packet's place in memory, and so return."""
        journey = {'family': family, '_steps': [], '_hook': None, '_below': False, '_entered': False, '_seen': {}, '_at': {},
                   '_local': starting and event['chain'] == 'output-start'}
        if seen and (below or not starting):
            for earlier in reversed(self.journeys):
                if earlier.get('_alike') == alike(seen):
                    if earlier['_hook'] in ('ingress', 'prerouting') or below and earlier['_hook'] == 'input':
                        if not starting or earlier.get('_device') != event['iif']:
                            return earlier
                    elif not starting:
                        journey['continues'] = self.journeys.index(earlier)
                    break
        self.journeys.append(journey)
        return journey

    def look(self, journey, event, seen):
        journey.setdefault('packet', seen)
        journey['_alike'], journey['_now'] = alike(seen), seen
        link = event.get('link', b'')
        if len(link) == 14 and 'smac' not in journey and 'iif' in event:
            journey['smac'], journey['dmac'] = link[6:12].hex(':'), link[:6].hex(':')
        if journey['_below']:
            return
        journey['_seen'] = now = {'packet': seen}
        for end in ('iif', 'oif'):
            if end in event:
                now[end] = self.name(event[end])
                journey.setdefault(end, now[end])
        if 'ct' in event:
            now['connection'] = event['ct']

    def hook_end(self, journey, event):
        return {'kind': 'hook-end', 'hook': journey['_hook'], 'mark': event['mark'], **journey['_seen']}

    def place(self, journey, step, family, seen):
        rank = self.ranks.get((step['owner'], family, step['table'], step['hook']), (0, 0, 0))
        self.put(journey, step, rank)
        journey['_at'][id(step)] = seen

    def put(self, journey, step, rank):
        """nf_tables tells of steps in their order; legacy ones come by another socket, and their place is by rank."""
        place = (len(journey['_steps']),) if self.rules.links else (ORDER.get(step['hook'], 3), rank)
        journey['_steps'].append((place, step))

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
        done = [one for one in self.journeys if one['_entered'] or one['_steps'] or 'continues' in one]
        self.start()
        for journey in done:
            steps = journey.pop('_steps')
            steps.sort(key=lambda s: s[0])
            journey['steps'] = [step for _, step in steps]
            if 'iif' not in journey and '_device' in journey:
                journey['iif'] = self.name(journey['_device'])
            journey['fate'] = fate(journey['steps'], journey.pop('_targets', {}), journey.pop('_at'))
            for key in ('_hook', '_alike', '_seen', '_now', '_local', '_below', '_entered', '_device'):
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
    """What passes all chains below IP that it meets has the fate that it had in IP."""
    if not steps:
        return {'kind': 'nothing-seen'}
    last = steps[-1]
    dropped = last['kind'] != 'hook-end' and (
        last.get('verdict') in ('drop', 'queue') or targets.get(id(last)) in DROPPING)
    if dropped:
        by = {key: last[key] for key in ('owner', 'table', 'chain', 'number') if key in last}
        return {'kind': 'dropped', 'hook': last['hook'], 'by': by, **shown(last, at)}
    last = next((step for step in reversed(steps) if 'family' not in step), None)
    if last is None:
        return {'kind': 'nothing-seen'}
    if last['kind'] == 'hook-end':
        kind = {'postrouting': 'sent', 'input': 'to-local'}.get(last['hook'], 'ended')
        return {'kind': kind, 'hook': last['hook']}
    return {'kind': 'ended-in-hook', 'hook': last['hook'], **shown(last, at)}


def shown(step, at):
    seen = at.get(id(step))
    return {'packet': seen} if seen else {}
