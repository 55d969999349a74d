import { Flags } from '@oclif/core';
import type { TargetPlaces } from '../capture/targets.ts';
import { describeSnapshot, exitCodeOfSnapshot, type SnapshotAnswer } from '../check/snapshot.ts';
import { InputError } from '../model/source.ts';
import { renderSnapshot } from '../render/snapshot.ts';
import { AnsweringCommand } from './answering.ts';

const names = (description: string, helpGroup: string, helpValue: string) =>
  Flags.string({ multiple: true, multipleNonGreedy: true, delimiter: ',', description, helpGroup, helpValue });

export class Capture extends AnsweringCommand {
  static override summary = 'What do the nodes say of themselves? Takes a snapshot of them.';
  static override description =
    `Runs one script of listing commands on each node and keeps what they print, byte for byte. \
Nothing is installed, written or changed on a node. A node that fails is told of, and does not stop the others.

Exit codes: 0 all of it was captured, 4 a part is missing (the output and snapshot.json say which and why), 2 wrong use.`;
  static override examples = [
    {
      description: 'three nodes by ssh, as ~/.ssh/config knows them',
      command: '<%= config.bin %> <%= command.id %> -o snap --ssh n1,n2,root@10.0.0.3',
    },
    {
      description: 'this machine, into one file',
      command: '<%= config.bin %> <%= command.id %> -o snap.tar.gz --local',
    },
    {
      description: 'files that somebody already has',
      command: '<%= config.bin %> <%= command.id %> -o snap --from sosreport-n1.tar.gz,iptables-save.txt',
    },
  ];
  static override flags = {
    output: Flags.string({
      char: 'o',
      required: true,
      description: 'new folder, or a new archive (.tar.gz)',
      helpValue: 'DIR|FILE.tar.gz',
    }),
    ssh: names('nodes, as ssh knows them: NAME, USER@HOST, HOST:PORT', 'FROM WHERE', 'HOST'),
    outside: names('clients and routers, by ssh too: their neighbour tables decide who is asked', 'FROM WHERE', 'HOST'),
    'ssh-config-hosts': names('hosts of ~/.ssh/config whose names fit', 'FROM WHERE', 'PATTERN'),
    'ssh-config': Flags.string({
      description: 'instead of ~/.ssh/config and /etc/ssh/ssh_config',
      helpValue: 'FILE',
      helpGroup: 'FROM WHERE',
    }),
    transport: Flags.string({
      options: ['ssh2', 'openssh'],
      default: 'ssh2',
      description: "ssh2 is built in; openssh is the system's ssh, which can do all that its configuration says",
      helpGroup: 'FROM WHERE',
    }),
    kubectl: Flags.boolean({
      description: "a cluster's objects, and its nodes through kube-proxy's or other privileged DaemonSet pods",
      helpGroup: 'FROM WHERE',
    }),
    context: Flags.string({ description: 'context of kubectl', helpValue: 'NAME', helpGroup: 'FROM WHERE' }),
    kubeconfig: Flags.string({ description: 'configuration of kubectl', helpValue: 'FILE', helpGroup: 'FROM WHERE' }),
    namespace: Flags.string({
      char: 'n',
      description: 'of the pods to run in',
      helpValue: 'NAME',
      helpGroup: 'FROM WHERE',
    }),
    'debug-image': Flags.string({
      description: 'run in pods that kubectl debug node makes of this image, and delete them again',
      helpValue: 'IMAGE',
      helpGroup: 'FROM WHERE',
    }),
    docker: Flags.boolean({ description: 'nodes of kind and k3d on this machine', helpGroup: 'FROM WHERE' }),
    'docker-cluster': Flags.string({
      description: 'of kind and k3d only this cluster',
      helpValue: 'NAME',
      dependsOn: ['docker'],
      helpGroup: 'FROM WHERE',
    }),
    local: Flags.boolean({ description: 'this machine', helpGroup: 'FROM WHERE' }),
    from: names(
      'files and folders that are there already: sosreport and must-gather, as archives or unpacked, outputs of commands',
      'FROM WHERE',
      'PATH',
    ),
    'nft-json': Flags.boolean({
      description: 'nft -j list ruleset too; it costs a node more than the text',
      helpGroup: 'WHAT',
    }),
    pods: Flags.boolean({ description: 'the same inside the network namespace of each pod', helpGroup: 'WHAT' }),
    parallel: Flags.integer({
      default: 16,
      min: 1,
      max: 256,
      description: 'nodes at the same time',
      helpGroup: 'LIMITS',
    }),
    timeout: Flags.integer({
      default: 300,
      min: 1,
      description: 'seconds for one node',
      helpGroup: 'LIMITS',
    }),
    'connect-timeout': Flags.integer({
      default: 15,
      min: 1,
      description: 'seconds until a node must have let us in',
      helpGroup: 'LIMITS',
    }),
    'command-timeout': Flags.integer({
      default: 60,
      min: 1,
      description: 'seconds for one command on a node',
      helpGroup: 'LIMITS',
    }),
  };

  async run(): Promise<SnapshotAnswer> {
    const { flags } = await this.parse(Capture);
    const places: TargetPlaces = {
      local: flags.local,
      from: flags.from ?? [],
      ssh: {
        nodes: flags.ssh ?? [],
        outside: flags.outside ?? [],
        named: flags['ssh-config-hosts'] ?? [],
        openssh: flags.transport === 'openssh',
        config: flags['ssh-config'],
        connectSeconds: flags['connect-timeout'],
      },
      ...(flags.kubectl && {
        kubectl: {
          context: flags.context,
          kubeconfig: flags.kubeconfig,
          namespace: flags.namespace,
          debugImage: flags['debug-image'],
          seconds: flags['connect-timeout'],
        },
      }),
      ...(flags.docker && { docker: { cluster: flags['docker-cluster'], seconds: flags['connect-timeout'] } }),
    };
    const { sourcesOf } = await import('../capture/targets.ts');
    const sources = await sourcesOf(places);
    if (sources.targets.length + sources.hosts.length === 0 && !sources.cluster)
      throw new InputError('nothing to capture from; give --ssh HOSTS, --kubectl, --docker, --local or --from PATH');
    const [{ capture }, { openStore }, { progressOf }] = await Promise.all([
      import('../capture/capture.ts'),
      import('../capture/store.ts'),
      import('../capture/progress.ts'),
    ]);
    const store = await openStore(flags.output);
    const progress = await progressOf(sources.targets.map(target => target.name));
    const { about, files } = await capture(
      sources,
      store,
      {
        parallel: flags.parallel,
        seconds: flags.timeout,
        commandSeconds: flags['command-timeout'],
        nftJson: flags['nft-json'],
        pods: flags.pods,
        tool: `chainwalk ${this.config.version}`,
        interrupted: interruption(),
      },
      progress.tell,
    );
    await progress.end();
    const answer = describeSnapshot(about, files, { version: this.config.version, path: flags.output });
    if (!this.jsonEnabled()) process.stdout.write(renderSnapshot(answer, this.renderOptions(flags)));
    process.exitCode = exitCodeOfSnapshot(answer);
    return answer;
  }
}

/** Aborted by the first Ctrl-C or SIGTERM, after which what came is written; the second one ends the program at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  // Listeners that stay: execa ends the program where nobody else listens.
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.on(signal, () => (controller.signal.aborted ? process.exit(code) : controller.abort()));
  return controller.signal;
}
