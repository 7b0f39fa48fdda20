/**
 * Two hosts of a cluster: network namespaces with names of their own and a cable between them. Only
 * root can have them; launchers reach the second as they would by ssh.
 *
 * @module
 */

import type { LibraryFamily } from "../../lib/dist/launcher.ts";
import { launch } from "./mpirun.ts";

/** The network of the hosts, whose addresses end with their numbers. */
const NETWORK = "10.231.7";
const ADDRESSES = [1, 2].map((host) => `${NETWORK}.${host}`);

/**
 * How often Linux repeats what is not answered, before it gives a connection up: 51 seconds in all,
 * in place of a quarter of an hour. Open MPI's launcher waits for that.
 */
const RETRIES = 7;

/** What a launcher runs in place of ssh, with options, a host and a command. */
const AGENT = `#!/bin/sh
while :; do case $1 in -*) shift ;; *) break ;; esac; done
host=\${1##*.}
shift
exec ip netns exec "HOSTS-$host" unshare --uts sh -c 'hostname "host-$0"; exec sh -c "$1"' "$host" "$*"
`;

function run(program: string, ...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(program, { args }).outputSync();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/** Two hosts, until they are disposed of, with all that runs on them. */
export class TwoHosts implements Disposable {
  readonly #name = `flm-${crypto.randomUUID().slice(0, 8)}`;
  readonly #folder: string;

  /** Makes them. @throws {Error} if this process may not. */
  constructor() {
    for (const host of [1, 2]) {
      run("ip", "netns", "add", `${this.#name}-${host}`);
      this.#ip(host, "link", "set", "lo", "up");
    }
    this.#ip(1, "link", "add", "eth", "type", "veth", "peer", "eth", "netns", `${this.#name}-2`);
    for (const host of [1, 2]) {
      this.#ip(host, "addr", "add", `${ADDRESSES[host - 1]}/24`, "dev", "eth");
      this.#ip(host, "link", "set", "eth", "up");
      const retries = `net.ipv4.tcp_retries2=${RETRIES}`;
      run("ip", "netns", "exec", `${this.#name}-${host}`, "sysctl", "-qw", retries);
    }
    this.#waitForCable();
    this.#folder = Deno.makeTempDirSync();
    const agent = AGENT.replace("HOSTS", this.#name);
    Deno.writeTextFileSync(this.#agent, agent, { mode: 0o755 });
  }

  /** Starts a command as a rank on each of them. */
  mpirun(
    family: LibraryFamily,
    command: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Deno.ChildProcess {
    const flags = {
      openmpi: [
        ...["--mca", "plm_rsh_agent", this.#agent, "--host", ADDRESSES.join()],
        ...["oob", "btl"].flatMap((part) => ["--mca", `${part}_tcp_if_include`, `${NETWORK}.0/24`]),
      ],
      mpich: ["-launcher", "ssh", "-launcher-exec", this.#agent, "-hosts", ADDRESSES.join()],
    };
    // Both are one machine after all, and could share its memory.
    const network = { UCX_TLS: "tcp,self", ...env };
    return launch(family, [...flags[family], "-n", "2", ...command], network, [this.#agent, "1"]);
  }

  /** From now on nothing that one sends reaches the other, and nobody is told. */
  cut(): void {
    for (const host of [1, 2]) {
      this.#ip(host, "route", "add", "blackhole", `${ADDRESSES[2 - host]}/32`);
    }
  }

  /** The processes that run on them, or on one. */
  processes(hosts: readonly number[] = [1, 2]): number[] {
    return hosts.flatMap((host) =>
      run("ip", "netns", "pids", `${this.#name}-${host}`).split("\n").filter(Boolean).map(Number)
    );
  }

  [Symbol.dispose](): void {
    for (const pid of this.processes()) Deno.kill(pid, "SIGKILL");
    for (const host of [1, 2]) run("ip", "netns", "del", `${this.#name}-${host}`);
    Deno.removeSync(this.#folder, { recursive: true });
  }

  get #agent(): string {
    return `${this.#folder}/agent`;
  }

  /** Linux says up to a second later that a cable is plugged in, and UCX asks it. */
  #waitForCable(): void {
    const isUp = (host: number) => this.#ip(host, "link", "show", "eth").includes("state UP");
    for (let i = 0; i < 100; i++) {
      if (isUp(1) && isUp(2)) return;
      run("sleep", "0.05");
    }
    throw new Error("The hosts have no cable between them.");
  }

  #ip(host: number, ...args: string[]): string {
    return run("ip", "-n", `${this.#name}-${host}`, ...args);
  }
}

/** Whether this process may make two hosts. */
export function canHaveHosts(): boolean {
  try {
    using _hosts = new TwoHosts();
    return true;
  } catch {
    return false;
  }
}
