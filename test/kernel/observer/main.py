"""The observer: one request a line on standard input, one answer a line on standard output, both JSON."""
import json
import os
import shutil
import signal
import sys
import time
import traceback

import namespaces
from lab import Lab

TOOLS = ('ip', 'bridge', 'ss', 'nft', 'sysctl', 'conntrack', 'ipset', 'iptables-nft-restore', 'ip6tables-nft-restore',
         'iptables-nft-save', 'iptables-legacy-restore', 'ip6tables-legacy-restore', 'iptables-legacy-save')


class Observer:
    def __init__(self):
        self.lab = None
        self.lock = None

    def check(self, _):
        missing = ['root'] if os.geteuid() else []
        missing += [tool for tool in TOOLS if not shutil.which(tool)]
        return {'missing': missing, 'kernel': os.uname().release}

    def build(self, request):
        if self.lock is None:
            self.lock = namespaces.lock()
        self.close()
        self.lab = Lab(request)
        return {}

    def load(self, request):
        return self.lab.load(request)

    def snapshot(self, request):
        return self.lab.nodes[request['node']].rules.snapshot(request.get('only'), request.get('listing', 'json'))

    def send(self, request):
        began = time.monotonic()
        observed = self.lab.send(request)
        return {'observed': observed, 'seconds': time.monotonic() - began, **self.lab.lost()}

    def connections(self, request):
        return {'connections': self.lab.connections(request['node'])}

    def close(self):
        if self.lab:
            self.lab.close()
            self.lab = None


def main():
    observer = Observer()
    names = ('check', 'build', 'load', 'snapshot', 'send', 'connections')
    operations = {name: getattr(observer, name) for name in names}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for line in sys.stdin:
            request = json.loads(line)
            try:
                answer = {'ok': True, **operations[request['operation']](request)}
            except namespaces.ToolError as error:
                answer = {'ok': False, 'error': str(error)}
            except Exception:
                answer = {'ok': False, 'error': traceback.format_exc()}
            sys.stdout.write(json.dumps(answer, separators=(',', ':')) + '\n')
            sys.stdout.flush()
    finally:
        observer.close()
        if observer.lock:
            os.unlink(namespaces.LOCK)


if __name__ == '__main__':
    main()
