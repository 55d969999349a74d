import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SHELL } from '../../../src/capture/script.ts';
import { chainwalk, FIXTURE, ROOT } from '../../commands/run.ts';
import { StandIns } from './stand-in.ts';

/** As `docker ps --format '{{json .}}'` prints containers of kind 0.27, of k3d 5.8, and another one. */
const CONTAINERS = [
  '{"Names":"kind-control-plane","Labels":"io.x-k8s.kind.cluster=kind,io.x-k8s.kind.role=control-plane"}',
  '{"Names":"kind-worker","Labels":"io.x-k8s.kind.cluster=kind,io.x-k8s.kind.role=worker"}',
  '{"Names":"kind-external-load-balancer","Labels":"io.x-k8s.kind.cluster=kind,io.x-k8s.kind.role=external-load-balancer"}',
  '{"Names":"k3d-lab-server-0","Labels":"app=k3d,k3d.cluster=lab,k3d.role=server"}',
  '{"Names":"k3d-lab-serverlb","Labels":"app=k3d,k3d.cluster=lab,k3d.role=loadbalancer"}',
  '{"Names":"web","Labels":"maintainer=somebody"}',
];

let stand: StandIns;
beforeEach(() => {
  stand = new StandIns();
  stand.add(
    'docker',
    `case "$1" in ps) cat <<'END'\n${CONTAINERS.join('\n')}\nEND\n;; exec) test "$3" = k3d-lab-server-0 && { echo 'Error: container is paused' >&2; exit 1; }; exec $NODE ;; *) exit 64 ;; esac`,
  );
});
afterEach(() => stand.close());

const take = async (...args: readonly string[]) => {
  const path = join(stand.folder, 'snap');
  const ran = await chainwalk(['capture', '-o', path, '--docker', ...args], { env: stand.env });
  return { ...ran, path };
};

describe.skipIf(process.platform !== 'linux')('nodes in containers', () => {
  it('are found by their labels, and captured', async () => {
    const { code, path, stdout } = await take();
    const about = JSON.parse(readFileSync(join(path, 'snapshot.json'), 'utf8'));
    expect(about.hosts.map((host: { name: string; state: string }) => [host.name, host.state])).toEqual([
      ['k3d-lab-server-0', 'failed'],
      ['kind-control-plane', 'complete'],
      ['kind-worker', 'complete'],
    ]);
    expect(about.hosts[0].problem).toBe('Error: container is paused (docker ended with 1)');
    expect(code).toBe(4);
    expect(stdout).toContain('container is paused');
    expect(readFileSync(join(path, 'nodes/kind-worker/iptables-nft-save-c.txt'))).toEqual(
      readFileSync(join(ROOT, FIXTURE, 'nodes/n1/iptables-nft-save-c.txt')),
    );
    expect(stand.calls('docker').sort()).toEqual([
      `exec -i k3d-lab-server-0 sh -c ${SHELL}`,
      `exec -i kind-control-plane sh -c ${SHELL}`,
      `exec -i kind-worker sh -c ${SHELL}`,
      'ps --no-trunc --format {{json .}}',
    ]);
  });

  it('of one cluster', async () => {
    const { code, path } = await take('--docker-cluster', 'kind');
    expect(code).toBe(0);
    const about = JSON.parse(readFileSync(join(path, 'snapshot.json'), 'utf8'));
    expect(about.hosts.map((host: { name: string }) => host.name)).toEqual(['kind-control-plane', 'kind-worker']);
  });

  it('that are not there', async () => {
    const { code, stderr } = await take('--docker-cluster', 'none');
    expect([code, stderr]).toEqual([
      2,
      'chainwalk: no container of kind or k3d is running for a cluster named none; docker ps lists what is\n',
    ]);
  });
});
