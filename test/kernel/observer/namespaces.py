"""Network namespaces: made, entered, and removed again; tools run inside them, sysctls read and written."""
import contextlib
import ctypes
import fcntl
import os
import subprocess

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
PREFIX = os.environ.get('CHAINWALK_LAB_PREFIX', 'cw-')
LOCK = '/run/%slab.lock' % PREFIX


class ToolError(Exception):
    """A tool of the system refused what it was given."""


class Namespace:
    """`with namespace:` puts this thread inside; sockets opened there stay there, so one process has all."""

    def __init__(self, name):
        self.name = PREFIX + name
        run(['ip', 'netns', 'add', self.name])
        self.fd = os.open('/run/netns/' + self.name, os.O_RDONLY)
        self.before = []

    def __enter__(self):
        self.before.append(os.open('/proc/thread-self/ns/net', os.O_RDONLY))
        enter(self.fd, self.name)
        return self

    def __exit__(self, *_):
        fd = self.before.pop()
        enter(fd, 'the namespace before')
        os.close(fd)

    def run(self, argv, text=None):
        with self:
            return run(argv, text)

    def start(self, argv, text=None):
        """Starts a tool without waiting; `finish` waits for it."""
        with self:
            return start(argv, text)

    def write_sysctls(self, items):
        with self:
            for key, value in items.items():
                with open(sysctl_path(key), 'w') as file:
                    file.write(str(value))

    def close(self):
        os.close(self.fd)
        subprocess.run(['ip', 'netns', 'del', self.name], stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def owner(uid, gid):
    """What is opened inside belongs to this user; the rights of root stay."""
    libc.setfsgid(gid)
    libc.setfsuid(uid)
    try:
        yield
    finally:
        libc.setfsuid(0)
        libc.setfsgid(0)


def enter(fd, name):
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), 'cannot enter ' + name)


def sysctl_path(key):
    """Dots and slashes change places, as sysctl(8) has it: net.ipv4.conf.eth0/100.rp_filter."""
    return '/proc/sys/' + key.translate(str.maketrans('./', '/.'))


def start(argv, text=None):
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return process, argv, text


def finish(started, check=True):
    process, argv, text = started
    out, err = process.communicate(text.encode() if text is not None else None)
    out, err = out.decode('utf-8', 'replace'), err.decode('utf-8', 'replace')
    if check and process.returncode:
        raise ToolError('%s: %s' % (' '.join(argv), (err or out).strip()))
    return out


def run(argv, text=None, check=True):
    return finish(start(argv, text), check)


def lock():
    """Held while this process lives: whoever has it may remove namespaces of this prefix that an earlier run left."""
    file = open(LOCK, 'w')
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise ToolError('another lab with the prefix %s is running; choose one with CHAINWALK_LAB_PREFIX' % PREFIX)
    return file


def remove_stale(names):
    for name in names:
        if os.path.exists('/run/netns/' + PREFIX + name):
            subprocess.run(['ip', 'netns', 'del', PREFIX + name], stderr=subprocess.DEVNULL)
