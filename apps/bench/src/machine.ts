/** Where and on what a result was measured. Names no host, no user and no path: results are published. */
import { cpus, loadavg, release, totalmem, type } from 'node:os'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryMiB: number
  readonly kernel: string
  readonly arch: string
  /** Processes that wanted a core in the minute before: more than 0 means that others were measured with us. */
  readonly loadBefore: number
}

export interface Runtime {
  readonly node: string
  readonly v8: string
  readonly uv: string
}

export function describeMachine(): Machine {
  const cores = cpus()
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    kernel: `${type()} ${release()}`,
    arch: process.arch,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}

export function describeRuntime(): Runtime {
  const { node, v8, uv } = process.versions
  return { node, v8, uv }
}

/** One line for people. */
export function machineLine(machine: Machine, runtime: Runtime): string {
  const { cpu, cores, memoryMiB, kernel, arch, loadBefore } = machine
  const memory = `${(memoryMiB / 1024).toFixed(1)} GiB`
  return `${cpu}, ${cores} cores, ${memory}, ${kernel} ${arch}, load ${loadBefore}; Node ${runtime.node}`
}
