"""Rulesets of one node: loaded by the system's own tools, taken away again, and read back as a capture reads them."""
import os
import time

from namespaces import ToolError, finish
from netlink import Query

TABLES = ('raw', 'mangle', 'nat', 'filter', 'security')
LEGACY_HOOKS = {
    'raw': (('prerouting', -300), ('output', -300)),
    'mangle': (('prerouting', -150), ('input', -150), ('forward', -150), ('output', -150), ('postrouting', -150)),
    'nat': (('prerouting', -100), ('input', 100), ('output', -100), ('postrouting', 100)),
    'filter': (('input', 0), ('forward', 0), ('output', 0)),
    'security': (('input', 50), ('forward', 50), ('output', 50)),
}
WATCH = 'chainwalk-watch'
FAMILIES = ('ip', 'ip6', 'inet')
BELOW_IP = ('netdev', 'bridge')
ENDS = ('prerouting', 'input', 'forward', 'output', 'postrouting')
COMMANDS = {
    'ip-addr': (['ip', 'addr'], 'topology'),
    'ip-d-link': (['ip', '-d', 'link'], 'topology'),
    'bridge-link': (['bridge', '-d', 'link'], 'topology'),
    'bridge-fdb': (['bridge', 'fdb'], 'topology'),
    'ip-neigh': (['ip', 'neigh'], 'topology'),
    'sysctl': (['sysctl', '-a', '-r', r'^(net\.(ipv4|ipv6|netfilter|bridge)\.|kernel\.osrelease)'], 'sysctls'),
    'ip-route-table-all': (['ip', 'route', 'show', 'table', 'all'], 'routes'),
    'ip-6-route-table-all': (['ip', '-6', 'route', 'show', 'table', 'all'], 'routes'),
    'ip-rule': (['ip', 'rule'], 'routes'),
    'ip-6-rule': (['ip', '-6', 'rule'], 'routes'),
    'ss': (['ss', '-nlute'], 'topology'),
    'conntrack-L': (['conntrack', '-L'], 'always'),
    'conntrack-L-f-ipv6': (['conntrack', '-L', '-f', 'ipv6'], 'always'),
    'ipset-save': (['ipset', 'save'], 'always'),
    'nft-list-hooks': (['nft', 'list', 'hooks'], 'hooks'),
    'iptables-nft-save-c': (['iptables-nft-save', '-c'], 'nft'),
    'ip6tables-nft-save-c': (['ip6tables-nft-save', '-c'], 'nft'),
    'nft-j-list-ruleset': (['nft', '-j', 'list', 'ruleset'], 'json'),
    'nft-list-ruleset': (['nft', 'list', 'ruleset'], 'text'),
    'iptables-legacy-save-c': (['iptables-legacy-save', '-c'], 'legacy'),
    'ip6tables-legacy-save-c': (['ip6tables-legacy-save', '-c'], 'legacy'),
}
NEIGHBOURS6 = ['ip', '-6', 'neigh']


def owner_of(family, table):
    """Tables of these names are the tool's that made them first."""
    return 'iptables-nft' if family in ('ip', 'ip6') and table in TABLES else 'nft'


def watch_table(family):
    """The observer's own table: sets the trace bit first of all, and shows the packet at the end of each hook."""
    ends = ''.join(' chain %s-end { type filter hook %s priority 350; }\n' % (hook, hook) for hook in ENDS)
    starts = ''.join(' chain %s-start { type filter hook %s priority -350; meta nftrace set 1; }\n' % (hook, hook)
                     for hook in ('prerouting', 'output'))
    return 'table %s %s {\n%s%s}\n' % (family, WATCH, starts, ends)


def watch_links(devices):
    """Loaded where chains stand below IP: a frame is followed from the device on that takes it."""
    return 'table netdev %s {\n chain link-start { type filter hook ingress devices = { %s } priority -2000; ' \
           'meta nftrace set 1; }\n}\n'.replace('; }', ';\n}') % (WATCH, ', '.join(devices))


