"""Why the kernel freed a packet, where it can trace that: the place in its code and the reason it gives. What a busy machine
leaves to ksoftirqd is not traced, for that is another process."""
import os
import re
import subprocess

from namespaces import PREFIX

LINE = re.compile(r'kfree_skb: .*protocol=(\d+) location=([\w.]+).* reason: (\w+)')

HOOK = 'NETFILTER_DROP'


class Drops:
    """A trace instance of its own that listens to this process alone; it tells nothing where there is no tracefs."""

    def __init__(self):
        self.mount = '/run/%stracefs' % PREFIX
        self.instance = self.mount + '/instances/%slab' % PREFIX
        self.pipe = None
        try:
            os.makedirs(self.mount, exist_ok=True)
            if not os.path.exists(self.mount + '/instances'):
                subprocess.run(['mount', '-t', 'tracefs', 'none', self.mount], check=True, stderr=subprocess.DEVNULL)
            os.makedirs(self.instance, exist_ok=True)
            self.write('set_event_pid', os.getpid())
            self.write('buffer_size_kb', 256)
            self.write('events/skb/kfree_skb/enable', 1)
            self.pipe = os.open(self.instance + '/trace_pipe', os.O_RDONLY | os.O_NONBLOCK)
        except (OSError, subprocess.CalledProcessError):
            self.close()

    def write(self, name, value):
        with open('%s/%s' % (self.instance, name), 'w') as file:
            file.write(str(value))

    def take(self):
        """What was dropped since the last call: on hooks, how many; else where and why. None where nothing tells."""
        if self.pipe is None:
            return None, []
        text = b''
        while True:
            try:
                data = os.read(self.pipe, 1 << 16)
            except BlockingIOError:
                break
            if not data:
                break
            text += data
        all = [{'place': place, 'reason': reason}
               for protocol, place, reason in LINE.findall(text.decode('ascii', 'replace'))
               if protocol in ('2048', '34525')]
        others = [one for one in all if one['reason'] != HOOK]
        return len(all) - len(others), others

    def close(self):
        if self.pipe is not None:
            os.close(self.pipe)
            self.pipe = None
        if os.path.isdir(self.instance):
            os.rmdir(self.instance)
        if os.path.exists(self.mount + '/instances'):
            subprocess.run(['umount', self.mount], stderr=subprocess.DEVNULL)
        if os.path.isdir(self.mount):
            os.rmdir(self.mount)