class Rules:
    """Of `interfaces` the names by their numbers."""

    def __init__(self, namespace, interfaces):
        self.namespace = namespace
        self.interfaces = interfaces
        self.links = False
        self.query = Query(namespace)
        self.registered = []
        self.undo = []
        self.sysctls = {}
        self.cache = {}
        self.stale = {'topology', 'routes', 'sysctls'}
        self.chains, self.positions, self.legacy, self.policies = {}, {}, {}, {}
        namespace.run(['nft', '-f', '-'], watch_table('ip') + watch_table('ip6'))
        self.refresh()
        # Empty where the kernel has no CONFIG_NETFILTER_NETLINK_HOOK: the watching table would be in it.
        self.lists_hooks = WATCH in namespace.run(['nft', 'list', 'hooks'])

    def close(self):
        self.query.close()

    def owners(self):
        return {entry['owner'] for entry in self.registered}

    def reset(self):
        """Away with rules, sets, connections and whatever the last load changed; links and neighbours stay."""
        tables = sorted({(e['family'], e['table']) for e in self.registered if e['owner'] != 'iptables-legacy'})
        if tables:
            self.namespace.run(['nft', '-f', '-'], ''.join('delete table %s %s\n' % table for table in tables))
            self.registered = [e for e in self.registered if e['owner'] == 'iptables-legacy']
        for family, tool in (('ip', 'iptables-legacy-restore'), ('ip6', 'ip6tables-legacy-restore')):
            tables = {e['table'] for e in self.registered if e['owner'] == 'iptables-legacy' and e['family'] == family}
            if tables:
                text = ''.join('*%s\n%sCOMMIT\n' % (t, ''.join(':%s ACCEPT [0:0]\n' % hook.upper()
                               for hook, _ in LEGACY_HOOKS[t])) for t in TABLES if t in tables)
                self.namespace.run([tool], text)
        self.query.flush_connections()
        self.destroy_sets()
        for argv, text in reversed(self.undo):
            self.namespace.run(argv, text)
        if self.undo:
            self.stale.add('routes')
        self.undo = []
        if self.links:
            self.namespace.run(['nft', 'delete', 'table', 'netdev', WATCH])
            self.links = False
        if self.sysctls:
            self.namespace.write_sysctls(self.sysctls)
            self.stale.add('sysctls')
            self.sysctls = {}

    def destroy_sets(self):
        """nf_tables lets go of its rules, and of the sets they name, a moment after it removed them."""
        until = time.monotonic() + 5
        while True:
            try:
                self.namespace.run(['ipset', 'flush'])
                return self.namespace.run(['ipset', 'destroy'])
            except ToolError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.005)

    def load(self, request):
        """`steps` are tools with their input, in order; `undo` takes back at the next reset what they added."""
        self.reset()
        sysctls = request.get('sysctls', {})
        if sysctls:
            with self.namespace:
                for key in sysctls:
                    with open('/proc/sys/' + key.translate(str.maketrans('./', '/.'))) as file:
                        self.sysctls[key] = file.read().strip()
            self.namespace.write_sysctls(sysctls)
            self.stale.add('sysctls')
        for step in request['steps']:
            if step.get('undo'):
                self.undo.append((step['argv'], step['undo']))
                self.stale.add('routes')
            self.namespace.run(step['argv'], step.get('input'))
            self.note_registrations()
        self.links = any(e['family'] in BELOW_IP or e['hook'] == 'ingress' for e in self.registered)
        if self.links:
            if 'iptables-legacy' in self.owners():
                raise ToolError('chains below IP are followed in the order of their events, which legacy tables do not have')
            self.namespace.run(['nft', '-f', '-'], watch_links(self.interfaces.values()))
        self.refresh()

    def note_registrations(self):
        """Chains that hang on hooks since the last look, in the order of their registration."""
        have = {(e['owner'], e['family'], e['table'], e['chain']) for e in self.registered}
        for family in FAMILIES + BELOW_IP:
            for (table, chain), base in self.query.chains(family).items():
                owner = owner_of(family, table)
                if base and table != WATCH and (owner, family, table, chain) not in have:
                    self.registered.append({'owner': owner, 'family': family, 'table': table, 'chain': chain,
                                            'hook': base['hook'], 'priority': base['priority'], 'type': base['type']})
            for table in self.legacy_tables(family) if family in ('ip', 'ip6') else ():
                if ('iptables-legacy', family, table, LEGACY_HOOKS[table][0][0].upper()) not in have:
                    for hook, priority in LEGACY_HOOKS[table]:
                        self.registered.append({'owner': 'iptables-legacy', 'family': family, 'table': table,
                                                'chain': hook.upper(), 'hook': hook, 'priority': priority,
                                                'type': 'nat' if table == 'nat' else 'filter'})

    def legacy_tables(self, family):
        with self.namespace:
            try:
                with open('/proc/thread-self/net/%s_tables_names' % family) as file:
                    return sorted(file.read().split(), key=TABLES.index)
            except FileNotFoundError:
                return []

    def refresh(self):
        for family in FAMILIES + BELOW_IP:
            self.chains[family] = self.query.chains(family)
            self.positions[family] = self.query.positions(family)
        self.legacy, self.policies = {}, {}
        if 'iptables-legacy' in self.owners():
            for family, tool in (('ip', 'iptables-legacy-save'), ('ip6', 'ip6tables-legacy-save')):
                self.read_legacy(family, self.namespace.run([tool]))

    def read_legacy(self, family, text):
        """(family, table, chain) -> targets of its rules, which tell its length too, and its policy."""
        table = None
        for line in text.split('\n'):
            if line.startswith('*'):
                table = line[1:]
            elif line.startswith(':'):
                chain, policy = line[1:].split(' ')[:2]
                self.legacy[family, table, chain] = []
                self.policies[family, table, chain] = policy.lower()
            elif line.startswith('-A '):
                words = line.split(' ')
                jump = next((words[i + 1] for i in range(2, len(words) - 1) if words[i] in ('-j', '-g')), None)
                self.legacy[family, table, words[1]].append(jump)

    def ranks(self):
        """(owner, family, table, hook) -> sort key within a hook: priority, and of equals the last registered first.
        All nat chains of a hook run at one place, in their own order."""
        found = {}
        for i, e in enumerate(self.registered):
            nat = e['type'] == 'nat'
            place = (-100 if e['hook'] in ('prerouting', 'output') else 100) if nat else e['priority']
            found[e['owner'], e['family'], e['table'], e['hook']] = (place, e['priority'] if nat else 0, -i)
        return found

    def snapshot(self, only=None, listing='json'):
        """What a capture would take of this node: each command's output as it is, of nft the `listing` of one kind."""
        owners = self.owners()
        wanted = {'always', *self.stale, *({'nft'} if 'iptables-nft' in owners else ()),
                  *({'legacy'} if 'iptables-legacy' in owners else ()), *({listing} if 'nft' in owners else ()),
                  *({'hooks'} if self.lists_hooks else ())}
        running = {}
        for name, (argv, when) in COMMANDS.items():
            if when in wanted and (only is None or name in only):
                running[name] = self.namespace.start(argv)
        if 'topology' in wanted and only is None:
            running['ip-6-neigh'] = self.namespace.start(NEIGHBOURS6)
        files = {name: finish(process, check=not name.startswith('conntrack')) for name, process in running.items()}
        if only is None:
            for name, (_, when) in COMMANDS.items():
                if name in files and when in ('topology', 'routes', 'sysctls'):
                    self.cache[name] = files[name]
            if 'ip-6-neigh' in files:
                self.cache['ip-6-neigh'] = files['ip-6-neigh']
            self.stale = set()
            files = {**self.cache, **files}
            if 'iptables-nft' not in owners and 'iptables-legacy' not in owners:
                files.pop('iptables-nft-save-c', None)
        return {'files': files, 'registered': self.registered, 'recent': self.recent()}

    def recent(self):
        found = {}
        with self.namespace:
            folder = '/proc/thread-self/net/xt_recent'
            if os.path.isdir(folder):
                for name in os.listdir(folder):
                    with open(folder + '/' + name) as file:
                        found[name] = file.read()
        return found
